// Package mirror keeps one picture of an issuer account for all objects that use it.
// Observing is not a read per object: a sweep of the issuer's lists serves everybody
// who was waiting for one.
package mirror

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Mirror is the picture of one account. It has no goroutines of its own: whoever needs
// a fresher picture than there is makes the sweep, and everybody who waits meanwhile
// shares it.
type Mirror struct {
	clock  clock.Clock
	source Source
	cards  picture[Cards]
	// SweepOnly: the issuer's filters are not relied upon, so no card is looked for alone. It is
	// set before the first look.
	SweepOnly bool
	// singles are cards that were read since the latest sweep.
	singles singles
	// held is what the cards hold, which is read apart from them.
	held    balances
	budgets picture[Budgets]
	bins    picture[[]issuer.BIN]
	holders picture[[]issuer.Holder]
	// scenarios are what cards can be for; advice is what is recommended for each.
	scenarios picture[[]issuer.Scenario]
	advice    album[[]string]
	receivers album[[]issuer.Receiver]
	ledger    picture[movements]
}

// Source is what a mirror shows.
type Source interface {
	// Capabilities says how many rows a page has, and whether a card can be looked for.
	Capabilities() issuer.Capabilities
	// GetCard reads one card by its id.
	GetCard(ctx context.Context, cardID string) (issuer.Card, error)
	issuer.Directory
	issuer.Cardholders
	issuer.Advisor
}

// New returns an empty mirror of what source lists.
func New(source Source, c clock.Clock) *Mirror {
	m := &Mirror{
		clock: c, source: source,
		cards: picture[Cards]{clock: c, sweep: func(ctx context.Context) (Cards, error) {
			return sweepCards(ctx, source, c.Now())
		}},
		held: balances{clock: c, read: source.ListBalances},
		budgets: picture[Budgets]{clock: c, differ: otherBudgets, sweep: func(ctx context.Context) (Budgets, error) {
			return sweepBudgets(ctx, source)
		}},
		bins:      picture[[]issuer.BIN]{clock: c, sweep: source.ListBINs},
		holders:   picture[[]issuer.Holder]{clock: c, sweep: source.ListCardholders},
		scenarios: picture[[]issuer.Scenario]{clock: c, sweep: source.ListScenarios},
		advice:    album[[]string]{clock: c, sweep: source.RecommendBINs},
		receivers: album[[]issuer.Receiver]{clock: c, sweep: source.ListReceivers},
	}
	m.ledger = picture[movements]{clock: c, sweep: func(ctx context.Context) (movements, error) {
		return sweepLedger(ctx, source)
	}}
	m.cards.differ = m.otherCards
	m.cards.kept = func(latest Cards) { m.cards.news.add(m.singles.swept(latest)...) }
	return m
}

// Cards returns a picture of all cards whose sweep began at or after since.
func (m *Mirror) Cards(ctx context.Context, since time.Time) (Cards, error) {
	return m.cards.get(ctx, since)
}

// Budgets returns a picture of all budgets whose sweep began at or after since.
func (m *Mirror) Budgets(ctx context.Context, since time.Time) (Budgets, error) {
	return m.budgets.get(ctx, since)
}

// BINs returns the card products as they were at or after since.
func (m *Mirror) BINs(ctx context.Context, since time.Time) ([]issuer.BIN, error) {
	return m.bins.get(ctx, since)
}

// Receivers returns the payees of one currency as they were at or after since.
func (m *Mirror) Receivers(ctx context.Context, currency string, since time.Time) ([]issuer.Receiver, error) {
	return m.receivers.of(currency).get(ctx, since)
}

// Cardholders returns everybody whom the issuer knows as they were at or after since.
func (m *Mirror) Cardholders(ctx context.Context, since time.Time) ([]issuer.Holder, error) {
	return m.holders.get(ctx, since)
}

// Scenarios returns what cards can be for, as it was at or after since.
func (m *Mirror) Scenarios(ctx context.Context, since time.Time) ([]issuer.Scenario, error) {
	return m.scenarios.get(ctx, since)
}

// Recommended returns the BINs for a scenario, best first, as they were at or after since.
func (m *Mirror) Recommended(ctx context.Context, scenarioID string, since time.Time) ([]string, error) {
	return m.advice.of(scenarioID).get(ctx, since)
}

// Balance returns what a card holds, as read at or after since and after the latest
// TouchBalance; false where that cannot be told.
func (m *Mirror) Balance(ctx context.Context, card issuer.Card, since time.Time) (issuer.Balance, bool) {
	return m.held.of(ctx, card.BalanceID, since)
}

