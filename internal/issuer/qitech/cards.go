package qitech

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

const cardsPath = "/prepaid/card"

// Statuses that can be set (§4).
const (
	statusActive   = "active"
	statusBlocked  = "blocked"
	statusCanceled = "canceled"
)

// states maps the issuer's statuses; one that is not here is StateOther.
var states = map[string]issuer.State{
	"created": issuer.StatePending, "building": issuer.StatePending, "embossing": issuer.StatePending,
	statusActive: issuer.StateActive, statusBlocked: issuer.StateFrozen,
	"warning": issuer.StateControl, "pending": issuer.StateControl,
	"lost": issuer.StateInactive, "robbed": issuer.StateInactive, "theft": issuer.StateInactive,
	"fraud": issuer.StateInactive, statusCanceled: issuer.StateInactive,
}

// wireOrder is the body of a create, all fields required (§3.1).
type wireOrder struct {
	AccountKey  string `json:"account_key"`
	ProgramKey  string `json:"program_key"`
	Type        string `json:"type"`
	CardName    string `json:"card_name"`
	PrintedName string `json:"printed_name"`
	CVVHours    int64  `json:"cvv_rotation_interval_hours"`
}

// ListBINs implements issuer.Directory: the program says which cards are made.
func (c *Client) ListBINs(context.Context) ([]issuer.BIN, error) { return nil, nil }

// CheckCard implements issuer.Cards. The issuer has no such call: what can be told from the
// order alone is told here.
func (c *Client) CheckCard(_ context.Context, order issuer.CardOrder) ([]issuer.FieldProblem, error) {
	if _, problem := printedName(order.Cardholder); problem != "" {
		return []issuer.FieldProblem{{Field: "spec.cardholder", Reason: problem}}, nil
	}
	return nil, nil
}

// CreateCard implements issuer.Cards: POST /prepaid/card. The issuer has no idempotency and
// no reference of ours but the card's name, which is the label: the token alone.
func (c *Client) CreateCard(ctx context.Context, permit issuer.Permit, order issuer.CardOrder) error {
	const op = "create card"
	name, problem := printedName(order.Cardholder)
	switch {
	case problem != "":
		return &issuer.Error{Class: issuer.Invalid, Op: op, Message: "spec.cardholder: " + problem}
	case order.Type != issuer.Prepaid:
		return &issuer.Error{Class: issuer.Unsupported, Op: op, Message: "cards spend the account's money; spec.type must be Prepaid"}
	case order.Label == "" || len(order.Label) > maxCardName:
		return &issuer.Error{Class: issuer.Invalid, Op: op, Message: "a card's name must have 1 to 15 characters"}
	}
	r, err := c.mutate(op, http.MethodPost, cardsPath, permit, wireOrder{
		AccountKey: c.accountKey, ProgramKey: c.programKey, Type: "virtual", CardName: order.Label, PrintedName: name,
		CVVHours: c.rotation(order.CVVRotation),
	})
	if err != nil {
		return err
	}
	return c.do(ctx, r, func(body []byte) error {
		var made struct {
			CardKey string `json:"card_key"`
		}
		if err := decode(body, &made); err != nil {
			return err
		}
		if !validKey(made.CardKey) {
			return errForm
		}
		return nil
	})
}

// rotation is an interval in whole hours, at least one (§3.1).
func (c *Client) rotation(wanted time.Duration) int64 {
	if wanted <= 0 {
		wanted = c.options.CVVRotation
	}
	return max(1, int64(math.Ceil(wanted.Hours()))) // hours, not money
}

// GetCard implements issuer.Cards: GET /prepaid/card/{card_key}.
func (c *Client) GetCard(ctx context.Context, cardID string) (issuer.Card, error) {
	return c.readCard(ctx, cardID, transport.Urgent)
}

func (c *Client) readCard(ctx context.Context, cardID string, priority transport.Priority) (issuer.Card, error) {
	const op = "read card"
	if !validKey(cardID) {
		return issuer.Card{}, invalidKey(op)
	}
	r := c.read(op, cardsPath+"/"+url.PathEscape(cardID), nil)
	r.Priority = priority
	var found issuer.Card
	err := c.do(ctx, r, func(body []byte) (err error) {
		var row wireCard
		if err := decode(body, &row); err != nil {
			return err
		}
		if found, err = row.port(); err == nil && found.ID != cardID {
			return errOther
		}
		return err
	})
	if err != nil {
		return issuer.Card{}, err
	}
	if !c.own(&found) {
		return issuer.Card{}, &issuer.Error{Class: issuer.NotFound, Op: op, Message: "the card is of another account"}
	}
	c.remember(found)
	return found, nil
}

// FreezeCard implements issuer.Cards.
func (c *Client) FreezeCard(ctx context.Context, cardID string) error {
	return c.setStatus(ctx, "freeze card", cardID, statusBlocked)
}

// UnfreezeCard implements issuer.Cards. A card that is not active yet becomes so by itself:
// setting it from an initial state is not asked for (§4).
func (c *Client) UnfreezeCard(ctx context.Context, cardID string) error {
	const op = "unfreeze card"
	card, err := c.GetCard(ctx, cardID)
	switch {
	case err != nil:
		return err
	case card.State == issuer.StateActive:
		return nil
	case card.State == issuer.StatePending:
		return &issuer.Error{Class: issuer.Unavailable, Op: op, Message: "the card is not active yet; it becomes so by itself"}
	case card.State != issuer.StateFrozen:
		return &issuer.Error{Class: issuer.Conflict, Op: op, Message: "the issuer itself stopped or ended the card; ask QI Tech"}
	}
	return c.setStatus(ctx, op, cardID, statusActive)
}

// CloseCard implements issuer.Cards.
func (c *Client) CloseCard(ctx context.Context, cardID, _ string) error {
	return c.setStatus(ctx, "close card", cardID, statusCanceled)
}

// setStatus is PATCH /prepaid/card/{card_key}. What its answer holds is not documented, so
// any 2xx is a yes. A refusal because of the present status is none where that is the goal.
func (c *Client) setStatus(ctx context.Context, op, cardID, status string) error {
	if !validKey(cardID) {
		return invalidKey(op)
	}
	r, err := c.mutate(op, http.MethodPatch, cardsPath+"/"+url.PathEscape(cardID), issuer.Permit{}, map[string]string{"status": status})
	if err != nil {
		return err
	}
	if status != statusActive {
		r.Priority = transport.Stopping
	}
	err = c.do(ctx, r, func([]byte) error { return nil })
	var e *issuer.Error
	if !errors.As(err, &e) || (e.Code != "CARD000013" && e.Code != "CARD000014") {
		return err
	}
	card, readErr := c.GetCard(ctx, cardID)
	if readErr == nil && card.State == states[status] {
		return nil
	}
	return err
}

func invalidKey(op string) error {
	return &issuer.Error{Class: issuer.Invalid, Op: op, Message: "a card's key is empty or has characters that keys do not have"}
}
