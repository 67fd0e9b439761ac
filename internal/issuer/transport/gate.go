package transport

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Defaults of a Gate.
const (
	DefaultRequestsPerSecond = 5
	DefaultBurst             = 10
	// longestRest is the longest rest of a park that a caller sits out.
	longestRest = 2 * time.Second
	// firstPark doubles with every 429 that names no time, up to maxPark, which also
	// bounds what an issuer may ask for.
	firstPark = 5 * time.Second
	maxPark   = 10 * time.Minute
	// breakAfter is how many calls in a row go without an answer before the account rests, so
	// that a dead issuer does not hold every worker for the length of a time-out. The rest
	// doubles up to maxBreak, and begins anew with one more call that is not answered.
	breakAfter = 8
	firstBreak = 3 * time.Second
	maxBreak   = 12 * time.Second
)

// Gate paces the calls of one issuer account. Every client of the account shares it.
type Gate struct {
	clock   clock.Clock
	limiter *rate.Limiter
	turns   turns

	mu      sync.Mutex
	parked  time.Time     // nothing passes before this instant
	penalty time.Duration // the next park that the issuer does not time itself
	silent  int           // calls without an answer since the latest one with
	pause   time.Duration // the next rest of an issuer that does not answer
}

// NewGate returns a gate for requestsPerSecond with bursts of burst; zero or less means
// the default of 5 and 10.
func NewGate(c clock.Clock, requestsPerSecond float64, burst int) *Gate {
	limit, burst := gateLimits(requestsPerSecond, burst)
	return &Gate{clock: c, limiter: rate.NewLimiter(limit, burst), penalty: firstPark, pause: firstBreak}
}

// SetLimit changes the rate of a gate in use; zero or less means the default.
func (g *Gate) SetLimit(requestsPerSecond float64, burst int) {
	limit, burst := gateLimits(requestsPerSecond, burst)
	now := g.clock.Now()
	g.limiter.SetLimitAt(now, limit)
	g.limiter.SetBurstAt(now, burst)
}

func gateLimits(requestsPerSecond float64, burst int) (rate.Limit, int) {
	if requestsPerSecond <= 0 {
		requestsPerSecond = DefaultRequestsPerSecond
	}
	if burst <= 0 {
		burst = DefaultBurst
	}
	return rate.Limit(requestsPerSecond), burst
}

// Pass waits for one slot. While the account is parked for longer than two seconds it
// returns an error of class RateLimited at once, so that no worker sleeps through it; of class
// Unavailable where it rests because the issuer does not answer.
func (g *Gate) Pass(ctx context.Context, p Priority) error {
	if _, err := g.rest(); err != nil {
		return err
	}
	if err := g.turns.take(ctx, p); err != nil {
		return errWaiting()
	}
	defer g.turns.give()
	return g.spend(ctx)
}

// spend takes a token and waits until it is due.
func (g *Gate) spend(ctx context.Context) error {
	token := g.limiter.ReserveN(g.clock.Now(), 1)
	err := g.sitOut(ctx, token.DelayFrom(g.clock.Now()))
	if ctx.Err() != nil {
		token.CancelAt(g.clock.Now())
	}
	return err
}

// sitOut waits, and then for the end of a short park that may have begun in the meantime.
func (g *Gate) sitOut(ctx context.Context, wait time.Duration) error {
	for {
		if g.clock.Sleep(ctx, wait) != nil {
			return errWaiting()
		}
		rest, err := g.rest()
		if err != nil || rest <= 0 {
			return err
		}
		wait = rest
	}
}

// rest is how long the account is parked still; a long rest is an error.
func (g *Gate) rest() (time.Duration, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	rest := g.parked.Sub(g.clock.Now())
	if rest > longestRest && g.silent >= breakAfter {
		return rest, &issuer.Error{Class: issuer.Unavailable, RetryAfter: rest,
			Message: "the issuer has left many calls in a row without an answer; it is asked again in a few seconds"}
	}
	if rest > longestRest {
		return rest, &issuer.Error{Class: issuer.RateLimited, RetryAfter: rest,
			Message: "the account is resting as the issuer asked"}
	}
	return rest, nil
}

// Park lets nothing pass before until, or before ten minutes from now, whichever comes
// first. A park never shortens another.
func (g *Gate) Park(until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.park(until.Sub(g.clock.Now()))
}

// Throttled records a refusal for pace and returns how long the account rests: for as
// long as the issuer asked, or, where it named no time, five seconds, doubling until a
// call is answered.
func (g *Gate) Throttled(asked time.Duration) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.silent, g.pause = 0, firstBreak
	if asked <= 0 {
		asked = g.penalty
		g.penalty = min(2*g.penalty, maxPark)
	}
	return g.park(asked)
}

// Answered records that the issuer answers again.
func (g *Gate) Answered() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.penalty, g.pause, g.silent = firstPark, firstBreak, 0
}

// Unanswered records a call that the issuer left without an answer, or answered with an error
// of its server. Calls that were under way when the rest began do not make it longer.
func (g *Gate) Unanswered() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.silent++
	if g.silent < breakAfter || g.clock.Now().Before(g.parked) {
		return
	}
	g.park(g.pause)
	g.pause = min(2*g.pause, maxBreak)
}

func (g *Gate) park(d time.Duration) time.Duration {
	d = min(d, maxPark)
	if until := g.clock.Now().Add(d); until.After(g.parked) {
		g.parked = until
	}
	return d
}

func errWaiting() error {
	return &issuer.Error{Class: issuer.Unavailable, Message: "gave up waiting for the rate limit; nothing was sent"}
}
