package mirror

import (
	"context"
	"slices"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
)

// maxBase is how old the latest sweep may be for a look by tag to stand on it. A filter that
// finds nothing does not prove that there is nothing; that no sweep has shown it either is the
// other half of the evidence.
const maxBase = 10 * time.Minute

// Card returns one card as it was at or after since; false where a complete list lacks it.
// While fewer callers wait than the list has pages, the issuer is asked for that card alone;
// otherwise one sweep serves them all.
func (m *Mirror) Card(ctx context.Context, cardID string, since time.Time) (issuer.Card, bool, error) {
	if card, known := m.singles.known(m.base, cardID, since); known {
		return card, true, nil
	}
	waiting := m.singles.enter()
	defer m.singles.leave()
	if m.cheaper(waiting) {
		began := m.clock.Now()
		card, err := m.source.GetCard(ctx, cardID)
		if err == nil {
			m.singles.keep(began, card)
			return card, true, nil
		}
		if !issuer.NotOffered(err) {
			return issuer.Card{}, false, err
		}
	}
	picture, err := m.Cards(ctx, since)
	card, found := picture.Card(cardID)
	return card, found, err
}

// CardItself asks the issuer for one card now, whatever its list shows: a list whose order is not
// stable may lack a card, and one that lags shows it as it was. False is the issuer's own word that
// there is none, or that nothing can be learned so.
func (m *Mirror) CardItself(ctx context.Context, cardID string) (issuer.Card, bool, error) {
	if m.SweepOnly {
		return issuer.Card{}, false, nil
	}
	began := m.clock.Now()
	card, err := m.source.GetCard(ctx, cardID)
	switch {
	case err == nil:
		m.singles.keep(began, card)
		return card, true, nil
	case issuer.Is(err, issuer.NotFound), issuer.Is(err, issuer.Unsupported):
		return issuer.Card{}, false, nil
	}
	return issuer.Card{}, false, err
}

// CardsTagged returns a picture that shows the cards with one tag as they were at or after
// since. The rest of it may be of the latest sweep, which is at most maxBase old.
//
// That a card is missing there is enough for an order that nobody has claimed yet. Whoever
// concludes from an absence that an order was never carried out uses Cards.
func (m *Mirror) CardsTagged(ctx context.Context, tag issuer.CardTag, since time.Time) (Cards, error) {
	if picture, ok := m.cards.good(since); ok {
		return picture, nil
	}
	tokens := TokensOf(issuer.Card{Label: tag.Label, Reference: tag.Reference})
	if base, none := m.singles.noneSince(m.base, tokens, since); none {
		return base, nil
	}
	waiting := m.singles.enter()
	defer m.singles.leave()
	old := m.base().began.Before(m.clock.Now().Add(-maxBase))
	if old || !m.source.Capabilities().Has(issuer.FeatureLookup) || !m.cheaper(waiting) {
		return m.Cards(ctx, since)
	}
	began := m.clock.Now()
	rows, err := m.source.FindCards(ctx, tag)
	if issuer.NotOffered(err) {
		return m.Cards(ctx, since)
	}
	if err != nil {
		return Cards{}, err
	}
	rows = slices.DeleteFunc(rows, func(card issuer.Card) bool { return !carries(card, tokens) })
	m.singles.note(began, tokens, rows)
	return m.singles.tagged(m.base, tokens, began, rows), nil
}

// base is what the latest good sweep has shown.
func (m *Mirror) base() Cards {
	base, _ := m.cards.last()
	return base
}

// cheaper reports whether a call for each caller that waits is cheaper than one for each page
// of the list. Before the first sweep nobody knows how long that is.
func (m *Mirror) cheaper(waiting int) bool {
	base, swept := m.cards.last()
	return swept && !m.SweepOnly && waiting < pages(len(base.byID), m.source.Capabilities().PageRows)
}

// pages is how many pages a list has; 0 where that cannot be told.
func pages(rows, pageRows int) int {
	if pageRows <= 0 {
		return 0
	}
	return (rows + pageRows - 1) / pageRows
}

// carries reports whether a card has one of the tokens.
func carries(card issuer.Card, tokens []string) bool {
	return slices.ContainsFunc(TokensOf(card), func(token string) bool { return slices.Contains(tokens, token) })
}
