package mirror

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
)

// many is an issuer with a list of many pages, and filters.
type many struct {
	issuer.Issuer
	cards           []issuer.Card
	features        map[issuer.Feature]bool
	err             error
	sweeps, singles int
	// during, if set, happens once while a filtered look is under way, after the issuer has
	// made its answer.
	during func()
}

func (l *many) Capabilities() issuer.Capabilities {
	return issuer.Capabilities{PageRows: 1, Features: l.features}
}

func (l *many) ListCards(context.Context) ([]issuer.Card, error) {
	l.sweeps++
	return slices.Clone(l.cards), nil
}

func (l *many) ListBalances(context.Context, []string) (map[string]issuer.Balance, error) {
	return nil, nil
}

func (l *many) GetCard(_ context.Context, cardID string) (issuer.Card, error) {
	l.singles++
	for _, card := range l.cards {
		if card.ID == cardID && l.err == nil {
			return card, nil
		}
	}
	if l.err != nil {
		return issuer.Card{}, l.err
	}
	return issuer.Card{}, &issuer.Error{Class: issuer.NotFound}
}

// FindCards ignores the filter, as a server may.
func (l *many) FindCards(context.Context, issuer.CardTag) ([]issuer.Card, error) {
	l.singles++
	rows, during := slices.Clone(l.cards), l.during
	if l.during = nil; during != nil {
		during()
	}
	return rows, l.err
}

func labelled(cardID, name string) issuer.Card {
	return issuer.Card{ID: cardID, Label: tagOf(name).Label, State: issuer.StateActive}
}

func tagOf(name string) issuer.CardTag {
	return issuer.CardTag{Label: id.Tag(name, id.Token("fleet", "VirtualCard", "ads", name, 0), 64)}
}

func tokenOf(name string) string { return id.Token("fleet", "VirtualCard", "ads", name, 0) }

// crowded is a mirror that has swept three cards once.
func crowded(t *testing.T) (*many, *Mirror, *clock.Fake) {
	t.Helper()
	l, now := &many{
		cards:    []issuer.Card{labelled("1", "one"), labelled("2", "two"), labelled("3", "three")},
		features: map[issuer.Feature]bool{issuer.FeatureLookup: true},
	}, clock.NewFake(epoch)
	m := New(l, now)
	if _, err := m.Cards(ctx, epoch); err != nil {
		t.Fatal(err)
	}
	now.Advance(time.Second)
	return l, m, now
}

func TestOneCardOfManyIsReadAlone(t *testing.T) {
	l, m, now := crowded(t)
	l.cards[1].State = issuer.StateFrozen
	look := func(since time.Time) issuer.Card {
		t.Helper()
		card, found, err := m.Card(ctx, "2", since)
		if err != nil || !found {
			t.Fatal(found, err)
		}
		return card
	}
	if card := look(epoch); card.State != issuer.StateActive || l.singles != 0 {
		t.Errorf("the sweep is good enough: %v after %d calls", card.State, l.singles)
	}
	if card := look(now.Now()); card.State != issuer.StateFrozen || l.singles != 1 || l.sweeps != 1 {
		t.Errorf("%v after %d calls and %d sweeps", card.State, l.singles, l.sweeps)
	}
	if card := look(epoch); card.State != issuer.StateFrozen || l.singles != 1 {
		t.Errorf("what was read is kept: %v after %d calls", card.State, l.singles)
	}
	now.Advance(time.Second)
	m.TouchCards("2")
	if look(epoch); l.singles != 2 {
		t.Errorf("who changed it reads it again: %d calls", l.singles)
	}
	m.TouchCards("1")
	now.Advance(time.Second)
	if look(epoch); l.singles != 3 { // the second reading began when it was touched
		t.Errorf("%d calls", l.singles)
	}
	if look(epoch); l.singles != 3 || l.sweeps != 1 {
		t.Errorf("others' changes make nobody read: %d calls, %d sweeps", l.singles, l.sweeps)
	}
}

