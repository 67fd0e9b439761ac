package fault

import (
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
)

// Limits are what applies to every request.
type Limits struct {
	// RequestsPerSecond is the rate limit; 0 is none.
	RequestsPerSecond float64
	// Burst is how many requests may come at once; default 1.
	Burst int
	// Latency is added to each request.
	Latency time.Duration
}

// Gate applies Limits. It keeps the time at which the next request would be exactly on
// schedule, and lets through what is at most a burst ahead of that.
type Gate struct {
	clock    clock.Clock
	limits   Limits
	interval time.Duration
	lead     time.Duration

	mu   sync.Mutex
	next time.Time
}

// NewGate returns a gate.
func NewGate(c clock.Clock, l Limits) *Gate {
	g := &Gate{clock: c, limits: l}
	if l.RequestsPerSecond > 0 {
		g.interval = time.Duration(float64(time.Second) / l.RequestsPerSecond)
		g.lead = time.Duration(max(l.Burst, 1)-1) * g.interval
	}
	return g
}

// Wrap puts the gate before a handler: too many requests are answered 429 with a
// Retry-After of whole seconds.
func (g *Gate) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait := g.admit(); wait > 0 {
			Fail(w, http.StatusTooManyRequests, int(math.Ceil(wait.Seconds())))
			return
		}
		if g.clock.Sleep(r.Context(), g.limits.Latency) == nil {
			next.ServeHTTP(w, r)
		}
	})
}

// admit is 0 where a request may pass, and otherwise how long it should wait.
func (g *Gate) admit() time.Duration {
	if g.interval == 0 {
		return 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Now()
	if g.next.Before(now) {
		g.next = now
	}
	if ahead := g.next.Sub(now); ahead > g.lead {
		return ahead - g.lead
	}
	g.next = g.next.Add(g.interval)
	return 0
}
