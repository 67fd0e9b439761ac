package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

var (
	noon   = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	first  = types.NamespacedName{Namespace: "cards", Name: "main"}
	second = types.NamespacedName{Namespace: "cards", Name: "second"}
	mute   = types.NamespacedName{Namespace: "cards", Name: "mute"}
	broken = types.NamespacedName{Namespace: "cards", Name: "broken"}
	nobody = types.NamespacedName{Namespace: "cards", Name: "nobody"}
	none   = types.NamespacedName{Namespace: "cards", Name: "none"}
)

// listener is an issuer that signs its bodies, dated, with a secret.
type listener struct{ secret string }

type message struct {
	ID   string `json:"id"`
	Card string `json:"card,omitempty"`
	OTP  string `json:"otp,omitempty"`
	// Signed stands for the part of a message that a signature covers.
	Signed string `json:"signed,omitempty"`
}

func (l listener) sign(at string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(l.secret))
	mac.Write([]byte(at))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func (l listener) Verify(w issuer.Webhook) (issuer.Notice, error) {
	fail := func(class issuer.Class) (issuer.Notice, error) {
		return issuer.Notice{}, &issuer.Error{Class: class, Op: "verify webhook"}
	}
	if l.secret == "" {
		return fail(issuer.Unsupported)
	}
	date := w.Header.Get("X-Date")
	at, err := time.Parse(time.RFC3339, date)
	if err != nil || !hmac.Equal([]byte(w.Header.Get("X-Sign")), []byte(l.sign(date, w.Body))) || w.Now.Sub(at).Abs() > 5*time.Minute {
		return fail(issuer.Unauthorized)
	}
	var m message
	if json.Unmarshal(w.Body, &m) != nil {
		return fail(issuer.Malformed)
	}
	n := issuer.Notice{ID: m.ID, CardID: m.Card}
	if m.OTP != "" {
		n.OTP = &issuer.OTP{Code: issuer.NewSensitive(m.OTP), Signed: m.Signed}
	}
	return n, nil
}

// bench is a Server on a socket, and what it did.
type bench struct {
	t     *testing.T
	clock *clock.Fake
	base  string

	mu      sync.Mutex
	lookups int
	hints   []types.NamespacedName
	results map[string]int
	// deliver is called with a code; nil accepts it.
	deliver   func(context.Context) error
	delivered []issuer.Notice
}

var errAway = errors.New("the API server is away")

func newBench(t *testing.T, change ...func(*Options)) *bench {
	t.Helper()
	b := &bench{t: t, clock: clock.NewFake(noon), results: map[string]int{}}
	opts := Options{Clock: b.clock, Lookup: b.lookup, Hint: b.hint, Deliver: b.take, Observe: b.observe}
	for _, c := range change {
		c(&opts)
	}
	b.base = serve(t, &Endpoint{Handler: NewServer(opts)})
	return b
}

// serve runs an endpoint and returns its URL.
func serve(t *testing.T, e *Endpoint) string {
	t.Helper()
	e.Address, e.Clock = "127.0.0.1:0", clock.Real{}
	addr := make(chan net.Addr, 1)
	e.Listening = func(a net.Addr) { addr <- a }
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the endpoint ended: %v", err)
		}
	})
	select {
	case a := <-addr:
		return "http://" + a.String()
	case err := <-ended:
		ended <- nil
		t.Fatalf("the endpoint did not start: %v", err)
		return ""
	}
}

func (b *bench) lookup(_ context.Context, ci types.NamespacedName) (issuer.Listener, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lookups++
	switch ci {
	case first, second:
		return listener{"secret of " + ci.Name}, nil
	case mute:
		return listener{}, nil
	case nobody:
		return nil, nil
	case broken:
		return nil, errAway
	}
	return nil, fmt.Errorf("%s: %w", ci, ErrUnknown)
}

func (b *bench) hint(ci types.NamespacedName) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hints = append(b.hints, ci)
}

func (b *bench) take(ctx context.Context, _ types.NamespacedName, n issuer.Notice) error {
	b.mu.Lock()
	deliver := b.deliver
	b.mu.Unlock()
	if deliver != nil {
		if err := deliver(ctx); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.delivered = append(b.delivered, n)
	return nil
}

func (b *bench) observe(issuer, result string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.results[issuer+" "+result]++
}

// want checks what was done so far: how many hints, and exactly these results.
func (b *bench) want(hints int, results map[string]int) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.hints) != hints || fmt.Sprint(b.results) != fmt.Sprint(results) {
		b.t.Errorf("%d hints and %v, want %d and %v", len(b.hints), b.results, hints, results)
	}
}

// request is a message of an issuer, signed at noon.
func (b *bench) request(ci types.NamespacedName, body []byte) *http.Request {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.base+Path(ci.Namespace, ci.Name), bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	date := noon.Format(time.RFC3339)
	r.Header.Set("X-Date", date)
	r.Header.Set("X-Sign", listener{"secret of " + ci.Name}.sign(date, body))
	return r
}

type answer struct {
	status int
	body   string
	header http.Header
}

func (b *bench) do(r *http.Request) answer {
	b.t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	res.Header.Del("Date")
	return answer{res.StatusCode, string(text), res.Header}
}

func (b *bench) send(ci types.NamespacedName, m message) answer {
	b.t.Helper()
	return b.do(b.request(ci, text(m)))
}

func text(m message) []byte {
	body, _ := json.Marshal(m)
	return body
}
