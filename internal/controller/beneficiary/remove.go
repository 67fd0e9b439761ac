package beneficiary

import (
	"context"
	"errors"

	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

// remove lets a deleted Beneficiary go. Issuers have no call to remove a payee, so nothing
// is done there; but one that may have been registered and does not show yet is waited for:
// an object of the same details could not tell, and would register it again.
func (r *Reconciler) remove(ctx context.Context, payee *v1alpha1.Beneficiary) error {
	switch {
	case !controllerutil.ContainsFinalizer(payee, v1alpha1.Finalizer):
		return nil
	case engine.Orphaned(payee):
		r.Warn(payee, v1alpha1.EventOrphaned, "Delete", "beneficiary %q at the issuer was given up by annotation %s", payee.Status.ID, v1alpha1.AnnotationOrphan)
		return r.Release(ctx, payee)
	case payee.Status.Intent == nil && payee.Status.ObservedGeneration != 0:
		return r.Release(ctx, payee)
	}
	rd, err := r.open(ctx, payee)
	if err != nil {
		return engine.Deleting(payee, err)
	}
	if err := rd.resolve(ctx); err != nil {
		return engine.Deleting(payee, err)
	}
	return r.Release(ctx, payee)
}

// resolve returns nil once it is certain whether the payee was registered.
func (rd *round) resolve(ctx context.Context) error {
	if rd.payee.Status.Intent != nil {
		_, err := rd.Pursue(ctx, rd.payee, rd.effect())
		var refusal *engine.Refusal
		if errors.As(err, &refusal) {
			return nil
		}
		return err
	}
	began := rd.Clock.Now()
	_, found, err := rd.match(ctx, began)
	if err != nil || found {
		return err
	}
	if left := engine.SettlingLeft(rd.payee, rd.account.Creation(issuer.CallCreateReceiver), began); left > 0 {
		return engine.Poll(left, v1alpha1.ReasonSettling, "this status was lost; waiting until the issuer's list can be believed before the object goes")
	}
	return nil
}
