package controller_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func asking(amount v1alpha1.Amount) func(*v1alpha1.Budget) {
	return func(b *v1alpha1.Budget) { b.Spec.Funding = amount }
}

func budgetOrdered(b *v1alpha1.Budget) {
	b.Finalizers = []string{v1alpha1.Finalizer}
	b.Status.ObservedGeneration, b.Status.Intent = 1, creation(budgetToken())
}

func budgetFunding(b *v1alpha1.Budget) {
	b.Status.Intent = movement("b-1", engine.PurposeFund, v1alpha1.ActionFund)
}

func fails(what string, n int, err error) func(*world) {
	return func(w *world) { w.breaks(what, n, err) }
}

func budgets(list ...issuer.Budget) func(*world) { return func(w *world) { w.bank.budgets = list } }

func TestNoBudgetIsOpenedUntilAllIsThere(t *testing.T) {
	second := remoteBudget(func(b *issuer.Budget) { b.ID = "b-2" })
	for name, c := range map[string]struct {
		budget *v1alpha1.Budget
		world  func(*world)
		want   outcome
	}{
		"no CardIssuer":               {newBudget(elsewhere), nil, outcome{reason: v1alpha1.ReasonWaitingForIssuer}},
		"an issuer without budgets":   {newBudget(), func(w *world) { w.bank.lacks = map[issuer.Feature]bool{issuer.FeatureBudgets: true} }, outcome{reason: v1alpha1.ReasonUnsupported}},
		"the budgets cannot be read":  {newBudget(), fails("ListBudgets", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"less than it is opened with": {newBudget(asking("0.50")), func(w *world) { w.bank.opening = money.Must("1") }, outcome{reason: v1alpha1.ReasonInvalidSpec, says: "opens budgets with 1.00"}},
		"two carry its token":         {newBudget(), budgets(remoteBudget(), second), outcome{reason: v1alpha1.ReasonConflict, says: "2 budgets"}},
		"the claim is refused":        {newBudget(), fails("status Budget", 1, conflict()), outcome{}},
		"the issuer refuses": {newBudget(), fails("CreateBudget", 0, refusal()),
			outcome{reason: v1alpha1.ReasonRejected, sent: []string{"CreateBudget"}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.budget)
			if c.world != nil {
				c.world(w)
			}
			w.round(c.budget)
			expect(w, c.budget, c.want)
			if got, _ := now(w, c.budget); got.Status.Intent != nil || got.Status.ID != "" {
				t.Errorf("nothing is under way: %+v", got.Status)
			}
		})
	}
}

func TestABudgetsOrderUnderWay(t *testing.T) {
	second := remoteBudget(func(b *issuer.Budget) { b.ID = "b-2" })
	for name, c := range map[string]struct {
		world func(*world)
		want  outcome
		id    string
	}{
		"cannot be looked for": {fails("ListBudgets", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable}, ""},
		"shows":                {budgets(remoteBudget()), outcome{reason: v1alpha1.ReasonReady}, "b-1"},
		"shows twice":          {budgets(remoteBudget(), second), outcome{reason: v1alpha1.ReasonConflict, says: "2 budgets"}, ""},
		"does not show":        {nil, outcome{reason: v1alpha1.ReasonOutcomeUnknown}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBudget(budgetOrdered)
			w := newWorld(t, b)
			if c.world != nil {
				c.world(w)
			}
			w.round(b)
			expect(w, b, c.want)
			if got, _ := now(w, b); got.Status.ID != c.id || (got.Status.Intent == nil) != (c.id != "") {
				t.Errorf("%+v", got.Status)
			}
		})
	}
}

// As TestACardThatShowedMustStillBeThere.
func TestABudgetThatShowedMustStillBeThere(t *testing.T) {
	for reason, second := range map[string]func(*world){
		v1alpha1.ReasonIssuerUnavailable: fails("ListBudgets", 2, down()),
		v1alpha1.ReasonNeedsDecision:     func(*world) {},
	} {
		b := newBudget(budgetOrdered)
		w := newWorld(t, b)
		w.bank.budgets = []issuer.Budget{remoteBudget()}
		acct := w.account(b)
		w.on["ListBudgets"] = func(n int) {
			if acct.Mirror.Stale(); n == 2 {
				w.bank.budgets = nil
			}
		}
		second(w)
		w.round(b)
		expect(w, b, outcome{reason: reason})
		if got, _ := now(w, b); got.Status.ID != "" {
			t.Errorf("%s: %+v", reason, got.Status)
		}
	}
}

func adopted(b *v1alpha1.Budget) { b.Spec.ExternalID = "b-1" }

