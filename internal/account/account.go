// Package account connects objects to their issuer account: it resolves references,
// checks who may use what, reads credentials, and keeps one connection and one mirror
// per CardIssuer.
package account

import (
	"time"

	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/mirror"
)

// Account is a live connection to one issuer account.
type Account struct {
	// Issuer is the adapter.
	Issuer issuer.Issuer
	// Mirror is the account's picture, shared by all its objects.
	Mirror *mirror.Mirror
	// OwnerID is the fleet's name, part of every computed id.
	OwnerID string
	// Timing is what safety assumes about this issuer.
	Timing engine.Timing
	// TrustReplay: the issuer's promises of one effect per id are relied upon.
	TrustReplay bool
	// SyncInterval is how old the picture may grow while nothing happens.
	SyncInterval time.Duration
	// Suspended: nothing may be sent for any object of this account.
	Suspended bool
}

// RoutineAge is how old the picture may be that serves an object at rest: the CardIssuer takes
// one each interval, give or take a fifth, and that takes a while. Whoever asked for a younger
// one would ask alone; where sweeps take longer than an interval, thousands would, and hold them
// up for ever. So a picture serves until the next one can be there.
func (a *Account) RoutineAge() time.Duration { return a.SyncInterval*3/2 + 2*a.Mirror.SweepTime() }

// Promise is what may be concluded about one kind of call.
func (a *Account) Promise(call issuer.Call) engine.Promise {
	can := a.Issuer.Capabilities()
	return engine.Promise{
		Timing: a.Timing, Replays: a.TrustReplay && can.Replays[call], ReplayWindow: can.ReplayWindow, Turn: a.Issuer.Turn,
	}
}

// Creation is Promise for a call whose effect shows only after the issuing lag.
func (a *Account) Creation(call issuer.Call) engine.Promise {
	p := a.Promise(call)
	p.Creation = true
	return p
}

// Has reports whether the issuer can do f.
func (a *Account) Has(f issuer.Feature) bool { return a.Issuer.Capabilities().Has(f) }
