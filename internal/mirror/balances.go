package mirror

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

// balances are what the cards of an account hold. A routine sweep reads those of all cards;
// whoever cannot wait for it reads single ones, together with all who ask meanwhile.
type balances struct {
	clock clock.Clock
	read  func(ctx context.Context, ids []string) (map[string]issuer.Balance, error)

	turn sync.Mutex // held by whoever reads
	mu   sync.Mutex // guards what follows
	// known has the latest balance of each id that was read, nil for one that the issuer
	// did not tell.
	known map[string]reading
	// wanted are the ids that wait for the next reading.
	wanted map[string]bool
	// touched is when this process last moved money there: older readings do not count.
	touched map[string]time.Time
	// lasted is how long the latest reading of all took.
	lasted time.Duration
	// news are the ids that hold something else than what was read before.
	news news
}

type reading struct {
	balance issuer.Balance
	told    bool
	taken   time.Time
}

// of returns what an id holds, as read at or after since. What cannot be read is unknown,
// which stops nothing: no card waits to be frozen because its balance cannot be shown.
func (b *balances) of(ctx context.Context, id string, since time.Time) (issuer.Balance, bool) {
	if id == "" {
		return issuer.Balance{}, false
	}
	if r, fresh := b.fresh(id, since); fresh {
		return r.balance, r.told
	}
	b.turn.Lock()
	defer b.turn.Unlock()
	if r, fresh := b.fresh(id, since); fresh { // somebody who had the turn before read it too
		return r.balance, r.told
	}
	if ctx.Err() != nil {
		return issuer.Balance{}, false
	}
	began, ids := b.clock.Now(), b.take(id)
	rows, err := b.read(ctx, ids)
	if err != nil {
		return issuer.Balance{}, false
	}
	b.keep(ids, rows, began)
	row, told := rows[id]
	return row, told
}

// fresh looks among what is known; an id that is not there is noted as wanted.
func (b *balances) fresh(id string, since time.Time) (reading, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, known := b.known[id]
	if known && !r.taken.Before(since) && !r.taken.Before(b.touched[id]) {
		return r, true
	}
	if b.wanted == nil {
		b.wanted = map[string]bool{}
	}
	b.wanted[id] = true
	return reading{}, false
}

// take returns the ids to read: this one, and all that wait.
func (b *balances) take(id string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	ids := []string{id}
	for other := range b.wanted {
		if other != id {
			ids = append(ids, other)
		}
	}
	b.wanted = nil
	slices.Sort(ids)
	return ids
}

func (b *balances) keep(ids []string, rows map[string]issuer.Balance, began time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known == nil {
		b.known = map[string]reading{}
	}
	for _, id := range ids {
		b.note(id, rows, began)
	}
}

// note takes down what an id holds. What nobody has asked for before is no news.
func (b *balances) note(id string, rows map[string]issuer.Balance, began time.Time) {
	row, told := rows[id]
	if b.known[id].taken.After(began) {
		return // somebody read it alone meanwhile
	}
	if was, known := b.known[id]; known && (was.told != told || !equalBalances(was.balance, row)) {
		b.news.add(id)
	}
	b.known[id] = reading{row, told, began}
}

// sweep reads the balances of all cards and forgets those of others. It takes many calls, for
// which nobody who wants a single one waits.
func (b *balances) sweep(ctx context.Context, ids []string) {
	began := b.clock.Now()
	rows, err := b.read(ctx, ids)
	if err != nil {
		return
	}
	b.keep(ids, rows, began)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lasted = b.clock.Now().Sub(began)
	maps.DeleteFunc(b.known, func(_ string, r reading) bool { return r.taken.Before(began) })
	maps.DeleteFunc(b.touched, func(_ string, at time.Time) bool { return at.Before(began) })
}

func (b *balances) touch(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.touched == nil {
		b.touched = map[string]time.Time{}
	}
	b.touched[id] = b.clock.Now()
	b.news.add(id)
}
