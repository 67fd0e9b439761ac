package mirror

import (
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
)

// singles are the cards that were read one by one since the latest sweep.
type singles struct {
	mu   sync.Mutex
	read map[string]single
	// byToken has the ids of those that carry a token.
	byToken map[string][]string
	// asked is when the issuer was last asked for the cards that carry a token, and had none.
	asked map[string]time.Time
	// latest is when the latest sweep began that this has heard of.
	latest time.Time
	// touched is when this process last changed a card: readings from before do not count.
	touched map[string]time.Time
	// waiting is how many callers want a card afresh now.
	waiting int
}

// single is a card, and when the reading of it began.
type single struct {
	card  issuer.Card
	taken time.Time
}

// known returns a card as it was at or after since, from the latest sweep or a reading of its
// own, whichever is newer. The sweep is looked at under the lock, here and below: what is no
// longer among the singles then, it shows.
func (s *singles) known(latest func() Cards, cardID string, since time.Time) (issuer.Card, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	base := latest()
	card, found := base.Card(cardID)
	taken := base.began
	if own, ok := s.read[cardID]; ok && own.taken.After(taken) {
		card, found, taken = own.card, true, own.taken
	}
	touched, ever := s.touched[cardID]
	return card, found && !taken.Before(since) && (!ever || taken.After(touched))
}

// enter counts a caller in, and returns how many wait with it.
func (s *singles) enter() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting++
	return s.waiting
}

func (s *singles) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting--
}

func (s *singles) keep(began time.Time, cards ...issuer.Card) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(began, cards)
}

func (s *singles) put(began time.Time, cards []issuer.Card) {
	if s.read == nil {
		s.read = map[string]single{}
	}
	for _, card := range cards {
		if before, known := s.read[card.ID]; !known || !before.taken.After(began) {
			s.read[card.ID] = single{card, began}
			s.index(card)
		}
	}
}

func (s *singles) index(card issuer.Card) {
	if s.byToken == nil {
		s.byToken = map[string][]string{}
	}
	for _, token := range TokensOf(card) {
		if !slices.Contains(s.byToken[token], card.ID) {
			s.byToken[token] = append(s.byToken[token], card.ID)
		}
	}
}

// noneSince reports whether the issuer was asked for the tokens at or after since and had none;
// then it returns the latest sweep, which has none either.
func (s *singles) noneSince(latest func() Cards, tokens []string, since time.Time) (Cards, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	base := latest()
	for _, token := range tokens {
		at, ever := s.asked[token]
		if !ever || at.Before(since) || len(s.byToken[token])+len(base.byToken[token]) > 0 {
			return Cards{}, false
		}
	}
	return base, true
}

// note takes down that the issuer was asked for tokens, and what it had. Both at once: a sweep
// that lands in between would leave the question without its answer, which reads like none.
// That there was none is no longer said once a later sweep has landed.
func (s *singles) note(began time.Time, tokens []string, cards []issuer.Card) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(began, cards)
	if s.asked == nil {
		s.asked = map[string]time.Time{}
	}
	for _, token := range tokens {
		switch {
		case slices.ContainsFunc(cards, func(card issuer.Card) bool { return carries(card, []string{token}) }):
			delete(s.asked, token)
		case began.After(s.latest):
			s.asked[token] = began
		}
	}
}

func (s *singles) touch(ids []string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.touched == nil {
		s.touched = map[string]time.Time{}
	}
	for _, id := range ids {
		s.touched[id] = now
	}
}

// tagged is the latest sweep with the cards that carry one of the tokens and are newer, or not in
// it: those that were read since, and the rows of a reading that began then. A sweep may have
// landed in between and made the singles forget the rows; who found a card does not lose it.
func (s *singles) tagged(latest func() Cards, tokens []string, began time.Time, rows []issuer.Card) Cards {
	s.mu.Lock()
	defer s.mu.Unlock()
	base := latest()
	newest := map[string]single{}
	for _, row := range rows {
		if _, listed := base.byID[row.ID]; !listed || began.After(base.began) {
			newest[row.ID] = single{row, began}
		}
	}
	for _, token := range tokens {
		for _, cardID := range s.byToken[token] {
			if own := s.read[cardID]; own.taken.After(base.began) && !own.taken.Before(newest[cardID].taken) {
				newest[cardID] = own
			}
		}
	}
	var cards []issuer.Card
	for _, cardID := range slices.Sorted(maps.Keys(newest)) {
		cards = append(cards, newest[cardID].card)
	}
	return base.with(cards)
}

// over are the rows of a sweep, and in place of them what was read since.
func (s *singles) over(base Cards) Cards {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := maps.Clone(base.byID)
	for id, own := range s.read {
		if own.taken.After(base.began) {
			rows[id] = &own.card
		}
	}
	return Cards{byID: rows}
}

// swept forgets what the latest sweep has shown as well. It is called when everybody can see that
// sweep: until then the base is older than what would be forgotten. It returns the ids of what was
// read otherwise: a reading that ended after two sweeps were compared was in no comparison.
func (s *singles) swept(latest Cards) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest = latest.began
	var otherwise []string
	maps.DeleteFunc(s.read, func(id string, own single) bool {
		gone := !own.taken.After(latest.began)
		if row, listed := latest.byID[id]; gone && (!listed || !reflect.DeepEqual(*row, own.card)) {
			otherwise = append(otherwise, id)
		}
		return gone
	})
	maps.DeleteFunc(s.asked, func(_ string, at time.Time) bool { return !at.After(latest.began) })
	s.byToken = nil
	for _, own := range s.read {
		s.index(own.card)
	}
	maps.DeleteFunc(s.touched, func(_ string, at time.Time) bool { return at.Before(latest.began) })
	return otherwise
}
