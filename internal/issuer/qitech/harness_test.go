package qitech

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

var epoch = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

const (
	apiKey     = "canary-api-key-1"
	accountKey = "5294ed8d-08fc-4397-b15f-6d9aa07b0041"
	programKey = "7d405c31-ec9a-46c1-8ac8-54bab209bf41"
	cardKey    = "05fd3654-1f5d-479d-ade5-64239fdf214d"
	canaryPAN  = "4242424242424242"
)

// pair is a key on P-521 as PEM.
type pair struct {
	key                    *ecdsa.PrivateKey
	private, pkcs8, public string
}

func newPair(curve elliptic.Curve) pair {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		return pair{}
	}
	sec1, _ := x509.MarshalECPrivateKey(key)
	pkcs8, _ := x509.MarshalPKCS8PrivateKey(key)
	public, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	text := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return pair{key, text("EC PRIVATE KEY", sec1), text("PRIVATE KEY", pkcs8), text("PUBLIC KEY", public)}
}

var ours, theirs = newPair(elliptic.P521()), newPair(elliptic.P521())

type request struct {
	method, uri string
	header      http.Header
	body        []byte
}

// world is a server that the test scripts, and a client of it.
type world struct {
	*testing.T
	clock  *clock.Fake
	client *Client
	permit issuer.Permit

	mu   sync.Mutex
	seen []request
}

func newWorld(t *testing.T, answer http.HandlerFunc, change ...func(*Config)) *world {
	t.Helper()
	w := &world{T: t, clock: clock.NewFake(epoch), permit: issuer.Permit{NotAfter: epoch.Add(time.Hour)}}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.mu.Lock()
		w.seen = append(w.seen, request{r.Method, r.RequestURI, r.Header, body})
		w.mu.Unlock()
		answer(rw, r)
	}))
	t.Cleanup(server.Close)
	hosts, err := transport.ParseAllowList([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	wire, err := transport.New(transport.Config{BaseURL: server.URL, Allow: hosts, Clock: w.clock, Gate: transport.NewGate(w.clock, 1000, 1000), Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{HTTP: wire, AccountKey: accountKey, ProgramKey: programKey, Credentials: credentials()}
	for _, c := range change {
		c(&cfg)
	}
	if w.client, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	return w
}

func credentials() Credentials {
	return Credentials{
		APIKey: issuer.NewSensitive(apiKey), PrivateKey: issuer.NewSensitive(ours.private), WebhookPublicKey: issuer.NewSensitive(theirs.public),
	}
}

func (w *world) requests() []request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]request(nil), w.seen...)
}

// says answers everything alike.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// refuses answers with a documented error.
func refuses(status int, code string) http.HandlerFunc {
	return says(status, fmt.Sprintf(`{"title":"Bad Request","description":"key 7d405c31 of canary","translation":"x","code":%q}`, code))
}

// row is a card as a list shows it.
func row(key, name, status string) string {
	return fmt.Sprintf(`{"card_key":%q,"account_key":%q,"program_key":%q,"type":"virtual","card_name":%q,"printed_name":"Ada Example","status":%q,"created_at":"2023-02-20T19:28:16Z"}`,
		key, accountKey, programKey, name, status)
}

// paged answers page 0 with rows and every other with none, and single cards from detail.
func paged(rows, detail string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != cardsPath:
			_, _ = io.WriteString(w, detail)
		case r.URL.Query().Get("page") == "0":
			_, _ = io.WriteString(w, `{"pagination":{"current_page":9,"rows_per_page":1,"next_page":3},"data":[`+rows+`]}`)
		default:
			_, _ = io.WriteString(w, `{"data":[]}`)
		}
	}
}

func order() issuer.CardOrder {
	return issuer.CardOrder{Type: issuer.Prepaid, Label: "bhhxqb3zb5jai", Cardholder: issuer.Cardholder{FirstName: "Aurora", LastName: "Catarina"}}
}
