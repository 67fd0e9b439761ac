package transport_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

func client(t *testing.T, cfg transport.Config) *transport.Client {
	t.Helper()
	cfg.Allow = allow(t, "127.0.0.1")
	c, err := transport.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func keep(transport.Response) error { return nil }

// deadKeepAlive answers the first request of each connection and hangs up on the second,
// having read it: just what a server does whose idle time-out ends.
func deadKeepAlive(t *testing.T) (url string, served func() []string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	var mu sync.Mutex
	var seen []string
	serve := func(conn net.Conn) {
		defer func() { _ = conn.Close() }()
		in := bufio.NewReader(conn)
		for n := range 2 {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			body, _ := io.ReadAll(r.Body)
			mu.Lock()
			seen = append(seen, r.Method+" "+string(body))
			mu.Unlock()
			if n == 0 {
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
			}
		}
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	return "http://" + l.Addr().String(), func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), seen...)
	}
}

func TestMutatingCallsAreNeverReplayed(t *testing.T) {
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "GET"} {
		for _, body := range []string{"", `{"cost":1}`} {
			for _, key := range []string{"", "Idempotency-Key", "X-Idempotency-Key"} {
				url, served := deadKeepAlive(t)
				c := client(t, transport.Config{BaseURL: url})
				if err := c.Do(t.Context(), transport.Request{Op: "warm up", Method: "GET", Path: "/"}, keep); err != nil {
					t.Fatal(err)
				}
				r := transport.Request{Op: "pay", Method: method, Path: "/", Body: []byte(body), Mutating: true, Header: http.Header{}}
				if key != "" {
					r.Header.Set(key, "1")
				}
				err := c.Do(t.Context(), r, keep)
				if !issuer.Is(err, issuer.Ambiguous) {
					t.Errorf("%s %q %s: %v", method, body, key, err)
				}
				want := method + " " + body
				if body == "" {
					want += "{}" // a body that must be read is what proves that nothing was sent
				}
				if got := served(); len(got) != 2 || got[1] != want {
					t.Errorf("%s %q %s: the server saw %v", method, body, key, got)
				}
			}
		}
	}
}

// The test above would prove nothing if net/http replayed nothing at all.
func TestReadsAreReplayed(t *testing.T) {
	url, served := deadKeepAlive(t)
	c := client(t, transport.Config{BaseURL: url})
	for range 2 {
		if err := c.Do(t.Context(), transport.Request{Op: "look", Method: "GET", Path: "/", Body: []byte(`{"a":1}`)}, keep); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(served()); got != 3 {
		t.Errorf("the server saw %v", served())
	}
}

func TestConnectionsAreReused(t *testing.T) {
	var conns atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") }))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	c := client(t, transport.Config{BaseURL: server.URL})
	for range 5 {
		_ = c.Do(t.Context(), transport.Request{Op: "pay", Method: "POST", Path: "/", Mutating: true}, keep)
	}
	if conns.Load() != 1 {
		t.Errorf("%d connections for 5 calls", conns.Load())
	}
}

func TestPermitIsCheckedAfterTheGate(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked.Add(1); fmt.Fprint(w, "{}") }))
	defer server.Close()
	c := clock.NewFake(epoch)
	h := client(t, transport.Config{BaseURL: server.URL, Clock: c, Gate: transport.NewGate(c, 1, 1)})
	pay := func(after time.Duration) error {
		return h.Do(t.Context(), transport.Request{Op: "pay", Method: "POST", Path: "/", Mutating: true,
			Permit: issuer.Permit{NotAfter: c.Now().Add(after)}}, keep)
	}
	if err := pay(0); err != nil {
		t.Fatal(err)
	}
	if err := pay(999 * time.Millisecond); !issuer.Is(err, issuer.Expired) {
		t.Errorf("a second at the gate, and then: %v", err)
	}
	if asked.Load() != 1 {
		t.Errorf("%d requests arrived", asked.Load())
	}
	if err := pay(2 * time.Second); err != nil {
		t.Error(err)
	}
}

// An in-process server that could not read the body answers as any other would.
func TestAnswerToHalfARequestIsNoAnswer(t *testing.T) {
	c := clock.NewFake(epoch)
	sent := 0
	h := client(t, transport.Config{BaseURL: "http://127.0.0.1", Clock: c, RoundTripper: network(func(r *http.Request) (*http.Response, error) {
		sent++
		c.Advance(time.Minute)
		if _, err := io.ReadAll(r.Body); err == nil {
			t.Error("the body could be read")
		}
		return &http.Response{StatusCode: http.StatusBadRequest, Body: io.NopCloser(strings.NewReader(`{"code":1}`))}, nil
	})})
	r := transport.Request{Op: "pay", Method: "POST", Path: "/", Mutating: true, Permit: issuer.Permit{NotAfter: epoch}}
	for range 2 {
		if err := h.Do(t.Context(), r, keep); !issuer.Is(err, issuer.Expired) {
			t.Errorf("error %v", err)
		}
	}
	if sent != 1 {
		t.Errorf("a call that was late from the start was begun: %d", sent)
	}
}

// slowNetwork lets time pass between the first check of the permit and the body, as a
// slow dial does.
type slowNetwork struct {
	clock *clock.Fake
	next  http.RoundTripper
}

func (s slowNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	s.clock.Advance(time.Minute)
	return s.next.RoundTrip(r)
}

