package qitech

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

const (
	opList = "list cards"
	// maxPages bounds one listing.
	maxPages = 2000
	// maxDetails is how many cards one listing reads for what the list leaves out; the next
	// ones go on.
	maxDetails = 25
	// plateAgain is how soon a card is read again that has shown no last digits.
	plateAgain = time.Hour
	// maxKnown bounds what is remembered of cards.
	maxKnown = 100_000
)

// wireCard is a card as a list or a read shows it (§3.2).
type wireCard struct {
	CardKey    text `json:"card_key"`
	AccountKey text `json:"account_key"`
	CardName   text `json:"card_name"`
	Printed    text `json:"printed_name"`
	Status     text `json:"status"`
	CreatedAt  text `json:"created_at"`
	LastFour   text `json:"last_four_digits"`
	Brand      text `json:"brand"`
}

// text is a string; anything else is remembered as unreadable.
type text struct {
	value string
	wrong bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	t.wrong = json.Unmarshal(b, &t.value) != nil
	return nil
}

// port is the card in neutral terms. Only what is decided by must be readable.
func (w wireCard) port() (issuer.Card, error) {
	if w.CardKey.wrong || w.CardName.wrong || w.Status.wrong || w.AccountKey.wrong || !validKey(w.CardKey.value) || w.Status.value == "" {
		return issuer.Card{}, errForm
	}
	state, documented := states[strings.ToLower(w.Status.value)]
	if !documented {
		state = issuer.StateOther
	}
	card := issuer.Card{
		ID: w.CardKey.value, Label: issuer.Truncate(w.CardName.value, maxLabelRead), Type: issuer.Prepaid, State: state,
		Holder:    issuer.Truncate(issuer.Clean(w.Printed.value), 64),
		AccountID: w.AccountKey.value, CreatedAt: parseTime(w.CreatedAt.value), Network: issuer.Truncate(issuer.Clean(w.Brand.value), 64),
	}
	if !documented {
		card.Status = issuer.Truncate(issuer.Clean(w.Status.value), 64)
	}
	if digits(w.LastFour.value) && len(w.LastFour.value) == 4 {
		card.LastFour = w.LastFour.value
	}
	return card, nil
}

// maxLabelRead bounds a name that somebody else gave a card.
const maxLabelRead = 256

// ListCards implements issuer.Directory. What comes of the pages is for a reading to say.
func (c *Client) ListCards(ctx context.Context) ([]issuer.Card, error) {
	r := reading{known: map[string]bool{}}
	for number := range maxPages {
		p, err := c.page(ctx, number)
		if err != nil {
			return nil, err
		}
		fresh, ended, err := r.take(p)
		if err != nil {
			return nil, err
		}
		for _, card := range fresh {
			if c.own(&card) {
				r.cards = append(r.cards, card)
			}
		}
		if ended {
			return c.complete(ctx, r.cards), nil
		}
	}
	return nil, listError("the list does not end")
}

func listError(message string) error {
	return &issuer.Error{Class: issuer.Malformed, Op: opList, Message: message, Advice: adviceList}
}

// adviceList is for an answer that is this API's and is turned otherwise than is understood.
const adviceList = "try another spec.qitech.pageSize of the CardIssuer, or ask QI Tech how the list of cards is turned"

// page reads one page. One past the first that the issuer calls none is past the end.
func (c *Client) page(ctx context.Context, number int) (p page, err error) {
	query := url.Values{"account_key": {c.accountKey}, "size": {strconv.Itoa(c.options.PageSize)}, "page": {strconv.Itoa(number)}}
	err = c.do(ctx, c.read(opList, cardsPath, query), func(body []byte) (err error) {
		p, err = readPage(body, c.options.PageSize)
		return err
	})
	if number > 0 && badPage(err) {
		return page{}, nil
	}
	return p, err
}

// complete adds what the list leaves out. It never changes, so each card is read once, and one
// that is read without it after an hour again; a card that cannot be read stays in the list
// without it. It is part of a sweep, so it goes behind those who wait; whoever waits for this one
// does not wait for cards that carry no token.
func (c *Client) complete(ctx context.Context, cards []issuer.Card) []issuer.Card {
	reads := 0
	for i, card := range cards {
		plate := c.plateOf(card.ID)
		numbered := card.State != issuer.StatePending && card.State != issuer.StateInactive
		missing := plate.lastFour == "" && card.LastFour == "" && !c.http.Clock().Now().Before(plate.again)
		_, _, tagged := id.TokenIn(card.Label)
		if missing && numbered && (tagged || !issuer.InHurry(ctx)) && reads < maxDetails {
			reads++
			_, _ = c.readCard(ctx, card.ID, transport.Routine) // remembers what it reads
			plate = c.plateOf(card.ID)
		}
		if cards[i].LastFour == "" {
			cards[i].LastFour = plate.lastFour
		}
		if cards[i].Network == "" {
			cards[i].Network = plate.network
		}
	}
	return cards
}

// own reports whether a card is of the account, and writes the account's key as the manifest
// has it: a UUID is the same in either case, and a card that is dropped would be ordered again.
func (c *Client) own(card *issuer.Card) bool {
	if card.AccountID != "" && !strings.EqualFold(card.AccountID, c.accountKey) {
		return false
	}
	card.AccountID = c.accountKey
	return true
}

func (c *Client) plateOf(cardID string) plate {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known[cardID]
}

func (c *Client) remember(card issuer.Card) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxKnown {
		clear(c.known)
	}
	if card.LastFour == "" && c.known[card.ID].lastFour != "" {
		return
	}
	c.known[card.ID] = plate{lastFour: card.LastFour, network: card.Network, again: c.http.Clock().Now().Add(plateAgain)}
}

func digits(s string) bool {
	for _, r := range []byte(s) {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}

// validKey: what can be a card's key, and travels in a path.
func validKey(key string) bool { return uuid.MatchString(key) }
