package transport

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Whoever queues when a rest or a trial begins is turned away with the turn, and costs no token.
func TestWhoQueuesIsTurnedAwayWhenARestBegins(t *testing.T) {
	for name, c := range map[string]struct {
		begins func(*Gate)
		class  issuer.Class
	}{
		"parked": {func(g *Gate) { g.Park(g.clock.Now().Add(time.Minute)) }, issuer.RateLimited},
		"silent": {func(g *Gate) {
			for range breakAfter {
				g.Unanswered()
			}
		}, issuer.Unavailable},
		"tried by another": {func(g *Gate) {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.breaker.silent, g.breaker.probe = breakAfter, g.clock.Now().Add(time.Second)
		}, issuer.Unavailable},
	} {
		synctest.Test(t, func(t *testing.T) {
			g := NewGate(clock.Real{}, 1, 1)
			if err := g.turns.take(t.Context(), Sending); err != nil {
				t.Fatal(err)
			}
			passed := make(chan error)
			go func() { passed <- g.Pass(t.Context(), Routine) }()
			synctest.Wait()
			c.begins(g)
			g.turns.give()
			if err := <-passed; !issuer.Is(err, c.class) {
				t.Errorf("%s: %v", name, err)
			}
			if left := g.limiter.TokensAt(g.clock.Now()); left < 1 {
				t.Errorf("%s: %v tokens are left", name, left)
			}
		})
	}
}
