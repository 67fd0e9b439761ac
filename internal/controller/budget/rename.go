package budget

import (
	"context"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
)

// rename keeps the name at the issuer as spec.displayName asks, and says in Synced what stands
// in its way; money does not wait for a name. again is when the next try is due, 0 for never.
// Only a write that the API server refused is an error.
func (rd *round) rename(ctx context.Context) (again time.Duration, err error) {
	wanted := rd.name()
	switch {
	case rd.remote.Name == wanted:
		rd.names.Forget(rd.budget.UID)
		rd.synced("the name is as asked")
		return 0, nil
	case rd.adoptedUnnamed():
		rd.synced("the adopted budget keeps its name; set spec.displayName to rename it")
		return 0, nil
	case !rd.account.Has(issuer.FeatureBudgetRename):
		engine.Not(rd.budget, v1alpha1.ConditionSynced, v1alpha1.ReasonUnsupported, "spec.displayName: the issuer cannot rename budgets")
		return 0, nil
	case rd.suspended:
		rd.budget.Status.Plan = append(rd.budget.Status.Plan, "would rename the budget to "+wanted)
		return 0, nil
	}
	tried, err := rd.giveName(ctx, wanted)
	if err != nil {
		return 0, err
	}
	return rd.sayNamed(wanted, tried), nil
}

// sayNamed says in Synced what a try came to, and returns when the next is due.
func (rd *round) sayNamed(name string, tried naming) time.Duration {
	if problem := tried.problem(); problem != nil {
		engine.Not(rd.budget, v1alpha1.ConditionSynced, problem.Reason, problem.Message)
		return rd.untilNaming(tried)
	}
	rd.remote.Name = name
	rd.synced("the name is as asked")
	return 0
}

func (rd *round) synced(message string) {
	engine.OK(rd.budget, v1alpha1.ConditionSynced, v1alpha1.ReasonSynced, message)
}

// giveName sends a name if it is due, and returns what the latest try came to. Whatever else
// wakes the object makes it no sooner. A name is repeatable and needs no claim.
func (rd *round) giveName(ctx context.Context, name string) (naming, error) {
	tried := naming{wish: wish{
		name: name, asked: rd.budget.Status.LastHandledReconcileAt, generation: rd.budget.Generation, through: rd.account.Mirror,
	}}
	if before := rd.names.Of(rd.budget.UID); before.wish == tried.wish {
		tried = before
	}
	if rd.untilNaming(tried) > 0 {
		return tried, nil
	}
	err := rd.sendName(ctx, name)
	if engine.IsWrite(err) {
		return tried, err
	}
	tried = tried.tried(rd.Clock.Now(), err)
	return rd.names.Change(rd.budget.UID, func(naming) naming { return tried }), nil
}

func (rd *round) untilNaming(tried naming) time.Duration {
	return tried.due(rd.account.Timing.Poll).Sub(rd.Clock.Now())
}

func (rd *round) sendName(ctx context.Context, name string) error {
	ctx, err := rd.Permit(ctx, rd.budget, rd.account.Timing)
	if err != nil {
		return err
	}
	defer rd.account.Mirror.TouchBudgets(rd.remote.ID)
	return rd.account.Issuer.RenameBudget(ctx, rd.remote.ID, name)
}

// close marks the name of a drained budget, because issuers have no call to close one: a Budget
// of the same name then opens another. An issuer that goes on answering and does not take the
// mark does not keep the object: without it that Budget finds this one again, and computes what
// it has put in from the ledger.
func (rd *round) close(ctx context.Context) error {
	if rd.suspended {
		return engine.Wait(v1alpha1.ReasonSuspended, "suspended: would rename budget %s as closed", rd.remote.ID)
	}
	if !rd.account.Has(issuer.FeatureBudgetRename) {
		return nil
	}
	name := id.TagClosed(humanName(rd.budget), rd.tokenOf(rd.budget.Status.Incarnation), rd.account.Issuer.Capabilities().MaxLabel)
	tried, err := rd.giveName(ctx, name)
	if err != nil || tried.err == nil {
		return err
	}
	problem := *tried.problem()
	if answered(tried.err) && tried.last.Sub(tried.first) >= unnamed {
		rd.Warn(rd.budget, v1alpha1.EventNameKept, "Delete", "budget %s was drained and keeps its name, since %s. A Budget of this name finds it again; rename it at the issuer if another is wanted",
			rd.remote.ID, problem.Message)
		return nil
	}
	problem.After = max(rd.untilNaming(tried), time.Second)
	return &problem
}

// answered reports whether the issuer had something to say about a call, and not only asked
// to wait.
func answered(err error) bool {
	return issuer.OutcomeOf(err) != issuer.Deferred
}
