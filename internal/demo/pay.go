package demo

import (
	"context"
	"errors"
	"fmt"

	"github.com/card-operator/card-operator/internal/money"
)

// purchase is something bought in the demo.
type purchase struct{ card, amount, merchant string }

// purchases are what the payer buys: with a prepaid card's own money, and from a budget.
var purchases = []purchase{
	{"search-ads", "12.50", "Example Search"},
	{"video-ads", "40.00", "Example Video"},
}

// pay mounts each card as a pod would and buys something with it.
func (s *show) pay(ctx context.Context) error {
	s.screen.heading("A payer, reading the mounted Secrets, pays at the sandbox's merchant")
	for _, p := range purchases {
		amount, err := money.Parse(p.amount)
		if err != nil {
			return err
		}
		paid, err := s.buy(ctx, p, amount)
		if err != nil {
			return fmt.Errorf("paying %s at %s with card %s: %w", amount, p.merchant, p.card, err)
		}
		s.spent = s.spent.Add(amount)
		s.screen.say("%s %8s at %-15s with %s, card …%s", s.screen.green("approved"), amount, p.merchant, p.card, paid.CardLastFour)
	}
	return nil
}

func (s *show) buy(ctx context.Context, p purchase, amount money.Amount) (paid receipt, err error) {
	secret, err := s.cardSecret(ctx, p.card)
	if err != nil {
		return receipt{}, err
	}
	dir, unmount, err := mount(secret.Data)
	if err != nil {
		return receipt{}, err
	}
	defer func() { err = errors.Join(err, unmount()) }()
	return payer{card: dir, checkout: s.sandbox.url("/merchant/payments")}.pay(ctx, amount, p.merchant)
}
