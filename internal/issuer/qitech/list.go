package qitech

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
)

const (
	opList   = "list cards"
	pageSize = 50
	// maxPages bounds one listing.
	maxPages = 2000
	// maxDetails is how many cards one listing reads for what the list leaves out; the next
	// ones go on.
	maxDetails = 25
	// maxKnown bounds what is remembered of cards.
	maxKnown = 100_000
)

// wireCard is a card as a list or a read shows it (§3.2).
type wireCard struct {
	CardKey    text `json:"card_key"`
	AccountKey text `json:"account_key"`
	CardName   text `json:"card_name"`
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
	state, documented := states[w.Status.value]
	if !documented {
		state = issuer.StateOther
	}
	card := issuer.Card{
		ID: w.CardKey.value, Label: issuer.Truncate(w.CardName.value, maxLabelRead), Type: issuer.Prepaid, State: state,
		AccountID: w.AccountKey.value, CreatedAt: parseTime(w.CreatedAt.value), Network: issuer.Truncate(issuer.Clean(w.Brand.value), 64),
	}
	if digits(w.LastFour.value) && len(w.LastFour.value) == 4 {
		card.LastFour = w.LastFour.value
	}
	return card, nil
}

// maxLabelRead bounds a name that somebody else gave a card.
const maxLabelRead = 256

// ListCards implements issuer.Directory. Nothing tells how long the list is: its pagination
// contradicts itself in the document (§3.2). So pages are read until one is empty, because a
// short one may have been capped. Cards are never removed from the list, so rows that are
// inserted meanwhile only make others come twice.
func (c *Client) ListCards(ctx context.Context) ([]issuer.Card, error) {
	var cards []issuer.Card
	seen := map[string]bool{}
	for page := range maxPages {
		rows, err := c.page(ctx, page)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return c.complete(ctx, cards), nil
		}
		fresh := 0
		for _, card := range rows {
			if !seen[card.ID] {
				seen[card.ID] = true
				fresh++
				if c.own(&card) {
					cards = append(cards, card)
				}
			}
		}
		if fresh == 0 {
			return nil, &issuer.Error{Class: issuer.Malformed, Op: opList, Message: "a page of the list repeats those before it"}
		}
	}
	return nil, &issuer.Error{Class: issuer.Malformed, Op: opList, Message: "the list does not end"}
}

func (c *Client) page(ctx context.Context, page int) ([]issuer.Card, error) {
	query := url.Values{"account_key": {c.accountKey}, "size": {strconv.Itoa(pageSize)}, "page": {strconv.Itoa(page)}}
	var cards []issuer.Card
	err := c.do(ctx, c.read(opList, cardsPath, query), func(body []byte) error {
		var list struct {
			Data *[]wireCard `json:"data"`
		}
		if err := decode(body, &list); err != nil {
			return err
		}
		if list.Data == nil {
			return errForm
		}
		for _, row := range *list.Data {
			card, err := row.port()
			if err != nil {
				return err
			}
			cards = append(cards, card)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return cards, nil
}

// complete adds what the list leaves out. It never changes, so each card is read once; a
// card that cannot be read stays in the list without it.
func (c *Client) complete(ctx context.Context, cards []issuer.Card) []issuer.Card {
	reads := 0
	for i, card := range cards {
		plate := c.plateOf(card.ID)
		numbered := card.State != issuer.StatePending && card.State != issuer.StateInactive
		if plate.lastFour == "" && card.LastFour == "" && numbered && reads < maxDetails {
			reads++
			_, _ = c.GetCard(ctx, card.ID) // remembers what it reads
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
	if card.LastFour == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxKnown {
		clear(c.known)
	}
	c.known[card.ID] = plate{lastFour: card.LastFour, network: card.Network}
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
