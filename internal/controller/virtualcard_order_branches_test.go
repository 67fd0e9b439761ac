package controller_test

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func onBudget(c *v1alpha1.VirtualCard) {
	c.Spec.Type, c.Spec.BudgetRef = v1alpha1.CardTypeBudget, &v1alpha1.LocalReference{Name: "search"}
}

func elsewhere(b *v1alpha1.Budget) { b.Spec.IssuerRef.Name = "other" }

// Nothing is ordered while something that an order rests on is missing, wrong or cannot
// be read; the condition says what.
func TestNoCardIsOrderedUntilAllIsThere(t *testing.T) {
	rounds{
		"no CardIssuer": {newCard(func(c *v1alpha1.VirtualCard) { c.Spec.IssuerRef.Name = "other" }), nil,
			outcome{reason: v1alpha1.ReasonWaitingForIssuer, step: v1alpha1.ConditionIssued, says: `"other"`}},
		"no connection": {newCard(), fails("Dial", 0, engine.Stall(v1alpha1.ReasonHostNotAllowed, "host")),
			outcome{reason: v1alpha1.ReasonHostNotAllowed, step: v1alpha1.ConditionIssued}},
		"a field that the issuer cannot": {newCard(func(c *v1alpha1.VirtualCard) { c.Spec.Scenario = "ads" }), nil,
			outcome{reason: v1alpha1.ReasonUnsupported, step: v1alpha1.ConditionIssued, says: "spec.scenario"}},
		"the cards cannot be read": {newCard(), fails("ListCards", 0, down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, step: v1alpha1.ConditionIssued}},
		"the BINs cannot be read": {newCard(), fails("ListBINs", 0, down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, step: v1alpha1.ConditionIssued}},
		"no BIN": {newCard(func(c *v1alpha1.VirtualCard) { c.Spec.BIN = "" }), nil,
			outcome{reason: v1alpha1.ReasonInvalidSpec, says: "spec.bin is needed"}},
		"another BIN": {newCard(func(c *v1alpha1.VirtualCard) { c.Spec.BIN = "1" }), nil,
			outcome{reason: v1alpha1.ReasonUnknownBIN, says: "it offers: 493193"}},
		"less than a card is born with": {newCard(), func(w *world) { w.bank.opening = money.Must("1") },
			outcome{reason: v1alpha1.ReasonInvalidSpec, says: "at least 1.00"}},
		"funding that is none": {newCard(func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "lots" }), nil,
			outcome{reason: v1alpha1.ReasonInvalidSpec, says: `"lots" is no amount`}},
		"no Budget": {newCard(onBudget), nil, outcome{reason: v1alpha1.ReasonWaitingForBudget, says: "create it"}},
		"the Budget cannot be read": {newCard(onBudget), fails("get Budget", 0, errAway),
			outcome{reason: v1alpha1.ReasonReconcileError, step: v1alpha1.ConditionIssued}},
		"a Budget that is not open": {newCard(onBudget), func(w *world) { w.create(newBudget()) },
			outcome{reason: v1alpha1.ReasonWaitingForBudget, says: "to be opened"}},
		"a Budget of another account": {newCard(onBudget), func(w *world) { w.create(openBudget(elsewhere)) },
			outcome{reason: v1alpha1.ReasonInvalidSpec, says: "another CardIssuer"}},
		"the check cannot be made": {newCard(), fails("CheckCard", 0, down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"the issuer objects": {newCard(), func(w *world) {
			w.bank.problems = []issuer.FieldProblem{{Field: "spec.cardholder.firstName", Reason: "too short"}}
		}, outcome{reason: v1alpha1.ReasonInvalidSpec, says: "spec.cardholder.firstName: too short"}},
		"two cards carry its token": {newCard(), cards(remoteCard(), secondCard()), outcome{reason: v1alpha1.ReasonConflict, says: "2 open cards"}},
	}.run(t, nil, idle)
}

// The Budget goes between the check and the send: the order was claimed, and is not sent.
func TestAnOrderWhoseBudgetGoesIsNotSent(t *testing.T) {
	card := newCard(onBudget)
	w := newWorld(t, card, openBudget())
	w.breaks("get Budget", 2, notFound())
	w.round(card)
	expect(w, card, outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: "waiting for Budget"})
	if got, _ := now(w, card); got.Status.Intent != nil {
		t.Errorf("nothing is under way: %+v", got.Status.Intent)
	}
}

