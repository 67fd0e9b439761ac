package transport_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

var epoch = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func TestGatePaces(t *testing.T) {
	c := clock.NewFake(epoch)
	g := transport.NewGate(c, 0, 0)
	for range 10 {
		if err := g.Pass(t.Context(), transport.Routine); err != nil {
			t.Fatal(err)
		}
	}
	if !c.Now().Equal(epoch) {
		t.Errorf("the burst took %v", c.Now().Sub(epoch))
	}
	for range 5 {
		_ = g.Pass(t.Context(), transport.Urgent)
	}
	if took := c.Now().Sub(epoch); took != time.Second {
		t.Errorf("five more took %v, want 1s", took)
	}
	g.SetLimit(1, 1)
	before := c.Now()
	for range 3 {
		_ = g.Pass(t.Context(), transport.Urgent)
	}
	if took := c.Now().Sub(before); took < 2*time.Second {
		t.Errorf("three at one a second took %v", took)
	}
}

// However many sweeps wait, a caller in a hurry waits for one of them at the most.
func TestUrgentOvertakesRoutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var real clock.Real
		g := transport.NewGate(real, 1, 1)
		_ = g.Pass(t.Context(), transport.Urgent)
		var passed atomic.Int32
		for range 20 {
			go func() {
				_ = g.Pass(t.Context(), transport.Routine)
				passed.Add(1)
			}()
		}
		synctest.Wait()
		began := real.Now()
		_ = g.Pass(t.Context(), transport.Urgent)
		if took := real.Now().Sub(began); took > 2*time.Second || passed.Load() > 1 {
			t.Errorf("waited %v behind %d others", took, passed.Load())
		}
		_ = real.Sleep(t.Context(), time.Minute)
		if passed.Load() != 20 {
			t.Errorf("%d passed in the end", passed.Load())
		}
	})
}

func TestGivingUpInTheQueueLeavesNoHole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var real clock.Real
		g := transport.NewGate(real, 1, 1)
		for round := range 50 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(round)*100*time.Millisecond)
			defer cancel()
			go func() { _ = g.Pass(ctx, transport.Priority(round%3)) }()
		}
		_ = real.Sleep(t.Context(), time.Minute)
		if err := g.Pass(t.Context(), transport.Routine); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := g.Pass(ctx, transport.Routine); !issuer.Is(err, issuer.Unavailable) {
			t.Errorf("a given up call answers %v", err)
		}
	})
}

func TestParkedAccountAnswersAtOnce(t *testing.T) {
	c := clock.NewFake(epoch)
	g := transport.NewGate(c, 0, 0)
	for range transport.DefaultBurst {
		_ = g.Pass(t.Context(), transport.Routine)
	}
	g.Park(epoch.Add(time.Minute))
	g.Park(epoch.Add(time.Second)) // never shortens
	err := g.Pass(t.Context(), transport.Urgent)
	var e *issuer.Error
	if !errors.As(err, &e) || e.Class != issuer.RateLimited || e.RetryAfter != time.Minute || !c.Now().Equal(epoch) {
		t.Fatalf("error %#v at %v", err, c.Now())
	}
	c.Advance(58 * time.Second)
	if err := g.Pass(t.Context(), transport.Routine); err != nil {
		t.Fatal(err)
	}
	if c.Now().Before(epoch.Add(time.Minute)) {
		t.Errorf("passed at %v, before the park's end", c.Now())
	}
}

func TestThrottling(t *testing.T) {
	c := clock.NewFake(epoch)
	g := transport.NewGate(c, 0, 0)
	for _, want := range []time.Duration{5, 10, 20, 40, 80, 160, 320, 600, 600} {
		if got := g.Throttled(0); got != want*time.Second {
			t.Errorf("parked for %v, want %ds", got, want)
		}
		c.Advance(want * time.Second)
	}
	g.Answered()
	if got := g.Throttled(0); got != 5*time.Second {
		t.Errorf("parked for %v after an answer", got)
	}
	if got := g.Throttled(24 * time.Hour); got != 10*time.Minute {
		t.Errorf("parked for %v at the issuer's wish", got)
	}
}

// Eight calls under way that are refused for pace at once are one throttling, not eight.
func TestACrowdThatIsThrottledIsThrottledOnce(t *testing.T) {
	c := clock.NewFake(epoch)
	g := transport.NewGate(c, 0, 0)
	for round, want := range []time.Duration{5 * time.Second, 10 * time.Second} {
		for call := range 8 {
			left := want - time.Duration(call)*100*time.Millisecond
			if got := g.Throttled(0); got != left {
				t.Errorf("round %d, call %d: %v, want %v", round, call, got, left)
			}
			c.Advance(100 * time.Millisecond)
		}
		c.Advance(want)
	}
	g.Throttled(0)
	if got := g.Throttled(time.Minute); got != time.Minute {
		t.Errorf("what the issuer asks for counts: %v", got)
	}
}

