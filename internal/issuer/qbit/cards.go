package qbit

import (
	"context"
	"net/http"
	"net/url"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/session"
)

// defaultUsage is the useType of a card whose order names none (§5.2).
const defaultUsage = "default"

// GetCard implements issuer.Cards: GET /cards with the id filter. The id is compared
// here as well, and a card is missing only where a complete list lacks it.
func (c *Client) GetCard(ctx context.Context, cardID string) (issuer.Card, error) {
	const op = "read card"
	if err := guard.IDs(op, cardID); err != nil {
		return issuer.Card{}, err
	}
	l := cards(op, url.Values{"id": {cardID}})
	l.Urgent = true
	return session.One(ctx, c.session, l, cardID)
}

// CreateCard implements issuer.Cards: POST /cards. It is asynchronous; true says only
// that the order was taken (§6).
func (c *Client) CreateCard(ctx context.Context, permit issuer.Permit, order issuer.CardOrder) error {
	const op = "create card"
	if err := c.checkLabel(op, "a card's label", order.Label); err != nil {
		return err
	}
	if wireTypes[order.Type] == "" || order.Opening.IsNegative() {
		return guard.Invalid(op, "the card's type or opening amount is not one that this issuer has")
	}
	k := session.Mutate(op, http.MethodPost, "/cards", permit, c.cardOrder(order))
	k.Secrets = quantum.HolderSecrets(order.Cardholder)
	return c.session.Do(ctx, k, envelope.WantTrue)
}

// cardOrder writes an order for one card; batchCount is always 1, so that one label
// stands for one card.
func (c *Client) cardOrder(o issuer.CardOrder) wireCardOrder {
	w := wireCardOrder{
		BatchCount: 1, Cost: o.Opening, Type: wireTypes[o.Type], BIN: o.BIN, Address: quantum.AddressOf(o.Address),
		FirstName: o.Cardholder.FirstName, LastName: o.Cardholder.LastName, Label: o.Label, UseType: o.Usage,
		PhoneCode: o.Cardholder.PhoneCountryCode, Phone: o.Cardholder.Phone, Email: o.Cardholder.Email,
		ClientID: o.ClientID, AccountID: c.accountID,
	}
	if o.Type == issuer.BudgetCard {
		w.BudgetID = o.BudgetID
	}
	if w.UseType == "" {
		w.UseType = defaultUsage
	}
	return w
}

// FreezeCard implements issuer.Cards: PUT /cards/suspend.
func (c *Client) FreezeCard(ctx context.Context, cardID string) error {
	return c.setCard(ctx, "freeze card", http.MethodPut, "/cards/suspend", wireCardRef{CardID: cardID})
}

// UnfreezeCard implements issuer.Cards: PUT /cards/enable.
func (c *Client) UnfreezeCard(ctx context.Context, cardID string) error {
	return c.setCard(ctx, "unfreeze card", http.MethodPut, "/cards/enable", wireCardRef{CardID: cardID})
}

// CloseCard implements issuer.Cards: DELETE /cards with a JSON body (§13.4).
func (c *Client) CloseCard(ctx context.Context, cardID, clientID string) error {
	return c.setCard(ctx, "close card", http.MethodDelete, "/cards", wireCardRef{CardID: cardID, ClientID: clientID})
}

func (c *Client) setCard(ctx context.Context, op, method, path string, ref wireCardRef) error {
	if err := guard.IDs(op, ref.CardID); err != nil {
		return err
	}
	ref.AccountID = c.accountID
	k := session.Repeat(op, method, path, ref)
	k.Stops = path != "/cards/enable"
	return c.session.Do(ctx, k, envelope.WantTrue)
}

// MoveCardFunds implements issuer.Cards: /cards/transfer/in and /out.
func (c *Client) MoveCardFunds(ctx context.Context, permit issuer.Permit, t issuer.Transfer) error {
	if t.Direction == issuer.Out {
		return c.moveOnCard(ctx, "take from card", "/cards/transfer/out", permit, t)
	}
	return c.moveOnCard(ctx, "fund card", "/cards/transfer/in", permit, t)
}

// HoldCardFunds implements issuer.Cards: /cards/frozen and /cards/unfrozen.
func (c *Client) HoldCardFunds(ctx context.Context, permit issuer.Permit, t issuer.Transfer) error {
	if t.Direction == issuer.Out {
		return c.moveOnCard(ctx, "release hold", "/cards/unfrozen", permit, t)
	}
	return c.moveOnCard(ctx, "hold funds", "/cards/frozen", permit, t)
}

func (c *Client) moveOnCard(ctx context.Context, op, path string, permit issuer.Permit, t issuer.Transfer) error {
	if err := guard.Transfer(op, t); err != nil {
		return err
	}
	body := wireTransfer{AccountID: c.accountID, CardID: t.ObjectID, ClientID: t.ClientID, Cost: t.Amount}
	return c.session.Do(ctx, session.Mutate(op, c.options.TransferMethod, path, permit, body), envelope.WantTrue)
}
