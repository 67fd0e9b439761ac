package webhook

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

func TestAnEndpointThatCannotServe(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, e := range map[string]*Endpoint{
		"address taken":  {Address: taken.Addr().String()},
		"no certificate": {Address: "127.0.0.1:0", CertFile: "/nonexistent/tls.crt", KeyFile: "/nonexistent/tls.key"},
		"half of one":    {Address: "127.0.0.1:0", CertFile: "/nonexistent/tls.crt"},
	} {
		e.Clock, e.Handler = clock.Real{}, http.NotFoundHandler()
		if err := e.Start(context.Background()); err == nil {
			t.Errorf("%s: it ended without an error", name)
		}
		if e.NeedLeaderElection() {
			t.Errorf("%s: only the leader would receive", name)
		}
	}
}

// certificate writes a self-signed pair for 127.0.0.1.
func certificate(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	if err := os.WriteFile(certFile, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	return certFile, keyFile, roots
}

// Over TLS the same is served, and HTTP/2 with its own ways of being slow is not.
func TestOverTLS(t *testing.T) {
	certFile, keyFile, roots := certificate(t)
	b := newBench(t)
	base := serve(t, &Endpoint{
		Handler:  NewServer(Options{Clock: b.clock, Lookup: b.lookup, Hint: b.hint, Observe: b.observe}),
		CertFile: certFile, KeyFile: keyFile,
	})
	b.base = "https" + strings.TrimPrefix(base, "http")
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	res, err := transport.RoundTrip(b.request(first, text(message{ID: "n-1"})))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.ProtoMajor != 1 || res.TLS.Version < tls.VersionTLS12 {
		t.Errorf("%d over HTTP/%d, TLS %x", res.StatusCode, res.ProtoMajor, res.TLS.Version)
	}
	b.want(1, map[string]int{"cards/main accepted": 1})
	plain := dial(t, base)
	say(t, plain, opening+"\r\n")
	answer := make([]byte, 12)
	if _, err := plain.Read(answer); err == nil && string(answer) == "HTTP/1.1 200" {
		t.Error("plain HTTP was served")
	}
}

func TestACertificateThatCannotBeWatchedIsSaid(t *testing.T) {
	var said string
	logger := funcr.New(func(_, args string) { said += args }, funcr.Options{})
	ctx := log.IntoContext(context.Background(), logger)
	watch(ctx, func(context.Context) error { return nil })
	if said != "" {
		t.Errorf("said %s", said)
	}
	if watch(ctx, func(context.Context) error { return errAway }); !strings.Contains(said, errAway.Error()) {
		t.Errorf("said %q", said)
	}
}

func TestWhatIsUnderWayIsFinishedAtTheEnd(t *testing.T) {
	entered, let := make(chan bool), make(chan bool)
	b := newBench(t)
	ctx, stop := context.WithCancel(context.Background())
	addr, ended := make(chan net.Addr, 1), make(chan error, 1)
	e := &Endpoint{Address: "127.0.0.1:0", Clock: clock.Real{}, Listening: func(a net.Addr) { addr <- a }, Handler: NewServer(Options{
		Clock: b.clock, Lookup: b.lookup, Hint: b.hint,
		Deliver: func(context.Context, types.NamespacedName, issuer.Notice) error {
			entered <- true
			<-let
			return nil
		},
	})}
	go func() { ended <- e.Start(ctx) }()
	b.base = "http://" + (<-addr).String()
	var got answer
	var wait sync.WaitGroup
	wait.Go(func() { got = b.send(first, message{ID: "n-1", OTP: "1"}) })
	<-entered
	stop()
	let <- true
	wait.Wait()
	if err := <-ended; err != nil || got.status != 200 {
		t.Errorf("%v, %+v", err, got)
	}
}

// A Lookup that hangs costs nobody more than the budget.
func TestALookupThatHangs(t *testing.T) {
	let := make(chan bool)
	entered := make(chan bool, 1)
	b := newBench(t, quick, func(o *Options) {
		o.Lookup = func(context.Context, types.NamespacedName) (issuer.Listener, error) {
			entered <- true
			<-let
			return nil, errAway
		}
	})
	var wait sync.WaitGroup
	wait.Go(func() { b.send(first, message{ID: "n-1"}) })
	<-entered
	if got := b.send(first, message{ID: "n-2"}); got.status != http.StatusUnauthorized {
		t.Errorf("got %+v", got)
	}
	close(let)
	wait.Wait()
	b.want(0, map[string]int{"unknown failed": 2})
}
