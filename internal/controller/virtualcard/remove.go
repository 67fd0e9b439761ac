package virtualcard

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
)

// remove deals with what a deleted VirtualCard stands for, and lets it go at the end:
// look, act, look until done, finalizer last.
func (r *Reconciler) remove(ctx context.Context, card *v1alpha1.VirtualCard) error {
	if !controllerutil.ContainsFinalizer(card, v1alpha1.Finalizer) {
		return nil
	}
	if err := r.removeSecrets(ctx, card); err != nil {
		return err
	}
	if engine.Orphaned(card) {
		r.Warn(card, v1alpha1.EventOrphaned, "Delete", "card %q at the issuer was given up by annotation %s", card.Status.ID, v1alpha1.AnnotationOrphan)
		return r.Release(ctx, card)
	}
	rd, err := r.open(ctx, card)
	if err != nil {
		return engine.Deleting(card, err)
	}
	done, err := rd.retire(ctx)
	if err != nil {
		return engine.Deleting(card, err)
	}
	if !done {
		return engine.Poll(rd.account.Timing.Poll, v1alpha1.ReasonDeleting, "waiting until the issuer shows the card as the deletionPolicy asks")
	}
	return r.Release(ctx, card)
}

func (r *Reconciler) removeSecrets(ctx context.Context, card *v1alpha1.VirtualCard) error {
	for _, name := range []string{card.Status.SecretName, secretName(card)} {
		if err := r.Secrets.Remove(ctx, card, name); err != nil {
			return err
		}
	}
	card.Status.SecretName, card.Status.Secret = "", nil
	return nil
}

// retire brings the card to where spec.deletionPolicy wants it.
func (rd *round) retire(ctx context.Context) (bool, error) {
	exists, err := rd.findForRemoval(ctx)
	if err != nil || !exists {
		return err == nil, err
	}
	step := decideRetirement(rd.card.Spec.DeletionPolicy, rd.remote.State)
	if step == retireDone {
		return true, nil
	}
	if rd.suspended {
		return false, engine.Wait(v1alpha1.ReasonSuspended, "suspended: would %s card %s; set suspend to false to let the deletion go on", step, rd.remote.ID)
	}
	defer rd.account.Mirror.Stale()
	if step == retireFreeze {
		return false, rd.account.Issuer.FreezeCard(ctx, rd.remote.ID)
	}
	return false, rd.account.Issuer.CloseCard(ctx, rd.remote.ID, id.Closing(rd.remote.ID))
}

// Steps of a retirement.
const (
	retireDone   = "leave"
	retireFreeze = "freeze"
	retireClose  = "close"
)

// decideRetirement is a pure function.
func decideRetirement(policy v1alpha1.CardDeletionPolicy, seen issuer.State) string {
	switch {
	case seen == issuer.StateInactive || policy == v1alpha1.CardRetain:
		return retireDone
	case policy == v1alpha1.CardFreeze && (seen == issuer.StateFrozen || seen == issuer.StateControl):
		return retireDone
	case policy == v1alpha1.CardFreeze:
		return retireFreeze
	default:
		return retireClose
	}
}

// findForRemoval finds the card that has to be dealt with. An order with an unknown
// outcome is resolved first, so that no card is left behind without an object.
func (rd *round) findForRemoval(ctx context.Context) (bool, error) {
	if in := rd.card.Status.Intent; in != nil && in.Action == v1alpha1.ActionCreate {
		if err := rd.order(ctx); err != nil {
			return false, err
		}
		return rd.card.Status.ID != "", nil
	}
	if rd.card.Status.ID == "" {
		return rd.findByToken(ctx)
	}
	picture, err := rd.account.Mirror.Cards(ctx, rd.Clock.Now().Add(-rd.account.Timing.Poll))
	if err != nil {
		return false, err
	}
	card, found := picture.Card(rd.card.Status.ID)
	if !found && rd.card.Spec.DeletionPolicy != v1alpha1.CardRetain {
		return false, engine.Stall(v1alpha1.ReasonMissing, "the issuer does not list card %s in this account, so it cannot be closed or frozen", rd.card.Status.ID)
	}
	rd.remote = card
	return found, nil
}

func (rd *round) findByToken(ctx context.Context) (bool, error) {
	picture, err := rd.account.Mirror.Cards(ctx, rd.Clock.Now())
	if err != nil {
		return false, err
	}
	_, mine, problem := ownCard(picture, rd.tokenOf, rd.card.Status.Incarnation, false)
	if problem != nil {
		return false, problem
	}
	if mine != nil {
		rd.remote, rd.card.Status.ID = *mine, mine.ID
		return true, nil
	}
	if left := engine.SettlingLeft(rd.card, rd.account.Creation(issuer.CallCreateCard), rd.Clock.Now()); left > 0 {
		return false, engine.Poll(left, v1alpha1.ReasonSettling, "this status was lost; waiting until the issuer's list can be believed before the object goes")
	}
	return false, nil
}
