package mirror

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

func TestSweepTimeIsThatOfTheLatestGoodSweep(t *testing.T) {
	now, failing := clock.NewFake(epoch), error(nil)
	m := New(&directory{cards: func() ([]issuer.Card, error) {
		now.Advance(40 * time.Second) // many pages
		return []issuer.Card{{ID: "c-1", BalanceID: "b-1"}}, failing
	}}, now)
	m.held.read = func(context.Context, []string) (map[string]issuer.Balance, error) {
		now.Advance(5 * time.Second)
		return nil, failing
	}
	if took := m.SweepTime(); took != 0 {
		t.Errorf("%s before the first sweep", took)
	}
	if _, err := m.Cards(ctx, now.Now()); err != nil {
		t.Fatal(err)
	}
	if took := m.SweepTime(); took != 40*time.Second {
		t.Errorf("%s after a sweep of 40s", took)
	}
	if _, err := m.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	if took := m.SweepTime(); took != 45*time.Second {
		t.Errorf("%s with the balances", took)
	}
	failing = errors.New("gone")
	now.Advance(time.Minute)
	if _, err := m.Refresh(ctx); err == nil || m.SweepTime() != 45*time.Second {
		t.Errorf("%v: %s: what failed counts", err, m.SweepTime())
	}
}
