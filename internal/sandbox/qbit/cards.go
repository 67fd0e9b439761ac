package qbit

import (
	"fmt"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// cardTypes are the names that the document has for card types.
var cardTypes = map[string]ledger.CardType{
	"PrepaidCard": ledger.Prepaid,
	"BudgetCard":  ledger.BudgetFunded,
}

// cardRow is the Card object (Card 对象). The cards document and the resources document
// name the last digits differently; budgetId is there for budget cards alone.
type cardRow struct {
	ID               string   `json:"id"`
	AccountID        string   `json:"accountId"`
	Token            string   `json:"token"`
	Status           string   `json:"status"`
	Currency         string   `json:"currency"`
	Provider         string   `json:"provider"`
	UserName         string   `json:"userName"`
	CreateTime       string   `json:"createTime"`
	LastFour         string   `json:"qbitCardNoLastFour,omitempty"`
	ResourceLastFour string   `json:"cardNoLastFour,omitempty"`
	CardAddress      *address `json:"cardAddress"`
	Label            string   `json:"label"`
	BalanceID        string   `json:"balanceId"`
	BudgetID         string   `json:"budgetId,omitempty"`
}

func (h *Handler) cardRowOf(c ledger.Card) cardRow {
	row := cardRow{
		ID: c.ID, AccountID: c.Account, Token: c.Token, Status: string(c.State), Currency: ledger.Currency,
		Provider: kindName(c.Type) + "_" + c.BIN, UserName: c.Holder.FirstName + " " + c.Holder.LastName,
		CreateTime: timestamp(c.Created), LastFour: c.LastFour, CardAddress: addressOf(c.Address),
		Label: c.Label, BalanceID: c.BalanceID, BudgetID: c.BudgetID,
	}
	if h.opts.ResourceNames {
		row.LastFour, row.ResourceLastFour = "", c.LastFour
	}
	return row
}

// listCards is 获取卡列表. Closed cards stay in it. The label is compared exactly: the
// document does not say how it filters.
func (h *Handler) listCards(c *call) (any, error) {
	page, err := h.page(c)
	if err != nil {
		return nil, err
	}
	rows, total := c.book.Cards(ledger.CardFilter{ID: c.query("id"), Label: c.query("label")}, page)
	return ok(list{httpjson.Rows(rows, h.cardRowOf), total}), nil
}

// cardMove is the body of the calls that name a card, with or without an amount.
type cardMove struct {
	AccountID           string       `json:"accountId"`
	CardID              string       `json:"cardId"`
	ClientTransactionID string       `json:"clientTransactionId"`
	Cost                money.Amount `json:"cost"`
}

func readMove(c *call) (cardMove, error) {
	var in cardMove
	if err := c.decode(&in); err != nil {
		return in, err
	}
	if in.CardID == "" {
		return in, parameter("cardId is required")
	}
	return in, c.own(in.AccountID)
}

// transferIn is 转入.
func (h *Handler) transferIn(c *call) (any, error) {
	return h.moveCard(c, CallTransferIn, c.book.TransferIn)
}

// transferOut is 转出.
func (h *Handler) transferOut(c *call) (any, error) {
	return h.moveCard(c, CallTransferOut, c.book.TransferOut)
}

// frozen is 冻结金额: an amount on the card, not the card.
func (h *Handler) frozen(c *call) (any, error) { return h.moveCard(c, CallFrozen, c.book.Hold) }

// unfrozen is 解冻金额.
func (h *Handler) unfrozen(c *call) (any, error) { return h.moveCard(c, CallUnfrozen, c.book.Release) }

func (h *Handler) moveCard(c *call, name Call, move mover) (any, error) {
	in, err := readMove(c)
	if err != nil {
		return nil, err
	}
	return h.once(c, name, in.ClientTransactionID, in, func() (any, error) {
		_, err := move(in.CardID, in.Cost, in.ClientTransactionID)
		return done(), err
	})
}

// suspend is 冻结卡.
func (h *Handler) suspend(c *call) (any, error) { return h.setState(c, c.book.FreezeCard) }

// enable is 解冻卡. A card under Control stays as it is.
func (h *Handler) enable(c *call) (any, error) { return h.setState(c, c.book.UnfreezeCard) }

func (h *Handler) setState(c *call, set func(id string) error) (any, error) {
	in, err := readMove(c)
	if err != nil {
		return nil, err
	}
	return done(), set(in.CardID)
}

// deleteCard is 删除卡, a DELETE with a body.
func (h *Handler) deleteCard(c *call) (any, error) {
	in, err := readMove(c)
	if err != nil {
		return nil, err
	}
	return h.once(c, CallDelete, in.ClientTransactionID, in, func() (any, error) {
		return done(), c.book.CloseCard(in.CardID, in.ClientTransactionID)
	})
}

// configuration gives the fingerprint that the vendor's page widget is opened with. The
// sample sends cardId as the body of a GET; the query is read as well.
func (h *Handler) configuration(c *call) (any, error) {
	in := cardMove{CardID: c.query("cardId"), AccountID: c.query("accountId")}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := c.own(in.AccountID); err != nil {
		return nil, err
	}
	_, err := c.book.Card(in.CardID)
	return ok(h.opts.Random.Hex(32)), err
}

// cardInfo is the bare answer for PCI certified customers, and the one place where the
// dialect reveals a card.
func (h *Handler) cardInfo(c *call) (any, error) {
	if err := c.own(c.query("accountId")); err != nil {
		return nil, err
	}
	card, err := c.book.Card(c.query("cardId"))
	if err == nil && card.State == ledger.StateInactive {
		err = ledger.ErrCardInactive
	}
	return map[string]string{
		"qbitCardNo": card.PAN.Reveal(), "cvv": card.CVV.Reveal(),
		"expYear": fmt.Sprintf("%04d", card.ExpYear), "expMonth": fmt.Sprintf("%02d", card.ExpMonth),
	}, err
}

// kindName is the name of a type in the document: "PrepaidCard".
func kindName(t ledger.CardType) string { return string(t) + "Card" }