func TestPermitIsCheckedWhenTheBodyIsWritten(t *testing.T) {
	var whole atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err == nil {
			whole.Add(1)
		}
		http.Error(w, `{"code":1,"message":"half a request"}`, http.StatusBadRequest)
	}))
	defer server.Close()
	c := clock.NewFake(epoch)
	h := client(t, transport.Config{BaseURL: server.URL, Clock: c, RoundTripper: slowNetwork{c, &http.Transport{}}})
	err := h.Do(t.Context(), transport.Request{Op: "pay", Method: "POST", Path: "/", Mutating: true,
		Body: []byte(`{"cost":1}`), Permit: issuer.Permit{NotAfter: epoch.Add(time.Second)}}, keep)
	if !issuer.Is(err, issuer.Expired) || whole.Load() != 0 {
		t.Errorf("%d whole requests, error %v", whole.Load(), err)
	}
}

// network answers as the test says, without a socket.
type network func(*http.Request) (*http.Response, error)

func (n network) RoundTrip(r *http.Request) (*http.Response, error) { return n(r) }

// A transport that fails first and reads the body afterwards must not send it.
func TestSealedBodyIsNeverSent(t *testing.T) {
	var late *http.Request
	h := client(t, transport.Config{BaseURL: "http://127.0.0.1", RoundTripper: network(func(r *http.Request) (*http.Response, error) {
		late = r
		return nil, context.DeadlineExceeded
	})})
	err := h.Do(t.Context(), transport.Request{Op: "pay", Method: "POST", Path: "/", Mutating: true}, keep)
	if !issuer.Is(err, issuer.Unavailable) || !strings.Contains(err.Error(), "nothing was sent") {
		t.Errorf("error %v", err)
	}
	if body, err := io.ReadAll(late.Body); err == nil || len(body) != 0 {
		t.Errorf("sent %q afterwards", body)
	}
}

func TestCredentialsThatHTTPCannotCarry(t *testing.T) {
	h := client(t, transport.Config{BaseURL: "http://127.0.0.1", RoundTripper: network(func(*http.Request) (*http.Response, error) {
		t.Error("something was sent")
		return nil, io.EOF
	})})
	for _, bad := range []string{"canary\n", "canary\x00", "canary\r\nX: y", "canaré", "\x7fcanary"} {
		err := h.Do(t.Context(), transport.Request{Op: "pay", Method: "POST", Path: "/", Header: http.Header{"X-Token": {bad}}}, keep)
		if !issuer.Is(err, issuer.Unauthorized) || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "canar") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestRetryAfterInBothForms(t *testing.T) {
	c := clock.NewFake(epoch)
	for value, want := range map[string]time.Duration{
		"7": 7 * time.Second, epoch.Add(time.Minute).Format(http.TimeFormat): time.Minute,
		"": 5 * time.Second, "0": 5 * time.Second, "soon": 5 * time.Second, "-3": 5 * time.Second,
		epoch.Add(-time.Minute).Format(http.TimeFormat): 5 * time.Second, "99999999": 10 * time.Minute,
	} {
		for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			gate := transport.NewGate(c, 0, 0)
			h := client(t, transport.Config{BaseURL: "http://127.0.0.1", Clock: c, Gate: gate, RoundTripper: network(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {value}}, Body: http.NoBody}, nil
			})})
			err := h.Do(t.Context(), transport.Request{Op: "look", Method: "GET", Path: "/"}, keep)
			var e *issuer.Error
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			parked := gate.Pass(t.Context(), transport.Urgent) != nil
			asked := want != 5*time.Second
			if status == http.StatusTooManyRequests && (e.RetryAfter != want || e.Class != issuer.RateLimited || !parked) {
				t.Errorf("429 %q: %v, parked %v", value, e.RetryAfter, parked)
			}
			if status == http.StatusServiceUnavailable && (asked != parked || e.Class != issuer.Unavailable) {
				t.Errorf("503 %q: %v, parked %v", value, err, parked)
			}
		}
	}
}

func TestParksStartSmallAgainAfterAnAnswer(t *testing.T) {
	c := clock.NewFake(epoch)
	statuses := []int{429, 429, 200, 429}
	h := client(t, transport.Config{BaseURL: "http://127.0.0.1", Clock: c, RoundTripper: network(func(*http.Request) (*http.Response, error) {
		status := statuses[0]
		statuses = statuses[1:]
		return &http.Response{StatusCode: status, Body: http.NoBody}, nil
	})})
	for _, want := range []time.Duration{5 * time.Second, 10 * time.Second, 0, 5 * time.Second} {
		err := h.Do(t.Context(), transport.Request{Op: "look", Method: "GET", Path: "/"}, keep)
		var e *issuer.Error
		if errors.As(err, &e) && e.RetryAfter != want || (err == nil) != (want == 0) {
			t.Errorf("%v, want %v", err, want)
		}
		c.Advance(time.Minute)
	}
}

func TestObserverSeesEveryCall(t *testing.T) {
	var seen []string
	status := http.StatusOK
	c := clock.NewFake(epoch)
	h := client(t, transport.Config{BaseURL: "http://127.0.0.1", Clock: c,
		Observe: func(op string, class issuer.Class, status int, took time.Duration) {
			seen = append(seen, fmt.Sprintf("%s %q %d %v", op, class, status, took))
		},
		RoundTripper: network(func(*http.Request) (*http.Response, error) {
			c.Advance(time.Second)
			return &http.Response{StatusCode: status, Body: http.NoBody}, nil
		})})
	r := transport.Request{Op: "look", Method: "GET", Path: "/"}
	_ = h.Do(t.Context(), r, keep)
	_ = h.Do(t.Context(), r, func(transport.Response) error { return r.Refused(200, "7", "no") })
	status = http.StatusTooManyRequests
	_ = h.Do(t.Context(), r, keep)
	_ = h.Do(t.Context(), r, keep)
	want := []string{`look "" 200 1s`, `look "Invalid" 200 1s`, `look "RateLimited" 429 1s`, `look "RateLimited" 0 0s`}
	if strings.Join(seen, "\n") != strings.Join(want, "\n") {
		t.Errorf("seen %q", seen)
	}
}
