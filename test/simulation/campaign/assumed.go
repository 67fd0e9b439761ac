package campaign

import (
	"time"

	"github.com/card-operator/card-operator/test/simulation/history"
	"github.com/card-operator/card-operator/test/simulation/world"
)

// What a CardIssuer assumes by default. Not taken from the engine: a bug planted there must
// not move what it is measured by.
const (
	callTimeout = 15 * time.Second
	listingLag  = 45 * time.Second
	// margin is what reading and writing take between two stamps.
	margin = 2 * time.Second
)

// latest is the longest delay of a commit that the assumptions still cover: it is listed
// when the absence of a movement would be believed.
func latest(h history.History) time.Duration {
	return callTimeout + listingLag - h.World.Issuer.ListingLag - margin
}

// assumed cuts faults down to what docs/money-safety.md assumes of clocks: they differ by
// no more than the listing lag leaves, and what they differ by is not there for a late
// commit as well.
func assumed(h history.History, faults []world.Fault) []world.Fault {
	room := listingLag - h.World.Issuer.ListingLag - margin
	var skew time.Duration
	for i, f := range faults {
		if f.Do == world.Jump {
			faults[i].For = max(-room+skew, min(room-skew, f.For))
			skew += faults[i].For.Abs()
		}
	}
	for i, f := range faults {
		if f.Do == world.Late || f.Do == world.KillLate {
			faults[i].For = max(0, min(f.For, latest(h)-skew))
		}
	}
	return faults
}
