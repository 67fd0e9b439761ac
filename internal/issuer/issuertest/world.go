package issuertest

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
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/money"
)

// Epoch is when a World begins.
var Epoch = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// Request is one that arrived.
type Request struct {
	Method, Path, Query, Body string
	Header                    http.Header
}

// World is a server that the test scripts.
type World struct {
	T     testing.TB
	URL   string
	Clock *clock.Fake
	// Answer serves every request.
	Answer http.HandlerFunc

	mu   sync.Mutex
	seen []Request
}

// NewWorld starts a server, which ends with the test.
func NewWorld(t testing.TB, answer http.HandlerFunc) *World {
	w := &World{T: t, Clock: clock.NewFake(Epoch), Answer: answer}
	server := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(server.Close)
	w.URL = server.URL
	return w
}

func (w *World) serve(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	w.seen = append(w.seen, Request{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, string(body), r.Header})
	w.mu.Unlock()
	w.Answer(rw, r)
}

// Wire is how a client reaches the server.
func (w *World) Wire() transport.Config {
	return transport.Config{
		BaseURL: w.URL, Allow: Hosts(w.T), Clock: w.Clock, Gate: transport.NewGate(w.Clock, 1000, 1000), Timeout: 5 * time.Second,
	}
}

// Connect makes the transport of a client.
func Connect(t testing.TB, c transport.Config) *transport.Client {
	t.Helper()
	h, err := transport.New(c)
	Must(t, err)
	return h
}

// Hosts is an allow-list of this machine, and of a host that does not exist.
func Hosts(t testing.TB) transport.AllowList {
	t.Helper()
	hosts, err := transport.ParseAllowList([]string{"127.0.0.1", "issuer.invalid"})
	Must(t, err)
	return hosts
}

// All are the requests that arrived.
func (w *World) All() []Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Request(nil), w.seen...)
}

// Requests are those that arrived, logins left out.
func (w *World) Requests() (calls []Request) {
	for _, r := range w.All() {
		if !strings.Contains(r.Path, "/oauth/") {
			calls = append(calls, r)
		}
	}
	return calls
}

// Last is the latest request.
func (w *World) Last() Request {
	w.T.Helper()
	all := w.Requests()
	if len(all) == 0 {
		w.T.Fatal("nothing was sent")
		return Request{}
	}
	return all[len(all)-1]
}

// Must ends the test at an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Fixture is a file of the package's testdata.
func Fixture(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".json") //nolint:gosec // a test names its own fixtures
	Must(t, err)
	return string(text)
}

// Object decodes JSON with its numbers as they are written.
func Object(t testing.TB, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var o map[string]any
	Must(t, d.Decode(&o))
	return o
}

// At is a time in RFC 3339.
func At(text string) time.Time {
	t, _ := time.Parse(time.RFC3339, text)
	return t
}

// Transfer is a movement of an amount.
func Transfer(id string, d issuer.Direction, amount, clientID string) issuer.Transfer {
	return issuer.Transfer{ObjectID: id, Direction: d, Amount: money.Must(amount), ClientID: clientID}
}

// Plain compares amounts by value: it goes through JSON.
func Plain(t testing.TB, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	Must(t, err)
	var out any
	Must(t, json.Unmarshal(text, &out))
	return out
}
