package virtualcard

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
)

// order orders a new card, or finds out about an order that is under way.
func (rd *round) order(ctx context.Context) error {
	if rd.card.Status.Intent == nil || registering(rd.card) {
		if err := rd.prepare(ctx); err != nil {
			return err
		}
	}
	intent, order := rd.creation(), rd.orderOf()
	if rd.card.Status.Intent == nil {
		if err := rd.check(ctx, order); err != nil {
			return err
		}
	}
	pursuit, err := rd.Pursue(ctx, rd.card, engine.Effect{
		Intent:    intent,
		What:      fmt.Sprintf("order a %s card labelled %q", order.Type, order.Label),
		Promise:   rd.account.Creation(issuer.CallCreateCard),
		Suspended: rd.suspended,
		Unwanted:  rd.card.DeletionTimestamp != nil,
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
	if err := rd.fillBudget(ctx, &order); err != nil {
		return &issuer.Error{Class: issuer.Unavailable, Op: "order card", Message: engine.Explain(err).Message}
	}
	defer rd.account.Mirror.TouchCards()
	return rd.account.Issuer.CreateCard(ctx, permit, order)
}

// creation is the intent of ordering this object's card.
func (rd *round) creation() v1alpha1.Intent {
	if in := rd.card.Status.Intent; in != nil && !registering(rd.card) {
		return *in
	}
	incarnation := rd.card.Status.Incarnation
	return v1alpha1.Intent{ID: id.Creation(rd.tokenOf(incarnation)), Action: v1alpha1.ActionCreate, Sequence: incarnation}
}

// issued takes down a card that an order of this status has brought.
func (rd *round) issued(ctx context.Context, order issuer.CardOrder, pursuit engine.Pursuit) error {
	if pursuit.End != engine.EndHappened {
		return nil
	}
	card, found, err := rd.look(ctx, pursuit.Sighting.Reference, time.Time{})
	if err != nil {
		return err
	}
	if !found {
		return engine.Stall(v1alpha1.ReasonNeedsDecision, "the order was settled as happened, but the issuer lists no card labelled %q; clear the annotation %s", order.Label, v1alpha1.AnnotationSettle)
	}
	rd.remote = card
	rd.card.Status.ID = card.ID
	if rd.hasMoney() {
		rd.card.Status.Funded = order.Opening.String()
		if rd.account.Has(issuer.FeatureHolds) {
			rd.card.Status.Held = "0.00"
		}
	}
	return nil
}

// lookForOrder looks for a card that carries the token.
func (rd *round) lookForOrder(ctx context.Context, since time.Time) (engine.Sighting, error) {
	picture, err := rd.account.Mirror.Cards(ctx, since)
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
	if err := rd.fillBudget(ctx, &order); err != nil {
		return err
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
func (rd *round) fillBudget(ctx context.Context, order *issuer.CardOrder) error {
	if rd.card.Spec.BudgetRef == nil {
		return nil
	}
	name := rd.card.Spec.BudgetRef.Name
	var budget v1alpha1.Budget
	err := rd.Client.Get(ctx, types.NamespacedName{Namespace: rd.card.Namespace, Name: name}, &budget)
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
