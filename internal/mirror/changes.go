package mirror

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/card-operator/card-operator/internal/issuer"
)

// Changes are the ids of what sweeps have shown otherwise than the ones before them.
type Changes struct {
	Cards, Budgets []string
	// All: it is not known what has changed.
	All bool
}

// Any reports whether anything has changed.
func (c Changes) Any() bool { return c.All || len(c.Cards)+len(c.Budgets) > 0 }

// Refresh sweeps anew what somebody has looked at before, and says what has changed since the
// latest Refresh, whoever's sweep or reading has shown it. Who never looked has nothing to be
// woken for. An error comes with what is known all the same: a list that fails keeps back no
// news of another.
func (m *Mirror) Refresh(ctx context.Context) (Changes, error) {
	m.forget()
	err := m.sweepAnew(ctx)
	return Changes{Cards: m.cards.news.take(), Budgets: m.budgets.news.take()}, err
}

func (m *Mirror) sweepAnew(ctx context.Context) error {
	if _, known := m.cards.last(); known {
		picture, err := m.Cards(ctx, m.clock.Now())
		if err != nil {
			return err
		}
		m.held.sweep(ctx, picture.balanceIDs())
		m.cards.news.add(picture.holding(m.held.news.take())...)
	}
	if _, known := m.budgets.last(); known {
		_, err := m.Budgets(ctx, m.clock.Now())
		return err
	}
	return nil
}

// Untold takes back changes that nobody could be told of: the next Refresh says them again.
func (m *Mirror) Untold(c Changes) {
	m.cards.news.add(c.Cards...)
	m.budgets.news.add(c.Budgets...)
}

// forget makes every picture too old for anybody but that of the cardholders: whoever needs a
// new one says so, and to the others nothing about them is worth a call at every sweep.
func (m *Mirror) forget() {
	m.TouchCards()
	m.TouchBudgets()
	m.bins.stale()
	m.receivers.stale()
	m.ledger.drop()
}

// news are the ids of what has changed and nobody was told of yet.
type news struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (n *news) add(ids ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ids == nil {
		n.ids = map[string]bool{}
	}
	for _, id := range ids {
		n.ids[id] = true
	}
}

// take returns the ids in order and forgets them.
func (n *news) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	ids := slices.Sorted(maps.Keys(n.ids))
	n.ids = nil
	return ids
}

// otherCards compares two sweeps, and what was read since the first of them.
func (m *Mirror) otherCards(before, after Cards) []string {
	known := m.singles.over(before)
	return differing(known.byID, after.byID, func(a, b *issuer.Card) bool { return reflect.DeepEqual(a, b) })
}

func otherBudgets(before, after Budgets) []string {
	return differing(before.byID, after.byID, func(a, b issuer.Budget) bool {
		was, known := before.balances[a.BalanceID]
		is, told := after.balances[a.BalanceID]
		return a == b && known == told && equalBalances(was, is)
	})
}

// differing are the ids whose rows are new, gone or not the same.
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
	return ids
}

func equalBalances(a, b issuer.Balance) bool {
	return a.Currency == b.Currency && a.Available.Equal(b.Available) && a.Pending.Equal(b.Pending) && a.Frozen.Equal(b.Frozen)
}
