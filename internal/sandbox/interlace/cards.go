package interlace

import (
	"errors"
	"strings"

	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const (
	virtualCard = "VIRTUAL_CARD"
	// reasonAPI is the reasonCode that the sample prints for a freeze by the API.
	reasonAPI = "3001"
)

// cardRow is the Card object, with the referenceId that one sample has. cardMode is
// required by the table and not in the sample: it is there when one card is the answer,
// and not in lists.
type cardRow struct {
	ID                string      `json:"id"`
	AccountID         string      `json:"accountId"`
	UserName          string      `json:"userName"`
	Currency          string      `json:"currency"`
	BIN               string      `json:"bin"`
	Status            string      `json:"status"`
	CardLastFour      string      `json:"cardLastFour"`
	CardMode          string      `json:"cardMode,omitempty"`
	Label             string      `json:"label,omitempty"`
	BalanceID         string      `json:"balanceId,omitempty"`
	BudgetID          string      `json:"budgetId,omitempty"`
	CardholderID      string      `json:"cardholderId,omitempty"`
	ReferenceID       string      `json:"referenceId,omitempty"`
	CreateTime        string      `json:"createTime"`
	CardAddress       *address    `json:"cardAddress,omitempty"`
	TransactionLimits []limitRow  `json:"transactionLimits"`
	StatusChanges     []changeRow `json:"cardStatusChangeRecordList"`
}

// limitRow is an entry of transactionLimits.
type limitRow struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// changeRow is an entry of cardStatusChangeRecordList. Its statuses are in title case in
// the sample. A change that no request made has no requestUrl.
type changeRow struct {
	AccountID     string `json:"accountId"`
	AfterStatus   string `json:"afterStatus"`
	BeforeStatus  string `json:"beforeStatus"`
	CardID        string `json:"cardId"`
	OperationTime string `json:"operationTime"`
	ReasonCode    string `json:"reasonCode,omitempty"`
	RequestURL    string `json:"requestUrl,omitempty"`
	UserID        string `json:"userId,omitempty"`
}

func (h *Handler) cardRowOf(c ledger.Card) cardRow {
	return cardRow{
		ID: c.ID, AccountID: c.Account, UserName: userName(c.Holder), Currency: ledger.Currency, BIN: c.BIN,
		Status: h.enum(string(c.State)), CardLastFour: c.LastFour, Label: c.Label, BalanceID: c.BalanceID,
		BudgetID: c.BudgetID, CardholderID: c.HolderID, ReferenceID: c.Reference, CreateTime: ms(c.Created),
		CardAddress: addressOf(c.Address), TransactionLimits: httpjson.Rows(c.Limits, h.limitRowOf),
		StatusChanges: changesOf(c),
	}
}

func (h *Handler) limitRowOf(l ledger.Limit) limitRow {
	return limitRow{h.enum(string(l.Interval)), plain(l.Amount)}
}

// one is a card that is the whole answer.
func (h *Handler) one(c ledger.Card) cardRow {
	row := h.cardRowOf(c)
	row.CardMode = virtualCard
	return row
}

func changesOf(c ledger.Card) []changeRow {
	rows := []changeRow{}
	before := ledger.Active
	for _, turn := range c.History {
		if turn.State != before {
			rows = append(rows, changeRowOf(c, before, turn))
		}
		before = turn.State
	}
	return rows
}

func changeRowOf(c ledger.Card, before ledger.State, turn ledger.Turn) changeRow {
	row := changeRow{
		AccountID: c.Account, AfterStatus: string(turn.State), BeforeStatus: string(before), CardID: c.ID,
		OperationTime: ms(turn.Time),
	}
	if turn.Via != "" {
		row.ReasonCode, row.RequestURL, row.UserID = reasonAPI, turn.Via, derived("user", c.Account)
	}
	return row
}

// userName is the name of a person, empty where none is known.
func userName(h ledger.Holder) string { return strings.TrimSpace(h.FirstName + " " + h.LastName) }

// listCards lists cards, closed ones included, by any of its filters. A label is compared
// as a whole: no page says how it filters.
func (h *Handler) listCards(c *call) (any, error) {
	page, err := c.page(true)
	if err != nil {
		return nil, err
	}
	rows, total := c.book.Cards(ledger.CardFilter{
		ID: c.query("cardId"), Label: c.query("label"), BudgetID: c.query("budgetId"),
		Reference: c.query("referenceId"), HolderID: c.query("cardholderId"),
	}, page)
	return h.list(httpjson.Rows(rows, h.cardRowOf), total), nil
}

// cardBody is the body of the calls about a card.
type cardBody struct {
	AccountID           string  `json:"accountId"`
	CardID              string  `json:"cardId"`
	ClientTransactionID string  `json:"clientTransactionId"`
	Amount              decimal `json:"amount"`
}

func readCard(c *call) (in cardBody, err error) {
	if err := c.decode(&in); err != nil {
		return in, err
	}
	return in, errors.Join(c.own(in.AccountID), c.account(false))
}

func (h *Handler) freeze(c *call) (any, error) { return h.setState(c, c.book.FreezeCard) }

// unfreeze lets a card pay again. A card under CONTROL stays as it is.
func (h *Handler) unfreeze(c *call) (any, error) { return h.setState(c, c.book.UnfreezeCard) }

func (h *Handler) setState(c *call, set func(id string) error) (any, error) {
	if _, err := readCard(c); err != nil {
		return nil, err
	}
	if err := set(c.PathValue("id")); err != nil {
		return nil, err
	}
	card, err := c.book.Card(c.PathValue("id"))
	return h.one(card), err
}

// deleteCard closes a card for good. It is called naturally idempotent, so a card that is
// closed already is closed. The answer is not documented: true.
func (h *Handler) deleteCard(c *call) (any, error) {
	if _, err := readCard(c); err != nil {
		return nil, err
	}
	err := c.book.CloseCard(c.PathValue("id"), "")
	if errors.Is(err, ledger.ErrCardInactive) {
		err = nil
	}
	return true, err
}

func (h *Handler) cardIn(c *call) (any, error) { return h.moveCard(c, c.book.TransferIn) }

func (h *Handler) cardOut(c *call) (any, error) { return h.moveCard(c, c.book.TransferOut) }

func (h *Handler) moveCard(c *call, move mover) (any, error) {
	in, err := readCard(c)
	if err != nil {
		return nil, err
	}
	if in.CardID == "" || in.ClientTransactionID == "" {
		return nil, parameter("cardId and clientTransactionId are required")
	}
	m, err := move(in.CardID, in.Amount.Amount, in.ClientTransactionID)
	if err != nil {
		return nil, err
	}
	return h.cardTransactionRowOf(m), nil
}
