package controller_test

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// unsure are deleted objects of a kind of which nobody can tell whether their order came:
// one whose order is under way, and one that has lost its status.
type unsure struct {
	underWay, lost v1alpha1.LedgerObject
	// list is the call that would show what was ordered, after lag at the latest.
	list string
	lag  time.Duration
	// world is one in which the order could be sent again.
	world func(*world)
}

func everyKindUnsure() map[string]unsure {
	timing := engine.DefaultTiming
	return map[string]unsure{
		"a card":       {ordered(deleted), newCard(deleted), "ListCards", timing.IssuingLag, nil},
		"a budget":     {newBudget(budgetOrdered, drained), newBudget(drained), "ListBudgets", timing.IssuingLag, nil},
		"a payee":      {newPayee(registering, deleted), newPayee(deleted), "ListReceivers", timing.IssuingLag, nil},
		"a withdrawal": {newWithdrawal(paying, deleted), newWithdrawal(deleted), "FindMovements", timing.ListingLag, payable},
	}
}

// A deleted object stays while nobody can tell whether its order came: another one of its
// name could not tell either, and would order it again.
func TestADeletedObjectStaysWhileItsOrderIsUnsure(t *testing.T) {
	unavailable := outcome{reason: v1alpha1.ReasonIssuerUnavailable}
	for kind, k := range everyKindUnsure() {
		rounds{
			kind + ", no connection":               {k.underWay, fails("Dial", 0, down()), unavailable},
			kind + ", no connection, status lost":  {k.lost, fails("Dial", 0, down()), unavailable},
			kind + " cannot be looked for":         {k.underWay, fails(k.list, 0, down()), unavailable},
			kind + " cannot be, status lost":       {k.lost, fails(k.list, 0, down()), unavailable},
			kind + " whose order's answer is lost": {k.underWay, nil, outcome{reason: v1alpha1.ReasonOutcomeUnknown}},
			kind + " that has lost its status":     {k.lost, nil, outcome{reason: v1alpha1.ReasonSettling, says: "can be believed"}},
		}.run(t, k.world, func(w *world, o v1alpha1.LedgerObject, after time.Duration) {
			stays(w, o, after)
			says(w, o, v1alpha1.AnnotationOrphan+"=true")
		})
	}
}

// It goes once it is certain that its order never came, or a person gives it up; and it is
// not ordered again for that.
func TestADeletedObjectGoesOnceItsOrderIsCertain(t *testing.T) {
	for kind, k := range everyKindUnsure() {
		never := departure{waits: engine.DefaultTiming.InFlight() + k.lag}
		refused, given := copyOf(k.underWay), copyOf(k.underWay)
		refused.Ledger().Intent.Refusal = "no"
		orphan(given)
		departures{
			kind + " whose order's answer is lost": {k.underWay, nil, never},
			kind + " whose order was refused":      {refused, nil, never},
			kind + " that has lost its status":     {k.lost, nil, never},
			kind + " that a person gave up":        {given, fails(k.list, 0, down()), departure{orphaned: true}},
		}.run(t, k.world)
	}
}

func copyOf(o v1alpha1.LedgerObject) v1alpha1.LedgerObject {
	return o.DeepCopyObject().(v1alpha1.LedgerObject)
}

// The finalizer is the last thing to go, and a write that fails is tried again.
func TestADeletedObjectThatCannotBeLetGoStays(t *testing.T) {
	paidAlready := func(w *world) { w.prepare(payable, ledger(paid(issuer.MovementClosed))) }
	registered := func(p *v1alpha1.Beneficiary) { p.Status.ObservedGeneration = 1 }
	for name, c := range map[string]struct {
		object v1alpha1.LedgerObject
		world  func(*world)
		write  error
		within time.Duration
	}{
		"a card that is closed":      {issuedCard(deleted), cards(remoteCard(closedCard)), conflict(), time.Second},
		"a budget that stays":        {openBudget(deleted), nil, errAway, time.Minute},
		"a payee":                    {newPayee(deleted, registered), nil, errAway, time.Minute},
		"a withdrawal that was paid": {newWithdrawal(paying, deleted), paidAlready, errAway, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.object)
			w.prepare(c.world)
			w.breaks("patch "+kindOf(c.object), 1, c.write)
			if after := w.round(c.object); !held(w, c.object) || after <= 0 || after > c.within {
				t.Fatalf("held %v, again after %v", held(w, c.object), after)
			}
			if w.round(c.object); held(w, c.object) {
				t.Error("then it goes")
			}
			expectSent(w, nil)
		})
	}
}

// A deleted payee goes once another of the same details would find it in the issuer's list.
func TestADeletedPayeeThatShowsGoes(t *testing.T) {
	departures{
		"its order under way": {newPayee(registering, deleted), nil, departure{}},
		"its status lost":     {newPayee(deleted), nil, departure{}},
	}.run(t, payees(remotePayee(issuer.ReceiverPassed)))
}

// A deleted Withdrawal goes once another of its name would find the payment.
func TestADeletedWithdrawalGoes(t *testing.T) {
	otherwise := paid(issuer.MovementClosed, func(m *issuer.Movement) { m.Amount = money.Must("49") })
	neverSent := func(wd *v1alpha1.Withdrawal) { wd.Status.ObservedGeneration = 1 }
	departures{
		"it shows":           {newWithdrawal(paying, deleted), ledger(paid(issuer.MovementPending)), departure{orphaned: true}},
		"it shows otherwise": {newWithdrawal(paying, deleted), ledger(otherwise), departure{orphaned: true}},
		"it was never sent":  {newWithdrawal(deleted, neverSent), nil, departure{}},
	}.run(t, payable)
}

// What a Withdrawal says of its end stands, whether or not its finalizer can be taken off.
func TestAnEndedWithdrawalIsLetGoAgain(t *testing.T) {
	wd := newWithdrawal(func(wd *v1alpha1.Withdrawal) {
		wd.Finalizers = []string{v1alpha1.Finalizer}
		wd.Status.State, wd.Status.ObservedGeneration = "Closed", 1
		engine.OK(wd, v1alpha1.ConditionSucceeded, v1alpha1.ReasonPaid, "paid")
	})
	w := newWorld(t, wd)
	w.breaks("patch Withdrawal", 1, errAway)
	after := w.round(wd)
	stored, _ := now(w, wd)
	if !engine.IsTrue(stored, v1alpha1.ConditionSucceeded) || after <= 0 || len(stored.Finalizers) != 1 {
		t.Fatalf("%+v, again after %v", stored.Status.Conditions, after)
	}
	w.round(wd)
	if stored, _ := now(w, wd); len(stored.Finalizers) != 0 {
		t.Error("then it is let go")
	}
}