// An order that is under way is not sent again for a Budget that goes; and its Budget, which the
// object waits for, is named.
func TestAnOrderUnderWayWaitsForItsBudget(t *testing.T) {
	card := ordered(onBudget)
	w := newWorld(t, card)
	for range 3 { // until its absence can be believed
		w.clock.Advance(time.Hour)
		w.round(card)
	}
	expect(w, card, outcome{reason: v1alpha1.ReasonWaitingForBudget, says: "create it"})
	if got, _ := now(w, card); got.Status.Intent == nil || got.Status.Intent.Attempt != 1 {
		t.Errorf("%+v", got.Status.Intent)
	}
}

// An order is claimed under the object's resourceVersion, or it is not sent. With the
// finalizer on and no status the next round takes the status for lost, and waits.
func TestAnOrderThatCannotBeClaimedIsNotSent(t *testing.T) {
	for what, err := range map[string]error{"status VirtualCard": conflict(), "patch VirtualCard": errAway} {
		card := newCard()
		w := newWorld(t, card)
		w.breaks(what, 1, err)
		after := w.round(card)
		expect(w, card, outcome{})
		if after <= 0 || after > 5*time.Second {
			t.Errorf("%s: again after %v", what, after)
		}
		for range 5 {
			w.clock.Advance(w.round(card))
		}
		if len(w.bank.sent) != 1 {
			t.Errorf("%s: then it is, once: %q", what, w.bank.sent)
		}
	}
}

func adopting(c *v1alpha1.VirtualCard) { c.Spec.ExternalID = "c-1" }

func TestACardIsAdoptedOnlyWhenItIsNobodys(t *testing.T) {
	rounds{
		"the cards cannot be read":  {newCard(adopting), fails("ListCards", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"it is not there":           {newCard(adopting), cards(), outcome{reason: v1alpha1.ReasonMissing, says: "no card c-1"}},
		"the others cannot be read": {newCard(adopting), fails("list VirtualCardList", 0, errAway), outcome{reason: v1alpha1.ReasonReconcileError}},
		"another stands for it": {newCard(adopting), func(w *world) { w.create(issuedCard(older)) },
			outcome{reason: v1alpha1.ReasonConflict, says: "another VirtualCard"}},
		"an older one asks for it":       {newCard(adopting), func(w *world) { w.create(newCard(adopting, older)) }, outcome{reason: v1alpha1.ReasonConflict}},
		"it cannot be held on to":        {newCard(adopting), fails("patch VirtualCard", 0, errAway), outcome{reason: v1alpha1.ReasonReconcileError}},
		"it changed, so it is not taken": {newCard(adopting), fails("patch VirtualCard", 0, conflict()), outcome{}},
	}.run(t, cards(remoteCard(func(c *issuer.Card) { c.Label = "theirs" })), notAdopted)
}

// A refusal of one of several products of a BIN names the others.
func TestARefusedProductNamesTheOthers(t *testing.T) {
	card := newCard()
	w := newWorld(t, card)
	w.bank.bins = []issuer.BIN{{BIN: "493193", ID: "p-2", Type: issuer.Prepaid}, {BIN: "493193", ID: "p-1", Type: issuer.Prepaid}}
	w.breaks("CreateCard", 1, &issuer.Error{Class: issuer.Invalid, Op: "create card", Message: "no", Doubtful: true})
	w.round(card)
	expect(w, card, outcome{reason: v1alpha1.ReasonRejected, says: "ordered as p-1, not p-2", sent: []string{"CreateCard"}})
}
