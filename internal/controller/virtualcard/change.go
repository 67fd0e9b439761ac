package virtualcard

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

// change is what this process knows of a freeze or unfreeze that the issuer accepted. A process
// that knows nothing may send one once more, and take the issuer's lag for somebody else.
type change struct {
	state issuer.State
	at    time.Time
	// shown: the issuer has shown the card so since.
	shown bool
}

// contradicted reports whether the issuer may show a card as it was before the change. The
// issuer's own block and a closed card are news whenever they are seen. It is a pure function.
func (c change) contradicted(seen issuer.State, now time.Time, timing engine.Timing) bool {
	return c.fresh(now, timing) && seen != c.state && (seen == issuer.StateActive || seen == issuer.StateFrozen)
}

// slowestChange is the longest time after which a change that does not show is made again: a card
// that is to be frozen does not wait for the slowest of lists.
const slowestChange = 5 * time.Minute

// fresh: lists need not show it yet.
func (c change) fresh(now time.Time, timing engine.Timing) bool {
	return !c.at.IsZero() && now.Before(c.end(timing))
}

func (c change) end(timing engine.Timing) time.Time {
	return c.at.Add(min(timing.ListingLag, slowestChange))
}

// again is how long to wait for it to show: as long again as it has lasted.
func (c change) again(now time.Time, timing engine.Timing) time.Duration {
	return min(max(now.Sub(c.at), timing.Poll), c.end(timing).Sub(now))
}

// changes are those of all cards whose change is fresh, or was never shown. The zero value has
// none.
type changes struct {
	mu    sync.Mutex
	known map[types.UID]change
}

func (c *changes) of(card types.UID) change {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known[card]
}

func (c *changes) note(card types.UID, accepted change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[types.UID]change{}
	}
	c.known[card] = accepted
}

// saw takes down what the issuer shows. A change that has shown is kept while lists may still lag.
func (c *changes) saw(card types.UID, seen issuer.State, now time.Time, timing engine.Timing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	own, known := c.known[card]
	switch {
	case !known || seen != own.state:
	case own.fresh(now, timing):
		own.shown = true
		c.known[card] = own
	default:
		delete(c.known, card)
	}
}

func (c *changes) forget(card types.UID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known, card)
}
