package qbit

import (
	"context"
	"net/http"

	"github.com/card-operator/card-operator/internal/issuer"
)

// CreateBudget implements issuer.Budgets: POST /budget, which answers the new id (§5.1).
// The call has no client transaction id: the token in the name is all there is.
func (c *Client) CreateBudget(ctx context.Context, permit issuer.Permit, order issuer.BudgetOrder) (string, error) {
	const op = "create budget"
	if err := c.checkLabel(op, "a budget's name", order.Name); err != nil {
		return "", err
	}
	if order.Opening.IsNegative() {
		return "", invalid(op, "a budget cannot open with less than nothing")
	}
	var id string
	k := mutate(op, http.MethodPost, "/budget", permit,
		wireBudgetOrder{Name: order.Name, Cost: order.Opening, AccountID: c.accountID})
	err := c.do(ctx, k, func(a answer) error {
		var given string
		if err := decode(a.data, &given); err != nil {
			return err
		}
		id = given
		return needID("data", ident(given))
	})
	if err != nil {
		return "", err
	}
	return id, nil
}

// RenameBudget implements issuer.Budgets: PUT /budget.
func (c *Client) RenameBudget(ctx context.Context, budgetID, name string) error {
	const op = "rename budget"
	if err := checkIDs(op, budgetID); err != nil {
		return err
	}
	if err := c.checkLabel(op, "a budget's name", name); err != nil {
		return err
	}
	return c.do(ctx, mutate(op, http.MethodPut, "/budget", issuer.Permit{},
		map[string]string{"budgetId": budgetID, "name": name}), wantTrue)
}

// MoveBudgetFunds implements issuer.Budgets: POST /budget/add and /budget/sub.
func (c *Client) MoveBudgetFunds(ctx context.Context, permit issuer.Permit, t issuer.Transfer) error {
	path, op := "/budget/add", "fund budget"
	if t.Direction == issuer.Out {
		path, op = "/budget/sub", "drain budget"
	}
	if err := checkTransfer(op, t); err != nil {
		return err
	}
	return c.do(ctx, mutate(op, http.MethodPost, path, permit,
		wireBudgetTransfer{BudgetID: t.ObjectID, Cost: t.Amount, ClientID: t.ClientID}), wantTrue)
}

// checkTransfer refuses what could never be meant.
func checkTransfer(op string, t issuer.Transfer) error {
	switch {
	case t.Direction != issuer.In && t.Direction != issuer.Out:
		return invalid(op, "a movement goes In or Out")
	case !t.Amount.IsPositive():
		return invalid(op, "a movement needs an amount above 0")
	}
	return checkIDs(op, t.ObjectID, t.ClientID)
}

// checkLabel refuses a correlator that the issuer might cut short.
func (c *Client) checkLabel(op, what, label string) error {
	if label == "" || len(label) > c.options.MaxLabel {
		return invalid(op, what+" is empty or too long for this issuer")
	}
	return nil
}
