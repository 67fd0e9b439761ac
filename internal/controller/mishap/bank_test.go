package mishap

import (
	"context"
	"fmt"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

// bank is an issuer. Calls that a test does not expect panic on nil.
type bank struct {
	issuer.Issuer
	clock *clock.Fake
	// lag is how long it takes to list a movement or a budget.
	lag        time.Duration
	cards      []issuer.Card
	budgets    []entry[issuer.Budget]
	movements  []entry[issuer.Movement]
	receivers  []issuer.Receiver
	balances   map[string]issuer.Balance
	balanceErr error
	withdraw   func(issuer.Payout) error
	register   func(issuer.ReceiverOrder) (issuer.Receiver, error)
	calls      map[string]int
}

type entry[T any] struct {
	row T
	at  time.Time
}

func listed[T any](b *bank, entries []entry[T]) []T {
	var rows []T
	for _, e := range entries {
		if !b.clock.Now().Before(e.at.Add(b.lag)) {
			rows = append(rows, e.row)
		}
	}
	return rows
}

func (b *bank) move(row issuer.Movement) {
	b.movements = append(b.movements, entry[issuer.Movement]{row, b.clock.Now()})
}

func (b *bank) Capabilities() issuer.Capabilities {
	features := map[issuer.Feature]bool{}
	for _, f := range []issuer.Feature{
		issuer.FeatureBudgets, issuer.FeatureBudgetRename, issuer.FeatureBudgetCards, issuer.FeaturePrepaidCards, issuer.FeatureBINs, issuer.FeatureAddress, issuer.FeatureUsage, issuer.FeatureFunding,
		issuer.FeatureHolds, issuer.FeatureFreeze, issuer.FeatureReveal, issuer.FeatureBeneficiaries, issuer.FeatureWithdrawals,
	} {
		features[f] = true
	}
	return issuer.Capabilities{Name: "the bank", Features: features, Replays: map[issuer.Call]bool{issuer.CallWithdraw: true}, MaxLabel: 64}
}

func (b *bank) ListBINs(context.Context) ([]issuer.BIN, error) {
	return []issuer.BIN{{BIN: "493193", Type: issuer.Prepaid, Network: "VISA"}}, nil
}

func (b *bank) ListCards(context.Context) ([]issuer.Card, error) {
	b.calls["ListCards"]++
	return append([]issuer.Card(nil), b.cards...), nil
}

func (b *bank) ListBudgets(context.Context) ([]issuer.Budget, error) {
	return listed(b, b.budgets), nil
}

func (b *bank) ListBalances(context.Context, []string) (map[string]issuer.Balance, error) {
	return b.balances, b.balanceErr
}

func (b *bank) ListReceivers(context.Context, string) ([]issuer.Receiver, error) {
	return b.receivers, nil
}

func (b *bank) CardMovements(context.Context, string) ([]issuer.Movement, error) {
	return listed(b, b.movements), nil
}

func (b *bank) BudgetMovements(context.Context, string) ([]issuer.Movement, error) {
	return listed(b, b.movements), nil
}

func (b *bank) FindMovements(_ context.Context, clientID string) ([]issuer.Movement, error) {
	b.calls["FindMovements"]++
	var rows []issuer.Movement
	for _, row := range listed(b, b.movements) {
		if row.ClientID == clientID {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func (b *bank) CheckCard(context.Context, issuer.CardOrder) ([]issuer.FieldProblem, error) {
	return nil, nil
}

func (b *bank) CreateCard(_ context.Context, _ issuer.Permit, order issuer.CardOrder) error {
	b.calls["CreateCard"]++
	b.cards = append(b.cards, issuer.Card{
		ID: fmt.Sprintf("card-%d", len(b.cards)), Label: order.Label, Type: order.Type, BIN: order.BIN,
		State: issuer.StateActive, LastFour: "1234", CreatedAt: b.clock.Now(),
	})
	return nil
}

func (b *bank) CloseCard(context.Context, string, string) error { b.calls["CloseCard"]++; return nil }

func (b *bank) FreezeCard(context.Context, string) error { b.calls["FreezeCard"]++; return nil }

func (b *bank) RenameBudget(_ context.Context, budgetID, name string) error {
	b.calls["RenameBudget"]++
	for i := range b.budgets {
		if b.budgets[i].row.ID == budgetID {
			b.budgets[i].row.Name = name
		}
	}
	return nil
}

func (b *bank) CreateBudget(_ context.Context, _ issuer.Permit, order issuer.BudgetOrder) (string, error) {
	b.calls["CreateBudget"]++
	row := issuer.Budget{ID: fmt.Sprintf("budget-%d", len(b.budgets)), Name: order.Name, State: issuer.StateActive}
	b.budgets = append(b.budgets, entry[issuer.Budget]{row, b.clock.Now()})
	return row.ID, nil
}

func (b *bank) CreateReceiver(_ context.Context, _ issuer.Permit, order issuer.ReceiverOrder) (issuer.Receiver, error) {
	b.calls["CreateReceiver"]++
	return b.register(order)
}

func (b *bank) Withdraw(_ context.Context, _ issuer.Permit, p issuer.Payout) error {
	b.calls["Withdraw"]++
	return b.withdraw(p)
}