// TouchBalance says that this process has just moved money on a card. Nobody else's picture
// grows old by it.
func (m *Mirror) TouchBalance(balanceID string) { m.held.touch(balanceID) }

// TouchCards says that these cards changed: readings from before do not count.
// Whoever changed a card knows it otherwise than the latest sweep has shown it, so the next
// Refresh names it even where it is as it was before.
func (m *Mirror) TouchCards(ids ...string) {
	m.cards.stale()
	m.singles.touch(ids, m.clock.Now())
	m.cards.news.add(ids...)
}

// TouchBudgets is TouchCards for budgets, and for money moved on one.
func (m *Mirror) TouchBudgets(ids ...string) {
	m.budgets.stale()
	m.budgets.news.add(ids...)
}

// album is one picture for each key that was asked for.
type album[T any] struct {
	clock clock.Clock
	sweep func(context.Context, string) (T, error)

	mu       sync.Mutex
	pictures map[string]*picture[T]
}

func (a *album[T]) stale() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, pic := range a.pictures {
		pic.stale()
	}
}

func (a *album[T]) of(key string) *picture[T] {
	a.mu.Lock()
	defer a.mu.Unlock()
	if pic, known := a.pictures[key]; known {
		return pic
	}
	pic := &picture[T]{clock: a.clock, sweep: func(ctx context.Context) (T, error) { return a.sweep(ctx, key) }}
	if a.pictures == nil {
		a.pictures = map[string]*picture[T]{}
	}
	a.pictures[key] = pic
	return pic
}

// picture is one list with the time its latest sweep began. A failed sweep is shared
// like a successful one, so that a crowd does not knock on a closed door one by one.
type picture[T any] struct {
	clock clock.Clock
	sweep func(context.Context) (T, error)
	// differ returns the ids of what two pictures show otherwise; nil where nobody wants to
	// know.
	differ func(before, after T) []string
	// kept is told of a new value once everybody gets it; it may be nil.
	kept func(T)
	// news are the ids of what a sweep has shown otherwise than the one before it.
	news news

	// hurried are those who wait for a sweep and are in a hurry.
	hurried atomic.Int32
	turn    sync.Mutex // held by whoever sweeps
	mu      sync.Mutex // guards what follows
	value   T
	err     error
	taken   time.Time
	// lasted is how long the latest good sweep took.
	lasted time.Duration
	// swept: value is of a sweep that succeeded, maybe one before the latest.
	swept bool
	// changes counts the calls of stale: a sweep that one of them overtook serves its
	// caller, whose evidence it is, and nobody after.
	changes int
}

func (p *picture[T]) get(ctx context.Context, since time.Time) (T, error) {
	asked := p.clock.Now()
	if value, ok := p.good(since); ok {
		return value, nil
	}
	if issuer.InHurry(ctx) {
		p.hurried.Add(1)
		defer p.hurried.Add(-1)
	}
	p.turn.Lock()
	defer p.turn.Unlock()
	if value, ok, err := p.fresh(since, asked); ok {
		return value, err
	}
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	began, changes := p.clock.Now(), p.changed()
	value, err := p.sweep(issuer.WithHurry(ctx, func() bool { return p.hurried.Load() > 0 }))
	if before, known := p.last(); known && err == nil && p.differ != nil {
		p.news.add(p.differ(before, value)...)
	}
	p.keep(value, err, began, changes)
	if err == nil && p.kept != nil {
		p.kept(value)
	}
	return value, err
}

// good returns a picture that was taken without an error at or after since.
func (p *picture[T]) good(since time.Time) (T, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.value, p.err == nil && p.taken.After(time.Time{}) && !p.taken.Before(since)
}

// fresh also returns the failure of a sweep that others made while this caller waited.
func (p *picture[T]) fresh(since, asked time.Time) (T, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		var none T
		return none, !p.taken.Before(asked), p.err
	}
	return p.value, p.taken.After(time.Time{}) && !p.taken.Before(since), nil
}

func (p *picture[T]) keep(value T, err error, began time.Time, changes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err, p.taken = err, began
	if err == nil {
		p.value, p.swept, p.lasted = value, true, p.clock.Now().Sub(began)
	}
	if p.changes != changes {
		p.taken = time.Time{}
	}
}

func (p *picture[T]) changed() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changes
}

// last is what the latest good sweep has shown, however old.
func (p *picture[T]) last() (T, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.value, p.swept
}

// drop is stale for a picture that is not compared with the next one: it takes up no room.
func (p *picture[T]) drop() {
	p.stale()
	p.mu.Lock()
	defer p.mu.Unlock()
	var none T
	p.value, p.swept = none, false
}

func (p *picture[T]) stale() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken = time.Time{}
	p.changes++
}
