package engine

import (
	"context"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Effect is one thing to be done at the issuer exactly once.
type Effect struct {
	// Intent is what is to be claimed; of it, ID, Action, Amount, Sequence, Baseline, Target
	// and Next count.
	Intent v1alpha1.Intent
	// What says it in words for conditions and plans: "transfer 50.00 to the card".
	What string
	// Promise is what may be concluded about it.
	Promise Promise
	// Suspended: look, but send nothing.
	Suspended bool
	// Unwanted: look until it is certain, but send nothing again.
	Unwanted bool
	// Blocked says why nothing may be sent now, although it is wanted; nil when it may.
	Blocked error
	// Doubt, where set, says before the first claim whether an earlier process may have had
	// this effect, of which this status knows nothing, and by which baseline that would show.
	Doubt func() (baseline string, doubted bool)
	// Look reads the issuer's records. The read must not have begun before since.
	Look func(ctx context.Context, since time.Time) (Sighting, error)
	// Send makes the call, at most once.
	Send func(context.Context, issuer.Permit) error
}

// promise is what may be concluded about it now. That an id can be sent again does no harm, and
// says nothing of whether it went through: what is not wanted any more is dropped only when it
// certainly never happened.
func (f Effect) promise() Promise {
	p := f.Promise
	p.Replays = p.Replays && !f.Unwanted
	return p
}
