package controller_test

import (
	"testing"
	"time"

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
	const way = v1alpha1.AnnotationOrphan + "=true"
	back := []string{"MoveBudgetFunds Out 7.00"}
	lostSum := func(b *v1alpha1.Budget) { b.Status.Funded = "" }
	suspend := func(b *v1alpha1.Budget) { b.Spec.Suspend = true }
	rounds{
		"no connection":                                    {openBudget(drained), fails("Dial", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"the budgets cannot be read":                       {openBudget(drained), fails("ListBudgets", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"it is no longer listed":                           {openBudget(drained), budgets(), outcome{reason: v1alpha1.ReasonMissing, says: way}},
		"a lost budget shows twice":                        {newBudget(drained), budgets(remoteBudget(), secondBudget()), outcome{reason: v1alpha1.ReasonConflict, says: way}},
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
		"a lost one that is to stay may not be listed yet": {newBudget(deleted), budgets(), outcome{reason: v1alpha1.ReasonSettling}},
		"an adopted one cannot be looked for":              {newBudget(drained, adopted), fails("ListBudgets", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"whose an adopted one is cannot be read":           {newBudget(drained, adopted), fails("list BudgetList", 0, errAway), outcome{reason: v1alpha1.ReasonReconcileError, says: way}},
		"its balance's picture cannot be read":             {openBudget(drained), outdatesAndFails("ListBudgets"), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
	}.run(t, budgets(remoteBudget()), stays)
}

func emptied(w *world) { w.bank.balances["bal-1"] = issuer.Balance{ID: "bal-1", Available: money.Zero} }

func TestADeletedBudgetGoes(t *testing.T) {
	renamed := departure{sent: []string{"RenameBudget"}}
	staysOpen := func(b *v1alpha1.Budget) { b.Spec.DeletionPolicy = v1alpha1.BudgetRetain }
	nobodyAsked := func(w *world) { w.on["Dial"] = func(int) { w.t.Error("no issuer is asked") } }
	departures{
		"drained":                     {openBudget(drained), emptied, renamed},
		"left as it is":               {openBudget(deleted), nobodyAsked, departure{}},
		"left as it is, and says so":  {openBudget(staysOpen, deleted), nobodyAsked, departure{}},
		"given up":                    {openBudget(drained, orphan), fails("ListBudgets", 0, down()), departure{orphaned: true}},
		"closed before":               {openBudget(drained), func(w *world) { w.bank.budgets[0].Name += "-closed" }, departure{}},
		"an adopted one is another's": {newBudget(drained, adopted), func(w *world) { w.create(openBudget(older)) }, departure{}},
		"adopted, its status lost":    {newBudget(drained, adopted), func(w *world) { emptied(w); w.bank.budgets[0].Name = "by hand" }, departure{waits: time.Minute, sent: renamed.sent}},
		"it cannot be renamed":        {openBudget(drained), func(w *world) { emptied(w); lacks(issuer.FeatureBudgetRename)(w) }, departure{}},
	}.run(t, budgets(remoteBudget()))
}

// The process died between closing the budget and writing that it was there. The order is
// found by the closed budget, and nobody is asked about it.
func TestABudgetThatWasClosedWasOrderedAllTheSame(t *testing.T) {
	b := newBudget(budgetOrdered, drained)
	w := newWorld(t, b)
	w.bank.budgets = []issuer.Budget{remoteBudget(func(r *issuer.Budget) { r.Name = id.TagClosed("ads/search", budgetToken(), 64) })}
	if rounds := w.runFor(time.Hour, b); held(w, b) || rounds > 20 {
		got, _ := now(w, b)
		t.Errorf("after %d rounds: %+v", rounds, got.Status)
	}
}

// A balance that still shows what was taken back is not taken back again and again: the next
// movement waits until it can be believed.
func TestADrainDoesNotTrustABalanceThatLags(t *testing.T) {
	budget := openBudget(drained, func(b *v1alpha1.Budget) { b.Status.Funded = "7.00" })
	w := newWorld(t, budget)
	budgets(remoteBudget())(w)
	end := w.clock.Now().Add(10 * time.Minute)
	for w.clock.Now().Before(end) {
		w.clock.Advance(max(w.round(budget), time.Second))
	}
	if n := len(w.bank.sent); n < 1 || n > 11 {
		t.Errorf("%d movements in ten minutes of a balance that does not change", n)
	}
}

// A movement of an earlier round or process has come to its end in this one. The balance need
// not know of it yet: what was taken is not taken again, and what was put in is not left behind.
func TestADrainDoesNotTrustTheBalanceAfterAnEarlierMovement(t *testing.T) {
	for name, c := range map[string]struct {
		action v1alpha1.IntentAction
		kind   issuer.MovementKind
		shows  string
		later  string
		sent   []string
	}{
		"taken back": {v1alpha1.ActionDefund, issuer.MovementOut, "50.00", "0.00", []string{"RenameBudget"}},
		"put in":     {v1alpha1.ActionFund, issuer.MovementIn, "0.00", "50.00", []string{"MoveBudgetFunds Out 50.00", "RenameBudget"}},
	} {
		t.Run(name, func(t *testing.T) {
			budget := openBudget(drained, func(b *v1alpha1.Budget) {
				b.Status.Funded, b.Status.Intent = "50.00", movement("b-1", engine.PurposeFund, c.action)
			})
			w := newWorld(t, budget)
			budgets(remoteBudget())(w)
			shows := func(amount string) {
				w.bank.balances["bal-1"] = issuer.Balance{ID: "bal-1", Available: money.Must(amount)}
			}
			w.bank.rows = []issuer.Movement{{ID: "m-1", ClientID: budget.Status.Intent.ID, Kind: c.kind, Amount: money.Must("50"), Status: issuer.MovementClosed}}
			shows(c.shows)
			after := w.round(budget)
			expect(w, budget, outcome{reason: v1alpha1.ReasonSettling, says: "balance"})
			w.clock.Advance(after / 2)
			w.round(budget)
			expect(w, budget, outcome{reason: v1alpha1.ReasonSettling, says: "balance"})
			shows(c.later)
			w.on["MoveBudgetFunds"] = func(int) { shows("0.00") }
			w.runFor(10*time.Minute, budget)
			if expectSent(w, c.sent); held(w, budget) {
				t.Error("it goes in the end")
			}
		})
	}
}
