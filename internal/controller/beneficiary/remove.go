package beneficiary

import (
	"context"
	"errors"
	"fmt"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

// remove lets a deleted Beneficiary go. Issuers have no call to remove a payee, so nothing
// is done there; but one that may have been registered and does not show yet is waited for:
// an object of the same details could not tell, and would register it again.
func (r *Reconciler) remove(ctx context.Context, payee *v1alpha1.Beneficiary) error {
	return r.Remove(ctx, payee, engine.Removal{
		GivenUp: fmt.Sprintf("beneficiary %q at the issuer", payee.Status.ID),
		Settled: payee.Status.Intent == nil && payee.Status.ObservedGeneration != 0,
		Finish: func(ctx context.Context) error {
			rd, err := r.open(ctx, payee)
			if err != nil {
				return err
			}
			return rd.resolve(ctx)
		},
	})
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
	return engine.Unlisted(rd.payee, rd.account.Creation(issuer.CallCreateReceiver), began)
}
