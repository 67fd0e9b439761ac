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
)

// Gate paces the calls of one issuer account. Every client of the account shares it.
type Gate struct {
	clock   clock.Clock
	limiter *rate.Limiter
	turns   turns

	mu      sync.Mutex
	parked  time.Time     // nothing passes before this instant
	penalty time.Duration // the next park that the issuer does not time itself
	breaker breaker
}

// NewGate returns a gate for requestsPerSecond with bursts of burst; zero or less means
// the default of 5 and 10.
func NewGate(c clock.Clock, requestsPerSecond float64, burst int) *Gate {
	limit, burst := gateLimits(requestsPerSecond, burst)
	return &Gate{clock: c, limiter: rate.NewLimiter(limit, burst), penalty: firstPark}
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
// Unavailable where it rests because the issuer does not answer, or is being tried by one call.
func (g *Gate) Pass(ctx context.Context, p Priority) error {
	if err := g.shut(); err != nil {
		return err
	}
	if err := g.turns.take(ctx, p); err != nil {
		return errWaiting()
	}
	defer g.turns.give()
	probing, err := g.enter()
	if err != nil {
		return err
	}
	err = g.spend(ctx)
	if err != nil && probing {
		g.withdraw()
	}
	return err
}

// shut is why nobody need queue now; nil while somebody may pass.
func (g *Gate) shut() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Now()
	if _, err := g.resting(now); err != nil {
		return err
	}
	return g.breaker.busy(now)
}

// enter is shut for the one who has the turn, and spends no token of a crowd that is turned
// away. The first after a rest is the one who tries the issuer.
func (g *Gate) enter() (probing bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Now()
	if _, err := g.resting(now); err != nil {
		return false, err
	}
	return g.breaker.try(now)
}

// withdraw ends a probe that was not sent.
func (g *Gate) withdraw() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.breaker.probe = time.Time{}
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

// rest is how long the account rests still; a long rest is an error.
func (g *Gate) rest() (time.Duration, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.resting(g.clock.Now())
}

func (g *Gate) resting(now time.Time) (time.Duration, error) {
	parked, broken := g.parked.Sub(now), g.breaker.until.Sub(now)
	if parked > longestRest {
		return parked, &issuer.Error{Class: issuer.RateLimited, RetryAfter: parked,
			Message: "the account is resting as the issuer asked"}
	}
	if broken > longestRest {
		return broken, errSilent(broken)
	}
	return max(parked, broken), nil
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
// call is answered. Refusals of calls that were under way when a rest began are of one
// throttling: without a time of their own they make it no longer.
func (g *Gate) Throttled(asked time.Duration) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.breaker.answered()
	if asked <= 0 {
		if rest := g.parked.Sub(g.clock.Now()); rest > 0 {
			return rest
		}
		asked = g.penalty
		g.penalty = min(2*g.penalty, maxPark)
	}
	return g.park(asked)
}

// Answered records that the issuer answers again.
func (g *Gate) Answered() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.penalty = firstPark
	g.breaker.answered()
}

// Unanswered records a call that the issuer left without an answer, or answered with an error
// of its server.
func (g *Gate) Unanswered() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.breaker.unanswered(g.clock.Now())
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
