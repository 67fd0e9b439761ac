package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/internal/issuer"
)

func TestAVerifiedMessageAsksForALookOnce(t *testing.T) {
	b := newBench(t)
	got := b.send(first, message{ID: "n-1"})
	if got.status != 200 || got.body != `{"received":true,"id":"n-1"}`+"\n" || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %+v", got)
	}
	if again := b.send(first, message{ID: "n-1"}); again.status != 200 || again.body != got.body {
		t.Errorf("the repetition got %+v", again)
	}
	b.want(1, map[string]int{"cards/main accepted": 1, "cards/main duplicate": 1})

	b.send(second, message{ID: "n-1"}) // another issuer's id
	b.send(first, message{ID: "n-2"})
	b.want(3, map[string]int{"cards/main accepted": 2, "cards/main duplicate": 1, "cards/second accepted": 1})
	if b.lookups != 2 {
		t.Errorf("%d lookups", b.lookups)
	}
}

func TestAMessageWithoutAnIDIsKnownByItsBody(t *testing.T) {
	b := newBench(t)
	for _, m := range []message{{Card: "c-1"}, {Card: "c-1"}, {Card: "c-2"}} {
		if got := b.send(first, m); got.status != 200 || got.body != `{"received":true}`+"\n" {
			t.Errorf("got %+v", got)
		}
	}
	b.want(2, map[string]int{"cards/main accepted": 2, "cards/main duplicate": 1})
}

func TestAnOldRepetitionIsANewMessage(t *testing.T) {
	b := newBench(t, func(o *Options) {
		o.Lookup = func(context.Context, types.NamespacedName) (issuer.Listener, error) { return trusting{}, nil }
	})
	send := func() { b.send(first, message{ID: "n-1"}) }
	send()
	b.clock.Advance(seenLifetime - time.Second)
	send()
	b.want(1, map[string]int{"cards/main accepted": 1, "cards/main duplicate": 1})
	b.clock.Advance(time.Second)
	send()
	b.want(2, map[string]int{"cards/main accepted": 2, "cards/main duplicate": 1})
}

// trusting takes every message for the issuer's.
type trusting struct{}

func (trusting) Verify(issuer.Webhook) (issuer.Notice, error) { return issuer.Notice{ID: "n-1"}, nil }

// Nobody learns from an answer which CardIssuers there are.
func TestAllRefusalsLookAlike(t *testing.T) {
	b := newBench(t)
	signed := text(message{ID: "n-1"})
	altered := func(change func(*http.Request)) *http.Request {
		r := b.request(first, signed)
		change(r)
		return r
	}
	other := func(body string) *http.Request {
		r := b.request(first, signed)
		changed := b.request(first, []byte(body))
		changed.Header = r.Header
		return changed
	}
	old := b.request(first, signed)
	date := noon.Add(-6 * time.Minute).Format(time.RFC3339)
	old.Header.Set("X-Date", date)
	old.Header.Set("X-Sign", listener{"secret of main"}.sign(date, signed))

	cases := map[string]*http.Request{
		"unknown CardIssuer":     b.request(none, signed),
		"unknown namespace":      b.request(types.NamespacedName{Namespace: "nowhere", Name: "main"}, signed),
		"impossible namespace":   b.request(types.NamespacedName{Namespace: "Not_a_name", Name: "main"}, signed),
		"impossible name":        b.request(types.NamespacedName{Namespace: "cards", Name: "a%2Fb"}, signed),
		"long name":              b.request(types.NamespacedName{Namespace: "cards", Name: strings.Repeat("a", 300)}, signed),
		"takes no webhooks":      b.request(mute, signed),
		"nobody verifies":        b.request(nobody, signed),
		"lookup fails":           b.request(broken, signed),
		"unsigned":               altered(func(r *http.Request) { r.Header.Del("X-Sign") }),
		"wrong signature":        altered(func(r *http.Request) { r.Header.Set("X-Sign", strings.Repeat("0", 64)) }),
		"another one's":          altered(func(r *http.Request) { r.URL.Path = Path("cards", "second") }),
		"changed body":           other(`{"id":"n-9"}`),
		"truncated body":         other(string(signed[:len(signed)-1])),
		"empty body":             other(""),
		"replayed after a while": old,
	}
	want := b.do(b.request(none, signed))
	if want.status != http.StatusUnauthorized || want.body != `{"received":false}`+"\n" {
		t.Fatalf("got %+v", want)
	}
	for name, r := range cases {
		if got := b.do(r); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	b.want(0, map[string]int{"unknown refused": len(cases), "unknown failed": 1})
}

func TestASignedMessageThatCannotBeReadIsNotSentForDays(t *testing.T) {
	b := newBench(t)
	if got := b.do(b.request(first, []byte("{"))); got.status != 200 || got.body != `{"received":true}`+"\n" {
		t.Errorf("got %+v", got)
	}
	b.want(0, map[string]int{"cards/main malformed": 1})
}

func TestTooLargeMessages(t *testing.T) {
	b := newBench(t)
	full := bytes.Repeat([]byte("x"), MaxBody)
	chunked := b.request(first, append(full, 'x'))
	chunked.ContentLength = -1
	heavy := b.request(first, text(message{ID: "n"}))
	heavy.Header.Set("X-Heavy", strings.Repeat("x", MaxHeader))
	for name, c := range map[string]struct {
		r    *http.Request
		want int
	}{
		"unannounced": {chunked, http.StatusRequestEntityTooLarge},
		"header":      {heavy, http.StatusRequestHeaderFieldsTooLarge},
		"just fits":   {b.request(first, full), http.StatusOK},
	} {
		if got := b.do(c.r); got.status != c.want {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	conn := dial(t, b.base) // what is announced is not even waited for
	say(t, conn, opening+"Content-Length: 1048577\r\n\r\n")
	if got := status(conn); got != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d", got)
	}
	b.want(0, map[string]int{"unknown oversized": 3, "cards/main malformed": 1})

	conn = dial(t, b.base) // net/http answers this one, and may cut it off
	say(t, conn, opening+"X-Heavy: "+strings.Repeat("x", MaxHeader+8192))
	if got := status(conn); got != 0 && got != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("got %d", got)
	}
}

func TestOnlyPostOnlyThere(t *testing.T) {
	b := newBench(t)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPatch} {
		r := b.request(first, nil)
		r.Method = method
		if got := b.do(r); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != "POST" {
			t.Errorf("%s: got %+v", method, got)
		}
	}
	for _, path := range []string{"/", "/webhooks", "/webhooks/cards", "/webhooks/cards/main/", "/webhooks/cards/main/x", "/metrics"} {
		r := b.request(first, nil)
		r.URL.Path = path
		if got := b.do(r); got.status != http.StatusNotFound {
			t.Errorf("%s: got %+v", path, got)
		}
	}
	b.want(0, map[string]int{"unknown refused": 12})
}

