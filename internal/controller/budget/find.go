package budget

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/mirror"
	"github.com/card-operator/card-operator/internal/money"
)

// find makes sure that there is a budget: the one that status names, the one to adopt,
// the one that carries this object's token, or a new one.
func (rd *round) find(ctx context.Context) error {
	if in := rd.budget.Status.Intent; in != nil && in.Action == v1alpha1.ActionCreate {
		return rd.order(ctx)
	}
	switch {
	case rd.budget.Status.ID != "":
		return rd.known(ctx)
	case rd.budget.Spec.ExternalID != "":
		return rd.adopt(ctx)
	default:
		return rd.findOwn(ctx)
	}
}

func (rd *round) known(ctx context.Context) error {
	remote, found, err := rd.look(ctx, rd.budget.Status.ID, engine.Since(ctx, rd.Clock.Now(), rd.account.SyncInterval))
	if err == nil && !found {
		remote, found, err = rd.look(ctx, rd.budget.Status.ID, rd.Clock.Now())
	}
	if err != nil {
		return err
	}
	if !found {
		return engine.Stall(v1alpha1.ReasonMissing,
			"the issuer no longer lists budget %s; nothing is opened in its place. Ask the issuer, or delete this Budget with the annotation %s=true", rd.budget.Status.ID, v1alpha1.AnnotationOrphan)
	}
	rd.remote = remote
	return nil
}

func (rd *round) look(ctx context.Context, budgetID string, since time.Time) (issuer.Budget, bool, error) {
	picture, err := rd.account.Mirror.Budgets(ctx, since)
	if err != nil {
		return issuer.Budget{}, false, err
	}
	remote, found := picture.Budget(budgetID)
	return remote, found, nil
}

// findOwn looks for a budget that carries this object's token before one is opened.
func (rd *round) findOwn(ctx context.Context) error {
	picture, err := rd.account.Mirror.Budgets(ctx, rd.Clock.Now().Add(-2*time.Second))
	if err != nil {
		return err
	}
	incarnation, mine, problem := ownBudget(picture, rd.tokenOf, rd.budget.Status.Incarnation)
	if problem != nil {
		return problem
	}
	rd.budget.Status.Incarnation = incarnation
	if mine == nil {
		return rd.order(ctx)
	}
	return rd.take(ctx, *mine, "found by its token")
}

// ownBudget finds the budget of the current incarnation; one that was drained and closed
// makes room for the next. It is a pure function.
func ownBudget(picture mirror.Budgets, token func(int64) string, from int64) (int64, *issuer.Budget, error) {
	for incarnation := from; ; incarnation++ {
		var open []issuer.Budget
		tagged := picture.Tagged(token(incarnation))
		for _, b := range tagged {
			if !b.Closed && b.State != issuer.StateInactive {
				open = append(open, b.Budget)
			}
		}
		switch {
		case len(open) > 1:
			return incarnation, nil, engine.Stall(v1alpha1.ReasonConflict,
				"%d budgets carry this object's token %s; rename all but one at the issuer", len(open), token(incarnation))
		case len(open) == 1:
			return incarnation, &open[0], nil
		case len(tagged) == 0:
			return incarnation, nil, nil
		}
	}
}

// adopt takes over the budget that spec.externalId names, unless it is somebody else's.
func (rd *round) adopt(ctx context.Context) error {
	remote, found, err := rd.look(ctx, rd.budget.Spec.ExternalID, rd.Clock.Now().Add(-rd.account.Timing.Poll))
	if err != nil {
		return err
	}
	if !found {
		return engine.Stall(v1alpha1.ReasonMissing, "spec.externalId: the issuer lists no budget %s in this account", rd.budget.Spec.ExternalID)
	}
	if err := rd.unclaimed(ctx, remote); err != nil {
		return err
	}
	return rd.take(ctx, remote, "adopted by spec.externalId")
}

// unclaimed refuses a budget that another Budget of this cluster stands for, or asks for
// with an older claim. It reads the API server itself: two objects that are created
// together must not both find the budget free.
func (rd *round) unclaimed(ctx context.Context, remote issuer.Budget) error {
	taken, err := rd.claimedByAnother(ctx, remote)
	if err == nil && taken {
		err = engine.Stall(v1alpha1.ReasonConflict, "spec.externalId: budget %s belongs to another Budget; a budget has one", remote.ID)
	}
	return err
}

func (rd *round) claimedByAnother(ctx context.Context, remote issuer.Budget) (bool, error) {
	var list v1alpha1.BudgetList
	if err := rd.Reader.List(ctx, &list); err != nil {
		return false, err
	}
	token, _, _ := id.TokenIn(remote.Name)
	for i := range list.Items {
		other := &list.Items[i]
		if other.UID != rd.budget.UID && rd.outranks(other, remote.ID, token) {
			return true, nil
		}
	}
	return false, nil
}

