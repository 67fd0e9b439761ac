// Package budget reconciles Budgets: it finds or opens the budget, keeps its name and
// what this object has put in as the spec asks, and drains it at the end if asked to.
package budget

import (
	"context"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/funding"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// Reconciler reconciles Budgets.
type Reconciler struct {
	*engine.Engine
	Accounts account.Finder
	names    engine.Notes[naming]
}

// round is one synchronisation of one budget.
type round struct {
	*Reconciler
	budget    *v1alpha1.Budget
	account   *account.Account
	suspended bool
	remote    issuer.Budget
}

// Sync brings a budget as far as it can be brought now.
func (r *Reconciler) Sync(ctx context.Context, budget *v1alpha1.Budget) (time.Duration, error) {
	if budget.DeletionTimestamp != nil {
		return 0, r.remove(ctx, budget)
	}
	rd, err := r.open(ctx, budget)
	if err != nil {
		return 0, err
	}
	return rd.advance(ctx)
}

func (r *Reconciler) open(ctx context.Context, budget *v1alpha1.Budget) (*round, error) {
	budget.Status.Plan = nil
	r.NoteLostStatus(budget)
	acct, err := r.Accounts.For(ctx, budget)
	if err != nil {
		return nil, err
	}
	rd := &round{Reconciler: r, budget: budget, account: acct, suspended: budget.Spec.Suspend || acct.Suspended}
	engine.ShowSuspended(budget, rd.suspended)
	return rd, nil
}

func (rd *round) advance(ctx context.Context) (time.Duration, error) {
	if !rd.account.Has(issuer.FeatureBudgets) {
		return 0, engine.Stall(v1alpha1.ReasonUnsupported, "%s has no budgets", rd.account.Issuer.Capabilities().Name)
	}
	if err := rd.find(ctx); err != nil {
		return 0, err
	}
	if err := rd.observe(ctx); err != nil {
		return 0, err
	}
	again, err := rd.rename(ctx)
	if err != nil {
		return 0, err
	}
	after, err := rd.work(ctx)
	if again > 0 {
		after = min(after, again)
	}
	return after, engine.NoLater(again, err)
}

// work is what a budget is for: its state, and the money in it.
func (rd *round) work(ctx context.Context) (time.Duration, error) {
	if problem := decideState(rd.remote.State); problem != nil {
		return 0, rd.settleMoney(ctx, engine.Every(rd.account.SyncInterval, problem))
	}
	if err := rd.moveMoney(ctx); err != nil {
		return 0, engine.In(v1alpha1.ConditionFunded, err)
	}
	if problem := engine.Planned(rd.budget); problem != nil {
		return 0, problem
	}
	engine.OK(rd.budget, v1alpha1.ConditionReady, v1alpha1.ReasonReady, "the budget can be spent from")
	return engine.AfterSettling(rd.budget, rd.account.Timing, rd.Clock.Now(), engine.Routine(rd.account.SyncInterval, rd.budget.UID)), nil
}

// decideState is a pure function: issuers have no call that changes a budget's state.
func decideState(seen issuer.State) error {
	switch seen {
	case issuer.StateFrozen:
		return engine.Stall(v1alpha1.ReasonFrozen, "the budget was frozen at the issuer; only the issuer can release it")
	case issuer.StateInactive:
		return engine.Stall(v1alpha1.ReasonClosed, "the budget was closed at the issuer; nothing is opened in its place. Delete this Budget, and create it again if another is wanted")
	default:
		return nil
	}
}

// observe takes down what the issuer says about the budget.
func (rd *round) observe(ctx context.Context) error {
	st := &rd.budget.Status
	st.State = string(rd.remote.State)
	picture, err := rd.account.Mirror.Budgets(ctx, engine.Since(ctx, rd.Clock.Now(), rd.account.RoutineAge()))
	if err != nil {
		return err
	}
	balance, known := picture.Balance(rd.remote)
	if !known {
		return nil
	}
	before, now := st.Balance, engine.ShowBalance(balance)
	if before != nil && *before == *now {
		return nil
	}
	if err := rd.noteOutsideMoves(ctx); err != nil {
		return err
	}
	st.Balance = now
	return nil
}

func (rd *round) adoptedUnnamed() bool {
	return rd.budget.Spec.ExternalID != "" && rd.budget.Spec.DisplayName == ""
}

// name is the budget's name at the issuer: the human text and the token.
func (rd *round) name() string {
	return id.Tag(humanName(rd.budget), rd.tokenOf(rd.budget.Status.Incarnation), rd.account.Issuer.Capabilities().MaxLabel)
}

func humanName(budget *v1alpha1.Budget) string {
	if budget.Spec.DisplayName != "" {
		return budget.Spec.DisplayName
	}
	return budget.Namespace + "/" + budget.Name
}

func (rd *round) tokenOf(incarnation int64) string {
	return id.Token(rd.account.OwnerID, "Budget", rd.budget.Namespace, rd.budget.Name, incarnation)
}

// moveMoney brings what this object has put in to spec.funding.
func (rd *round) moveMoney(ctx context.Context) error {
	began, moves, purse := rd.Clock.Now(), rd.budget.Status.Movements, rd.purse()
	if err := purse.Settle(ctx, rd.Engine); err != nil {
		return err
	}
	if err := purse.Recall(ctx, began); err != nil {
		return err
	}
	engine.EndSettling(rd.budget, rd.account.Timing, began)
	if rd.budget.Spec.Funding != "" {
		if err := purse.Reach(ctx, rd.Engine, money.Must(string(rd.budget.Spec.Funding))); err != nil {
			return err
		}
	}
	engine.OK(rd.budget, v1alpha1.ConditionFunded, v1alpha1.ReasonFunded, rd.budget.Status.Funded+" put in")
	if moves == rd.budget.Status.Movements {
		return nil
	}
	return rd.observe(ctx)
}

// settleMoney finds out about a movement that is under way on a budget that cannot be
// worked with; the problem with the budget is the one that is reported.
func (rd *round) settleMoney(ctx context.Context, problem error) error {
	purse := rd.purse()
	purse.Unwanted = true
	return engine.WhileSettling(problem, purse.Settle(ctx, rd.Engine))
}

func (rd *round) purse() funding.Purse {
	return funding.Purse{
		Object: rd.budget, RemoteID: rd.remote.ID, Purpose: engine.PurposeFund,
		Up: v1alpha1.ActionFund, UpWords: "transfer %s to the budget", Down: v1alpha1.ActionDefund, DownWords: "take %s back from the budget",
		Opening: rd.opening(), Sum: &rd.budget.Status.Funded, Count: &rd.budget.Status.Movements,
		Promise: rd.account.Promise(issuer.CallMoveBudget), Suspended: rd.suspended,
		Rows: func(ctx context.Context) ([]issuer.Movement, error) {
			return rd.account.Issuer.BudgetMovements(ctx, rd.remote.ID)
		},
		Move: func(ctx context.Context, permit issuer.Permit, transfer issuer.Transfer) error {
			defer rd.account.Mirror.TouchBudgets(rd.remote.ID)
			return rd.account.Issuer.MoveBudgetFunds(ctx, permit, transfer)
		},
	}
}

// opening is what the budget was opened with, if this fleet opened it.
func (rd *round) opening() money.Amount {
	if rd.budget.Spec.ExternalID != "" {
		return money.Zero
	}
	return rd.account.Issuer.Capabilities().OpeningBudget
}
