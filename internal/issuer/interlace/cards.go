package interlace

import (
	"context"
	"net/http"
	"net/url"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// virtualCard is the cardMode of every card that is ordered here.
const virtualCard = "VIRTUAL_CARD"

// orderPaths are where a card of a type is ordered.
var orderPaths = map[issuer.CardType]string{issuer.Prepaid: "/prepaid-card", issuer.BudgetCard: "/budget-card"}

// GetCard implements issuer.Cards: GET /card-list with the cardId filter, since
// GET /cards/{id} is not the card but its number. The id is compared here as well.
func (c *Client) GetCard(ctx context.Context, cardID string) (issuer.Card, error) {
	const op = "read card"
	if err := guard.IDs(op, cardID); err != nil {
		return issuer.Card{}, err
	}
	l := c.cards(op, url.Values{"cardId": {cardID}})
	l.Urgent = true
	return session.One(ctx, c.session, l, cardID)
}

// CreateCard implements issuer.Cards: POST /prepaid-card or /budget-card. Whether a card
// is there when it is ordered is not documented, so its answer is a Card or nothing (§11);
// the card is found by its referenceId or by the token in its label.
func (c *Client) CreateCard(ctx context.Context, permit issuer.Permit, order issuer.CardOrder) error {
	const op = "create card"
	if err := c.checkOrder(op, order); err != nil {
		return err
	}
	// Not the budget's id: a Budget that is deleted and made again has another, and the claim stays.
	k := c.order(op, orderPaths[order.Type], permit, order.ClientID, c.cardOrder(order),
		order.ProductID, order.CardholderID, order.Reference, order.Label, order.Usage)
	return c.session.Do(ctx, k, func(a envelope.Answer) error {
		if a.Data == nil {
			return nil
		}
		card, err := wire.Object(a.Data, wireCard.port)
		if err == nil && (card.BIN == "" || !sameOrNone(card.Reference, order.Reference)) {
			return errOtherID
		}
		return err
	})
}

func (c *Client) checkOrder(op string, o issuer.CardOrder) error {
	if err := guard.Label(op, "a card's label", o.Label, c.options.MaxLabel); err != nil {
		return err
	}
	if orderPaths[o.Type] == "" || o.Opening.IsNegative() {
		return guard.Invalid(op, "the card's type or opening amount is not one that this issuer has")
	}
	if o.Type == issuer.BudgetCard {
		if err := guard.IDs(op, o.BudgetID); err != nil {
			return err
		}
	}
	return guard.IDs(op, o.ProductID, o.CardholderID, o.Reference, o.ClientID)
}

func (c *Client) cardOrder(o issuer.CardOrder) wireCardOrder {
	w := wireCardOrder{
		AccountID: c.accountID, BINID: o.ProductID, CardholderID: o.CardholderID, Reference: o.Reference,
		CardMode: virtualCard, Label: o.Label, UseType: o.Usage,
	}
	if o.Type == issuer.BudgetCard {
		w.BudgetID = o.BudgetID
	} else if o.Opening.IsPositive() {
		w.Amount = amountText(o.Opening)
	}
	return w
}

// FreezeCard implements issuer.Cards: POST /cards/{id}/freeze.
func (c *Client) FreezeCard(ctx context.Context, cardID string) error {
	return c.setCard(ctx, "freeze card", cardID, "/freeze")
}

// UnfreezeCard implements issuer.Cards: POST /cards/{id}/unfreeze.
func (c *Client) UnfreezeCard(ctx context.Context, cardID string) error {
	return c.setCard(ctx, "unfreeze card", cardID, "/unfreeze")
}

// setCard carries no idempotency key: a card is frozen, unfrozen and frozen again, and a
// key that comes again would be answered with the first result, without effect (§7).
func (c *Client) setCard(ctx context.Context, op, cardID, step string) error {
	if err := guard.IDs(op, cardID); err != nil {
		return err
	}
	k := session.Repeat(op, http.MethodPost, cardPath(cardID)+step, map[string]string{"accountId": c.accountID})
	k.Stops = step == "/freeze"
	return c.session.Do(ctx, k, confirmed(cardID))
}

// CloseCard implements issuer.Cards: DELETE /cards/{id}, which the document calls
// idempotent by nature and for which it ignores keys (§7). Where it takes the account is not
// documented: it goes into the query and the body.
func (c *Client) CloseCard(ctx context.Context, cardID, _ string) error {
	const op = "close card"
	if err := guard.IDs(op, cardID); err != nil {
		return err
	}
	k := session.Repeat(op, http.MethodDelete, cardPath(cardID), map[string]string{"accountId": c.accountID})
	k.Query, k.Stops = c.account(), true
	return c.session.Do(ctx, k, confirmed(cardID))
}

// MoveCardFunds implements issuer.Cards: POST /cards/transfer-in and /cards/transfer-out.
func (c *Client) MoveCardFunds(ctx context.Context, permit issuer.Permit, t issuer.Transfer) error {
	op, path := "fund card", "/cards/transfer-in"
	if t.Direction == issuer.Out {
		op, path = "take from card", "/cards/transfer-out"
	}
	if err := guard.Transfer(op, t); err != nil {
		return err
	}
	body := wireTransfer{AccountID: c.accountID, CardID: t.ObjectID, ClientID: t.ClientID, Amount: amountText(t.Amount)}
	return c.session.Do(ctx, c.order(op, path, permit, t.ClientID, body, t.Amount.String()), echoed(t, wireMovement.ofCard, quantum.CardOf))
}

func cardPath(cardID string) string { return "/cards/" + url.PathEscape(cardID) }
