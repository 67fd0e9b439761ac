package oracle

import (
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/test/simulation/apiserver"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// ordered are the movements that somebody has to ask for.
var ordered = map[ledger.Kind]bool{
	ledger.KindBudgetIn: true, ledger.KindBudgetOut: true, ledger.KindCardIn: true, ledger.KindCardOut: true,
	ledger.KindHold: true, ledger.KindRelease: true, ledger.KindWithdrawal: true,
}

// asked: what the books show was claimed by an object under that very id, and a payment is
// what a Withdrawal of that id declared.
func (j *judge) asked() {
	for _, m := range j.books.Movements {
		if !m.Outside {
			j.movementAsked(m)
		}
	}
	for _, c := range j.books.Cards {
		if !j.creationClaimed(c.Label) && !j.creationClaimed(c.Reference) {
			j.object(ExactlyOnce, "card %q was ordered for no object", c.Label)
		}
	}
	for _, b := range j.books.Budgets {
		if !j.creationClaimed(b.Name) {
			j.object(ExactlyOnce, "budget %q was opened for no object", b.Name)
		}
	}
}

func (j *judge) movementAsked(m ledger.Movement) {
	switch {
	case ordered[m.Kind] && !j.past.claimed(m):
		j.object(ExactlyOnce, "%s of %s has an id that no object claimed", m.Kind, m.Amount)
	case m.Kind == ledger.KindWithdrawal && !j.declared(m):
		j.object(ExactlyOnce, "a payment of %s is not what its Withdrawal declares", m.Amount)
	case m.Kind == ledger.KindClosing && m.ClientID != "" && m.ClientID != id.Closing(m.CardID):
		j.object(ExactlyOnce, "a card was closed under an id that is not its own")
	}
}

func (j *judge) creationClaimed(label string) bool {
	token, _, found := id.TokenIn(label)
	return found && j.past.claims[id.Creation(token)]
}

func (j *judge) declared(m ledger.Movement) bool {
	for _, wd := range j.past.withdrawals[m.ClientID] {
		if j.past.asksFor(wd, m) {
			return true
		}
	}
	return false
}

// whole: what has left the wallet is on cards and budgets, or was paid out.
func (j *judge) whole() {
	opened, accounted := money.Zero, money.Zero
	add := func(balance string) {
		held := j.books.Balance(balance)
		accounted = accounted.Add(held.Available).Add(held.Pending).Add(held.Frozen)
	}
	for _, a := range j.books.Accounts {
		add(a.BalanceID)
	}
	for _, c := range j.books.Cards {
		add(c.BalanceID)
	}
	for _, b := range j.books.Budgets {
		add(b.BalanceID)
	}
	for _, m := range j.books.Movements {
		switch {
		case m.Kind == ledger.KindOpening:
			opened = opened.Add(m.Amount)
		case m.Kind == ledger.KindWithdrawal && m.Status == ledger.StatusClosed:
			accounted = accounted.Add(m.Amount).Add(m.Fee)
		}
	}
	if !opened.Equal(accounted) {
		j.object(Conservation, "the wallet began with %s, and there are %s in it, on cards, in budgets and paid out", opened, accounted)
	}
}

// drained: a budget whose object is gone has nothing in it, nor has a closed card.
func (j *judge) drained() {
	owned := map[string]bool{}
	for _, o := range j.w.API.All("Budget") {
		if b, ok := o.(*v1alpha1.Budget); ok {
			owned[b.Status.ID] = true
		}
	}
	left := j.leftTokens("Budget")
	for _, b := range j.books.Budgets {
		token, closed, _ := id.TokenIn(b.Name)
		held := j.books.Balance(b.BalanceID).Available
		switch {
		case owned[b.ID] || left[token]:
		case !held.IsZero():
			j.object(Conservation, "budget %q has no object and still %s", b.Name, held)
		case !closed:
			j.object(NoOrphan, "budget %q has no object and is not named as closed", b.Name)
		}
	}
	for _, c := range j.books.Cards {
		if held := j.books.Balance(c.BalanceID); c.State == ledger.StateInactive && !held.Available.Add(held.Frozen).IsZero() {
			j.object(Conservation, "card %q is closed and has %s", c.Label, held.Available.Add(held.Frozen))
		}
	}
}

// inUse: a deleted Budget waits, and says so, for a card that people still wish for.
func (j *judge) inUse(budget *v1alpha1.Budget) bool {
	root := conditionOf(budget, budget.RootCondition())
	if budget.DeletionTimestamp == nil || root == nil || root.Reason != v1alpha1.ReasonInUse {
		return false
	}
	for key, wished := range j.people.Wished {
		card, ok := wished.(*v1alpha1.VirtualCard)
		if ok && card.Spec.BudgetRef != nil && card.Spec.BudgetRef.Name == budget.Name && j.w.API.Find(key) != nil {
			return true
		}
	}
	return false
}

func (j *judge) budgetOf(key apiserver.Key) *v1alpha1.Budget {
	budget, _ := j.w.API.Find(key).(*v1alpha1.Budget)
	return budget
}
