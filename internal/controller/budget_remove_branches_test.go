package controller_test

import (
	"testing"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func drained(b *v1alpha1.Budget) {
	deleted(b)
	b.Spec.DeletionPolicy = v1alpha1.BudgetDrain
}

// A Budget that is to be drained stays until all that was in it is back.
func TestWhatKeepsADeletedBudget(t *testing.T) {
	second := remoteBudget(func(b *issuer.Budget) { b.ID = "b-2" })
	const way = v1alpha1.AnnotationOrphan + "=true"
	back := []string{"MoveBudgetFunds Out 7.00"}
	lostSum := func(b *v1alpha1.Budget) { b.Status.Funded = "" }
	suspend := func(b *v1alpha1.Budget) { b.Spec.Suspend = true }
	for name, c := range map[string]struct {
		budget *v1alpha1.Budget
		world  func(*world)
		want   outcome
	}{
		"no connection":                                    {openBudget(drained), fails("Dial", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"the budgets cannot be read":                       {openBudget(drained), fails("ListBudgets", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"it is no longer listed":                           {openBudget(drained), budgets(), outcome{reason: v1alpha1.ReasonMissing, says: way}},
		"an order under way cannot be looked for":          {newBudget(budgetOrdered, drained), fails("ListBudgets", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"a lost budget shows twice":                        {newBudget(drained), budgets(remoteBudget(), second), outcome{reason: v1alpha1.ReasonConflict, says: way}},
		"its spenders cannot be read":                      {openBudget(drained), fails("list VirtualCardList", 0, errAway), outcome{reason: v1alpha1.ReasonReconcileError, says: way}},
		"cards still spend from it":                        {openBudget(drained), func(w *world) { w.create(newCard(onBudget)) }, outcome{reason: v1alpha1.ReasonInUse, says: "search"}},
		"a movement under way cannot be read":              {openBudget(drained, budgetFunding), fails("BudgetMovements", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"a lost sum cannot be read":                        {openBudget(drained, lostSum), fails("BudgetMovements", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"its balance is not known":                         {openBudget(drained), fails("ListBalances", 0, unsupported()), outcome{reason: v1alpha1.ReasonUnsupported, says: way}},
		"taking it back is refused":                        {openBudget(drained), fails("MoveBudgetFunds", 0, refusal()), outcome{reason: v1alpha1.ReasonRejected, says: way, sent: back}},
		"it was taken back just now":                       {openBudget(drained), nil, outcome{reason: v1alpha1.ReasonDeleting, says: "nothing is left", sent: back}},
		"the last rename fails":                            {openBudget(drained), func(w *world) { emptied(w); w.breaks("RenameBudget", 0, down()) }, outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way, sent: []string{"RenameBudget"}}},
		"suspended":                                        {openBudget(drained, suspend), emptied, outcome{reason: v1alpha1.ReasonSuspended, says: "would rename"}},
		"its balance is not said":                          {openBudget(drained), fails("ListBalances", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"a lost budget cannot be looked for":               {newBudget(drained), fails("ListBudgets", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"a lost budget may not be listed yet":              {newBudget(drained), budgets(), outcome{reason: v1alpha1.ReasonSettling, says: "can be believed"}},
		"a lost one that is to stay may not be listed yet": {newBudget(func(b *v1alpha1.Budget) { deleted(b) }), budgets(), outcome{reason: v1alpha1.ReasonSettling}},
		"an adopted one cannot be looked for":              {newBudget(drained, adopted), fails("ListBudgets", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"whose an adopted one is cannot be read":           {newBudget(drained, adopted), fails("list BudgetList", 0, errAway), outcome{reason: v1alpha1.ReasonReconcileError, says: way}},
		"its picture cannot be read": {openBudget(drained), func(w *world) {
			acct := w.account(openBudget())
			w.on["ListBudgets"] = func(int) { acct.Mirror.Stale() }
			w.breaks("ListBudgets", 2, down())
		}, outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.budget)
			w.bank.budgets = []issuer.Budget{remoteBudget()}
			if c.world != nil {
				c.world(w)
			}
			after := w.round(c.budget)
			expect(w, c.budget, c.want)
			if !held(w, c.budget) || after <= 0 {
				t.Errorf("it must stay, and be looked at again: after %v", after)
			}
		})
	}
}

func emptied(w *world) { w.bank.balances["bal-1"] = issuer.Balance{ID: "bal-1", Available: money.Zero} }

func TestADeletedBudgetGoes(t *testing.T) {
	for name, c := range map[string]struct {
		budget *v1alpha1.Budget
		world  func(*world)
		sent   int
	}{
		"drained":                     {openBudget(drained), emptied, 1},
		"left as it is":               {openBudget(func(b *v1alpha1.Budget) { deleted(b) }), fails("ListBudgets", 0, down()), 0},
		"given up":                    {openBudget(drained, func(b *v1alpha1.Budget) { b.Annotations = map[string]string{v1alpha1.AnnotationOrphan: "true"} }), fails("ListBudgets", 0, down()), 0},
		"closed before":               {openBudget(drained), func(w *world) { w.bank.budgets[0].Name += "-closed" }, 0},
		"an adopted one is another's": {newBudget(drained, adopted), func(w *world) { w.create(openBudget(olderBudget)) }, 0},
		"it cannot be renamed":        {openBudget(drained), func(w *world) { emptied(w); w.bank.lacks = map[issuer.Feature]bool{issuer.FeatureBudgetRename: true} }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.budget)
			w.bank.budgets = []issuer.Budget{remoteBudget()}
			c.world(w)
			w.round(c.budget)
			if held(w, c.budget) || len(w.bank.sent) != c.sent {
				t.Errorf("sent %q", w.bank.sent)
			}
		})
	}
}

func TestAnUnwantedBudgetIsNotOpenedAgain(t *testing.T) {
	b := newBudget(budgetOrdered, drained)
	w := newWorld(t, b)
	began := w.clock.Now()
	for range 100 {
		if !held(w, b) {
			break
		}
		w.clock.Advance(w.round(b))
	}
	timing := engine.DefaultTiming
	if took := w.clock.Now().Sub(began); held(w, b) || len(w.bank.sent) != 0 || took < timing.InFlight()+timing.IssuingLag {
		t.Errorf("held %v, sent %q, after %v", held(w, b), w.bank.sent, took)
	}
}

// The process died between closing the budget and writing that it was there. The order is
// found by the closed budget, and nobody is asked about it.
func TestABudgetThatWasClosedWasOrderedAllTheSame(t *testing.T) {
	b := newBudget(budgetOrdered, func(b *v1alpha1.Budget) {
		b.Spec.DeletionPolicy = v1alpha1.BudgetDrain
		deleted(b)
	})
	w := newWorld(t, b)
	w.bank.budgets = []issuer.Budget{remoteBudget(func(r *issuer.Budget) { r.Name = id.TagClosed("ads/search", budgetToken(), 64) })}
	for range 20 {
		if !held(w, b) {
			return
		}
		w.clock.Advance(w.round(b))
	}
	got, _ := now(w, b)
	t.Errorf("still there: %+v", got.Status)
}
