package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
)

func TestTheFirstHintGoesAtOnceAndTheOthersAsOne(t *testing.T) {
	o := newOffice(t, "main", "second")
	o.start()
	o.Hint(first)
	o.clock.settle(t, 1)
	o.want(1)
	if got := o.hinted("main"); got != "2026-11-01T12:00:00Z" {
		t.Errorf("hinted at %q", got)
	}
	for range 100 {
		o.Hint(first)
	}
	o.clock.advance(DefaultHintInterval - time.Nanosecond)
	o.clock.settle(t, 1)
	o.want(1)
	o.Hint(second) // another CardIssuer does not wait for it
	o.clock.settle(t, 2)
	o.want(2)
	o.clock.advance(time.Nanosecond)
	eventually(t, func() bool { return o.patches.Load() == 3 })
	o.clock.settle(t, 2)
	if got := o.hinted("main"); got != "2026-11-01T12:00:02Z" {
		t.Errorf("hinted at %q", got)
	}
	// Nobody has hinted since: it ends, and the next one goes at once again.
	o.clock.advance(time.Hour)
	o.clock.settle(t, 0)
	o.want(3)
	o.Hint(first)
	o.clock.settle(t, 1)
	o.want(4)
}

func TestWhileHintsKeepComingTheIntervalGrows(t *testing.T) {
	o := newOffice(t, "main")
	o.start()
	o.Hint(first)
	for n, pause := range []time.Duration{2, 4, 8, 15, 15, 15} {
		o.clock.settle(t, 1)
		o.Hint(first)
		o.clock.advance(pause*time.Second - 1)
		o.clock.settle(t, 1)
		o.want(int32(n + 1))
		o.clock.advance(1)
		eventually(t, func() bool { return o.patches.Load() == int32(n+2) })
	}
}

func TestEveryHintIsAnotherValue(t *testing.T) {
	o := newOffice(t, "main")
	o.start()
	seen := map[string]bool{}
	for range 3 {
		o.clock.mu.Lock()
		o.clock.now = noon // the clock stands still, or goes back
		o.clock.mu.Unlock()
		o.Hint(first)
		o.clock.settle(t, 1)
		seen[o.hinted("main")] = true
		o.clock.advance(time.Minute)
		o.clock.settle(t, 0)
	}
	if len(seen) != 3 {
		t.Errorf("values %v", seen)
	}
}

func TestHintsFromBeforeTheStartAreNotLost(t *testing.T) {
	o := newOffice(t, "main")
	o.Hint(first)
	o.Hint(first)
	o.want(0)
	o.start()
	o.clock.settle(t, 1)
	o.want(1)
	o.clock.advance(time.Hour)
	o.clock.settle(t, 0)
	o.want(1)
	if o.NeedLeaderElection() {
		t.Error("only the leader would hint")
	}
}

func TestTheLastHintIsWrittenWhenTheProcessEnds(t *testing.T) {
	o := newOffice(t, "main")
	o.start()
	o.Hint(first)
	o.clock.settle(t, 1)
	o.Hint(first)
	o.stop()
	o.want(2)
	if got := o.hinted("main"); got != "2026-11-01T12:00:00.000000001Z" {
		t.Errorf("hinted at %q", got)
	}
	o.Hint(first) // too late
	o.want(2)
}

func TestNothingIsLeftToSayAtTheEnd(t *testing.T) {
	o := newOffice(t, "main")
	o.start()
	o.Hint(first)
	o.clock.settle(t, 1)
	o.stop()
	o.want(1)
}

func TestAnAPIServerThatIsAwayIsTriedAgain(t *testing.T) {
	o := newOffice(t, "main")
	o.refuse = func(n int32) error {
		if n <= 2 {
			return errAway
		}
		return nil
	}
	o.start()
	o.Hint(first)
	for _, pause := range backoffs[:2] {
		o.clock.settle(t, 1)
		o.Hint(first) // meanwhile others come: they are one trailing hint
		o.clock.advance(pause)
		time.Sleep(20 * time.Millisecond)
	}
	o.clock.settle(t, 1)
	o.want(3)
	if o.hinted("main") == "" {
		t.Error("not hinted")
	}
	o.clock.advance(DefaultHintInterval)
	eventually(t, func() bool { return o.patches.Load() == 4 })
}

