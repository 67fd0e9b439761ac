package interlace

import (
	"context"
	"net/url"

	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// CreateBudget implements issuer.Budgets: POST /budgets, which answers the Budget or its
// id. The order has no client transaction id; its intent is that of the object whose token
// the name carries.
func (c *Client) CreateBudget(ctx context.Context, permit issuer.Permit, order issuer.BudgetOrder) (string, error) {
	const op = "create budget"
	if err := guard.Label(op, "a budget's name", order.Name, c.options.MaxLabel); err != nil {
		return "", err
	}
	token, _, tagged := id.TokenIn(order.Name)
	if !tagged || order.Opening.IsNegative() {
		return "", guard.Invalid(op, "a budget's name needs a token, and it cannot open with less than nothing")
	}
	var made string
	k := c.order(op, "/budgets", permit, id.Creation(token),
		wireBudgetOrder{AccountID: c.accountID, Name: order.Name, Amount: amountText(order.Opening)}, order.Name)
	err := c.session.Do(ctx, k, func(a envelope.Answer) (err error) {
		made, err = newID(a)
		return err
	})
	if err != nil {
		return "", err
	}
	return made, nil
}

// newID reads the id of something new: the object with its id, or the id alone, as a
// string.
func newID(a envelope.Answer) (string, error) {
	var row struct {
		ID wire.Ident `json:"id"`
	}
	var alone string
	var into any = &row
	if len(a.Data) > 0 && a.Data[0] != '{' {
		into = &alone
	}
	if err := wire.Decode(a.Data, into); err != nil {
		return "", err
	}
	made := wire.Ident(alone) + row.ID // one of them is empty
	return string(made), wire.NeedID("id", made)
}

// RenameBudget implements issuer.Budgets: PUT /budgets/{id}, or PATCH.
func (c *Client) RenameBudget(ctx context.Context, budgetID, name string) error {
	const op = "rename budget"
	if err := guard.IDs(op, budgetID); err != nil {
		return err
	}
	if err := guard.Label(op, "a budget's name", name, c.options.MaxLabel); err != nil {
		return err
	}
	k := session.Repeat(op, c.options.RenameMethod, budgetPath(budgetID), wireBudgetOrder{AccountID: c.accountID, Name: name})
	k.Option = "try the other of PUT and PATCH in spec.interlace.renameMethod of the CardIssuer"
	return c.session.Do(ctx, k, confirmed(budgetID))
}

// MoveBudgetFunds implements issuer.Budgets: POST /budgets/{id}/transfer-in and
// /budgets/{id}/transfer-out.
func (c *Client) MoveBudgetFunds(ctx context.Context, permit issuer.Permit, t issuer.Transfer) error {
	op, step := "fund budget", "/transfer-in"
	if t.Direction == issuer.Out {
		op, step = "drain budget", "/transfer-out"
	}
	if err := guard.Transfer(op, t); err != nil {
		return err
	}
	body := wireTransfer{AccountID: c.accountID, ClientID: t.ClientID, Amount: amountText(t.Amount)}
	return c.session.Do(ctx, c.order(op, budgetPath(t.ObjectID)+step, permit, t.ClientID, body, t.Amount.String()), echoed(t, wireMovement.ofBudget, quantum.BudgetOf))
}

func budgetPath(budgetID string) string { return "/budgets/" + url.PathEscape(budgetID) }
