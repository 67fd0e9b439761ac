package virtualcard

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/mirror"
	"github.com/card-operator/card-operator/internal/money"
)

// order orders a new card, or finds out about an order that is under way.
func (rd *round) order(ctx context.Context) error {
	if rd.card.Status.Intent == nil || registering(rd.card) {
		if err := rd.prepare(ctx); err != nil {
			return err
		}
	}
	intent, order := rd.creation(), rd.orderOf()
	// For a Budget that is gone or going nothing is ordered; an order under way is looked for.
	blocked := rd.fillBudget(ctx, rd.Client, &order)
	if rd.card.Status.Intent == nil {
		if blocked != nil {
			return blocked
		}
		if err := rd.check(ctx, order); err != nil {
			return err
		}
	}
	pursuit, err := rd.Pursue(ctx, rd.card, engine.Effect{
		Intent:    intent,
		What:      fmt.Sprintf("order a %s card labelled %q%s", order.Type, order.Label, doubt(rd.product())),
		Promise:   rd.account.Creation(issuer.CallCreateCard),
		Suspended: rd.suspended,
		Unwanted:  rd.card.DeletionTimestamp != nil,
		Blocked:   blocked,
		Look:      rd.lookForOrder,
		Send:      func(ctx context.Context, permit issuer.Permit) error { return rd.send(ctx, permit, order) },
	})
	if err != nil {
		return err
	}
	return rd.issued(ctx, order, pursuit)
}

// send orders the card. When its Budget is gone meanwhile nothing is sent.
func (rd *round) send(ctx context.Context, permit issuer.Permit, order issuer.CardOrder) error {
	// The cache may still show the Budget that had this name before.
	if err := rd.fillBudget(ctx, rd.Reader, &order); err != nil {
		return &issuer.Error{Class: issuer.Unavailable, Op: "order card", Message: engine.Explain(err).Message}
	}
	return rd.account.Issuer.CreateCard(ctx, permit, order)
}

// creation is the intent of ordering this object's card.
func (rd *round) creation() v1alpha1.Intent {
	if in := rd.card.Status.Intent; in != nil && !registering(rd.card) {
		return *in
	}
	incarnation := rd.card.Status.Incarnation
	return v1alpha1.Intent{ID: id.Creation(rd.tokenOf(incarnation)), Action: v1alpha1.ActionCreate, Sequence: incarnation, Next: rd.firstFunding()}
}

// firstFunding is the movement that a new card begins with; nil where there is none.
func (rd *round) firstFunding() *v1alpha1.NextMovement {
	spec := rd.card.Spec
	if spec.Funding == "" || spec.Type == v1alpha1.CardTypeBudget || !rd.account.Has(issuer.FeatureFunding) {
		return nil
	}
	opening := rd.account.Issuer.Capabilities().Opening(issuer.CardType(spec.Type), rd.product().BIN)
	in, more := rd.fundPurse().Next(opening, money.Must(string(spec.Funding)), rd.card.Status.Movements)
	if !more || in.Action != v1alpha1.ActionFund {
		return nil
	}
	return &v1alpha1.NextMovement{Action: in.Action, Amount: in.Amount, Sequence: in.Sequence}
}

// issued takes down a card that an order of this status has brought, before anything is read
// again: what was seen once must not be forgotten because a later list is older or fails.
func (rd *round) issued(ctx context.Context, order issuer.CardOrder, pursuit engine.Pursuit) error {
	if pursuit.End != engine.EndHappened {
		return nil
	}
	rd.card.Status.ID, rd.isNew = pursuit.Sighting.Reference, true
	if order.Type != issuer.BudgetCard && rd.account.Has(issuer.FeatureFunding) {
		rd.card.Status.Funded = order.Opening.String()
		if rd.account.Has(issuer.FeatureHolds) {
			rd.card.Status.Held = "0.00"
		}
	}
	return rd.known(ctx)
}

// lookForOrder looks for a card that carries the token.
func (rd *round) lookForOrder(ctx context.Context, since time.Time) (engine.Sighting, error) {
	picture, err := rd.pictureOfOrder(ctx, since)
	if err != nil {
		return engine.Sighting{}, err
	}
	tagged := picture.Tagged(rd.tokenOf(rd.creation().Sequence))
	open := openCards(tagged)
	switch {
	case len(tagged) == 0:
		return engine.Sighting{Presence: engine.Absent}, nil
	case len(open) > 1:
		return engine.Sighting{}, twoCards(len(open), rd.tokenOf(rd.creation().Sequence))
	case len(open) == 1:
		return engine.Sighting{Presence: engine.Happened, Reference: open[0].ID}, nil
	default:
		return engine.Sighting{Presence: engine.Happened, Reference: tagged[0].ID}, nil
	}
}

// pictureOfOrder asks for the ordered card alone while nothing hangs on its absence: before
// the first claim, and while an accepted order is waited for. The label may have been edited
// since then, so after a while all cards are looked at.
func (rd *round) pictureOfOrder(ctx context.Context, since time.Time) (mirror.Cards, error) {
	in := rd.card.Status.Intent
	if in == nil || registering(rd.card) {
		return rd.picture(ctx, since)
	}
	accepted := in.Outcome == v1alpha1.OutcomeAccepted && in.AnsweredAt != nil
	if accepted && rd.Clock.Now().Before(in.AnsweredAt.Add(rd.account.Timing.Lag(true))) {
		return rd.account.Mirror.CardsTagged(ctx, rd.tag(in.Sequence), since)
	}
	return rd.account.Mirror.Cards(ctx, since)
}

// prepare settles what the order is for and whom, before it is claimed.
func (rd *round) prepare(ctx context.Context) error {
	if !registering(rd.card) {
		if err := rd.chooseProduct(ctx); err != nil {
			return err
		}
	}
	return rd.settleHolder(ctx)
}

// check asks all that can be asked before anything is claimed.
func (rd *round) check(ctx context.Context, order issuer.CardOrder) error {
	if problem := checkOpening(rd.card.Spec, order.BIN, order.Opening); problem != nil {
		return problem
	}
	if rd.suspended {
		return nil
	}
	kind, ok := kindOf(account.IssuerKey(rd.card).String(), order)
	if ok && rd.checked.lately(kind, rd.Clock.Now()) {
		return nil
	}
	problems, err := rd.account.Issuer.CheckCard(ctx, order)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return objections(problems)
	}
	rd.checked.note(kind, rd.Clock.Now())
	return nil
}

// fillBudget waits for the Budget of a card of type Budget.
func (rd *round) fillBudget(ctx context.Context, api client.Reader, order *issuer.CardOrder) error {
	if rd.card.Spec.BudgetRef == nil {
		return nil
	}
	name := rd.card.Spec.BudgetRef.Name
	var budget v1alpha1.Budget
	err := api.Get(ctx, types.NamespacedName{Namespace: rd.card.Namespace, Name: name}, &budget)
	switch {
	case apierrors.IsNotFound(err):
		return engine.Wait(v1alpha1.ReasonWaitingForBudget, "waiting for Budget %q: create it", name)
	case err != nil:
		return err
	case budget.Status.ID == "" || budget.DeletionTimestamp != nil:
		return engine.Wait(v1alpha1.ReasonWaitingForBudget, "waiting for Budget %q to be opened at the issuer", name)
	case account.IssuerKey(&budget) != account.IssuerKey(rd.card):
		return engine.Stall(v1alpha1.ReasonInvalidSpec, "spec.budgetRef: Budget %q belongs to another CardIssuer than this card", name)
	}
	order.BudgetID = budget.Status.ID
	return nil
}