func TestAHintIsDroppedAfterAFewTries(t *testing.T) {
	o := newOffice(t, "main")
	o.refuse = func(int32) error { return errAway }
	o.start()
	o.Hint(first)
	for n, pause := range backoffs {
		o.clock.settle(t, 1)
		o.want(int32(n + 1))
		o.clock.advance(pause)
		eventually(t, func() bool { return o.patches.Load() == int32(n+2) })
	}
	o.clock.settle(t, 1)
	o.clock.advance(time.Hour)
	o.clock.settle(t, 0)
	o.want(int32(len(backoffs)) + 1)

	o.mu.Lock()
	o.refuse = nil
	o.mu.Unlock()
	o.Hint(first)
	o.clock.settle(t, 1)
	if o.hinted("main") == "" {
		t.Error("the next hint was not written")
	}
}

func TestAHintUnderWayIsSaidOnceMoreAtTheEnd(t *testing.T) {
	o := newOffice(t, "main")
	o.refuse = func(n int32) error {
		if n == 1 {
			return errAway
		}
		return nil
	}
	o.start()
	o.Hint(first)
	o.clock.settle(t, 1) // it waits to try again
	o.stop()
	o.want(2)
	if o.hinted("main") == "" {
		t.Error("not hinted")
	}

	o = newOffice(t, "main")
	o.refuse = func(int32) error { return errAway } // and if that fails too, it ends
	o.start()
	o.Hint(first)
	o.clock.settle(t, 1)
	o.stop()
	o.want(2)
}

func TestAProcessThatEndsInTheMiddleOfAPatch(t *testing.T) {
	o := newOffice(t, "main")
	entered := make(chan bool, 1)
	o.start()
	o.mu.Lock()
	stop := o.stop
	o.refuse = func(n int32) error {
		if n == 1 {
			entered <- true
			go stop()
			time.Sleep(50 * time.Millisecond)
			return context.Canceled
		}
		return nil
	}
	o.mu.Unlock()
	o.Hint(first)
	<-entered
	stop()
	if o.hinted("main") == "" {
		t.Error("not hinted")
	}
	o.want(2)
}

func TestACardIssuerThatIsGone(t *testing.T) {
	o := newOffice(t)
	o.start()
	o.Hint(first)
	o.clock.settle(t, 1)
	o.clock.advance(time.Hour)
	o.clock.settle(t, 0)
	o.want(1)
	eventually(t, o.idle)
}

// Under a clock that moves by itself everything happens at once.
func TestUnderAVirtualClock(t *testing.T) {
	o := newOffice(t, "main")
	fakeClock := clock.NewFake(noon)
	o.Clock = fakeClock
	o.start()
	o.Hint(first)
	eventually(t, o.idle)
	o.want(1)
	if fakeClock.Now() != noon.Add(DefaultHintInterval) {
		t.Errorf("it is %s", fakeClock.Now())
	}
}

// Ten thousand messages in a burst, from many senders, over sockets, are a handful of writes
// to the API server.
func TestABurst(t *testing.T) {
	const messages, senders = 10_000, 32
	o := newOffice(t, "main")
	o.start()
	b := newBench(t, func(opts *Options) { opts.Hint = o.Hint })
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}
	defer client.CloseIdleConnections()
	var wait sync.WaitGroup
	var failed atomic.Int32
	began := time.Now()
	for s := range senders {
		wait.Go(func() {
			for i := s; i < messages; i += senders {
				body, _ := json.Marshal(message{ID: fmt.Sprint(i)})
				res, err := client.Do(b.request(first, body))
				if err != nil {
					failed.Add(1)
					continue
				}
				if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
					failed.Add(1)
				}
				res.Body.Close()
			}
		})
	}
	wait.Wait()
	t.Logf("%d messages in %s", messages, time.Since(began))
	o.clock.settle(t, 1)
	o.clock.advance(DefaultHintInterval)
	eventually(t, func() bool { return o.patches.Load() == 2 })
	o.clock.settle(t, 1)
	o.clock.advance(time.Hour)
	o.clock.settle(t, 0)
	o.want(2)
	if failed.Load() != 0 {
		t.Errorf("%d failed", failed.Load())
	}
	b.want(0, map[string]int{"cards/main accepted": messages})
}
