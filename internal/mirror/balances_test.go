package mirror

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func holder(t *testing.T, read func(ids []string) (map[string]issuer.Balance, error)) (*Mirror, *clock.Fake) {
	t.Helper()
	now := clock.NewFake(epoch)
	m := New(&directory{}, now)
	m.held.read = func(_ context.Context, ids []string) (map[string]issuer.Balance, error) { return read(ids) }
	return m, now
}

func amounts(ids []string) (map[string]issuer.Balance, error) {
	rows := map[string]issuer.Balance{}
	for _, id := range ids {
		if id != "untold" {
			rows[id] = issuer.Balance{ID: id, Available: money.Must("7")}
		}
	}
	return rows, nil
}

func TestABalanceServesUntilItIsTooOldOrTouched(t *testing.T) {
	reads := 0
	m, now := holder(t, func(ids []string) (map[string]issuer.Balance, error) { reads++; return amounts(ids) })
	card := issuer.Card{BalanceID: "b-1"}
	for _, step := range []struct {
		why    string
		before func()
		want   int
	}{
		{"it was never read", func() {}, 1},
		{"it is young", func() { now.Advance(time.Second) }, 1},
		{"money was moved", func() { m.TouchBalance("b-1") }, 2},
		{"money was moved on another card", func() { now.Advance(time.Second); m.TouchBalance("b-2") }, 2},
		{"it is old", func() { now.Advance(2 * time.Minute) }, 3},
	} {
		step.before()
		if b, known := m.Balance(ctx, card, now.Now().Add(-time.Minute)); !known || b.ID != "b-1" || reads != step.want {
			t.Fatalf("%s: %d readings, want %d", step.why, reads, step.want)
		}
	}
	if _, known := m.Balance(ctx, issuer.Card{}, epoch); known || reads != 3 {
		t.Error("a card without a balance holds nothing that could be asked")
	}
	for range 2 {
		if _, known := m.Balance(ctx, issuer.Card{BalanceID: "untold"}, now.Now()); known || reads != 4 {
			t.Errorf("what the issuer does not tell is not asked for again at once: %d readings", reads)
		}
	}
}

// Those who ask while somebody reads are read together.
func TestACrowdSharesAReading(t *testing.T) {
	release, began := make(chan struct{}), make(chan struct{}, 10)
	var mu sync.Mutex
	var readings [][]string
	m, _ := holder(t, func(ids []string) (map[string]issuer.Balance, error) {
		began <- struct{}{}
		<-release
		mu.Lock()
		readings = append(readings, ids)
		mu.Unlock()
		return amounts(ids)
	})
	var crowd sync.WaitGroup
	ask := func(id string) {
		crowd.Go(func() {
			if _, known := m.Balance(ctx, issuer.Card{BalanceID: id}, epoch); !known {
				t.Errorf("%s is not known", id)
			}
		})
	}
	ask("a")
	<-began
	for _, id := range []string{"b", "c", "d", "e"} {
		ask(id)
	}
	for waiting := 0; waiting < 4; {
		m.held.mu.Lock()
		waiting = len(m.held.wanted)
		m.held.mu.Unlock()
		time.Sleep(time.Millisecond)
	}
	close(release)
	crowd.Wait()
	if len(readings) != 2 || !slices.Equal(readings[1], []string{"b", "c", "d", "e"}) {
		t.Errorf("%q", readings)
	}
}

func TestWhoeverGaveUpReadsNoBalance(t *testing.T) {
	m, _ := holder(t, func([]string) (map[string]issuer.Balance, error) { t.Error("read"); return nil, nil })
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, known := m.Balance(ended, issuer.Card{BalanceID: "a"}, epoch); known {
		t.Error("known")
	}
}

// A sweep that fails forgets nothing, and says that nothing changed.
func TestASweepOfBalances(t *testing.T) {
	fails := false
	m, now := holder(t, func(ids []string) (map[string]issuer.Balance, error) {
		if fails {
			return nil, errShut
		}
		return amounts(ids)
	})
	_, _ = m.Balance(ctx, issuer.Card{BalanceID: "gone"}, epoch)
	m.TouchBalance("a")
	now.Advance(time.Second)
	m.held.sweep(ctx, []string{"a", "b"})
	if len(m.held.known) != 2 || len(m.held.touched) != 0 {
		t.Errorf("%v, %v", m.held.known, m.held.touched)
	}
	fails = true
	m.held.sweep(ctx, []string{"a"})
	if news := m.held.news.take(); len(m.held.known) != 2 || !slices.Equal(news, []string{"a"}) { // it was touched
		t.Errorf("%v, %v", m.held.known, news)
	}
}