func olderBudget(b *v1alpha1.Budget) {
	b.Name, b.UID, b.CreationTimestamp, b.Finalizers = "older", "uid-older", metav1.NewTime(epoch.Add(-time.Hour)), nil
}

func TestABudgetIsAdoptedOnlyWhenItIsNobodys(t *testing.T) {
	for name, c := range map[string]struct {
		world func(*world)
		want  outcome
	}{
		"the budgets cannot be read": {fails("ListBudgets", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"it is not there":            {budgets(), outcome{reason: v1alpha1.ReasonMissing, says: "no budget b-1"}},
		"the others cannot be read":  {fails("list BudgetList", 0, errAway), outcome{reason: v1alpha1.ReasonReconcileError}},
		"another stands for it":      {func(w *world) { w.create(openBudget(olderBudget)) }, outcome{reason: v1alpha1.ReasonConflict, says: "another Budget"}},
		"it carries another's token": {func(w *world) {
			w.create(newBudget(olderBudget))
			w.bank.budgets[0].Name = id.Tag("older", id.Token("fleet", "Budget", "ads", "older", 0), 64)
		}, outcome{reason: v1alpha1.ReasonConflict}},
		"it cannot be held on to": {fails("patch Budget", 0, errAway), outcome{reason: v1alpha1.ReasonReconcileError}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBudget(adopted)
			w := newWorld(t, b)
			w.bank.budgets = []issuer.Budget{remoteBudget(func(b *issuer.Budget) { b.Name = "theirs" })}
			c.world(w)
			w.round(b)
			expect(w, b, c.want)
			if got, _ := now(w, b); got.Status.ID != "" {
				t.Errorf("adopted: %+v", got.Status)
			}
		})
	}
}

func TestWhatStopsABudget(t *testing.T) {
	synced, funded := v1alpha1.ConditionSynced, v1alpha1.ConditionFunded
	state := func(s issuer.State) func(*world) { return func(w *world) { w.bank.budgets[0].State = s } }
	renamed := func(b *v1alpha1.Budget) { b.Spec.DisplayName = "Ads" }
	moved := []string{"MoveBudgetFunds In 50.00"}
	for name, c := range map[string]struct {
		budget *v1alpha1.Budget
		world  func(*world)
		want   outcome
	}{
		"the budgets cannot be read": {openBudget(asking("50")), fails("ListBudgets", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"it is no longer listed":     {openBudget(asking("50")), budgets(), outcome{reason: v1alpha1.ReasonMissing}},
		"what others moved cannot be read": {openBudget(asking("50")), fails("BudgetMovements", 0, down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"a new name fails": {openBudget(asking("50"), renamed), fails("RenameBudget", 0, down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, step: synced, sent: []string{"RenameBudget"}}},
		"it is frozen": {openBudget(asking("50")), state(issuer.StateFrozen), outcome{reason: v1alpha1.ReasonFrozen}},
		"it is closed": {openBudget(asking("50"), budgetFunding), state(issuer.StateInactive), outcome{reason: v1alpha1.ReasonClosed}},
		"a movement under way cannot be read": {openBudget(asking("70"), budgetFunding), fails("BudgetMovements", 2, down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, step: funded}},
		"a lost sum cannot be read": {openBudget(asking("50"), func(b *v1alpha1.Budget) { b.Status.Funded = "" }), fails("BudgetMovements", 2, down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, step: funded}},
		"the issuer refuses the money": {openBudget(asking("50")), fails("MoveBudgetFunds", 0, refusal()),
			outcome{reason: v1alpha1.ReasonRejected, step: funded, sent: moved}},
		"the balance cannot be read after the money moved": {openBudget(asking("50")), fails("ListBudgets", 2, down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, step: funded, sent: moved}},
		"suspended, it only says what it would": {openBudget(renamed, func(b *v1alpha1.Budget) { b.Spec.Suspend = true }), nil,
			outcome{reason: v1alpha1.ReasonSuspended, says: "would rename the budget to Ads"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.budget)
			w.bank.budgets = []issuer.Budget{remoteBudget()}
			if c.world != nil {
				c.world(w)
			}
			w.round(c.budget)
			expect(w, c.budget, c.want)
		})
	}
}

// The picture became old while it was taken, and the next cannot be read.
func TestABudgetsBalanceThatCannotBeReadStopsTheRound(t *testing.T) {
	b := openBudget(asking("50"))
	w := newWorld(t, b)
	w.bank.budgets = []issuer.Budget{remoteBudget()}
	acct := w.account(b)
	w.on["ListBudgets"] = func(int) { acct.Mirror.Stale() }
	w.breaks("ListBudgets", 2, down())
	w.round(b)
	expect(w, b, outcome{reason: v1alpha1.ReasonIssuerUnavailable})
}
