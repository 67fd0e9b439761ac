package virtualcard

import (
	"time"

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

// saw is what there is to know once the issuer shows a state. A change that has shown is kept
// while lists may still lag.
func (c change) saw(seen issuer.State, now time.Time, timing engine.Timing) change {
	switch {
	case c.at.IsZero() || seen != c.state:
		return c
	case c.fresh(now, timing):
		c.shown = true
		return c
	default:
		return change{}
	}
}
