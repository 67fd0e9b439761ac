package qbit

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
)

// ListBINs implements issuer.Directory: GET /cards/bins, which is not paged (§5.2).
func (c *Client) ListBINs(ctx context.Context) (bins []issuer.BIN, err error) {
	err = c.do(ctx, read("list BINs", "/cards/bins", nil), func(a answer) error {
		bins, err = decodeRows[wireBIN](a.data)
		return err
	})
	return bins, err
}

// ListCards implements issuer.Directory: GET /cards.
func (c *Client) ListCards(ctx context.Context) ([]issuer.Card, error) {
	return c.cards("list cards", nil).all(ctx)
}

func (c *Client) cards(op string, query url.Values) listing[issuer.Card] {
	return listing[issuer.Card]{
		client: c, op: op, path: "/cards", query: query, rows: decodeRows[wireCard],
		id: func(card issuer.Card) string { return card.ID },
	}
}

// ListBudgets implements issuer.Directory: GET /budget.
func (c *Client) ListBudgets(ctx context.Context) ([]issuer.Budget, error) {
	return listing[issuer.Budget]{
		client: c, op: "list budgets", path: "/budget", rows: decodeRows[wireBudget],
		id: func(b issuer.Budget) string { return b.ID },
	}.all(ctx)
}

// ListBalances implements issuer.Directory: GET /balances with a comma list of ids (§7).
func (c *Client) ListBalances(ctx context.Context, ids []string) (map[string]issuer.Balance, error) {
	const op = "list balances"
	if err := checkIDs(op, ids...); err != nil {
		return nil, err
	}
	wanted := slices.Compact(slices.Sorted(slices.Values(ids)))
	found := make(map[string]issuer.Balance, len(wanted))
	for chunk := range slices.Chunk(wanted, c.options.BalanceChunk) {
		rows, err := c.balances(op, chunk).all(ctx)
		if err != nil {
			return nil, err
		}
		for _, b := range rows {
			if _, ok := slices.BinarySearch(wanted, b.ID); ok {
				found[b.ID] = b
			}
		}
	}
	return found, nil
}

func (c *Client) balances(op string, ids []string) listing[issuer.Balance] {
	return listing[issuer.Balance]{
		client: c, op: op, path: "/balances", query: url.Values{"id": {strings.Join(ids, ",")}},
		wanted: ids, rows: decodeRows[wireBalance], id: func(b issuer.Balance) string { return b.ID },
	}
}

// ListReceivers implements issuer.Directory: GET /cards/receivers. The currency is
// compared here as well, since a server may ignore the filter.
func (c *Client) ListReceivers(ctx context.Context, currency string) ([]issuer.Receiver, error) {
	query := url.Values{}
	if currency != "" {
		query.Set("currency", currency)
	}
	rows, err := listing[issuer.Receiver]{
		client: c, op: "list beneficiaries", path: c.options.ReceiversPath, query: query,
		rows: decodeRows[wireReceiver], id: func(r issuer.Receiver) string { return r.ID },
	}.all(ctx)
	return slices.DeleteFunc(rows, func(r issuer.Receiver) bool {
		return currency != "" && !strings.EqualFold(r.Currency, currency)
	}), err
}
