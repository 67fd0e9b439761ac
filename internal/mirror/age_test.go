package mirror

import (
	"errors"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

func TestAgeIsThatOfWhatIsOldest(t *testing.T) {
	now, failing := clock.NewFake(epoch), error(nil)
	d := &directory{cards: func() ([]issuer.Card, error) {
		now.Advance(40 * time.Second) // a sweep of many pages
		return []issuer.Card{{ID: "c-1", BalanceID: "b-1"}}, failing
	}}
	m := New(d, now)
	if age := m.Age(); age != 0 {
		t.Errorf("%s before the first sweep", age)
	}
	if _, err := m.Cards(ctx, now.Now()); err != nil {
		t.Fatal(err)
	}
	if age := m.Age(); age != 40*time.Second {
		t.Errorf("%s after a sweep of 40s", age)
	}
	if _, err := m.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	now.Advance(time.Minute)
	if _, err := m.Cards(ctx, now.Now()); err != nil {
		t.Fatal(err)
	}
	if age := m.Age(); age != 100*time.Second {
		t.Errorf("%s, and the balances are 100s old", age)
	}
	failing = errors.New("gone")
	if _, err := m.Refresh(ctx); err == nil {
		t.Fatal("no error")
	}
	if age := m.Age(); age != 140*time.Second {
		t.Errorf("%s: what failed counts as a sweep", age)
	}
}
