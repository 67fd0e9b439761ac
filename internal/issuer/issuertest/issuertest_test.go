package issuertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// recorder takes down what a check says in place of failing.
type recorder struct {
	testing.TB
	said []string
}

func (r *recorder) Helper()                   {}
func (r *recorder) Errorf(f string, a ...any) { r.said = append(r.said, fmt.Sprintf(f, a...)) }
func (r *recorder) Fatal(a ...any)            { r.said = append(r.said, fmt.Sprint(a...)) }

// says reports whether a check failed, and with these words.
func fails(t *testing.T, words string, check func(testing.TB)) {
	t.Helper()
	r := &recorder{TB: t}
	check(r)
	if len(r.said) == 0 || !strings.Contains(strings.Join(r.said, "\n"), words) {
		t.Errorf("said %q, want %q", r.said, words)
	}
}

// Every check can fail.
func TestChecksCanFail(t *testing.T) {
	fails(t, "broken", func(t testing.TB) { Must(t, errors.New("broken")) })
	fails(t, "no issuer error", func(t testing.TB) { ShowsNoCanary(t, errors.New("x")) })
	fails(t, "is shown", func(t testing.TB) { ShowsNoCanary(t, &issuer.Error{Message: "the " + CanaryPAN}) })
	fails(t, "too much", func(t testing.TB) { ShowsNoCanary(t, &issuer.Error{Message: strings.Repeat("x ", 200)}) })
	fails(t, "may quote", func(t testing.TB) { Ours(t, errors.New("the answer {")) })
	fails(t, "nothing was sent", func(t testing.TB) { (&World{T: t}).Last() })
}

// A careless adapter: it sends twice, takes every answer for a refusal, and tells secrets.
type careless struct{ http *transport.Client }

func (c careless) call(mutating bool) error {
	r := transport.Request{Op: "call", Method: http.MethodPost, Path: "/", Mutating: mutating}
	do := func() error { return c.http.Do(context.Background(), r, func(transport.Response) error { return nil }) }
	if do() != nil {
		_ = do()
	}
	return &issuer.Error{Class: issuer.Invalid, Message: CanaryToken}
}

func carelessSubject() Subject[careless] {
	return Subject[careless]{
		Connect: func(_ testing.TB, h *transport.Client) careless { return careless{h} },
		Warm: func(c careless) error {
			return c.http.Do(context.Background(), transport.Request{Op: "warm", Method: http.MethodGet, Path: "/"}, func(transport.Response) error { return nil })
		},
		Movers:  map[string]func(careless) error{"move": func(c careless) error { return c.call(true) }},
		Readers: map[string]func(careless) error{"read": func(c careless) error { return c.call(false) }},
		Answer:  "{}", ShowsNothing: ShowsNoCanary,
	}
}

func TestFaultsFindACarelessAdapter(t *testing.T) {
	s := carelessSubject()
	f := Faults()["503"]
	for _, words := range []string{"want Ambiguous", "sent 2 times", "is shown"} {
		fails(t, words, func(t testing.TB) { s.CheckMovers(t, "503", f) })
	}
	fails(t, "want Unavailable", func(t testing.TB) { s.CheckReaders(t, "503", f) })
	fails(t, "want Unavailable", s.CheckNeverLeft)
}

// A connection that cannot be taken over is left as it is.
func TestHijackOfARecorder(t *testing.T) {
	w := httptest.NewRecorder()
	Hijack("x", true)(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Body.Len() != 0 {
		t.Error(w.Body)
	}
}
