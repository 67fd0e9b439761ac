package controller_test

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
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
	for name, c := range map[string]struct {
		card  *v1alpha1.VirtualCard
		world func(*world)
		want  outcome
	}{
		"no CardIssuer": {newCard(func(c *v1alpha1.VirtualCard) { c.Spec.IssuerRef.Name = "other" }), nil,
			outcome{reason: v1alpha1.ReasonWaitingForIssuer, step: v1alpha1.ConditionIssued, says: `"other"`}},
		"no connection": {newCard(), func(w *world) { w.breaks("Dial", 0, engine.Stall(v1alpha1.ReasonHostNotAllowed, "host")) },
			outcome{reason: v1alpha1.ReasonHostNotAllowed, step: v1alpha1.ConditionIssued}},
		"a field that the issuer cannot": {newCard(func(c *v1alpha1.VirtualCard) { c.Spec.Scenario = "ads" }), nil,
			outcome{reason: v1alpha1.ReasonUnsupported, step: v1alpha1.ConditionIssued, says: "spec.scenario"}},
		"the cards cannot be read": {newCard(), func(w *world) { w.breaks("ListCards", 0, down()) },
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, step: v1alpha1.ConditionIssued}},
		"the BINs cannot be read": {newCard(), func(w *world) { w.breaks("ListBINs", 0, down()) },
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
		"the Budget cannot be read": {newCard(onBudget), func(w *world) { w.breaks("get Budget", 0, errAway) },
			outcome{reason: v1alpha1.ReasonReconcileError, step: v1alpha1.ConditionIssued}},
		"a Budget that is not open": {newCard(onBudget), func(w *world) { w.create(newBudget()) },
			outcome{reason: v1alpha1.ReasonWaitingForBudget, says: "to be opened"}},
		"a Budget of another account": {newCard(onBudget), func(w *world) { w.create(openBudget(elsewhere)) },
			outcome{reason: v1alpha1.ReasonInvalidSpec, says: "another CardIssuer"}},
		"the check cannot be made": {newCard(), func(w *world) { w.breaks("CheckCard", 0, down()) },
			outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"the issuer objects": {newCard(), func(w *world) {
			w.bank.problems = []issuer.FieldProblem{{Field: "spec.cardholder.firstName", Reason: "too short"}}
		}, outcome{reason: v1alpha1.ReasonInvalidSpec, says: "spec.cardholder.firstName: too short"}},
		"two cards carry its token": {newCard(), func(w *world) {
			w.bank.cards = []issuer.Card{remoteCard(), remoteCard(func(c *issuer.Card) { c.ID = "c-2" })}
		}, outcome{reason: v1alpha1.ReasonConflict, says: "2 open cards"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.card)
			if c.world != nil {
				c.world(w)
			}
			after := w.round(c.card)
			expect(w, c.card, c.want)
			if got, _ := now(w, c.card); got.Status.Intent != nil || got.Status.ID != "" || after <= 0 {
				t.Errorf("nothing is under way: %+v, again after %v", got.Status.LedgerStatus, after)
			}
		})
	}
}

func TestWhatAnOrdersAnswerMeans(t *testing.T) {
	for name, c := range map[string]struct {
		answer  error
		reason  string
		claimed bool
	}{
		"a refusal ends it":           {refusal(), v1alpha1.ReasonRejected, false},
		"a busy issuer puts it off":   {down(), v1alpha1.ReasonIssuerUnavailable, false},
		"a lost answer leaves it":     {lost(), v1alpha1.ReasonOutcomeUnknown, true},
		"a yes waits until it shows":  {nil, v1alpha1.ReasonCreating, true},
		"another error is no answer":  {errAway, v1alpha1.ReasonOutcomeUnknown, true},
		"a conflict is a refusal too": {&issuer.Error{Class: issuer.Conflict}, v1alpha1.ReasonConflict, false},
	} {
		t.Run(name, func(t *testing.T) {
			card := newCard()
			w := newWorld(t, card)
			w.breaks("CreateCard", 0, c.answer)
			w.round(card)
			expect(w, card, outcome{reason: c.reason, step: v1alpha1.ConditionIssued, sent: []string{"CreateCard"}})
			if got, _ := now(w, card); (got.Status.Intent != nil) != c.claimed {
				t.Errorf("intent %+v", got.Status.Intent)
			}
		})
	}
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

func TestAnOrderUnderWay(t *testing.T) {
	second := remoteCard(func(c *issuer.Card) { c.ID = "c-2" })
	closed := func(c *issuer.Card) { c.State = issuer.StateInactive }
	for name, c := range map[string]struct {
		cards []issuer.Card
		fail  error
		want  outcome
		id    string
	}{
		"cannot be looked for": {nil, down(), outcome{reason: v1alpha1.ReasonIssuerUnavailable, step: v1alpha1.ConditionIssued}, ""},
		"shows":                {[]issuer.Card{remoteCard()}, nil, outcome{reason: v1alpha1.ReasonReady}, "c-1"},
		"shows twice":          {[]issuer.Card{remoteCard(), second}, nil, outcome{reason: v1alpha1.ReasonConflict, says: "2 open cards"}, ""},
		"shows, closed":        {[]issuer.Card{remoteCard(closed)}, nil, outcome{reason: v1alpha1.ReasonClosed, step: v1alpha1.ConditionSynced}, "c-1"},
		"does not show":        {nil, nil, outcome{reason: v1alpha1.ReasonOutcomeUnknown}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			card := ordered()
			w := newWorld(t, card)
			w.bank.cards = c.cards
			w.breaks("ListCards", 0, c.fail)
			w.round(card)
			expect(w, card, c.want)
			got, _ := now(w, card)
			if got.Status.ID != c.id || (got.Status.Intent == nil) != (c.id != "") {
				t.Errorf("id %q, intent %+v", got.Status.ID, got.Status.Intent)
			}
		})
	}
}

