package mirror

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// changing is an issuer whose rows a test changes between two sweeps.
type changing struct {
	issuer.Issuer
	cards    []issuer.Card
	budgets  []issuer.Budget
	balances map[string]issuer.Balance
	err      error
	sweeps   int
}

func (c *changing) ListBINs(context.Context) ([]issuer.BIN, error) { return nil, c.err }
func (c *changing) ListCards(context.Context) ([]issuer.Card, error) {
	c.sweeps++
	return slices.Clone(c.cards), c.err
}
func (c *changing) ListBudgets(context.Context) ([]issuer.Budget, error) {
	return slices.Clone(c.budgets), c.err
}
func (c *changing) ListBalances(context.Context, []string) (map[string]issuer.Balance, error) {
	return c.balances, c.err
}

func TestARefreshSaysWhatHasChangedAndNothingElse(t *testing.T) {
	held := func(amount string) map[string]issuer.Balance {
		return map[string]issuer.Balance{"bal-a": {ID: "bal-a", Available: money.Must(amount)}}
	}
	start := func() *changing {
		return &changing{
			cards:   []issuer.Card{{ID: "a", State: issuer.StateActive, BalanceID: "bal-a"}, {ID: "b", State: issuer.StateActive}},
			budgets: []issuer.Budget{{ID: "p"}}, balances: held("7"),
		}
	}
	for why, c := range map[string]struct {
		change func(*changing)
		cards  []string
	}{
		"nothing":              {func(*changing) {}, nil},
		"an equal amount":      {func(b *changing) { b.balances = held("7.00") }, nil},
		"a state":              {func(b *changing) { b.cards[1].State = issuer.StateFrozen }, []string{"b"}},
		"a balance":            {func(b *changing) { b.balances = held("6.50") }, []string{"a"}},
		"a balance came":       {func(b *changing) { b.balances = nil }, []string{"a"}},
		"a limit":              {func(b *changing) { b.cards[0].Limits = []issuer.Limit{{Interval: issuer.PerDay}} }, []string{"a"}},
		"a new card":           {func(b *changing) { b.cards = append(b.cards, issuer.Card{ID: "c"}) }, []string{"c"}},
		"one that has gone":    {func(b *changing) { b.cards = b.cards[:1] }, []string{"b"}},
		"two at the same time": {func(b *changing) { b.cards[1].State, b.balances = issuer.StateFrozen, held("1") }, []string{"a", "b"}},
	} {
		t.Run(why, func(t *testing.T) {
			b, now := start(), clock.NewFake(epoch)
			m := New(b, now)
			if _, err := m.Cards(ctx, epoch); err != nil {
				t.Fatal(err)
			}
			_, _ = m.Balance(ctx, b.cards[0], epoch) // an object shows it
			c.change(b)
			now.Advance(time.Second)
			got, err := m.Refresh(ctx)
			if err != nil || !slices.Equal(got.Cards, c.cards) || len(got.Budgets) != 0 {
				t.Errorf("%+v, %v", got, err)
			}
			if b.sweeps != 2 {
				t.Errorf("%d sweeps", b.sweeps)
			}
		})
	}
}

// Somebody else's sweep or reading shows a change first: who was not there is told later.
func TestAChangeThatSomebodyElseSawFirstIsNews(t *testing.T) {
	b, now := &changing{
		cards:    []issuer.Card{{ID: "a", State: issuer.StateActive}, {ID: "b", BalanceID: "bal-b"}},
		budgets:  []issuer.Budget{{ID: "p"}},
		balances: map[string]issuer.Balance{"bal-b": {ID: "bal-b", Available: money.Must("5")}},
	}, clock.NewFake(epoch)
	m := New(b, now)
	look := func() {
		now.Advance(time.Second)
		_, _ = m.Cards(ctx, now.Now())
		_, _ = m.Budgets(ctx, now.Now())
		_, _ = m.Balance(ctx, b.cards[1], now.Now())
	}
	look()
	b.cards[0].State, b.budgets[0].State = issuer.StateFrozen, issuer.StateFrozen
	b.balances = map[string]issuer.Balance{"bal-b": {ID: "bal-b", Available: money.Must("4")}}
	look()
	b.err = errShut // an issuer that is away for a while does not make anybody forget
	look()
	b.err = nil
	got, err := m.Refresh(ctx)
	if err != nil || !slices.Equal(got.Cards, []string{"a", "b"}) || !slices.Equal(got.Budgets, []string{"p"}) {
		t.Fatalf("%+v, %v", got, err)
	}
	m.Untold(got)
	if again, err := m.Refresh(ctx); err != nil || !slices.Equal(again.Cards, got.Cards) || !slices.Equal(again.Budgets, got.Budgets) {
		t.Errorf("%+v, %v", again, err)
	}
	if last, err := m.Refresh(ctx); err != nil || last.Any() {
		t.Errorf("%+v, %v", last, err)
	}
}

