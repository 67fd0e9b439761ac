package interlace

import (
	"context"
	"net/url"
	"slices"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// ListBINs implements issuer.Directory: GET /card/bins.
func (c *Client) ListBINs(ctx context.Context) ([]issuer.BIN, error) {
	rows, err := session.All(ctx, c.session, session.List[[]issuer.BIN]{
		Op: "list BINs", Path: "/card/bins", Rows: wire.RowsOf(wireBIN.ports),
		ID: func(bins []issuer.BIN) string { return bins[0].ID },
	})
	return slices.Concat(rows...), err
}

// ListCards implements issuer.Directory: GET /card-list.
func (c *Client) ListCards(ctx context.Context) ([]issuer.Card, error) {
	l := c.cards("list cards", nil)
	l.Vital = true
	return session.All(ctx, c.session, l)
}

// FindCards implements issuer.Directory: GET /card-list with the referenceId filter. How it
// compares is not documented, so callers compare as well.
func (c *Client) FindCards(ctx context.Context, tag issuer.CardTag) ([]issuer.Card, error) {
	l := c.cards("find card", url.Values{"referenceId": {tag.Reference}})
	l.Urgent = true
	return session.All(ctx, c.session, l)
}

func (c *Client) cards(op string, query url.Values) session.List[issuer.Card] {
	return cardList(op, query, c.owned, func(card issuer.Card) string { return card.ID })
}

// cardList is the list of cards, with what port makes of its rows.
func cardList[T any](op string, query url.Values, port func(wireCard) (T, error), id func(T) string) session.List[T] {
	return session.List[T]{Op: op, Path: "/card-list", Query: query, Rows: wire.RowsOf(port), ID: id}
}

// ListBudgets implements issuer.Directory: GET /budgets.
func (c *Client) ListBudgets(ctx context.Context) ([]issuer.Budget, error) {
	held, err := c.heldBudgets(ctx, "list budgets")
	if err != nil {
		return nil, err
	}
	budgets := make([]issuer.Budget, 0, len(held))
	for _, b := range held {
		budgets = append(budgets, b.Budget)
	}
	return budgets, nil
}

func (c *Client) heldBudgets(ctx context.Context, op string) ([]heldBudget, error) {
	return session.All(ctx, c.session, session.List[heldBudget]{
		Op: op, Path: "/budgets", Rows: wire.RowsOf(wireBudget.port), ID: func(b heldBudget) string { return b.ID },
	})
}
