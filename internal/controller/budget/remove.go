package budget

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/funding"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// remove deals with what a deleted Budget stands for, and lets it go at the end.
func (r *Reconciler) remove(ctx context.Context, budget *v1alpha1.Budget) error {
	err := r.Remove(ctx, budget, engine.Removal{
		GivenUp: fmt.Sprintf("budget %q at the issuer", budget.Status.ID),
		Settled: keeps(budget) && resolved(budget),
		Finish: func(ctx context.Context) error {
			rd, err := r.open(ctx, budget)
			if err != nil {
				return err
			}
			return rd.retire(ctx)
		},
	})
	if err == nil {
		r.names.Forget(budget.UID)
	}
	return err
}

func keeps(budget *v1alpha1.Budget) bool {
	return budget.Spec.DeletionPolicy != v1alpha1.BudgetDrain
}

// resolved: an object of the same name would find the budget.
func resolved(budget *v1alpha1.Budget) bool {
	in := budget.Status.Intent
	return budget.Status.ID != "" && (in == nil || in.Action != v1alpha1.ActionCreate)
}

// retire brings the budget to where spec.deletionPolicy wants it. One that is to stay has
// to be found as well: an object of the same name could not tell that it was ordered.
func (rd *round) retire(ctx context.Context) error {
	exists, err := rd.findForRemoval(ctx)
	if err != nil || !exists || keeps(rd.budget) {
		return err
	}
	return rd.drain(ctx)
}

// drain takes back what is available, however much that is, and renames the budget as
// closed.
func (rd *round) drain(ctx context.Context) error {
	names, err := rd.spenders(ctx)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		return engine.Wait(v1alpha1.ReasonInUse, "VirtualCards still spend from this budget: %s; delete them first", strings.Join(names, ", "))
	}
	if err := rd.takeBack(ctx); err != nil {
		return err
	}
	return rd.close(ctx)
}

// findForRemoval finds the budget that has to be drained. An order with an unknown
// outcome is resolved first.
func (rd *round) findForRemoval(ctx context.Context) (bool, error) {
	if in := rd.budget.Status.Intent; in != nil && in.Action == v1alpha1.ActionCreate {
		err := rd.order(ctx)
		return err == nil && rd.budget.Status.ID != "", err
	}
	switch {
	case rd.budget.Status.ID != "":
		return rd.findByID(ctx, rd.budget.Status.ID)
	case rd.budget.Spec.ExternalID != "":
		return rd.findAdopted(ctx)
	default:
		return rd.findByToken(ctx)
	}
}

func (rd *round) findByID(ctx context.Context, budgetID string) (bool, error) {
	remote, found, err := rd.look(ctx, budgetID, rd.Clock.Now().Add(-rd.account.Timing.Poll))
	if err != nil {
		return false, err
	}
	if !found && keeps(rd.budget) {
		return false, nil
	}
	if !found {
		return false, engine.Stall(v1alpha1.ReasonMissing, "the issuer does not list budget %s in this account, so it cannot be drained", budgetID)
	}
	_, closed, tagged := id.TokenIn(remote.Name)
	rd.remote, rd.budget.Status.ID = remote, remote.ID
	return !tagged || !closed, nil
}

// findAdopted finds the budget that a lost status stood for, unless it is another's now.
func (rd *round) findAdopted(ctx context.Context) (bool, error) {
	remote, found, err := rd.look(ctx, rd.budget.Spec.ExternalID, rd.Clock.Now())
	if err != nil {
		return false, err
	}
	if found {
		taken, err := rd.claimedByAnother(ctx, remote)
		if err != nil || taken {
			return false, err
		}
	}
	return rd.findByID(ctx, rd.budget.Spec.ExternalID)
}

// findByToken finds the budget of a lost status. One that was ordered moments before the
// loss need not be listed yet.
func (rd *round) findByToken(ctx context.Context) (bool, error) {
	began := rd.Clock.Now()
	picture, err := rd.account.Mirror.Budgets(ctx, began)
	if err != nil {
		return false, err
	}
	_, mine, problem := ownBudget(picture, rd.tokenOf, rd.budget.Status.Incarnation)
	if problem != nil {
		return false, problem
	}
	if mine != nil {
		rd.remote, rd.budget.Status.ID = *mine, mine.ID
		return true, nil
	}
	return false, engine.Unlisted(rd.budget, rd.account.Creation(issuer.CallCreateBudget), began)
}

// takeBack moves what the budget still has back to the account. Its balance may lag as lists
// do: after every movement, also one of an earlier round or process, it is not believed for a
// while.
func (rd *round) takeBack(ctx context.Context) error {
	began, moves, purse := rd.Clock.Now(), rd.budget.Status.Movements, rd.purse()
	if err := purse.Settle(ctx, rd.Engine); err != nil {
		return err
	}
	if moves != rd.budget.Status.Movements {
		rd.distrustBalance()
	}
	if err := purse.Recall(ctx, began); err != nil {
		return err
	}
	engine.EndSettling(rd.budget, rd.account.Timing, began)
	if left := rd.untilBalance(); left > 0 {
		return engine.Poll(left, v1alpha1.ReasonSettling, "waiting until the budget's balance can be believed")
	}
	return rd.takeAvailable(ctx, purse)
}

func (rd *round) takeAvailable(ctx context.Context, purse funding.Purse) error {
	available, err := rd.available(ctx)
	if err != nil || !available.IsPositive() {
		return err
	}
	target := money.Must(rd.budget.Status.Funded).Sub(available)
	if err := purse.Reach(ctx, rd.Engine, target); err != nil {
		return err
	}
	rd.distrustBalance()
	if left, err := rd.available(ctx); err == nil && !left.IsPositive() {
		return nil // it shows what was taken
	}
	return engine.Poll(rd.untilBalance(), v1alpha1.ReasonDeleting, "drained; making sure that nothing is left")
}

func (rd *round) distrustBalance() {
	rd.budget.Status.SettlingSince = nil
	engine.StartSettling(rd.budget, rd.Clock.Now())
}

// untilBalance is how long the balance is not to be believed yet.
func (rd *round) untilBalance() time.Duration {
	return engine.SettlingLeft(rd.budget, engine.Promise{Timing: rd.account.Timing}, rd.Clock.Now())
}

// available is what the budget holds, which the status then shows.
func (rd *round) available(ctx context.Context) (money.Amount, error) {
	balance, err := rd.balance(ctx)
	if err != nil {
		return money.Zero, err
	}
	rd.budget.Status.Balance = engine.ShowBalance(balance)
	return balance.Available, nil
}

// balance reads what the budget holds. The account's picture leaves out a balance that could
// not be read; whoever needs it has to know why.
func (rd *round) balance(ctx context.Context) (issuer.Balance, error) {
	picture, err := rd.account.Mirror.Budgets(ctx, rd.Clock.Now().Add(-rd.account.Timing.Poll))
	if err != nil {
		return issuer.Balance{}, err
	}
	if balance, known := picture.Balance(rd.remote); known {
		return balance, nil
	}
	if rd.remote.BalanceID != "" {
		balances, err := rd.account.Issuer.ListBalances(ctx, []string{rd.remote.BalanceID})
		if err != nil && !issuer.NotOffered(err) {
			return issuer.Balance{}, err
		}
		if balance, known := balances[rd.remote.BalanceID]; known {
			return balance, nil
		}
	}
	return issuer.Balance{}, engine.Stall(v1alpha1.ReasonUnsupported, "deletionPolicy: Drain needs the budget's balance, which the issuer does not say")
}
