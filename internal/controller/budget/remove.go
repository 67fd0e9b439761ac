package budget

import (
	"context"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// remove deals with what a deleted Budget stands for, and lets it go at the end.
func (r *Reconciler) remove(ctx context.Context, budget *v1alpha1.Budget) error {
	if !controllerutil.ContainsFinalizer(budget, v1alpha1.Finalizer) {
		return nil
	}
	if engine.Orphaned(budget) {
		r.Warn(budget, v1alpha1.EventOrphaned, "Delete", "budget %q at the issuer was given up by annotation %s", budget.Status.ID, v1alpha1.AnnotationOrphan)
		return r.Release(ctx, budget)
	}
	if budget.Spec.DeletionPolicy == v1alpha1.BudgetDrain {
		rd, err := r.open(ctx, budget)
		if err != nil {
			return engine.Deleting(budget, err)
		}
		if err := rd.drain(ctx); err != nil {
			return engine.Deleting(budget, err)
		}
	}
	return r.Release(ctx, budget)
}

// drain takes back what is available, however much that is, and renames the budget as
// closed.
func (rd *round) drain(ctx context.Context) error {
	exists, err := rd.findForRemoval(ctx)
	if err != nil || !exists {
		return err
	}
	names, err := rd.spenders(ctx)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		return engine.Poll(5*time.Second, v1alpha1.ReasonInUse, "VirtualCards still spend from this budget: %s; delete them first", strings.Join(names, ", "))
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
	picture, err := rd.account.Mirror.Budgets(ctx, rd.Clock.Now().Add(-rd.account.Timing.Poll))
	if err != nil {
		return false, err
	}
	if rd.budget.Status.ID != "" {
		remote, found := picture.Budget(rd.budget.Status.ID)
		if !found {
			return false, engine.Stall(v1alpha1.ReasonMissing, "the issuer does not list budget %s in this account, so it cannot be drained", rd.budget.Status.ID)
		}
		_, closed, tagged := id.TokenIn(remote.Name)
		rd.remote = remote
		return !tagged || !closed, nil
	}
	_, mine, problem := ownBudget(picture, rd.tokenOf, rd.budget.Status.Incarnation)
	if problem != nil || mine == nil {
		return false, problem
	}
	rd.remote, rd.budget.Status.ID = *mine, mine.ID
	return true, nil
}

// takeBack moves what the budget still has back to the account.
func (rd *round) takeBack(ctx context.Context) error {
	began, purse := rd.Clock.Now(), rd.purse()
	if err := purse.Settle(ctx, rd.Engine); err != nil {
		return err
	}
	if err := purse.Recall(ctx); err != nil {
		return err
	}
	engine.EndSettling(rd.budget, rd.account.Timing, began)
	picture, err := rd.account.Mirror.Budgets(ctx, rd.Clock.Now().Add(-rd.account.Timing.Poll))
	if err != nil {
		return err
	}
	balance, known := picture.Balance(rd.remote)
	if !known {
		return engine.Stall(v1alpha1.ReasonUnsupported, "deletionPolicy: Drain needs the budget's balance, which the issuer does not say")
	}
	if !balance.Available.IsPositive() {
		return nil
	}
	target := money.Must(rd.budget.Status.Funded).Sub(balance.Available)
	if err := purse.Reach(ctx, rd.Engine, target); err != nil {
		return err
	}
	return engine.Poll(rd.account.Timing.Poll, v1alpha1.ReasonDeleting, "drained; making sure that nothing is left")
}

// close renames the budget, because issuers have no call to close one.
func (rd *round) close(ctx context.Context) error {
	if rd.suspended {
		return engine.Wait(v1alpha1.ReasonSuspended, "suspended: would rename budget %s as closed", rd.remote.ID)
	}
	if !rd.account.Has(issuer.FeatureBudgetRename) {
		return nil
	}
	name := id.TagClosed(humanName(rd.budget), rd.tokenOf(rd.budget.Status.Incarnation), rd.account.Issuer.Capabilities().MaxLabel)
	defer rd.account.Mirror.Stale()
	return rd.account.Issuer.RenameBudget(ctx, rd.remote.ID, name)
}
