package qbit_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/qbit"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/money"
)

var epoch = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// Canaries: no error, in no format, may show one of them.
const (
	canaryToken  = "canary-static-token-1"
	canarySecret = "canary-client-secret-2"
	canaryLogin  = "canary-login-token-3"
	canaryPAN    = "4242424242424242"
)

// request is one that arrived.
type request struct {
	method, path, query, body string
	header                    http.Header
}

// world is a server that the test scripts, and a client of it.
type world struct {
	t      *testing.T
	url    string
	clock  *clock.Fake
	client *qbit.Client
	answer http.HandlerFunc

	mu   sync.Mutex
	seen []request
}

type setting func(*qbit.Config, *transport.Config)

// newWorld has a client with a static token unless a setting says otherwise.
func newWorld(t *testing.T, answer http.HandlerFunc, settings ...setting) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewFake(epoch), answer: answer}
	server := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(server.Close)
	w.url = server.URL
	w.connect(settings...)
	return w
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	w.seen = append(w.seen, request{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, string(body), r.Header})
	w.mu.Unlock()
	w.answer(rw, r)
}

func (w *world) connect(settings ...setting) {
	w.t.Helper()
	hosts, err := transport.ParseAllowList([]string{"127.0.0.1"})
	if err != nil {
		w.t.Fatal(err)
	}
	wire := transport.Config{BaseURL: w.url, Allow: hosts, Clock: w.clock, Gate: transport.NewGate(w.clock, 1000, 1000), Timeout: 5 * time.Second}
	cfg := qbit.Config{Credentials: qbit.Credentials{AccessToken: issuer.NewSensitive(canaryToken)}}
	for _, set := range settings {
		set(&cfg, &wire)
	}
	if cfg.HTTP, err = transport.New(wire); err != nil {
		w.t.Fatal(err)
	}
	if w.client, err = qbit.New(cfg); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(w.client.Close)
}

// requests are those that arrived, logins left out.
func (w *world) requests() (calls []request) {
	for _, r := range w.all() {
		if !strings.HasPrefix(r.path, "/open-api/oauth/") {
			calls = append(calls, r)
		}
	}
	return calls
}

func (w *world) all() []request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]request(nil), w.seen...)
}

// last is the latest request.
func (w *world) last() request {
	w.t.Helper()
	all := w.requests()
	if len(all) == 0 {
		w.t.Fatal("nothing was sent")
	}
	return all[len(all)-1]
}

func options(o qbit.Options) setting {
	return func(c *qbit.Config, _ *transport.Config) { c.Options = o }
}

func account(id string) setting {
	return func(c *qbit.Config, _ *transport.Config) { c.AccountID = id }
}

func login(c *qbit.Config, _ *transport.Config) {
	c.Credentials = qbit.Credentials{ClientID: "client", ClientSecret: issuer.NewSensitive(canarySecret)}
}

func timeout(d time.Duration) setting {
	return func(_ *qbit.Config, w *transport.Config) { w.Timeout = d }
}

// says answers everything with one status and body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func fixture(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// inList puts an object of the resources document into a list answer.
func inList(object string) string {
	return `{"code":0,"message":"ok","data":{"data":[` + object + `],"total":1}}`
}

// object decodes JSON with its numbers as they are written.
func object(t testing.TB, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var o map[string]any
	if err := d.Decode(&o); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return o
}

func at(text string) time.Time {
	t, _ := time.Parse(time.RFC3339, text)
	return t
}

func transfer(id string, d issuer.Direction, amount, clientID string) issuer.Transfer {
	return issuer.Transfer{ObjectID: id, Direction: d, Amount: money.Must(amount), ClientID: clientID}
}