func TestTheListenerSeesTheMessageAsItCame(t *testing.T) {
	var got issuer.Webhook
	b := newBench(t, func(o *Options) {
		o.Lookup = func(context.Context, types.NamespacedName) (issuer.Listener, error) {
			return verify(func(w issuer.Webhook) (issuer.Notice, error) {
				got = w
				return issuer.Notice{ID: "n"}, nil
			}), nil
		}
	})
	r := b.request(first, []byte(" {\"a\": 1}\r\n"))
	r.URL.RawQuery = "a=1&b=%20"
	b.do(r)
	if got.URI != "/webhooks/cards/main?a=1&b=%20" || string(got.Body) != " {\"a\": 1}\r\n" || got.Header.Get("X-Date") == "" || !got.Now.Equal(noon) {
		t.Errorf("got %+v", got)
	}
}

type verify func(issuer.Webhook) (issuer.Notice, error)

func (v verify) Verify(w issuer.Webhook) (issuer.Notice, error) { return v(w) }

func TestListenersAreAskedForAgainAfterAWhile(t *testing.T) {
	b := newBench(t)
	for i := range 5 {
		b.send(first, message{ID: fmt.Sprint(i)})
		b.send(broken, message{ID: fmt.Sprint(i)})
	}
	if b.lookups != 2 {
		t.Errorf("%d lookups", b.lookups)
	}
	b.clock.Advance(ListenerLifetime)
	b.send(first, message{ID: "x"})
	b.send(broken, message{ID: "x"})
	if b.lookups != 4 {
		t.Errorf("%d lookups", b.lookups)
	}
	for range 3 { // what does not exist is not remembered
		b.send(none, message{ID: "x"})
	}
	if b.lookups != 7 {
		t.Errorf("%d lookups", b.lookups)
	}
}

// A message that is not HTTP/1.1 over a socket has no deadlines to set.
func TestWithoutAConnection(t *testing.T) {
	b := newBench(t)
	s := NewServer(Options{Clock: b.clock, Lookup: b.lookup, Hint: b.hint})
	w := httptest.NewRecorder()
	r := b.request(first, text(message{ID: "n", OTP: "123456"}))
	r.RequestURI, r.TLS = Path("cards", "main"), &tls.ConnectionState{}
	s.ServeHTTP(w, r)
	if w.Code != 200 || len(b.hints) != 1 || len(b.delivered) != 0 {
		t.Errorf("%d, %v, %v", w.Code, b.hints, b.delivered)
	}
}

func TestALongOrBrokenIDIsNotEchoed(t *testing.T) {
	for id, want := range map[string]string{
		strings.Repeat("a", 129): `{"received":true}`,
		"a\xffb</script>":        `{"received":true,"id":"ab\u003c/script\u003e"}`,
	} {
		w := httptest.NewRecorder()
		verdict{result: Accepted, status: 200, id: id}.answer(w)
		if got := strings.TrimSpace(w.Body.String()); got != want {
			t.Errorf("got %s", got)
		}
	}
}