// Only a complete list says that there is no such card.
func TestACardThatIsNotFoundAloneIsLookedForAmongAll(t *testing.T) {
	for why, meddle := range map[string]func(*many){
		"it is not there":                 func(l *many) { l.cards = l.cards[1:] },
		"the issuer has no such call":     func(l *many) { l.err = &issuer.Error{Class: issuer.Unsupported} },
		"its answer cannot be understood": func(l *many) { l.err = &issuer.Error{Class: issuer.Malformed} },
	} {
		t.Run(why, func(t *testing.T) {
			l, m, now := crowded(t)
			meddle(l)
			_, found, err := m.Card(ctx, "1", now.Now())
			if err != nil || found != (len(l.cards) == 3) || l.sweeps != 2 {
				t.Errorf("found %v after %d sweeps, %v", found, l.sweeps, err)
			}
		})
	}
	l, m, now := crowded(t)
	l.err = errShut
	if _, _, err := m.Card(ctx, "1", now.Now()); err == nil || l.sweeps != 1 {
		t.Errorf("an issuer that is away is not asked twice: %d sweeps, %v", l.sweeps, err)
	}
	if _, err := m.CardsTagged(ctx, tagOf("one"), now.Now()); err == nil || l.sweeps != 1 {
		t.Errorf("an issuer that is away is not asked twice: %d sweeps, %v", l.sweeps, err)
	}
}

// What a list lacks or shows too late, the card itself tells.
func TestACardItself(t *testing.T) {
	for why, c := range map[string]struct {
		change func(*many, *Mirror)
		found  bool
		fails  bool
		reads  int
	}{
		"it is there":                     {func(*many, *Mirror) {}, true, false, 1},
		"it is not there":                 {func(l *many, _ *Mirror) { l.cards = l.cards[1:] }, false, false, 1},
		"the issuer has no such call":     {func(l *many, _ *Mirror) { l.err = &issuer.Error{Class: issuer.Unsupported} }, false, false, 1},
		"its answer cannot be understood": {func(l *many, _ *Mirror) { l.err = &issuer.Error{Class: issuer.Malformed} }, false, true, 1},
		"the issuer is away":              {func(l *many, _ *Mirror) { l.err = errShut }, false, true, 1},
		"such reads are not relied upon":  {func(_ *many, m *Mirror) { m.SweepOnly = true }, false, false, 0},
	} {
		l, m, _ := crowded(t)
		c.change(l, m)
		card, found, err := m.CardItself(ctx, "1")
		if found != c.found || (err != nil) != c.fails || l.singles != c.reads || l.sweeps != 1 || found && card.ID != "1" {
			t.Errorf("%s: %v, %v, %v after %d reads", why, card, found, err, l.singles)
		}
		if again, known, err := m.Card(ctx, "1", epoch); c.found && (err != nil || !known || again.ID != "1" || l.singles != 1) {
			t.Errorf("%s: what was read is kept: %v, %v", why, known, err)
		}
	}
}

func TestANewCardAmongManyIsFoundByItsTag(t *testing.T) {
	l, m, now := crowded(t)
	find := func(since time.Time) []issuer.Card {
		t.Helper()
		picture, err := m.CardsTagged(ctx, tagOf("four"), since)
		if err != nil {
			t.Fatal(err)
		}
		return picture.Tagged(tokenOf("four"))
	}
	if found := find(now.Now()); len(found) != 0 || l.singles != 1 || l.sweeps != 1 {
		t.Fatalf("%v after %d calls and %d sweeps", found, l.singles, l.sweeps)
	}
	if find(now.Now()); l.singles != 1 {
		t.Errorf("an absence of this very moment serves again: %d calls", l.singles)
	}
	l.cards = append(l.cards, labelled("4", "four"))
	now.Advance(time.Second)
	if found := find(now.Now()); len(found) != 1 || found[0].ID != "4" || l.singles != 2 || l.sweeps != 1 {
		t.Fatalf("%v after %d calls and %d sweeps", found, l.singles, l.sweeps)
	}
	if card, found, err := m.Card(ctx, "4", time.Time{}); err != nil || !found || card.ID != "4" || l.singles != 2 {
		t.Errorf("%v %v %v", card, found, err)
	}
	// The object that waited has seen it, so the next sweep has no news of it.
	if news, err := m.Refresh(ctx); err != nil || news.Any() {
		t.Errorf("%+v, %v", news, err)
	}
	if len(m.singles.read)+len(m.singles.asked)+len(m.singles.byToken) != 0 {
		t.Errorf("a sweep has shown it all: %+v", &m.singles)
	}
}

