package interlace

import (
	"context"
	"net/url"
	"slices"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/guard"
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
	l := cards("list cards", nil)
	l.Vital = true
	return session.All(ctx, c.session, l)
}

// FindCards implements issuer.Directory: GET /card-list with the referenceId filter. How it
// compares is not documented, so callers compare as well.
func (c *Client) FindCards(ctx context.Context, tag issuer.CardTag) ([]issuer.Card, error) {
	l := cards("find card", url.Values{"referenceId": {tag.Reference}})
	l.Urgent = true
	return session.All(ctx, c.session, l)
}

func cards(op string, query url.Values) session.List[issuer.Card] {
	return session.List[issuer.Card]{
		Op: op, Path: "/card-list", Query: query, Rows: wire.RowsOf(wireCard.port),
		ID: func(card issuer.Card) string { return card.ID },
	}
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

// ListBalances implements issuer.Directory: GET /cards/wallets, which has no filter, and
// for what is not there the balances within GET /budgets.
func (c *Client) ListBalances(ctx context.Context, ids []string) (map[string]issuer.Balance, error) {
	const op = "list balances"
	if err := guard.IDs(op, ids...); err != nil {
		return nil, err
	}
	found := map[string]issuer.Balance{}
	missing := map[string]bool{}
	for _, id := range ids {
		missing[id] = true
	}
	if len(missing) == 0 {
		return found, nil
	}
	take := func(b issuer.Balance) {
		if missing[b.ID] {
			found[b.ID] = b
			delete(missing, b.ID)
		}
	}
	wallets, err := session.All(ctx, c.session, session.List[issuer.Balance]{
		Op: op, Path: "/cards/wallets", Wanted: ids, Rows: wire.RowsOf(wireBalance.port),
		ID: func(b issuer.Balance) string { return b.ID },
	})
	if err != nil {
		return nil, err
	}
	for _, b := range wallets {
		take(b)
	}
	if len(missing) == 0 {
		return found, nil
	}
	budgets, err := c.heldBudgets(ctx, op)
	if err != nil {
		return nil, err
	}
	for _, b := range budgets {
		take(b.balance)
	}
	return found, nil
}
