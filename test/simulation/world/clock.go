package world

import (
	"context"
	"time"
)

// issuerClock is the issuer's.
type issuerClock struct{ w *World }

// Now implements clock.Clock.
func (c issuerClock) Now() time.Time { return c.w.now }

// Sleep implements clock.Clock. The sandbox has no reason to: the network takes the time.
func (issuerClock) Sleep(context.Context, time.Duration) error { return nil }

// WithTimeout implements clock.Clock.
func (issuerClock) WithTimeout(ctx context.Context, _ time.Duration) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}

// processClock is a process's own, which may be wrong.
type processClock struct{ p *Process }

// Now implements clock.Clock.
func (c processClock) Now() time.Time { return c.p.w.now.Add(c.p.skew) }

// Sleep implements clock.Clock: the others go on meanwhile.
func (c processClock) Sleep(_ context.Context, d time.Duration) error {
	c.p.sleep(d)
	return nil
}

// WithTimeout implements clock.Clock. Calls that take too long come back with an error of
// the network or the API server, at the time when they would.
func (processClock) WithTimeout(ctx context.Context, _ time.Duration) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}
