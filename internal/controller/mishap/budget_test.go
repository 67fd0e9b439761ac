package mishap

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func newBudget(policy v1alpha1.BudgetDeletionPolicy, finalizers ...string) *v1alpha1.Budget {
	return &v1alpha1.Budget{ObjectMeta: named(finalizers...), Spec: v1alpha1.BudgetSpec{IssuerRef: ref, DeletionPolicy: policy}}
}

func TestABudgetThatStaysIsOpenedOnce(t *testing.T) {
	for _, policy := range []v1alpha1.BudgetDeletionPolicy{v1alpha1.BudgetRetain, ""} {
		o := newBudget(policy)
		b := newBench(t, o)
		b.bank.lag = 20 * time.Second
		next := b.budgets()
		next()
		b.x(o)
		b.delete(o)
		b.runFor(10*time.Minute, next)
		if b.x(o) {
			t.Fatalf("it goes once its order shows: %s", root(o))
		}
		b.again(newBudget(policy))
		b.runFor(10*time.Minute, next)
		if len(b.bank.budgets) != 1 {
			t.Errorf("%d budgets", len(b.bank.budgets))
		}
		b.says(o, "Ready=True")
	}
}

func TestABudgetThatStaysAndIsKnownGoesAtOnce(t *testing.T) {
	o := newBudget(v1alpha1.BudgetRetain, v1alpha1.Finalizer)
	o.Status.ID = "budget-0"
	b := newBench(t, o)
	b.accounts = nil // no issuer is asked
	b.delete(o)
	b.budgets()()
	if b.x(o) {
		t.Error("nothing has to be found out")
	}
}

func TestABudgetWithALostStatusIsDrainedNevertheless(t *testing.T) {
	o := newBudget(v1alpha1.BudgetDrain, v1alpha1.Finalizer)
	b := newBench(t, o)
	b.bank.lag = 20 * time.Second
	name := "x-" + id.Token("fleet", "Budget", "ads", "x", 0)
	b.bank.budgets = []entry[issuer.Budget]{{issuer.Budget{ID: "budget-0", Name: name, State: issuer.StateActive, BalanceID: "b"}, epoch}}
	b.bank.balances = map[string]issuer.Balance{"b": {ID: "b"}}
	b.delete(o)
	next := b.budgets()
	next()
	if !b.x(o) {
		t.Fatal("it need not be listed yet")
	}
	b.runFor(10*time.Minute, next)
	if _, closed, _ := id.TokenIn(b.bank.budgets[0].row.Name); b.x(o) || !closed {
		t.Errorf("it is drained, and then the object goes: %s", root(o))
	}
}

func TestAnAdoptedBudgetWithALostStatusIsDrained(t *testing.T) {
	o := newBudget(v1alpha1.BudgetDrain, v1alpha1.Finalizer)
	o.Spec.ExternalID = "theirs"
	b := newBench(t, o)
	b.bank.budgets = []entry[issuer.Budget]{{issuer.Budget{ID: "theirs", Name: "by hand", State: issuer.StateActive, BalanceID: "b"}, epoch}}
	b.bank.balances = map[string]issuer.Balance{"b": {ID: "b"}}
	b.delete(o)
	b.runFor(10*time.Minute, b.budgets())
	if b.x(o) || b.bank.calls["RenameBudget"] != 1 {
		t.Errorf("%d renames; %s", b.bank.calls["RenameBudget"], root(o))
	}
}

func TestADrainWaitsForBalancesThatCannotBeRead(t *testing.T) {
	o := newBudget(v1alpha1.BudgetDrain, v1alpha1.Finalizer)
	o.Status.ID, o.Status.ObservedGeneration, o.Status.Funded = "budget-0", 1, "0.00"
	b := newBench(t, o)
	b.bank.budgets = []entry[issuer.Budget]{{issuer.Budget{ID: "budget-0", Name: "x", State: issuer.StateActive, BalanceID: "b"}, epoch}}
	b.bank.balanceErr = &issuer.Error{Class: issuer.Unavailable, Op: "list balances", Status: 500}
	b.delete(o)
	next := b.budgets()
	b.runFor(10*time.Minute, next)
	b.says(o, "IssuerUnavailable", "list balances")
	b.bank.balanceErr, b.bank.balances = nil, map[string]issuer.Balance{"b": {ID: "b", Available: money.Zero}}
	b.runFor(10*time.Minute, next)
	if b.x(o) {
		t.Errorf("it goes on: %s", root(o))
	}
}
