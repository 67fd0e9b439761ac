package webhook

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func dial(t *testing.T, base string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	return conn
}

func say(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

// status is that of the answer on a connection; 0 when there is none.
func status(conn net.Conn) int {
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	return res.StatusCode
}

const opening = "POST /webhooks/cards/main HTTP/1.1\r\nHost: x\r\n"

func quick(o *Options) { o.Budget = 300 * time.Millisecond }

func TestASlowBodyIsNotWaitedFor(t *testing.T) {
	for name, start := range map[string]string{
		"small":   "Content-Length: 100\r\n\r\n{",
		"large":   "Content-Length: 900000\r\n\r\n{",
		"chunked": "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
		"nothing": "Content-Length: 100\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, quick)
			conn := dial(t, b.base)
			began := time.Now()
			say(t, conn, opening+start)
			got := status(conn)
			if took := time.Since(began); got != http.StatusRequestTimeout || took < 100*time.Millisecond || took > 3*time.Second {
				t.Errorf("%d after %s", got, took)
			}
			b.want(0, map[string]int{"unknown failed": 1})
		})
	}
}

func TestABodyThatBreaksOff(t *testing.T) {
	b := newBench(t)
	conn := dial(t, b.base)
	say(t, conn, opening+"Content-Length: 100\r\n\r\n{")
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got := status(conn); got != http.StatusBadRequest {
		t.Errorf("got %d", got)
	}
	b.want(0, map[string]int{"unknown failed": 1})
}

func TestSlowHeadersAreNotWaitedFor(t *testing.T) {
	b := newBench(t)
	conn := dial(t, b.base)
	say(t, conn, opening)
	began := time.Now()
	if _, err := io.ReadAll(conn); err != nil {
		t.Fatalf("the connection was not closed: %v", err)
	}
	if took := time.Since(began); took > headerTimeout+3*time.Second {
		t.Errorf("closed after %s", took)
	}
}

// Slow large messages take all the places that there are for large ones, and the small ones
// that issuers send still get through. Nobody waits, and the places come back.
func TestSlowLargeMessagesDoNotKeepOutSmallOnes(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Budget = time.Second })
	var slow []net.Conn
	for range largeSlots {
		conn := dial(t, b.base)
		say(t, conn, opening+"Content-Length: 900000\r\n\r\n{")
		slow = append(slow, conn)
	}
	time.Sleep(100 * time.Millisecond)
	large := b.request(first, []byte(strings.Repeat(" ", smallBody+1)))
	got := b.do(large)
	if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") != "1" || got.body != `{"received":false}`+"\n" {
		t.Errorf("a large one: %+v", got)
	}
	if got := b.send(first, message{ID: "n-1"}); got.status != 200 {
		t.Errorf("a small one: %+v", got)
	}
	for _, conn := range slow {
		if got := status(conn); got != http.StatusRequestTimeout {
			t.Errorf("got %d", got)
		}
	}
	b.want(1, map[string]int{"cards/main accepted": 1, "unknown busy": 1, "unknown failed": largeSlots})
	if got := b.do(b.request(first, []byte(strings.Repeat(" ", smallBody+1)))); got.status != http.StatusOK {
		t.Errorf("afterwards: %+v", got)
	}
}

// A message that finds no place is answered at once, though its body never comes.
func TestABusyServerDoesNotWaitForBodies(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Budget = time.Second })
	for range largeSlots {
		say(t, dial(t, b.base), opening+"Content-Length: 900000\r\n\r\n{")
	}
	time.Sleep(100 * time.Millisecond)
	conn := dial(t, b.base)
	began := time.Now()
	say(t, conn, opening+"Content-Length: 200000\r\n\r\n{")
	got := status(conn)
	if took := time.Since(began); got != http.StatusServiceUnavailable || took > 500*time.Millisecond {
		t.Errorf("%d after %s", got, took)
	}
	if _, err := io.ReadAll(conn); err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the connection was not closed: %v", err)
	}
}

