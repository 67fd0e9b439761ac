package virtualcard

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// remove deals with what a deleted VirtualCard stands for, and lets it go at the end:
// look, act, look until done, finalizer last.
func (r *Reconciler) remove(ctx context.Context, card *v1alpha1.VirtualCard) error {
	return r.Remove(ctx, card, engine.Removal{
		GivenUp: fmt.Sprintf("card %q at the issuer", card.Status.ID),
		First:   func(ctx context.Context) error { return r.removeSecrets(ctx, card) },
		Finish: func(ctx context.Context) error {
			rd, err := r.open(ctx, card)
			if err != nil {
				return err
			}
			if err := rd.retire(ctx); err != nil {
				return err
			}
			r.retirements.Forget(card.UID)
			r.changes.Forget(card.UID)
			return nil
		},
	})
}

func (r *Reconciler) removeSecrets(ctx context.Context, card *v1alpha1.VirtualCard) error {
	if err := r.Secrets.RemoveOTP(ctx, card); err != nil {
		return err
	}
	if err := r.Secrets.Tidy(ctx, card, ""); err != nil {
		return err
	}
	for _, name := range []string{card.Status.SecretName, secretName(card)} {
		if err := r.Secrets.Remove(ctx, card, name); err != nil {
			return err
		}
	}
	card.Status.SecretName, card.Status.Secret = "", nil
	return nil
}

// retire brings the card to where spec.deletionPolicy wants it, and returns nil once it is
// there.
func (rd *round) retire(ctx context.Context) error {
	exists, err := rd.findForRemoval(ctx)
	if err != nil || !exists {
		return err
	}
	step := decideRetirement(rd.card.Spec.DeletionPolicy, rd.remote.State)
	if step == retireDone {
		return nil
	}
	if rd.suspended {
		return engine.Wait(v1alpha1.ReasonSuspended, "suspended: would %s card %s; set suspend to false to let the deletion go on", step, rd.remote.ID)
	}
	tried, now := rd.retirements.Of(rd.card.UID), rd.Clock.Now()
	if due := tried.due(rd.account.Timing); due.After(now) {
		return rd.unretired(step, tried, due)
	}
	if err := rd.tryRetirement(ctx, step, tried); err != nil {
		return err
	}
	tried = rd.retirements.Change(rd.card.UID, func(t retirement) retirement { return t.sent(now) })
	if step == retireClose && rd.card.Status.ClosingSince == nil {
		rd.card.Status.ClosingSince = &metav1.Time{Time: now.Truncate(time.Second)}
	}
	return rd.unretired(step, tried, tried.due(rd.account.Timing))
}

// tryRetirement sends a step, and first releases what may be why the issuer refused it before. A
// release that is refused for certain does not keep the close from being tried again.
func (rd *round) tryRetirement(ctx context.Context, step string, tried retirement) error {
	if tried.refused && step == retireClose {
		var refusal *engine.Refusal
		if err := rd.releaseHold(ctx); err != nil && !errors.As(err, &refusal) {
			return err
		}
	}
	err := rd.sendRetirement(ctx, step)
	if err != nil && issuer.OutcomeOf(err) == issuer.Rejected {
		rd.retirements.Change(rd.card.UID, retirement.turnedDown)
	}
	return err
}

func (rd *round) sendRetirement(ctx context.Context, step string) error {
	ctx, err := rd.Permit(ctx, rd.card, rd.account.Timing)
	if err != nil {
		return err
	}
	defer rd.account.Mirror.TouchCards(rd.remote.ID)
	if step == retireFreeze {
		return engine.Repeatable(rd.account.Issuer.FreezeCard(ctx, rd.remote.ID))
	}
	return engine.Repeatable(rd.account.Issuer.CloseCard(ctx, rd.remote.ID, id.Closing(rd.remote.ID)))
}

// releaseHold gives back what this object has set aside on a card that the issuer did not close:
// it may be what stands in the way.
func (rd *round) releaseHold(ctx context.Context) error {
	if !rd.hasMoney() || !rd.account.Has(issuer.FeatureHolds) {
		return nil
	}
	fund, hold := rd.fundPurse(), rd.holdPurse()
	for _, purse := range rd.purses(fund, hold) {
		if err := purse.Settle(ctx, rd.Engine); err != nil {
			return err
		}
	}
	if err := hold.Recall(ctx, rd.Clock.Now()); err != nil {
		return err
	}
	if held, err := money.ParseOptional(rd.card.Status.Held); err == nil && !held.IsPositive() {
		return nil
	}
	return hold.Reach(ctx, rd.Engine, money.Zero)
}

