package controller_test

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func TestABudgetThatStaysIsOpenedOnce(t *testing.T) {
	for _, policy := range []v1alpha1.BudgetDeletionPolicy{v1alpha1.BudgetRetain, ""} {
		staysOpen := func(b *v1alpha1.Budget) { b.Spec.DeletionPolicy = policy }
		budget := newBudget(staysOpen)
		w := newWorld(t, budget)
		w.bank.lag = 20 * time.Second
		w.round(budget)
		w.delete(budget)
		w.runFor(10*time.Minute, budget)
		if stored, gone := now(w, budget); !gone {
			t.Fatalf("it goes once its order shows: %s", root(stored))
		}
		w.again(newBudget(staysOpen))
		w.runFor(10*time.Minute, budget)
		if len(w.bank.budgets) != 1 {
			t.Errorf("%d budgets", len(w.bank.budgets))
		}
		says(w, budget, "Ready=True")
	}
}

func TestABudgetWithALostStatusIsDrainedNevertheless(t *testing.T) {
	budget := newBudget(drained)
	w := newWorld(t, budget)
	w.bank.lag, w.bank.ordered["b-1"] = 20*time.Second, epoch
	w.prepare(budgets(remoteBudget()), emptied)
	w.round(budget)
	if _, gone := now(w, budget); gone {
		t.Fatal("it need not be listed yet")
	}
	w.runFor(10*time.Minute, budget)
	stored, gone := now(w, budget)
	if _, closed, _ := id.TokenIn(w.bank.budgets[0].Name); !gone || !closed {
		t.Errorf("it is drained, and then the object goes: %s", root(stored))
	}
}

func TestADrainWaitsForBalancesThatCannotBeRead(t *testing.T) {
	budget := openBudget(drained)
	w := newWorld(t, budget)
	w.bank.budgets = []issuer.Budget{remoteBudget()}
	w.breaks("ListBalances", 0, &issuer.Error{Class: issuer.Unavailable, Op: "list balances", Status: 500})
	w.runFor(10*time.Minute, budget)
	says(w, budget, "IssuerUnavailable", "list balances")
	w.breaks("ListBalances", 0, nil)
	w.bank.balances = map[string]issuer.Balance{"bal-1": {ID: "bal-1", Available: money.Zero}}
	w.runFor(10*time.Minute, budget)
	if stored, gone := now(w, budget); !gone {
		t.Errorf("it goes on: %s", root(stored))
	}
}
