// Package mirror keeps one picture of an issuer account for all objects that use it.
// Observing is not a read per object: a sweep of the issuer's lists serves everybody
// who was waiting for one.
package mirror

import (
	"context"
	"sync"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Mirror is the picture of one account. It has no goroutines of its own: whoever needs
// a fresher picture than there is makes the sweep, and everybody who waits meanwhile
// shares it.
type Mirror struct {
	cards   picture[Cards]
	budgets picture[Budgets]
	bins    picture[[]issuer.BIN]

	clock     clock.Clock
	directory issuer.Directory
	mu        sync.Mutex
	receivers map[string]*picture[[]issuer.Receiver]
}

// New returns an empty mirror of what directory lists.
func New(directory issuer.Directory, c clock.Clock) *Mirror {
	return &Mirror{
		cards: picture[Cards]{clock: c, sweep: func(ctx context.Context) (Cards, error) {
			return sweepCards(ctx, directory)
		}},
		budgets: picture[Budgets]{clock: c, sweep: func(ctx context.Context) (Budgets, error) {
			return sweepBudgets(ctx, directory)
		}},
		bins:      picture[[]issuer.BIN]{clock: c, sweep: directory.ListBINs},
		clock:     c,
		directory: directory,
		receivers: map[string]*picture[[]issuer.Receiver]{},
	}
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
	return m.receiversOf(currency).get(ctx, since)
}

func (m *Mirror) receiversOf(currency string) *picture[[]issuer.Receiver] {
	m.mu.Lock()
	defer m.mu.Unlock()
	pic, known := m.receivers[currency]
	if !known {
		pic = &picture[[]issuer.Receiver]{clock: m.clock, sweep: func(ctx context.Context) ([]issuer.Receiver, error) {
			return m.directory.ListReceivers(ctx, currency)
		}}
		m.receivers[currency] = pic
	}
	return pic
}

// Stale says that something was changed at the issuer: the next look makes a sweep.
func (m *Mirror) Stale() {
	m.cards.stale()
	m.budgets.stale()
}

// picture is one list with the time its latest sweep began. A failed sweep is shared
// like a successful one, so that a crowd does not knock on a closed door one by one.
type picture[T any] struct {
	clock clock.Clock
	sweep func(context.Context) (T, error)

	turn  sync.Mutex // held by whoever sweeps
	mu    sync.Mutex // guards what follows
	value T
	err   error
	taken time.Time
	// changes counts the calls of stale: a sweep that one of them overtook serves its
	// caller, whose evidence it is, and nobody after.
	changes int
}

func (p *picture[T]) get(ctx context.Context, since time.Time) (T, error) {
	asked := p.clock.Now()
	if value, ok := p.good(since); ok {
		return value, nil
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
	value, err := p.sweep(ctx)
	p.keep(value, err, began, changes)
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
		return p.value, !p.taken.Before(asked), p.err
	}
	return p.value, p.taken.After(time.Time{}) && !p.taken.Before(since), nil
}

func (p *picture[T]) keep(value T, err error, began time.Time, changes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.value, p.err, p.taken = value, err, began
	if p.changes != changes {
		p.taken = time.Time{}
	}
}

func (p *picture[T]) changed() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changes
}

func (p *picture[T]) stale() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken = time.Time{}
	p.changes++
}
