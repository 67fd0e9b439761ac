package qbit

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// ListBINs implements issuer.Directory: GET /cards/bins, which is not paged (§5.2).
func (c *Client) ListBINs(ctx context.Context) (bins []issuer.BIN, err error) {
	err = c.session.Do(ctx, session.Read("list BINs", "/cards/bins", nil), func(a envelope.Answer) error {
		bins, err = wire.Rows(a.Data, wireBIN.port)
		return err
	})
	return bins, err
}

// ListCards implements issuer.Directory: GET /cards.
func (c *Client) ListCards(ctx context.Context) ([]issuer.Card, error) {
	l := cards("list cards", nil)
	l.Vital = true
	return session.All(ctx, c.session, l)
}

// FindCards implements issuer.Directory: GET /cards with the label filter. How it compares is
// not documented, so callers compare as well (§6).
func (c *Client) FindCards(ctx context.Context, tag issuer.CardTag) ([]issuer.Card, error) {
	l := cards("find card", url.Values{"label": {tag.Label}})
	l.Urgent = true
	return session.All(ctx, c.session, l)
}

func cards(op string, query url.Values) session.List[issuer.Card] {
	return session.List[issuer.Card]{
		Op: op, Path: "/cards", Query: query, Rows: wire.RowsOf(wireCard.port),
		ID: func(card issuer.Card) string { return card.ID },
	}
}

// ListBudgets implements issuer.Directory: GET /budget.
func (c *Client) ListBudgets(ctx context.Context) ([]issuer.Budget, error) {
	return session.All(ctx, c.session, session.List[issuer.Budget]{
		Op: "list budgets", Path: "/budget", Rows: wire.RowsOf(wireBudget.port),
		ID: func(b issuer.Budget) string { return b.ID },
	})
}

// ListBalances implements issuer.Directory: GET /balances with a comma list of ids (§7).
func (c *Client) ListBalances(ctx context.Context, ids []string) (map[string]issuer.Balance, error) {
	const op = "list balances"
	if err := guard.IDs(op, ids...); err != nil {
		return nil, err
	}
	wanted := slices.Compact(slices.Sorted(slices.Values(ids)))
	found := make(map[string]issuer.Balance, len(wanted))
	for chunk := range slices.Chunk(wanted, c.options.BalanceChunk) {
		rows, err := session.All(ctx, c.session, balances(op, chunk))
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

func balances(op string, ids []string) session.List[issuer.Balance] {
	return session.List[issuer.Balance]{
		Op: op, Path: "/balances", Query: url.Values{"id": {strings.Join(ids, ",")}},
		Wanted: ids, Rows: wire.RowsOf(wireBalance.port), ID: func(b issuer.Balance) string { return b.ID },
	}
}

// ListReceivers implements issuer.Directory: GET /cards/receivers. The currency is
// compared here as well, since a server may ignore the filter.
func (c *Client) ListReceivers(ctx context.Context, currency string) ([]issuer.Receiver, error) {
	query := url.Values{}
	if currency != "" {
		query.Set("currency", currency)
	}
	rows, err := session.All(ctx, c.session, session.List[issuer.Receiver]{
		Op: "list beneficiaries", Path: c.options.ReceiversPath, Query: query,
		Rows: wire.RowsOf(wireReceiver.port), ID: func(r issuer.Receiver) string { return r.ID },
	})
	return slices.DeleteFunc(rows, func(r issuer.Receiver) bool {
		return currency != "" && !strings.EqualFold(r.Currency, currency)
	}), err
}