// Another object's call makes the picture old while it is taken. The card is then read
// once more, and what was found must still be there.
func TestACardThatShowedMustStillBeThere(t *testing.T) {
	for name, c := range map[string]struct {
		then func(*world)
		want outcome
	}{
		"it cannot be read": {func(w *world) { w.breaks("ListCards", 2, down()) }, outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"it is gone":        {func(w *world) { w.bank.cards = nil }, outcome{reason: v1alpha1.ReasonNeedsDecision, says: cardLabel()}},
	} {
		t.Run(name, func(t *testing.T) {
			card := ordered()
			w := newWorld(t, card)
			w.bank.cards = []issuer.Card{remoteCard()}
			acct := w.account(card)
			w.on["ListCards"] = func(n int) {
				if n == 1 {
					acct.Mirror.Stale()
					return
				}
				c.then(w)
			}
			if name == "it cannot be read" {
				c.then(w)
			}
			w.round(card)
			expect(w, card, c.want)
			if got, _ := now(w, card); got.Status.ID != "" {
				t.Errorf("id %q", got.Status.ID)
			}
		})
	}
}

func (w *world) account(o v1alpha1.LedgerObject) *account.Account {
	w.t.Helper()
	acct, err := w.accounts.For(ctx, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return acct
}

func adopting(c *v1alpha1.VirtualCard) { c.Spec.ExternalID = "c-1" }

func olderCard(c *v1alpha1.VirtualCard) {
	c.Name, c.UID, c.CreationTimestamp, c.Finalizers = "older", "uid-older", metav1.NewTime(epoch.Add(-time.Hour)), nil
}

func TestACardIsAdoptedOnlyWhenItIsNobodys(t *testing.T) {
	for name, c := range map[string]struct {
		world func(*world)
		want  outcome
	}{
		"the cards cannot be read":       {func(w *world) { w.breaks("ListCards", 0, down()) }, outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"it is not there":                {func(w *world) { w.bank.cards = nil }, outcome{reason: v1alpha1.ReasonMissing, says: "no card c-1"}},
		"the others cannot be read":      {func(w *world) { w.breaks("list VirtualCardList", 0, errAway) }, outcome{reason: v1alpha1.ReasonReconcileError}},
		"another stands for it":          {func(w *world) { w.create(issuedCard(olderCard)) }, outcome{reason: v1alpha1.ReasonConflict, says: "another VirtualCard"}},
		"an older one asks for it":       {func(w *world) { w.create(newCard(adopting, olderCard)) }, outcome{reason: v1alpha1.ReasonConflict}},
		"it cannot be held on to":        {func(w *world) { w.breaks("patch VirtualCard", 0, errAway) }, outcome{reason: v1alpha1.ReasonReconcileError}},
		"it changed, so it is not taken": {func(w *world) { w.breaks("patch VirtualCard", 0, conflict()) }, outcome{}},
	} {
		t.Run(name, func(t *testing.T) {
			card := newCard(adopting)
			w := newWorld(t, card)
			w.bank.cards = []issuer.Card{remoteCard(func(c *issuer.Card) { c.Label = "theirs" })}
			c.world(w)
			w.round(card)
			expect(w, card, c.want)
			if got, _ := now(w, card); got.Status.ID != "" || strings.Contains(strings.Join(w.told, ","), v1alpha1.EventAdopted) {
				t.Errorf("adopted: %q, %q", got.Status.ID, w.told)
			}
		})
	}
}
