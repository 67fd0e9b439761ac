package withdrawal

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
)

// remove lets a deleted Withdrawal go. What was never sent is cancelled by that; what the
// issuer's records show is no longer tracked. What may have been sent and does not show
// yet is waited for: an object of the same name could not tell that it was paid.
func (r *Reconciler) remove(ctx context.Context, wd *v1alpha1.Withdrawal) error {
	switch {
	case !controllerutil.ContainsFinalizer(wd, v1alpha1.Finalizer):
		return nil
	case engine.Orphaned(wd):
		r.Warn(wd, v1alpha1.EventOrphaned, "Delete", "payment %s was given up by annotation %s; it may have been made", wd.Status.PaymentID, v1alpha1.AnnotationOrphan)
		return r.Release(ctx, wd)
	case ended(wd):
		return r.Release(ctx, wd)
	}
	rd, err := r.open(ctx, wd)
	if err != nil {
		return engine.Deleting(wd, err)
	}
	if err := rd.letGo(ctx); err != nil {
		return engine.Deleting(wd, err)
	}
	return r.Release(ctx, wd)
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
	if rd.wd.Status.Intent == nil {
		if left := engine.SettlingLeft(rd.wd, effect.Promise, began); left > 0 && seen.Presence == engine.Absent {
			return engine.Poll(left, v1alpha1.ReasonSettling, "this status was lost; waiting until the issuer's list can be believed before the object goes")
		}
		return nil
	}
	effect.Unwanted = true
	_, err = rd.Pursue(ctx, rd.wd, effect)
	return rd.refused(err)
}
