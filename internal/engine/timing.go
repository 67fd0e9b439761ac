package engine

import "time"

// Timing is what safety assumes about time. docs/money-safety.md has the argument.
type Timing struct {
	// Window is how long a claim may be sent after it was written. A process that was
	// paused for longer looks again instead.
	Window time.Duration
	// CallTimeout is how long a call may take before the client gives it up.
	CallTimeout time.Duration
	// ListingLag is the longest time from the issuer's commit until its lists show it.
	ListingLag time.Duration
	// IssuingLag is the same for a card that was ordered.
	IssuingLag time.Duration
	// Patience is how long an accepted order may stay invisible before a person is
	// asked.
	Patience time.Duration
	// Poll is how soon to look again while something is under way.
	Poll time.Duration
}

// DefaultTiming holds the defaults of the API (spec.assumptions of a CardIssuer).
var DefaultTiming = Timing{
	Window:      5 * time.Second,
	CallTimeout: 15 * time.Second,
	ListingLag:  45 * time.Second,
	IssuingLag:  2 * time.Minute,
	Patience:    30 * time.Minute,
	Poll:        time.Second,
}

// Lag is how long an effect may stay invisible after the issuer committed it.
func (t Timing) Lag(creation bool) time.Duration {
	if creation && t.IssuingLag > t.ListingLag {
		return t.IssuingLag
	}
	return t.ListingLag
}

// InFlight is how long after its claim a call may still reach the issuer.
func (t Timing) InFlight() time.Duration { return t.Window + t.CallTimeout }
