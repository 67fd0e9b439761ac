package qitech

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"github.com/card-operator/card-operator/internal/issuer"
)

// codeBadPage refuses a page that is not one.
const codeBadPage = "CARD000022"

// repeatedPages is how many pages in a row must be the one before them until no other is
// expected. One can be by chance, where as many cards are inserted as a page has.
const repeatedPages = 2

// stalePages is how many pages in a row may bring nothing new.
const stalePages = 10

// page is one page of the list.
type page struct {
	cards []issuer.Card
	// short: it has fewer rows than were asked for, and than the issuer says that a page has.
	short bool
}

// readPage reads a page for which size rows were asked. Servers whose empty lists are nil write
// null; no data at all is no page.
func readPage(body []byte, size int) (page, error) {
	var list struct {
		Pagination json.RawMessage `json:"pagination"`
		Data       json.RawMessage `json:"data"`
	}
	if err := decode(body, &list); err != nil {
		return page{}, err
	}
	var rows []wireCard
	if list.Data == nil || json.Unmarshal(list.Data, &rows) != nil {
		return page{}, errForm
	}
	p := page{short: len(rows) < min(size, rowsPerPage(list.Pagination))}
	for _, row := range rows {
		card, err := row.port()
		if err != nil {
			return page{}, err
		}
		p.cards = append(p.cards, card)
	}
	return p, nil
}

// rowsPerPage is how many rows the issuer says that a page has; 0 where it does not.
func rowsPerPage(pagination json.RawMessage) int {
	var told struct {
		Rows json.Number `json:"rows_per_page"` // or a string of digits
	}
	if json.Unmarshal(pagination, &told) != nil {
		return 0
	}
	rows, err := strconv.Atoi(told.Rows.String())
	if err != nil {
		return 0
	}
	return rows
}

func badPage(err error) bool {
	var e *issuer.Error
	return errors.As(err, &e) && e.Code == codeBadPage
}

// reading is what one pass over the list has seen. Nothing tells how long the list is: its
// pagination contradicts itself in the document (§3.2). Whoever misses a card there may order
// it again, so a short page alone ends nothing: the issuer may have cut it. The list ends with
// a page that is empty or refused as none; or with one that comes again and again, if it was
// seen that the issuer turns pages, or that there is no second one. Cards are never removed
// from the list, so rows that are inserted meanwhile only make others come twice.
type reading struct {
	cards []issuer.Card
	known map[string]bool
	// last are the ids of the latest page, which came again so many times.
	last     []string
	repeated int
	// stale counts the latest pages that brought nothing new.
	stale int
	// turns: a page after the first brought something new.
	turns bool
}

// take adds a page and returns what is new there, and whether the list has ended.
func (r *reading) take(p page) (fresh []issuer.Card, ended bool, err error) {
	if len(p.cards) == 0 {
		return nil, true, nil
	}
	fresh = r.unknown(p.cards)
	r.turns = r.turns || r.last != nil && len(fresh) > 0
	if r.stale++; len(fresh) > 0 {
		r.stale = 0
	}
	ended = r.again(p.cards) == repeatedPages
	if ended && !r.turns && !p.short || r.stale == stalePages {
		return nil, false, listError("the pages of the list repeat one another")
	}
	return fresh, ended, nil
}

// unknown are the cards that no page has shown before.
func (r *reading) unknown(cards []issuer.Card) (fresh []issuer.Card) {
	for _, card := range cards {
		if !r.known[card.ID] {
			r.known[card.ID] = true
			fresh = append(fresh, card)
		}
	}
	return fresh
}

// again counts how often the latest page has come again.
func (r *reading) again(cards []issuer.Card) int {
	var ids []string
	for _, card := range cards {
		ids = append(ids, card.ID)
	}
	r.repeated++
	if !slices.Equal(ids, r.last) {
		r.repeated = 0
	}
	r.last = ids
	return r.repeated
}
