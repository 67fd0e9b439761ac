package interlace

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

const (
	// maxSummaries is how many cards one listing of balances asks for one by one; the next
	// ones go on.
	maxSummaries = 25
	// maxRefused is how many cards in a row may be refused before the call counts as not offered.
	maxRefused = 5
	// maxOwners bounds what is remembered of cards.
	maxOwners = 100_000
)

// ListBalances implements issuer.Directory: GET /cards/wallets, which has no filter; for what
// is not there the balances within GET /budgets; and for a card without a wallet its summary.
// An issuer that does not offer one of them has the others; where none of them tells anything
// the first error stands.
func (c *Client) ListBalances(ctx context.Context, ids []string) (map[string]issuer.Balance, error) {
	const op = "list balances"
	if err := guard.IDs(op, ids...); err != nil {
		return nil, err
	}
	found, missing := map[string]issuer.Balance{}, map[string]bool{}
	for _, id := range ids {
		missing[id] = true
	}
	var lacks error
	for _, source := range []func(context.Context, string, []string) ([]issuer.Balance, error){c.wallets, c.ofBudgets, c.summaries} {
		if len(missing) == 0 {
			break
		}
		rows, err := source(ctx, op, slices.Sorted(maps.Keys(missing)))
		if err != nil && !issuer.NotOffered(err) {
			return nil, err
		}
		if lacks == nil {
			lacks = err
		}
		for _, b := range rows {
			if missing[b.ID] {
				found[b.ID] = b
				delete(missing, b.ID)
			}
		}
	}
	if len(found) == 0 && lacks != nil {
		return nil, lacks
	}
	return found, nil
}

func (c *Client) wallets(ctx context.Context, op string, ids []string) ([]issuer.Balance, error) {
	return session.All(ctx, c.session, session.List[issuer.Balance]{
		Op: op, Path: "/cards/wallets", Wanted: ids, Rows: wire.RowsOf(wireBalance.port),
		ID: func(b issuer.Balance) string { return b.ID },
	})
}

func (c *Client) ofBudgets(ctx context.Context, op string, _ []string) (balances []issuer.Balance, err error) {
	budgets, err := c.heldBudgets(ctx, op)
	for _, b := range budgets {
		balances = append(balances, b.balance)
	}
	return balances, err
}

// summaries reads the balances of cards one by one: GET /cards/{id}/card-summary. What is wrong
// with one card keeps nothing of the others back; whatever else goes wrong ends it.
func (c *Client) summaries(ctx context.Context, op string, ids []string) (balances []issuer.Balance, first error) {
	refused := 0
	for _, card := range c.owners.next(ids) {
		err := c.session.Do(ctx, session.Read(op, cardPath(card.id)+"/card-summary", c.account()), func(a envelope.Answer) error {
			row, err := wire.Object(a.Data, wireSummary.port)
			switch {
			case err != nil:
				return err
			case !sameOrNone(row.CardID, card.id):
				return errOtherID
			}
			// The path names the card; the document's samples show a wallet of another id (§5.2).
			row.ID = card.balanceID
			balances = append(balances, row.Balance)
			return nil
		})
		if err == nil {
			continue
		}
		if first = cmp.Or(first, err); !ofOneCard(err) {
			return balances, err
		}
		if refused++; refused >= maxRefused && len(balances) == 0 {
			break // it is not a matter of single cards
		}
	}
	if len(balances) > 0 {
		first = nil
	}
	return balances, first
}

// ofOneCard: the next one may be answered.
func ofOneCard(err error) bool {
	return issuer.Is(err, issuer.Invalid) || issuer.Is(err, issuer.NotFound) || issuer.Is(err, issuer.Malformed) || issuer.Is(err, issuer.Conflict)
}

// summary is what a card holds.
type summary struct {
	issuer.Balance
	CardID string
}

func (w wireSummary) port() (summary, error) {
	if w.Balance == nil {
		return summary{}, wire.BadField("balance")
	}
	balance, err := w.Balance.port()
	return summary{balance, string(w.CardID)}, err
}

// owned is a card of a list, whose balance is remembered as its own: balances are asked for by
// their ids, summaries by those of the cards.
func (c *Client) owned(w wireCard) (issuer.Card, error) {
	card, err := w.port()
	if err == nil && card.BalanceID != "" {
		c.owners.note(owner{card.ID, card.BalanceID})
	}
	if len(card.Limits) > 0 {
		c.untold.Store(false)
	}
	card.LimitsUntold = w.Limits.Value == nil && c.untold.Load()
	return card, err
}

// owner is a card that has a balance.
type owner struct{ id, balanceID string }

// owners are the cards of the balances that were listed. The zero value has none.
type owners struct {
	mu    sync.Mutex
	cards map[string]owner
	turn  int
}

func (o *owners) note(card owner) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.cards == nil || len(o.cards) >= maxOwners {
		o.cards = map[string]owner{}
	}
	o.cards[card.balanceID] = card
}

// next are the cards of some of the balances: all of a few, and of many some others each time.
// Each time another one is the first.
func (o *owners) next(balanceIDs []string) (cards []owner) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, id := range balanceIDs {
		if card, known := o.cards[id]; known {
			cards = append(cards, card)
		}
	}
	if len(cards) == 0 {
		return nil
	}
	from, step := o.turn%len(cards), maxRefused
	if len(cards) > maxSummaries {
		step = maxSummaries
	}
	o.turn = from + step
	return slices.Concat(cards[from:], cards[:from])[:min(len(cards), maxSummaries)]
}
