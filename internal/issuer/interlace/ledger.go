package interlace

import (
	"context"
	"net/url"
	"slices"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// CardMovements implements issuer.Directory: GET /cards/transaction-list. The card is
// compared here as well.
func (c *Client) CardMovements(ctx context.Context, cardID string) ([]issuer.Movement, error) {
	rows, err := c.cardMovements(ctx, "list card movements", "cardId", cardID)
	return quantum.OfOne(rows, cardID, quantum.CardOf), err
}

// FindMovements implements issuer.Directory: GET /cards/transaction-list with the
// clientTransactionId filter, which is compared here as well.
func (c *Client) FindMovements(ctx context.Context, clientID string) ([]issuer.Movement, error) {
	rows, err := c.cardMovements(ctx, "find movements", "clientTransactionId", clientID)
	return slices.DeleteFunc(rows, func(m issuer.Movement) bool { return m.ClientID != clientID }), err
}

func (c *Client) cardMovements(ctx context.Context, op, filter, value string) ([]issuer.Movement, error) {
	if err := guard.IDs(op, value); err != nil {
		return nil, err
	}
	return session.All(ctx, c.session, cardLedger(op, filter, value))
}

func cardLedger(op, filter, value string) session.List[issuer.Movement] {
	return ledger(op, "/cards/transaction-list", url.Values{filter: {value}}, wireMovement.ofCard)
}

func ledger(op, path string, query url.Values, port func(wireMovement) (issuer.Movement, error)) session.List[issuer.Movement] {
	return session.List[issuer.Movement]{
		Op: op, Path: path, Query: query, Urgent: true, Rows: wire.RowsOf(port),
		ID: func(m issuer.Movement) string { return m.ID },
	}
}

// BudgetMovements implements issuer.Directory: GET /budgets/{id}/transactions. The budget
// is compared here as well.
func (c *Client) BudgetMovements(ctx context.Context, budgetID string) ([]issuer.Movement, error) {
	const op = "list budget movements"
	if err := guard.IDs(op, budgetID); err != nil {
		return nil, err
	}
	rows, err := session.All(ctx, c.session, ledger(op, budgetPath(budgetID)+"/transactions", nil, wireMovement.ofBudget))
	return quantum.OfOne(rows, budgetID, quantum.BudgetOf), err
}

// MovementDetail implements issuer.Directory: GET /cards/transaction-list with the id
// filter, which is compared here as well.
func (c *Client) MovementDetail(ctx context.Context, movementID string) (issuer.Movement, error) {
	const op = "read movement"
	if err := guard.IDs(op, movementID); err != nil {
		return issuer.Movement{}, err
	}
	return session.One(ctx, c.session, cardLedger(op, "id", movementID), movementID)
}