// outranks reports whether another Budget has the better claim to a budget.
func (rd *round) outranks(other *v1alpha1.Budget, budgetID, token string) bool {
	if other.Status.ID == budgetID {
		return true
	}
	if token != "" && token == id.Token(rd.account.OwnerID, "Budget", other.Namespace, other.Name, other.Status.Incarnation) {
		return true
	}
	return other.Spec.ExternalID == budgetID && engine.Older(other, rd.budget)
}

func (rd *round) take(ctx context.Context, remote issuer.Budget, how string) error {
	if err := rd.Hold(ctx, rd.budget); err != nil {
		return err
	}
	engine.StartSettling(rd.budget, rd.Clock.Now())
	rd.budget.Status.ID = remote.ID
	rd.remote = remote
	rd.Tell(rd.budget, v1alpha1.EventAdopted, "Find", "budget %s %s", remote.ID, how)
	return nil
}

// order opens a new budget, or finds out about an order that is under way.
func (rd *round) order(ctx context.Context) error {
	intent := rd.creation()
	order := issuer.BudgetOrder{Name: rd.name(), Opening: rd.account.Issuer.Capabilities().OpeningBudget}
	if asked := money.Must(string(rd.budget.Spec.Funding)); intentless(rd.budget) && asked.LessThan(order.Opening) {
		return engine.Stall(v1alpha1.ReasonInvalidSpec, "spec.funding: the CardIssuer opens budgets with %s (spec.qbit.budgetOpening), so less cannot be asked for", order.Opening)
	}
	pursuit, err := rd.Pursue(ctx, rd.budget, engine.Effect{
		Intent:    intent,
		What:      fmt.Sprintf("open a budget named %q", order.Name),
		Promise:   rd.account.Creation(issuer.CallCreateBudget),
		Suspended: rd.suspended,
		Unwanted:  rd.budget.DeletionTimestamp != nil,
		Look:      rd.lookForOrder,
		Send: func(ctx context.Context, permit issuer.Permit) error {
			defer rd.account.Mirror.TouchBudgets()
			_, err := rd.account.Issuer.CreateBudget(ctx, permit, order)
			return err
		},
	})
	if err != nil || pursuit.End != engine.EndHappened {
		return err
	}
	// Before anything is read again: what was seen once must not be forgotten because a later
	// list is older or fails.
	rd.budget.Status.ID = pursuit.Sighting.Reference
	rd.budget.Status.Funded = order.Opening.String()
	return rd.known(ctx)
}

func intentless(b *v1alpha1.Budget) bool { return b.Status.Intent == nil }

func (rd *round) creation() v1alpha1.Intent {
	if in := rd.budget.Status.Intent; in != nil {
		return *in
	}
	incarnation := rd.budget.Status.Incarnation
	return v1alpha1.Intent{ID: id.Creation(rd.tokenOf(incarnation)), Action: v1alpha1.ActionCreate, Sequence: incarnation}
}

// lookForOrder looks for the budget that was ordered. One that was closed since was ordered
// all the same.
func (rd *round) lookForOrder(ctx context.Context, since time.Time) (engine.Sighting, error) {
	picture, err := rd.account.Mirror.Budgets(ctx, since)
	if err != nil {
		return engine.Sighting{}, err
	}
	tagged := picture.Tagged(rd.tokenOf(rd.creation().Sequence))
	_, mine, problem := ownBudget(picture, rd.tokenOf, rd.creation().Sequence)
	switch {
	case problem != nil:
		return engine.Sighting{}, problem
	case len(tagged) == 0:
		return engine.Sighting{Presence: engine.Absent}, nil
	case mine != nil && slices.ContainsFunc(tagged, func(t mirror.TaggedBudget) bool { return t.ID == mine.ID }):
		return engine.Sighting{Presence: engine.Happened, Reference: mine.ID}, nil
	}
	return engine.Sighting{Presence: engine.Happened, Reference: tagged[0].ID}, nil
}

// spenders lists the names of the VirtualCards that spend from this Budget.
func (rd *round) spenders(ctx context.Context) ([]string, error) {
	var list v1alpha1.VirtualCardList
	if err := rd.Client.List(ctx, &list, client.InNamespace(rd.budget.Namespace)); err != nil {
		return nil, err
	}
	var names []string
	for _, card := range list.Items {
		if card.Spec.BudgetRef != nil && card.Spec.BudgetRef.Name == rd.budget.Name {
			names = append(names, card.Name)
		}
	}
	return names, nil
}