func TestBlock(t *testing.T) {
	c := clock.NewFake(epoch)
	b := transport.NewBlock(c)
	for _, want := range []time.Duration{30, 60, 120, 240, 300, 300} {
		b.Refused()
		if got := b.Remaining(); got != want*time.Second {
			t.Errorf("blocked for %v, want %ds", got, want)
		}
		c.Advance(want * time.Second)
		if b.Remaining() != 0 {
			t.Error("blocked for ever")
		}
	}
	b.Refused()
	b.Accepted()
	if b.Remaining() != 0 {
		t.Error("blocked after it worked")
	}
}

// A dead issuer holds the workers for a few time-outs, and is then asked now and again until
// it answers.
func TestADeadIssuerIsLeftAlone(t *testing.T) {
	c := clock.NewFake(epoch)
	g := transport.NewGate(c, 1000, 1000)
	pass := func() error { return g.Pass(t.Context(), transport.Sending) }
	silence := func(calls int) {
		for range calls {
			g.Unanswered()
		}
	}
	silence(7)
	if err := pass(); err != nil {
		t.Fatalf("some lost answers are no outage: %v", err)
	}
	g.Answered()
	silence(7)
	if err := pass(); err != nil {
		t.Fatalf("an answer makes good what was before: %v", err)
	}
	for _, rest := range []time.Duration{3 * time.Second, 6 * time.Second, 12 * time.Second, 12 * time.Second} {
		silence(40) // as many as were under way
		var e *issuer.Error
		if err := pass(); !errors.As(err, &e) || e.Class != issuer.Unavailable || e.RetryAfter != rest || issuer.OutcomeOf(err) != issuer.Deferred {
			t.Fatalf("%v, want a rest of %v", err, rest)
		}
		c.Advance(rest)
		if err := pass(); err != nil {
			t.Fatalf("then it is asked again: %v", err)
		}
	}
	g.Answered()
	silence(7)
	if err := pass(); err != nil {
		t.Fatal(err)
	}
	silence(1)
	g.Throttled(time.Minute)
	if err := pass(); !issuer.Is(err, issuer.RateLimited) {
		t.Errorf("a 429 is an answer: %v", err)
	}
}

// After a rest one call tries the issuer, and the others are not held for its time-out.
func TestOneCallTriesADeadIssuer(t *testing.T) {
	c := clock.NewFake(epoch)
	g := transport.NewGate(c, 1000, 1000)
	pass := func() error { return g.Pass(t.Context(), transport.Sending) }
	turnedAway := func(why string, longest time.Duration) {
		t.Helper()
		var e *issuer.Error
		if err := pass(); !errors.As(err, &e) || e.Class != issuer.Unavailable || e.RetryAfter <= 0 || e.RetryAfter > longest {
			t.Fatalf("%s: %v", why, err)
		}
	}
	let := func(why string) {
		t.Helper()
		if err := pass(); err != nil {
			t.Fatalf("%s: %v", why, err)
		}
	}
	for range 8 {
		g.Unanswered()
	}
	c.Advance(3 * time.Second)
	let("one tries")
	turnedAway("another waits for what comes of it", 3*time.Second)
	c.Advance(14 * time.Second)
	turnedAway("until its time-out", time.Second)
	g.Unanswered()
	turnedAway("it was not answered", 6*time.Second)
	c.Advance(6 * time.Second)
	let("the next one tries")
	turnedAway("and is alone", 3*time.Second)
	c.Advance(transport.DefaultTimeout)
	let("whoever never says what came of it keeps nobody out for ever")
	g.Answered()
	let("it answers")
	let("so everybody passes")

	for range 8 {
		g.Unanswered()
	}
	c.Advance(3 * time.Second)
	given, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.Pass(given, transport.Sending); !issuer.Is(err, issuer.Unavailable) {
		t.Errorf("given up: %v", err)
	}
	let("who gave up before sending is not waited for")
}

// A crowd that waits for its turns while the issuer rests is turned away at once, one but.
func TestACrowdIsTurnedAwayWithoutPacing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var real clock.Real
		g := transport.NewGate(real, 1, 1)
		for range 8 {
			g.Unanswered()
		}
		_ = real.Sleep(t.Context(), 1500*time.Millisecond)
		var passed, away atomic.Int32
		began := real.Now()
		for range 300 {
			go func() {
				if g.Pass(t.Context(), transport.Urgent) == nil {
					passed.Add(1)
				} else {
					away.Add(1)
				}
			}()
		}
		_ = real.Sleep(t.Context(), 1600*time.Millisecond)
		if passed.Load() != 1 || away.Load() != 299 {
			t.Errorf("%d passed, %d were turned away within %v", passed.Load(), away.Load(), real.Now().Sub(began))
		}
	})
}