// unretired says that the issuer has accepted a step and does not show it yet.
func (rd *round) unretired(step string, tried retirement, due time.Time) error {
	now := rd.Clock.Now()
	if !tried.overdue(rd.card.DeletionTimestamp.Time, now, rd.account.Timing) {
		return engine.Poll(due.Sub(now), v1alpha1.ReasonDeleting, "waiting until the issuer shows the card as the deletionPolicy asks")
	}
	problem := engine.Stall(v1alpha1.ReasonDeleting, "the issuer has accepted to %s card %s and still shows it as %s: ask the issuer to %s it", step, rd.remote.ID, rd.remote.State, step)
	problem.After = due.Sub(now)
	return problem
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
	if err := rd.resolveRegistration(ctx); err != nil {
		return false, err
	}
	if in := rd.card.Status.Intent; in != nil && in.Action == v1alpha1.ActionCreate {
		if err := rd.order(ctx); err != nil {
			return false, err
		}
		return rd.card.Status.ID != "", nil
	}
	switch {
	case rd.card.Status.ID != "":
		return rd.findByID(ctx, rd.card.Status.ID)
	case rd.card.Spec.ExternalID != "":
		return rd.findAdopted(ctx)
	default:
		return rd.findByToken(ctx)
	}
}

func (rd *round) findByID(ctx context.Context, cardID string) (bool, error) {
	card, found, err := rd.lookForLast(ctx, cardID, rd.Clock.Now().Add(-rd.account.Timing.Poll))
	if err != nil {
		return false, err
	}
	if !found {
		return false, rd.unlisted(cardID)
	}
	rd.retirements.Change(rd.card.UID, retirement.listed)
	rd.remote, rd.card.Status.ID = card, cardID
	return true, nil
}

// wasClosed reports whether the issuer has accepted the close, or has shown the card as closed.
func (rd *round) wasClosed() bool {
	return rd.card.Status.ClosingSince != nil || rd.card.Status.State == string(issuer.StateInactive)
}

// lookForLast looks for a card that is to go, and asks the issuer for the card itself where the
// picture lacks it. One that was closed must be able to go where the issuer shows no single card.
func (rd *round) lookForLast(ctx context.Context, cardID string, since time.Time) (issuer.Card, bool, error) {
	card, found, err := rd.look(ctx, cardID, since)
	if err != nil || found || rd.card.Spec.DeletionPolicy == v1alpha1.CardRetain {
		return card, found, err
	}
	card, found, err = rd.account.Mirror.CardItself(ctx, cardID)
	if rd.wasClosed() && (issuer.NotOffered(err) || issuer.Is(err, issuer.Unauthorized)) {
		return issuer.Card{}, false, nil
	}
	return card, found, err
}

// unlisted is what keeps a deleted card whose row is not in the issuer's list. An issuer may
// take closed cards off it: where it has accepted the close, or has shown the card as closed
// before, the card is closed once no list has had it for the lag. Any other may be open.
func (rd *round) unlisted(cardID string) error {
	if rd.card.Spec.DeletionPolicy == v1alpha1.CardRetain {
		rd.card.Status.ID = cardID
		return nil
	}
	if !rd.wasClosed() {
		return engine.Stall(v1alpha1.ReasonMissing, "the issuer does not have card %s in this account, so it cannot be closed or frozen", cardID)
	}
	looked := rd.Clock.Now().Add(-rd.account.Timing.Poll) // the list may be as old as this
	absent := rd.retirements.Change(rd.card.UID, func(t retirement) retirement { return t.missed(rd.Clock.Now()) }).absent
	if left := absent.Add(rd.account.Timing.ListingLag).Sub(looked); left > 0 {
		return engine.Poll(left, v1alpha1.ReasonDeleting, "card %s was closed and is no longer listed; making sure that it does not come back", cardID)
	}
	return nil
}

// findAdopted finds the card that a lost status stood for, unless it is another's now.
func (rd *round) findAdopted(ctx context.Context) (bool, error) {
	card, found, err := rd.lookForLast(ctx, rd.card.Spec.ExternalID, rd.Clock.Now())
	if err != nil {
		return false, err
	}
	if found {
		taken, err := rd.claimedByAnother(ctx, card)
		if err != nil || taken {
			return false, err
		}
	}
	return rd.findByID(ctx, rd.card.Spec.ExternalID)
}

// findByToken finds the card of a lost status. One that was ordered moments before the
// loss need not be listed yet.
func (rd *round) findByToken(ctx context.Context) (bool, error) {
	began := rd.Clock.Now()
	picture, err := rd.account.Mirror.Cards(ctx, began)
	if err != nil {
		return false, err
	}
	_, mine, problem := rd.ownCard(picture, false)
	if problem != nil {
		return false, problem
	}
	if err := rd.lastOfItsLine(mine, began); err != nil {
		return false, err
	}
	if mine != nil {
		rd.remote, rd.card.Status.ID = *mine, mine.ID
		return true, nil
	}
	return false, engine.Unlisted(rd.card, rd.account.Creation(issuer.CallCreateCard), began)
}
