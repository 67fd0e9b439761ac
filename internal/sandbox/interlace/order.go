package interlace

import (
	"slices"
	"strings"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// cardOrder is the body of both card orders: an amount for a prepaid card, a budgetId for
// a budget card.
type cardOrder struct {
	AccountID    string  `json:"accountId"`
	BINID        string  `json:"binId"`
	CardholderID string  `json:"cardholderId"`
	ReferenceID  string  `json:"referenceId"`
	CardMode     string  `json:"cardMode"`
	Amount       decimal `json:"amount"`
	BudgetID     string  `json:"budgetId"`
	UseType      string  `json:"useType"`
	Label        string  `json:"label"`
}

func (h *Handler) createPrepaid(c *call) (any, error) { return h.createCard(c, ledger.Prepaid) }

// createBudgetFunded orders a card that spends from a budget. It holds no money, so an
// amount is refused.
func (h *Handler) createBudgetFunded(c *call) (any, error) {
	return h.createCard(c, ledger.BudgetFunded)
}

func (h *Handler) createCard(c *call, kind ledger.CardType) (any, error) {
	var in cardOrder
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := c.own(in.AccountID); err != nil {
		return nil, err
	}
	if err := h.check(in, kind); err != nil {
		return nil, err
	}
	bin, err := h.ledger.BINByID(in.BINID)
	if err != nil || bin.Type != kind {
		return nil, ledger.ErrUnknownBIN
	}
	if in.Amount.LessThan(bin.MinFunding) {
		return nil, parameter("amount cannot be below " + bin.MinFunding.String())
	}
	order, err := h.order(c, in, bin)
	if err != nil {
		return nil, err
	}
	return h.issue(c, order)
}

func (h *Handler) check(in cardOrder, kind ledger.CardType) error {
	switch {
	case in.BINID == "":
		return parameter("binId is required")
	case in.CardholderID == "" && !h.opts.OptionalCardholder:
		return parameter("cardholderId is required")
	case in.ReferenceID == "":
		return parameter("referenceId is required")
	case !strings.EqualFold(in.CardMode, virtualCard):
		return parameter("cardMode must be " + virtualCard + ": this sandbox issues nothing else")
	case kind == ledger.BudgetFunded && in.BudgetID == "":
		return parameter("budgetId is required")
	case kind == ledger.BudgetFunded && in.Amount.sent:
		return parameter("amount is for prepaid cards alone")
	}
	return nil
}

// order is the order as the ledger takes it, with the person's name and address.
func (h *Handler) order(c *call, in cardOrder, bin ledger.BIN) (ledger.CardOrder, error) {
	o := ledger.CardOrder{
		Type: bin.Type, BIN: bin.Number, Funding: in.Amount.Amount, Label: in.Label, UseType: in.UseType,
		Reference: in.ReferenceID, UniqueReference: !h.opts.DuplicateReferences, HolderID: in.CardholderID,
	}
	if bin.Type == ledger.BudgetFunded {
		o.BudgetID, o.Funding = in.BudgetID, money.Zero
	}
	if in.CardholderID == "" {
		return o, nil
	}
	holder, err := c.book.Cardholder(in.CardholderID)
	if err != nil {
		return o, err
	}
	if !slices.Contains(holder.BINs, bin.ID) {
		return o, parameter("binId is not among the cardBinList of the cardholder")
	}
	o.Holder, o.Address = holder.Holder, holder.Address
	return o, nil
}

// issue answers with the card, or with nothing where cards are issued later.
func (h *Handler) issue(c *call, order ledger.CardOrder) (any, error) {
	if h.opts.Asynchronous {
		_, err := c.book.OrderCards(order, 1)
		return nil, err
	}
	card, err := c.book.IssueCard(order)
	if err != nil {
		return nil, err
	}
	return h.one(card), nil
}
