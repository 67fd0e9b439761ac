package qbit

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/card-operator/card-operator/internal/issuer"
)

var errOtherID = errors.New("the answer is about another object")

// CardMovements implements issuer.Directory: GET /cards/transactions. The card is
// compared here as well.
func (c *Client) CardMovements(ctx context.Context, cardID string) ([]issuer.Movement, error) {
	const op = "list card movements"
	if err := checkIDs(op, cardID); err != nil {
		return nil, err
	}
	l := c.movements(op, "/cards/transactions", url.Values{"cardId": {cardID}})
	rows, err := l.all(ctx)
	return ofOne(rows, cardID, cardOf), err
}

// FindMovements implements issuer.Directory. The document has no filter by client
// transaction id, so every card movement of the account is read and compared here.
func (c *Client) FindMovements(ctx context.Context, clientID string) ([]issuer.Movement, error) {
	const op = "find movements"
	if err := checkIDs(op, clientID); err != nil {
		return nil, err
	}
	rows, err := c.movements(op, "/cards/transactions", nil).all(ctx)
	return slices.DeleteFunc(rows, func(m issuer.Movement) bool { return m.ClientID != clientID }), err
}

// BudgetMovements implements issuer.Directory: GET /budget/transactions. What its id
// parameter filters is not documented, so unless BudgetTransactionsByID is set every
// movement of every budget is read and the budget's are picked here.
func (c *Client) BudgetMovements(ctx context.Context, budgetID string) ([]issuer.Movement, error) {
	const op = "list budget movements"
	if err := checkIDs(op, budgetID); err != nil {
		return nil, err
	}
	query := url.Values{}
	if c.options.BudgetTransactionsByID {
		query.Set("id", budgetID)
	}
	rows, err := c.movements(op, "/budget/transactions", query).all(ctx)
	return ofOne(rows, budgetID, budgetOf), err
}

func cardOf(m issuer.Movement) string   { return m.CardID }
func budgetOf(m issuer.Movement) string { return m.BudgetID }

// movements lists a ledger.
func (c *Client) movements(op, path string, query url.Values) listing[issuer.Movement] {
	return listing[issuer.Movement]{
		client: c, op: op, path: path, query: query, urgent: true,
		id:   func(m issuer.Movement) string { return m.ID },
		rows: decodeRows[wireMovement, issuer.Movement],
	}
}

// ofOne picks the rows of one owner. A row that names none is kept: whoever looks for a
// client transaction id must see it, and ids are computed from their owners.
func ofOne(rows []issuer.Movement, id string, owner func(issuer.Movement) string) []issuer.Movement {
	return slices.DeleteFunc(rows, func(m issuer.Movement) bool { return owner(m) != id && owner(m) != "" })
}

// MovementDetail implements issuer.Directory: GET /cards/transactions/:id.
func (c *Client) MovementDetail(ctx context.Context, movementID string) (issuer.Movement, error) {
	const op = "read movement"
	if err := checkIDs(op, movementID); err != nil {
		return issuer.Movement{}, err
	}
	var found issuer.Movement
	k := read(op, "/cards/transactions/"+url.PathEscape(movementID), nil)
	k.urgent = true
	err := c.do(ctx, k, func(a answer) (err error) {
		var wire wireMovement
		if err := decode(a.data, &wire); err != nil {
			return err
		}
		if found, err = wire.port(); err == nil && found.ID != movementID {
			return errOtherID
		}
		return err
	})
	if err != nil {
		return issuer.Movement{}, err
	}
	return found, nil
}
