package mirror

import (
	"sync"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

// A sweep that lands while a card is looked for makes nobody lose it: a second one would be ordered.
func TestASweepDuringALookLosesNoCard(t *testing.T) {
	for why, sweep := range map[string]func(*many, *Mirror, *clock.Fake){
		"it lists the card": func(*many, *Mirror, *clock.Fake) {},
		"it lists it late":  func(l *many, _ *Mirror, _ *clock.Fake) { l.cards = l.cards[:3] },
	} {
		t.Run(why, func(t *testing.T) {
			l, m, now := crowded(t)
			asked := now.Now()
			l.cards = append(l.cards, labelled("4", "four"))
			l.during = func() {
				now.Advance(time.Second)
				sweep(l, m, now)
				if _, err := m.Cards(ctx, now.Now()); err != nil {
					t.Error(err)
				}
				m.TouchCards("1") // somebody's change makes that picture too old
			}
			picture, err := m.CardsTagged(ctx, tagOf("four"), asked)
			if found := picture.Tagged(tokenOf("four")); err != nil || len(found) != 1 || found[0].ID != "4" {
				t.Errorf("%v, %v", found, err)
			}
			if card, found := picture.Card("4"); !found || card.ID != "4" {
				t.Error("by its id")
			}
			if _, none := m.singles.noneSince(m.base, []string{tokenOf("four")}, asked); none {
				t.Error("and nobody is told that there was none")
			}
		})
	}
}

// What a filter does not show, a sweep that lands meanwhile may.
func TestASweepDuringALookShowsWhatTheFilterDoesNot(t *testing.T) {
	l, m, now := crowded(t)
	asked := now.Now()
	l.during = func() {
		now.Advance(time.Second)
		l.cards = append(l.cards, labelled("4", "four"))
		_, _ = m.Cards(ctx, now.Now())
		m.TouchCards("1")
	}
	picture, err := m.CardsTagged(ctx, tagOf("four"), asked)
	if found := picture.Tagged(tokenOf("four")); err != nil || len(found) != 1 {
		t.Errorf("%v, %v", found, err)
	}
	if len(m.singles.asked) != 0 {
		t.Errorf("an absence from before the sweep is not taken down: %v", m.singles.asked)
	}
}

// While a sweep is done and not yet in place, what was read alone still counts.
func TestBetweenTwoSweepsNoOldRowIsShown(t *testing.T) {
	l, m, now := crowded(t)
	since := epoch
	m.TouchCards("1") // frozen by this process
	now.Advance(time.Second)
	l.cards[0].State = issuer.StateFrozen
	if _, _, err := m.Card(ctx, "1", since); err != nil {
		t.Fatal(err)
	}
	now.Advance(time.Second)
	seen, compare := 0, m.cards.differ
	look := func(when string) {
		seen++
		if card, known := m.singles.known(m.base, "1", since); known && card.State != issuer.StateFrozen {
			t.Errorf("%s: it is shown as %v", when, card.State)
		}
	}
	m.cards.differ = func(before, after Cards) []string {
		ids := compare(before, after)
		look("compared")
		return ids
	}
	forget := m.cards.kept
	m.cards.kept = func(latest Cards) {
		look("in place")
		forget(latest)
		look("forgotten")
	}
	if _, err := m.Cards(ctx, now.Now()); err != nil || seen != 3 {
		t.Fatalf("%d looks, %v", seen, err)
	}
	if len(m.singles.read)+len(m.singles.touched) != 0 {
		t.Errorf("the sweep has shown it all: %+v", &m.singles)
	}
}

// A crowd that looks while sweeps land never sees a card as it was before it changed.
func TestNobodySeesACardAsItWas(t *testing.T) {
	_, m, now := crowded(t)
	now.Advance(time.Second)
	m.singles.touch([]string{"1"}, now.Now())
	now.Advance(time.Second)
	m.singles.keep(now.Now(), issuer.Card{ID: "1", State: issuer.StateFrozen})
	var all sync.WaitGroup
	latest, base := m.base, m.base()
	all.Go(func() {
		for range 1000 {
			now.Advance(time.Millisecond)
			next := Cards{byID: map[string]*issuer.Card{"1": {ID: "1", State: issuer.StateFrozen}}, began: now.Now()}
			m.cards.keep(next, nil, next.began, m.cards.changed())
			m.cards.kept(next)
		}
	})
	all.Go(func() {
		for range 1000 {
			if card, known := m.singles.known(latest, "1", base.began); known && card.State != issuer.StateFrozen {
				t.Errorf("it is shown as %v", card.State)
				return
			}
		}
	})
	all.Wait()
}