func TestSmallMessagesAreBoundedToo(t *testing.T) {
	s := newSlots()
	var seats []*seat
	for range smallSlots {
		one, free := s.enter(0)
		if !free {
			t.Fatal("no place")
		}
		seats = append(seats, one)
	}
	if _, free := s.enter(smallBody); free {
		t.Error("one too many")
	}
	seats[0].leave()
	if _, free := s.enter(smallBody); !free {
		t.Error("the place did not come back")
	}
	if _, free := s.enter(smallBody + 1); !free {
		t.Error("no place for a large one")
	}
	if _, free := s.enter(-1); free {
		t.Error("one of unknown length is taken for a small one")
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	b := newBench(t)
	base := serve(t, &Endpoint{Handler: NewServer(Options{Clock: b.clock, Lookup: b.lookup, Hint: b.hint}), MaxConns: 2})
	idle := []net.Conn{dial(t, base), dial(t, base)}
	time.Sleep(100 * time.Millisecond)
	third := dial(t, base)
	say(t, third, opening+"Content-Length: 0\r\n\r\n")
	_ = third.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	if _, err := third.Read(make([]byte, 1)); err == nil {
		t.Error("a third connection was served beside two")
	}
	idle[0].Close()
	_ = third.SetReadDeadline(time.Now().Add(5 * time.Second))
	if got := status(third); got != http.StatusUnauthorized {
		t.Errorf("got %d", got)
	}
}

// One that was lost on the way does not block its repetition for long.
func TestALostDeliveryDoesNotBlockItsRepetition(t *testing.T) {
	b := newBench(t)
	s := newSeen(b.clock, Budget)
	key := digest{1}
	if s.begin(key) != fresh || s.begin(key) != underway {
		t.Error("not under way")
	}
	b.clock.Advance(Budget)
	if s.begin(key) != fresh {
		t.Error("still blocked")
	}
	s.finish(key)
	if s.begin(key) != done {
		t.Error("not done")
	}
	s.forget(key)
	s.forget(key)
	s.finish(key)
	if s.begin(key) != fresh {
		t.Error("not forgotten")
	}
}

// The sender may leave as soon as it has sent; the code is written all the same. And it is
// given up within the budget.
func TestASenderThatLeavesEarly(t *testing.T) {
	b := newBench(t, quick)
	entered, ended := make(chan bool), make(chan error, 1)
	b.deliver = func(ctx context.Context) error {
		entered <- true
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}
	r := b.request(first, text(message{ID: "n-1", OTP: "1"}))
	ctx, leave := context.WithCancel(context.Background())
	go func() { _, _ = http.DefaultClient.Do(r.WithContext(ctx)) }() //nolint:bodyclose // it has left
	<-entered
	began := time.Now()
	leave()
	if err := <-ended; !errors.Is(err, context.DeadlineExceeded) || time.Since(began) < 100*time.Millisecond {
		t.Errorf("ended by %v after %s", err, time.Since(began))
	}
}

func TestManyAskingAtOnceMakeOneLookup(t *testing.T) {
	b := newBench(t)
	var wait sync.WaitGroup
	for i := range 50 {
		wait.Go(func() { b.send(first, message{ID: fmt.Sprint(i)}) })
	}
	wait.Wait()
	if b.lookups != 1 {
		t.Errorf("%d lookups", b.lookups)
	}
}

// Those who announce no length and send slowly keep nobody out: they have places for small
// messages, until they turn out to be large.
func TestSlowMessagesOfUnknownLengthKeepOutNobody(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Budget = 2 * time.Second })
	for range largeSlots {
		say(t, dial(t, b.base), opening+"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")
	}
	time.Sleep(100 * time.Millisecond)
	spaces := []byte(strings.Repeat(" ", smallBody+1))
	if got := b.do(b.request(first, spaces)); got.status != http.StatusOK {
		t.Errorf("a large one: %+v", got)
	}
	for range largeSlots {
		say(t, dial(t, b.base), opening+"Content-Length: 900000\r\n\r\n{")
	}
	time.Sleep(100 * time.Millisecond)
	chunked := b.request(first, spaces)
	chunked.ContentLength = -1
	if got := b.do(chunked); got.status != http.StatusServiceUnavailable {
		t.Errorf("one that turns out to be large while all places for those are taken: %+v", got)
	}
}

// An idle connection is kept for an issuer alone: anybody else's would take up all the places.
func TestOnlyAnIssuersConnectionIsKept(t *testing.T) {
	b := newBench(t)
	get := func(path string) *http.Request {
		r, err := http.NewRequest(http.MethodGet, b.base+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	stray := b.request(first, text(message{ID: "n-2"}))
	stray.URL.Path = "/webhooks//main"
	for name, c := range map[string]struct {
		r      *http.Request
		status int
		closes bool
	}{
		"an issuer":           {b.request(first, text(message{ID: "n-1"})), http.StatusOK, false},
		"nobody known":        {b.request(none, text(message{ID: "n-1"})), http.StatusUnauthorized, true},
		"no such path":        {get("/"), http.StatusNotFound, true},
		"no such method":      {get(Path("cards", "main")), http.StatusMethodNotAllowed, true},
		"a path to be mended": {stray, http.StatusTemporaryRedirect, true},
	} {
		res, err := (&http.Transport{}).RoundTrip(c.r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.status || res.Close != c.closes {
			t.Errorf("%s: %d, closes %v", name, res.StatusCode, res.Close)
		}
	}
	b.want(1, map[string]int{"cards/main accepted": 1, "unknown refused": 4})
}
