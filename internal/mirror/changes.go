package mirror

import (
	"context"
	"reflect"
	"slices"

	"github.com/card-operator/card-operator/internal/issuer"
)

// Changes are the ids of what a new sweep shows otherwise than the one before it.
type Changes struct {
	Cards, Budgets []string
}

// Any reports whether anything has changed.
func (c Changes) Any() bool { return len(c.Cards)+len(c.Budgets) > 0 }

// Refresh sweeps anew what somebody has looked at before, and says what has changed since.
// Who never looked has nothing to be woken for.
func (m *Mirror) Refresh(ctx context.Context) (Changes, error) {
	var changed Changes
	m.forget()
	if before, known := m.cards.last(); known {
		after, err := m.Cards(ctx, m.clock.Now())
		if err != nil {
			return Changes{}, err
		}
		held, holds := m.held.sweep(ctx, after.balanceIDs())
		changed.Cards = differing(before.byID, after.byID, func(a, b issuer.Card) bool {
			return reflect.DeepEqual(a, b) && sameReading(held, holds, a.BalanceID)
		})
	}
	if before, known := m.budgets.last(); known {
		after, err := m.Budgets(ctx, m.clock.Now())
		if err != nil {
			return Changes{}, err
		}
		changed.Budgets = differing(before.byID, after.byID, func(a, b issuer.Budget) bool {
			return a == b && sameBalance(before.balances, after.balances, a.BalanceID)
		})
	}
	return changed, nil
}

// forget makes every picture too old for anybody.
func (m *Mirror) forget() {
	m.TouchCards()
	m.TouchBudgets()
	m.bins.stale()
	m.holders.stale()
	m.receivers.stale()
}

// differing are the ids whose rows are new, gone or not the same, in order.
func differing[T any](before, after map[string]T, same func(a, b T) bool) []string {
	var ids []string
	for id, now := range after {
		if was, known := before[id]; !known || !same(was, now) {
			ids = append(ids, id)
		}
	}
	for id := range before {
		if _, listed := after[id]; !listed {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func sameBalance(before, after map[string]issuer.Balance, id string) bool {
	a, was := before[id]
	b, is := after[id]
	return was == is && equalBalances(a, b)
}

// sameReading compares what a card held with what it holds. A balance that nobody has asked
// for before is no news.
func sameReading(before, after map[string]reading, id string) bool {
	was, known := before[id]
	is := after[id]
	if !known {
		return true
	}
	return was.told == is.told && equalBalances(was.balance, is.balance)
}

func equalBalances(a, b issuer.Balance) bool {
	return a.Currency == b.Currency && a.Available.Equal(b.Available) && a.Pending.Equal(b.Pending) && a.Frozen.Equal(b.Frozen)
}
