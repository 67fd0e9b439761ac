package qbit

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

var errOtherID = errors.New("the envelope.Answer is about another object")

// CardMovements implements issuer.Directory: GET /cards/transactions. The card is
// compared here as well.
func (c *Client) CardMovements(ctx context.Context, cardID string) ([]issuer.Movement, error) {
	const op = "list card movements"
	if err := guard.IDs(op, cardID); err != nil {
		return nil, err
	}
	rows, err := session.All(ctx, c.session, movements(op, "/cards/transactions", url.Values{"cardId": {cardID}}))
	return quantum.OfOne(rows, cardID, quantum.CardOf), err
}

// ListMovements implements issuer.Directory: GET /cards/transactions without a filter.
func (c *Client) ListMovements(ctx context.Context) ([]issuer.Movement, error) {
	return session.All(ctx, c.session, movements("list movements", "/cards/transactions", nil))
}

// FindMovements implements issuer.Directory. The document has no filter by client
// transaction id, so every card movement of the account is read and compared here.
func (c *Client) FindMovements(ctx context.Context, clientID string) ([]issuer.Movement, error) {
	const op = "find movements"
	if err := guard.IDs(op, clientID); err != nil {
		return nil, err
	}
	rows, err := session.All(ctx, c.session, movements(op, "/cards/transactions", nil))
	return slices.DeleteFunc(rows, func(m issuer.Movement) bool { return m.ClientID != clientID }), err
}

// BudgetMovements implements issuer.Directory: GET /budget/transactions. What its id
// parameter filters is not documented, so unless BudgetTransactionsByID is set every
// movement of every budget is read and the budget's are picked here.
func (c *Client) BudgetMovements(ctx context.Context, budgetID string) ([]issuer.Movement, error) {
	const op = "list budget movements"
	if err := guard.IDs(op, budgetID); err != nil {
		return nil, err
	}
	query := url.Values{}
	if c.options.BudgetTransactionsByID {
		query.Set("id", budgetID)
	}
	rows, err := session.All(ctx, c.session, movements(op, "/budget/transactions", query))
	return quantum.OfOne(rows, budgetID, quantum.BudgetOf), err
}

// movements lists a ledger.
func movements(op, path string, query url.Values) session.List[issuer.Movement] {
	return session.List[issuer.Movement]{
		Op: op, Path: path, Query: query, Urgent: true,
		ID:   func(m issuer.Movement) string { return m.ID },
		Rows: wire.RowsOf(wireMovement.port),
	}
}

// MovementDetail implements issuer.Directory: GET /cards/transactions/:id.
func (c *Client) MovementDetail(ctx context.Context, movementID string) (issuer.Movement, error) {
	const op = "read movement"
	if err := guard.IDs(op, movementID); err != nil {
		return issuer.Movement{}, err
	}
	var found issuer.Movement
	k := session.Read(op, "/cards/transactions/"+url.PathEscape(movementID), nil)
	k.Urgent = true
	err := c.session.Do(ctx, k, func(a envelope.Answer) (err error) {
		found, err = wire.Object(a.Data, wireMovement.port)
		if err == nil && found.ID != movementID {
			return errOtherID
		}
		return err
	})
	if err != nil {
		return issuer.Movement{}, err
	}
	return found, nil
}
