package ledger

import (
	"slices"
	"time"
)

// News is what a Feed reports.
type News string

// The kinds of news.
const (
	CardCreated     News = "CardCreated"
	CardUpdated     News = "CardUpdated"
	MovementCreated News = "MovementCreated"
	MovementUpdated News = "MovementUpdated"
)

// Event is something that has happened to a card.
type Event struct {
	News News
	Card Card
	// Was is the state of the card before, for CardUpdated.
	Was State
	// Movement is set for the news of movements.
	Movement Movement
	// Seen is when the feed came across it.
	Seen time.Time
}

// Feed tells what has happened to cards since it was last asked. It compares, so that
// nothing that changes a card has to know of it. It is not safe for concurrent use.
type Feed struct {
	l *Ledger
	// cards and movements are how many of each have been reported.
	cards, movements int
	looks            []look
	open             []*Movement
	status           map[string]Status
}

// look is what a card looked like.
type look struct {
	state State
	label string
	turns int
}

func lookOf(c *Card) look { return look{c.State, c.Label, len(c.History)} }

// Feed returns a feed that begins now: what exists is no news.
func (l *Ledger) Feed() *Feed {
	f := &Feed{l: l, status: map[string]Status{}}
	f.Next()
	return f
}

// Next returns what has happened, in the order in which cards and movements were made.
func (f *Feed) Next() (events []Event) {
	_ = f.l.do(func(now time.Time) error {
		events = append(f.changedCards(now), f.newCards(now)...)
		events = append(events, f.settled(now)...)
		events = append(events, f.newMovements(now)...)
		return nil
	})
	return events
}

func (f *Feed) changedCards(now time.Time) (events []Event) {
	for i, card := range f.l.cards.order[:f.cards] {
		was, is := f.looks[i], lookOf(card)
		if was == is {
			continue
		}
		turns := turnsSince(card, was.turns, was.state, now)
		if len(turns) == 0 && (was.state != is.state || was.label != is.label) {
			turns = []Event{{News: CardUpdated, Card: *card, Was: was.state, Seen: now}}
		}
		events = append(events, turns...)
		f.looks[i] = is
	}
	return events
}

func (f *Feed) newCards(now time.Time) (events []Event) {
	for _, card := range f.l.cards.order[f.cards:] {
		born := *card
		if len(card.History) > 0 {
			born = cardAt(card, 0)
		}
		events = append(events, Event{News: CardCreated, Card: born, Seen: now})
		events = append(events, turnsSince(card, 1, born.State, now)...)
		f.looks = append(f.looks, lookOf(card))
	}
	f.cards = len(f.l.cards.order)
	return events
}

// turnsSince are the turns of a card's history after the first so many, each with the card
// as it was then. A turn to what the card was already is none.
func turnsSince(card *Card, seen int, was State, now time.Time) (events []Event) {
	for n := seen; n < len(card.History); n++ {
		then := cardAt(card, n)
		if then.State == was && (n == 0 || then.History[n].Reason == then.History[n-1].Reason) {
			continue
		}
		events = append(events, Event{News: CardUpdated, Card: then, Was: was, Seen: now})
		was = then.State
	}
	return events
}

// cardAt is a card as it was after its n-th turn, from 0.
func cardAt(card *Card, n int) Card {
	then := *card
	then.History, then.State = slices.Clone(card.History[:n+1]), card.History[n].State
	return then
}

// settled are the movements that were pending and are something else now.
func (f *Feed) settled(now time.Time) (events []Event) {
	var open []*Movement
	for _, m := range f.open {
		if m.Status != f.status[m.ID] {
			events = append(events, f.movement(MovementUpdated, m, now))
			f.status[m.ID] = m.Status
		}
		if m.Status == StatusPending {
			open = append(open, m)
		} else {
			delete(f.status, m.ID)
		}
	}
	f.open = open
	return events
}

// newMovements are those of cards; what moves between a wallet and a budget is no event.
func (f *Feed) newMovements(now time.Time) (events []Event) {
	for _, m := range f.l.movements.order[f.movements:] {
		if f.l.cards.get(m.CardID) == nil {
			continue
		}
		events = append(events, f.movement(MovementCreated, m, now))
		if m.Status == StatusPending {
			f.open = append(f.open, m)
			f.status[m.ID] = m.Status
		}
	}
	f.movements = len(f.l.movements.order)
	return events
}

func (f *Feed) movement(news News, m *Movement, now time.Time) Event {
	return Event{News: news, Card: *f.l.cards.get(m.CardID), Movement: *m, Seen: now}
}