// Whoever froze a card takes it for frozen, and it is thawed before any sweep has shown that.
func TestWhatThisProcessChangedIsNews(t *testing.T) {
	b, now := &changing{cards: []issuer.Card{{ID: "a", BalanceID: "bal-a"}, {ID: "b", BalanceID: "bal-b"}}, budgets: []issuer.Budget{{ID: "p"}}}, clock.NewFake(epoch)
	m := New(b, now)
	_, _ = m.Cards(ctx, epoch)
	_, _ = m.Budgets(ctx, epoch)
	m.TouchCards("a")
	m.TouchBalance("bal-b")
	m.TouchBudgets("p")
	got, err := m.Refresh(ctx)
	if err != nil || !slices.Equal(got.Cards, []string{"a", "b"}) || !slices.Equal(got.Budgets, []string{"p"}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestARefreshOfBudgets(t *testing.T) {
	b, now := &changing{budgets: []issuer.Budget{{ID: "p"}, {ID: "q"}}}, clock.NewFake(epoch)
	m := New(b, now)
	if got, err := m.Refresh(ctx); err != nil || b.sweeps != 0 || len(got.Budgets) != 0 {
		t.Errorf("nobody has looked yet, so nobody is to be woken: %+v, %v, %d sweeps", got, err, b.sweeps)
	}
	if _, err := m.Budgets(ctx, epoch); err != nil {
		t.Fatal(err)
	}
	b.budgets[1].State = issuer.StateFrozen
	if got, err := m.Refresh(ctx); err != nil || !slices.Equal(got.Budgets, []string{"q"}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// What cannot be read has not changed; it is read again.
func TestARefreshThatFailsSaysSo(t *testing.T) {
	for why, look := range map[string]func(*Mirror) error{
		"cards":   func(m *Mirror) error { _, err := m.Cards(ctx, epoch); return err },
		"budgets": func(m *Mirror) error { _, err := m.Budgets(ctx, epoch); return err },
	} {
		b, now := &changing{cards: []issuer.Card{{ID: "a"}}, budgets: []issuer.Budget{{ID: "p"}}}, clock.NewFake(epoch)
		m := New(b, now)
		if err := look(m); err != nil {
			t.Fatal(err)
		}
		now.Advance(time.Second)
		b.err = errShut
		if _, err := m.Refresh(ctx); !errors.Is(err, errShut) {
			t.Errorf("%s: %v", why, err)
		}
	}
}

// Budgets that cannot be listed keep back no news of cards; what was said is not said again.
func TestARefreshThatFailsHalfwaySaysWhatItKnows(t *testing.T) {
	b, now := &changing{cards: []issuer.Card{{ID: "a", State: issuer.StateActive}}, budgets: []issuer.Budget{{ID: "p"}}}, clock.NewFake(epoch)
	half := &halfway{changing: b}
	m := New(half, now)
	_, _ = m.Cards(ctx, epoch)
	_, _ = m.Budgets(ctx, epoch)
	b.cards[0].State, half.err = issuer.StateFrozen, errors.New("no budgets today")
	now.Advance(time.Second)
	if got, err := m.Refresh(ctx); !errors.Is(err, half.err) || !slices.Equal(got.Cards, []string{"a"}) {
		t.Errorf("%+v, %v", got, err)
	}
	half.err = nil
	if got, err := m.Refresh(ctx); err != nil || got.Any() {
		t.Errorf("%+v, %v", got, err)
	}
}

// halfway is an issuer that lists cards and cannot list budgets.
type halfway struct {
	*changing
	err error
}

func (h *halfway) ListBudgets(ctx context.Context) ([]issuer.Budget, error) {
	rows, _ := h.changing.ListBudgets(ctx)
	return rows, h.err
}
