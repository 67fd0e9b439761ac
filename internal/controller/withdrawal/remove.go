package withdrawal

import (
	"context"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
)

// remove lets a deleted Withdrawal go. What was never sent is cancelled by that; what the
// issuer's records show is no longer tracked. What may have been sent and does not show
// yet is waited for: an object of the same name could not tell that it was paid.
func (r *Reconciler) remove(ctx context.Context, wd *v1alpha1.Withdrawal) error {
	return r.Remove(ctx, wd, engine.Removal{
		GivenUp: "payment " + wd.Status.PaymentID + ", which may have been made,",
		Settled: ended(wd),
		Finish: func(ctx context.Context) error {
			rd, err := r.open(ctx, wd)
			if err != nil {
				return err
			}
			return rd.letGo(ctx)
		},
	})
}

// letGo returns nil once an object of the same name would find the payment, or there is
// certainly none.
func (rd *round) letGo(ctx context.Context) error {
	began := rd.Clock.Now()
	seen, err := rd.look(ctx, began)
	if rd.row.ID != "" {
		rd.Warn(rd.wd, v1alpha1.EventOrphaned, "Delete", "payment %s (%s at the issuer) is no longer tracked", rd.paymentID, rd.row.Status)
		return nil
	}
	if err != nil {
		return err
	}
	effect := rd.effect()
	switch {
	case rd.wd.Status.Intent == nil && seen.Presence == engine.Absent:
		return engine.Unlisted(rd.wd, effect.Promise, began)
	case rd.wd.Status.Intent == nil:
		return nil
	}
	effect.Unwanted = true
	_, err = rd.Pursue(ctx, rd.wd, effect)
	return rd.refused(err)
}
