package controller_test

import (
	"testing"

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

func TestNoBudgetIsOpenedUntilAllIsThere(t *testing.T) {
	opensWithOne := func(w *world) { w.bank.opening = money.Must("1") }
	rounds{
		"no CardIssuer":               {newBudget(elsewhere), nil, outcome{reason: v1alpha1.ReasonWaitingForIssuer}},
		"an issuer without budgets":   {newBudget(), lacks(issuer.FeatureBudgets), outcome{reason: v1alpha1.ReasonUnsupported}},
		"the budgets cannot be read":  {newBudget(), fails("ListBudgets", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"less than it is opened with": {newBudget(asking("0.50")), opensWithOne, outcome{reason: v1alpha1.ReasonInvalidSpec, says: "opens budgets with 1.00"}},
		"two carry its token":         {newBudget(), budgets(remoteBudget(), secondBudget()), outcome{reason: v1alpha1.ReasonConflict, says: "2 budgets"}},
		"the claim is refused":        {newBudget(), fails("status Budget", 1, conflict()), outcome{}},
	}.run(t, nil, idle)
}

func adopted(b *v1alpha1.Budget) { b.Spec.ExternalID = "b-1" }

func TestABudgetIsAdoptedOnlyWhenItIsNobodys(t *testing.T) {
	itsName := func(name string) func(*issuer.Budget) { return func(b *issuer.Budget) { b.Name = name } }
	tokenOfOlder := id.Tag("older", id.Token("fleet", "Budget", "ads", "older", 0), 64)
	rounds{
		"the budgets cannot be read": {newBudget(adopted), fails("ListBudgets", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"it is not there":            {newBudget(adopted), budgets(), outcome{reason: v1alpha1.ReasonMissing, says: "no budget b-1"}},
		"the others cannot be read":  {newBudget(adopted), fails("list BudgetList", 0, errAway), outcome{reason: v1alpha1.ReasonReconcileError}},
		"another stands for it": {newBudget(adopted), func(w *world) { w.create(openBudget(older)) },
			outcome{reason: v1alpha1.ReasonConflict, says: "another Budget"}},
		"it carries another's token": {newBudget(adopted), func(w *world) {
			w.create(newBudget(older))
			w.bank.budgets = []issuer.Budget{remoteBudget(itsName(tokenOfOlder))}
		}, outcome{reason: v1alpha1.ReasonConflict}},
		"it cannot be held on to": {newBudget(adopted), fails("patch Budget", 0, errAway), outcome{reason: v1alpha1.ReasonReconcileError}},
	}.run(t, budgets(remoteBudget(itsName("theirs"))), notAdopted)
}

func TestWhatStopsABudget(t *testing.T) {
	funded := v1alpha1.ConditionFunded
	state := func(s issuer.State) func(*world) { return func(w *world) { w.bank.budgets[0].State = s } }
	renamed := func(b *v1alpha1.Budget) { b.Spec.DisplayName = "Ads" }
	moved := []string{"MoveBudgetFunds In 50.00"}
	rounds{
		"the budgets cannot be read": {openBudget(asking("50")), fails("ListBudgets", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"it is no longer listed":     {openBudget(asking("50")), budgets(), outcome{reason: v1alpha1.ReasonMissing}},
		"what others moved cannot be read": {openBudget(asking("50")), fails("BudgetMovements", 0, down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
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
	}.run(t, budgets(remoteBudget()), sameID)
}
