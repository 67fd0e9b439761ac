package engine

import (
	"context"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// An old status that was restored from a backup plans movements that were made already, under
// the very numbers that they had. Where the issuer lists them that shows. Where it does not, a
// movement whose surroundings are not as the status says is taken for one whose answer was
// lost, before anything is sent: it is claimed as attempt 0, and then looked for, believed,
// put to a person and sent like any other.

// Doubted reports whether an intent was never sent by this status's knowledge.
func Doubted(in v1alpha1.Intent) bool { return in.Attempt == 0 }

// doubt takes a planned effect for one that an earlier process may have had.
func (e *Engine) doubt(ctx context.Context, o v1alpha1.LedgerObject, f Effect, baseline string) (Pursuit, error) {
	intent := f.Intent
	intent.ClaimedAt, intent.Attempt, intent.Outcome = e.stamp(), 0, v1alpha1.OutcomeUnknown
	intent.Baseline = baseline
	o.Ledger().Intent = &intent
	e.note(ctx, o, intent, Unanswered, "", "nothing was sent; the issuer's records are not what this status says")
	return e.resolve(ctx, o, f)
}
