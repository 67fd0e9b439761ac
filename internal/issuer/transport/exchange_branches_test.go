package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
)

// network is a round tripper that counts what reaches it.
type network struct {
	calls  int
	answer func(*http.Request) (*http.Response, error)
}

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	n.calls++
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
	return n.answer(r)
}

func clientOver(t *testing.T, n http.RoundTripper) *Client {
	t.Helper()
	hosts, err := ParseAllowList([]string{"issuer.example"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{BaseURL: "https://issuer.example", Allow: hosts, RoundTripper: n})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func nothing(Response) error { return nil }

// pay and look are one call of each sort.
var (
	pay  = Request{Op: "pay", Method: http.MethodPost, Path: "/", Mutating: true}
	look = Request{Op: "look", Method: http.MethodGet, Path: "/"}
)

// A base URL that is refused leaves no client that credentials could be given to.
func TestNoClientForABaseURLThatIsRefused(t *testing.T) {
	hosts, err := ParseAllowList([]string{"issuer.example"})
	if err != nil {
		t.Fatal(err)
	}
	for url, says := range map[string]string{
		"ftp://issuer.example":            "https://",
		"https://hunter2@issuer.example":  "neither user",
		"https://elsewhere.example":       "--allowed-issuer-hosts",
		"http://issuer.example/plain/pay": "plain http",
	} {
		c, err := New(Config{BaseURL: url, Allow: hosts})
		if c != nil || err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestARequestThatCannotBeWrittenIsNotSent(t *testing.T) {
	n := &network{}
	bad := pay
	bad.Method = "PAY NOW"
	err := clientOver(t, n).Do(t.Context(), bad, nothing)
	if !issuer.Is(err, issuer.Invalid) || issuer.OutcomeOf(err) != issuer.Rejected || n.calls != 0 {
		t.Errorf("%v after %d calls", err, n.calls)
	}
}

// A status below 200 ends no request: what became of a mutating call is unknown.
func TestAnInterimStatusIsNoAnswer(t *testing.T) {
	n := &network{answer: func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusSwitchingProtocols, Body: io.NopCloser(strings.NewReader(`{"data":true}`))}, nil
	}}
	c := clientOver(t, n)
	if err := c.Do(t.Context(), look, nothing); !issuer.Is(err, issuer.Malformed) {
		t.Errorf("a read: %v", err)
	}
	if err := c.Do(t.Context(), pay, nothing); issuer.OutcomeOf(err) != issuer.Unknown {
		t.Errorf("a payment: %v", err)
	}
}

// Giving up a call that is on its way says nothing about its effect.
func TestACallThatIsGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	n := &network{answer: func(r *http.Request) (*http.Response, error) {
		cancel()
		return nil, r.Context().Err()
	}}
	err := clientOver(t, n).Do(ctx, pay, nothing)
	if issuer.OutcomeOf(err) != issuer.Unknown || !strings.Contains(err.Error(), "given up") {
		t.Errorf("a payment: %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	if err := clientOver(t, n).Do(ctx, look, nothing); !issuer.Is(err, issuer.Unavailable) || !strings.Contains(err.Error(), "given up") {
		t.Errorf("a read: %v", err)
	}
}

// A name that was rebound to an inner address gets nothing, and the message says whom to ask.
func TestAReboundNameIsSentNothing(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer server.Close()
	to := roundTripper(Config{}, reachPublic)
	rebound := &network{answer: func(r *http.Request) (*http.Response, error) {
		inner := r.Clone(r.Context())
		inner.URL.Scheme, inner.URL.Host, inner.Body = "http", server.Listener.Addr().String(), r.Body
		return to.RoundTrip(inner)
	}}
	err := clientOver(t, rebound).Do(t.Context(), look, nothing)
	if !issuer.Is(err, issuer.Unavailable) || !strings.Contains(err.Error(), "--allowed-issuer-hosts") || asked != 0 {
		t.Errorf("%v, asked %d times", err, asked)
	}
}

// Whatever net/http says, only our own words come out of it.
func TestReasonsAreOurOwnWords(t *testing.T) {
	for want, err := range map[string]error{
		"the call was given up":              context.Canceled,
		"no answer in time":                  context.DeadlineExceeded,
		"the host name cannot be resolved":   &net.DNSError{Err: "hunter2"},
		"the connection broke off":           io.ErrUnexpectedEOF,
		"the exchange failed":                errors.New("hunter2"),
		"resolves to an address that is not": errInnerAddress,
	} {
		if got := reason(err); !strings.Contains(got, want) || strings.Contains(got, "hunter2") {
			t.Errorf("%v: %q", err, got)
		}
	}
}

func TestJSONWhoseKeysAreNone(t *testing.T) {
	for _, text := range []string{`{1:2}`, `{"a":1,}`, `{,}`, `{true:1}`, `{"a":1,"b`, `{nul`} {
		if err := CheckJSON([]byte(text)); !errors.Is(err, errNotJSON) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// An issuer that answers nothing, or only that it cannot, is soon asked no more for a while.
func TestADeadIssuerIsNotAskedByEveryCall(t *testing.T) {
	for why, answer := range map[string]func(*http.Request) (*http.Response, error){
		"no answer": func(*http.Request) (*http.Response, error) { return nil, net.ErrClosed },
		"500": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusInternalServerError, Header: http.Header{}, Body: http.NoBody}, nil
		},
	} {
		n := &network{answer: answer}
		c := clientOver(t, n)
		var last error
		for range 3 * breakAfter {
			last = c.Do(t.Context(), look, nothing)
		}
		if n.calls != breakAfter || !issuer.Is(last, issuer.Unavailable) || !strings.Contains(last.Error(), "without an answer") {
			t.Errorf("%s: %d calls, %v", why, n.calls, last)
		}
	}
}
