package webhook

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

// The id of a message need not be signed: what brings a code is known by what is.
func TestACodeThatIsPlayedBackUnderAnotherID(t *testing.T) {
	b := newBench(t)
	for _, id := range []string{"n-1", "n-2", "n-3"} {
		if got := b.send(first, message{ID: id, Card: "c-1", OTP: "123456", Signed: "s-1"}); got.status != http.StatusOK {
			t.Errorf("%s: %d", id, got.status)
		}
	}
	if len(b.delivered) != 1 || len(b.hints) != 1 {
		t.Errorf("%d deliveries, %d hints, %v", len(b.delivered), len(b.hints), b.results)
	}
	if b.send(first, message{ID: "n-1", Card: "c-1", OTP: "654321", Signed: "s-2"}); len(b.delivered) != 2 {
		t.Error("another code of the same id is another code")
	}
}

func TestACodeIsDeliveredOnceAndAgainAfterAFailure(t *testing.T) {
	b := newBench(t)
	b.deliver = func(context.Context) error { return errAway }
	m := message{ID: "n-1", Card: "c-1", OTP: "123456"}
	if got := b.send(first, m); got.status != http.StatusServiceUnavailable || strings.Contains(got.body, "123456") {
		t.Errorf("got %+v", got)
	}
	b.deliver = nil
	for range 3 {
		if got := b.send(first, m); got.status != 200 {
			t.Errorf("got %+v", got)
		}
	}
	if len(b.delivered) != 1 || b.delivered[0].CardID != "c-1" || b.delivered[0].OTP.Code.Reveal() != "123456" {
		t.Errorf("delivered %v", b.delivered)
	}
	b.want(2, map[string]int{"cards/main failed": 1, "cards/main accepted": 1, "cards/main duplicate": 2})
}

// The repetition of a message whose code is on its way is neither a success yet nor a second
// delivery.
func TestTheSameCodeTwiceAtOnce(t *testing.T) {
	b := newBench(t)
	entered, let := make(chan bool), make(chan bool)
	b.deliver = func(context.Context) error {
		entered <- true
		<-let
		return nil
	}
	var got answer
	var wait sync.WaitGroup
	wait.Go(func() { got = b.send(first, message{ID: "n-1", OTP: "1"}) })
	<-entered
	if again := b.send(first, message{ID: "n-1", OTP: "1"}); again.status != http.StatusServiceUnavailable {
		t.Errorf("got %+v", again)
	}
	let <- true
	wait.Wait()
	if got.status != 200 || len(b.delivered) != 1 {
		t.Errorf("%+v, %v", got, b.delivered)
	}
}

func TestOnlyTheLatestAreRemembered(t *testing.T) {
	b := newBench(t)
	s := newSeen(b.clock, Budget)
	key := func(i int) digest { return digest{byte(i), byte(i >> 8), byte(i >> 16)} }
	for i := range 3 * maxSeen {
		if s.begin(key(i)) != fresh {
			t.Fatalf("%d is not fresh", i)
		}
		s.finish(key(i))
		if s.begin(key(0)) == underway {
			t.Fatal("under way")
		}
		s.finish(key(0))
	}
	if len(s.byKey) != maxSeen || s.recent.Len() != maxSeen {
		t.Errorf("%d and %d are kept", len(s.byKey), s.recent.Len())
	}
	if s.begin(key(0)) != done || s.begin(key(1)) != fresh || s.begin(key(3*maxSeen-1)) != done {
		t.Error("others than the latest are kept")
	}
}

// An id that is taken by another message, or a crowd of another CardIssuer's, hides nothing.
func TestWhatIsTakenForARepetition(t *testing.T) {
	b := newBench(t)
	b.send(first, message{ID: "n-1", Card: "c-1"})
	b.send(first, message{ID: "n-1", Card: "c-2"})
	b.want(2, map[string]int{"cards/main accepted": 2})

	h := histories{clock: b.clock, patience: Budget}
	key := digest{1}
	h.of(first).begin(key)
	h.of(first).finish(key)
	for i := range maxSeen + 1 {
		h.of(second).begin(digest{byte(i), byte(i >> 8), 2})
	}
	if h.of(first).begin(key) != done || h.of(second).begin(key) != fresh {
		t.Error("each CardIssuer has a history of its own")
	}
	for i := range maxListeners {
		h.of(types.NamespacedName{Name: fmt.Sprint(i)})
	}
	if len(h.by) > maxListeners {
		t.Errorf("%d histories", len(h.by))
	}
}
