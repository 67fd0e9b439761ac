package qbit

import (
	"context"
	"net/http"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// CreateBudget implements issuer.Budgets: POST /budget, which answers the new id (§5.1).
// The call has no client transaction id: the token in the name is all there is.
func (c *Client) CreateBudget(ctx context.Context, permit issuer.Permit, order issuer.BudgetOrder) (string, error) {
	const op = "create budget"
	if err := c.checkLabel(op, "a budget's name", order.Name); err != nil {
		return "", err
	}
	if order.Opening.IsNegative() {
		return "", guard.Invalid(op, "a budget cannot open with less than nothing")
	}
	var id string
	k := session.Mutate(op, http.MethodPost, "/budget", permit,
		wireBudgetOrder{Name: order.Name, Cost: order.Opening, AccountID: c.accountID})
	err := c.session.Do(ctx, k, func(a envelope.Answer) error {
		var given string
		if err := wire.Decode(a.Data, &given); err != nil {
			return err
		}
		id = given
		return wire.NeedID("data", wire.Ident(given))
	})
	if err != nil {
		return "", err
	}
	return id, nil
}

// RenameBudget implements issuer.Budgets: PUT /budget.
func (c *Client) RenameBudget(ctx context.Context, budgetID, name string) error {
	const op = "rename budget"
	if err := guard.IDs(op, budgetID); err != nil {
		return err
	}
	if err := c.checkLabel(op, "a budget's name", name); err != nil {
		return err
	}
	return c.session.Do(ctx, session.Repeat(op, http.MethodPut, "/budget",
		map[string]string{"budgetId": budgetID, "name": name}), envelope.WantTrue)
}

// MoveBudgetFunds implements issuer.Budgets: POST /budget/add and /budget/sub.
func (c *Client) MoveBudgetFunds(ctx context.Context, permit issuer.Permit, t issuer.Transfer) error {
	path, op := "/budget/add", "fund budget"
	if t.Direction == issuer.Out {
		path, op = "/budget/sub", "drain budget"
	}
	if err := guard.Transfer(op, t); err != nil {
		return err
	}
	return c.session.Do(ctx, session.Mutate(op, http.MethodPost, path, permit,
		wireBudgetTransfer{BudgetID: t.ObjectID, Cost: t.Amount, ClientID: t.ClientID}), envelope.WantTrue)
}
