package ledger

import (
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// Snapshot is the whole ledger at one moment, in order of creation.
type Snapshot struct {
	Time      time.Time
	Accounts  []Account
	Budgets   []Budget
	Cards     []Card
	Receivers []Receiver

	Cardholders []Cardholder

	Movements []Movement
	Refusals  []Refusal
	balances  map[string]Balance
	Audit     Audit
}

// Balance is the balance of an id, without any lag.
func (s Snapshot) Balance(id string) Balance { return s.balances[id] }

// Audit says whether the money adds up.
type Audit struct {
	// Holds is true when all purses sum to zero, every movement sums to zero, the purses
	// are what the entries say, and nobody is overdrawn.
	Holds bool
	// Totals is the sum of each kind of purse, with the slots of cards told apart.
	Totals map[string]money.Amount
	// Problems names what is wrong.
	Problems []string
}

// Snapshot copies the ledger and audits it.
func (l *Ledger) Snapshot() Snapshot {
	var s Snapshot
	_ = l.do(func(now time.Time) error {
		s = Snapshot{
			Time: now, Accounts: copies(l.accounts), Budgets: copies(l.budgets), Cards: copies(l.cards),
			Receivers: copies(l.receivers), Cardholders: copies(l.cardholders), Movements: copies(l.movements),
			Refusals: append([]Refusal(nil), l.refusals...), balances: map[string]Balance{},
		}
		for _, x := range l.balances.order {
			s.balances[x.id] = x.sum(l.amount)
		}
		s.Audit = l.audit()
		return nil
	})
	return s
}

func copies[T any](s store[T]) []T {
	rows := make([]T, 0, len(s.order))
	for _, x := range s.order {
		rows = append(rows, *x)
	}
	return rows
}

func (l *Ledger) audit() Audit {
	a := Audit{Totals: map[string]money.Amount{}}
	sum := money.Zero
	for p, held := range l.purses {
		sum = sum.Add(held.amount)
		a.Totals[totalName(p)] = a.Totals[totalName(p)].Add(held.amount)
		if p.guarded() && held.amount.IsNegative() {
			a.Problems = append(a.Problems, "overdrawn: "+p.String())
		}
	}
	if !sum.IsZero() {
		a.Problems = append(a.Problems, "all purses sum to "+sum.String())
	}
	a.Problems = append(a.Problems, l.recount()...)
	a.Holds = len(a.Problems) == 0
	return a
}

// recount rebuilds the purses from the entries alone.
func (l *Ledger) recount() (problems []string) {
	rebuilt := map[Purse]money.Amount{}
	for _, m := range l.movements.order {
		sum := money.Zero
		for _, e := range m.Entries {
			sum = sum.Add(e.Amount)
			rebuilt[e.Purse] = rebuilt[e.Purse].Add(e.Amount)
		}
		if !sum.IsZero() {
			problems = append(problems, "movement "+m.ID+" sums to "+sum.String())
		}
	}
	for p, held := range l.purses {
		if !rebuilt[p].Equal(held.amount) {
			problems = append(problems, "entries disagree with "+p.String())
		}
	}
	return problems
}

func totalName(p Purse) string {
	if p.Kind == PurseCard {
		return string(p.Kind) + "." + string(p.Slot)
	}
	return string(p.Kind)
}