// What an object saw alone and no sweep shows is news: it has to look again.
func TestWhatWasSeenAloneAndIsNoLongerSoIsNews(t *testing.T) {
	l, m, now := crowded(t)
	l.cards[0].State = issuer.StateFrozen
	if _, _, err := m.Card(ctx, "1", now.Now()); err != nil {
		t.Fatal(err)
	}
	l.cards[0].State = issuer.StateActive
	now.Advance(time.Second)
	if news, err := m.Refresh(ctx); err != nil || !slices.Equal(news.Cards, []string{"1"}) {
		t.Errorf("%+v, %v", news, err)
	}
}

// A reading that began before a sweep and ended after it is older than what the sweep has shown.
func TestWhatWasSeenTooLateIsNews(t *testing.T) {
	for _, after := range []string{"compared", "in place"} {
		_, m, now := crowded(t)
		began := now.Now()
		late := func() {
			m.singles.keep(began, issuer.Card{ID: "1", Label: tagOf("one").Label, State: issuer.StateFrozen})
		}
		now.Advance(time.Second)
		if compare := m.cards.differ; after == "compared" {
			m.cards.differ = func(before, latest Cards) []string {
				defer late()
				return compare(before, latest)
			}
		}
		if news, err := m.Refresh(ctx); err != nil || (after == "compared") != slices.Equal(news.Cards, []string{"1"}) {
			t.Errorf("%s: %+v, %v", after, news, err)
		}
		if after == "in place" {
			late()
			now.Advance(time.Second)
			if news, err := m.Refresh(ctx); err != nil || !slices.Equal(news.Cards, []string{"1"}) {
				t.Errorf("%s: %+v, %v", after, news, err)
			}
		}
	}
}

func TestACardIsNotTrustedToAFilterAlone(t *testing.T) {
	for why, change := range map[string]func(*many, *Mirror, *clock.Fake){
		"the latest sweep is old":      func(_ *many, _ *Mirror, now *clock.Fake) { now.Advance(maxBase) },
		"the issuer has no filter":     func(l *many, _ *Mirror, _ *clock.Fake) { l.features = nil },
		"filters are not relied upon":  func(_ *many, m *Mirror, _ *clock.Fake) { m.SweepOnly = true },
		"many wait":                    func(_ *many, m *Mirror, _ *clock.Fake) { m.singles.waiting = 2 },
		"its answer is not understood": func(l *many, _ *Mirror, _ *clock.Fake) { l.err = &issuer.Error{Class: issuer.Invalid} },
	} {
		t.Run(why, func(t *testing.T) {
			l, m, now := crowded(t)
			change(l, m, now)
			picture, err := m.CardsTagged(ctx, tagOf("one"), now.Now())
			if err != nil || len(picture.Tagged(tokenOf("one"))) != 1 || l.sweeps != 2 {
				t.Errorf("%d sweeps, %v", l.sweeps, err)
			}
		})
	}
}

func TestBeforeTheFirstSweepNothingIsLookedForAlone(t *testing.T) {
	l := &many{features: map[issuer.Feature]bool{issuer.FeatureLookup: true}}
	m := New(l, clock.NewFake(epoch))
	if _, found, err := m.Card(ctx, "1", epoch); found || err != nil || l.sweeps != 1 || l.singles != 0 {
		t.Errorf("%v %v", found, err)
	}
}

func TestPages(t *testing.T) {
	for _, c := range []struct{ rows, pageRows, want int }{{0, 100, 0}, {1, 100, 1}, {100, 100, 1}, {101, 100, 2}, {5, 0, 0}} {
		if got := pages(c.rows, c.pageRows); got != c.want {
			t.Errorf("%d rows of %d: %d pages, want %d", c.rows, c.pageRows, got, c.want)
		}
	}
}
