package qbit

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// The types that the documents name (CardTransaction 属性, BudgetTransaction 属性). They
// name none for a withdrawal, the first funding of a card or the money that a closed
// card returns, so those are shown as the transfers that they are.
var cardTypeNames = map[ledger.Kind]string{
	ledger.KindConsumption: "Consumption",
	ledger.KindCardIn:      "TransferIn",
	ledger.KindCardOut:     "TransferOut",
	ledger.KindClosing:     "TransferOut",
	ledger.KindWithdrawal:  "TransferOut",
	ledger.KindCredit:      "Credit",
	ledger.KindReversal:    "Reversal",
}

// holdTypeNames are the sandbox's own, used with Options.ListHolds.
var holdTypeNames = map[ledger.Kind]string{
	ledger.KindHold:    "Frozen",
	ledger.KindRelease: "Unfrozen",
}

var budgetTypeNames = map[ledger.Kind]string{
	ledger.KindConsumption: "Consumption",
	ledger.KindBudgetIn:    "TransferIn",
	ledger.KindBudgetOut:   "TransferOut",
	ledger.KindCredit:      "Credit",
	ledger.KindIssuanceFee: "CreateCardFee",
}

// cardTransactionRow is the CardTransaction object.
type cardTransactionRow struct {
	ID                  string       `json:"id"`
	AccountID           string       `json:"accountId"`
	CardID              string       `json:"cardId"`
	Currency            string       `json:"currency"`
	Amount              money.Amount `json:"amount"`
	Fee                 money.Amount `json:"fee"`
	Type                string       `json:"type"`
	ClientTransactionID string       `json:"clientTransactionId"`
	Status              string       `json:"status"`
	TransactionTime     string       `json:"transactionTime"`
}

// cardTransactionDetail is what the call for one transaction adds.
type cardTransactionDetail struct {
	cardTransactionRow
	Detail    string `json:"detail"`
	PaymentID string `json:"paymentId"`
	Remark    string `json:"remark"`
}

// budgetTransactionRow is the BudgetTransaction object, without the currency that its
// table has and its sample has not.
type budgetTransactionRow struct {
	ID                  string       `json:"id"`
	AccountID           string       `json:"accountId"`
	BudgetID            string       `json:"budgetId"`
	CardID              *string      `json:"cardId"`
	Amount              money.Amount `json:"amount"`
	Fee                 money.Amount `json:"fee"`
	Type                string       `json:"type"`
	ClientTransactionID string       `json:"clientTransactionId"`
	Status              string       `json:"status"`
	TransactionTime     string       `json:"transactionTime"`
}

func (h *Handler) cardTransactionRowOf(m ledger.Movement) cardTransactionRow {
	kind := h.cardKinds()[m.Kind]
	return cardTransactionRow{
		ID: m.ID, AccountID: m.Account, CardID: m.CardID, Currency: ledger.Currency,
		Amount: m.Amount, Fee: m.Fee, Type: kind, ClientTransactionID: clientIDOf(m, kind),
		Status: string(m.Status), TransactionTime: timestamp(m.Time),
	}
}

func budgetTransactionRowOf(m ledger.Movement) budgetTransactionRow {
	kind := budgetTypeNames[m.Kind]
	row := budgetTransactionRow{
		ID: m.ID, AccountID: m.Account, BudgetID: m.BudgetID, Amount: m.Amount, Fee: m.Fee,
		Type: kind, ClientTransactionID: clientIDOf(m, kind),
		Status: string(m.Status), TransactionTime: timestamp(m.Time),
	}
	if m.CardID != "" {
		row.CardID = &m.CardID
	}
	return row
}

// clientIDOf composes the text with colons that the issuer puts on its own entries.
func clientIDOf(m ledger.Movement, kind string) string {
	if m.ClientID != "" {
		return m.ClientID
	}
	return "QBIT:Sandbox:" + kind + ":" + m.ID
}

// cardKinds is what /cards/transactions lists.
func (h *Handler) cardKinds() map[ledger.Kind]string {
	if !h.opts.ListHolds {
		return cardTypeNames
	}
	all := map[ledger.Kind]string{}
	for _, names := range []map[ledger.Kind]string{cardTypeNames, holdTypeNames} {
		for kind, name := range names {
			all[kind] = name
		}
	}
	return all
}

// cardTransactions is 获取量子卡交易列表, a flat list.
func (h *Handler) cardTransactions(c *call) (any, error) {
	page, err := h.page(c)
	if err != nil {
		return nil, err
	}
	filter, err := h.transactionFilter(c)
	if err != nil {
		return nil, err
	}
	found, total := c.book.Movements(filter, page)
	rows := httpjson.Rows(found, h.cardTransactionRowOf)
	if fields := c.query("fields"); fields != "" {
		return list{httpjson.Rows(rows, only(fields)), total}, nil
	}
	return list{rows, total}, nil
}

func (h *Handler) transactionFilter(c *call) (f ledger.MovementFilter, err error) {
	f = ledger.MovementFilter{CardID: c.query("cardId"), Status: ledger.Status(c.query("status"))}
	if f.From, err = c.moment("startTime"); err != nil {
		return f, err
	}
	if f.To, err = c.moment("endTime"); err != nil {
		return f, err
	}
	f.Kinds = []ledger.Kind{}
	for kind, name := range h.cardKinds() {
		if want := c.query("type"); want == "" || want == name {
			f.Kinds = append(f.Kinds, kind)
		}
	}
	return f, nil
}

// only keeps the named fields of a row (检索列表指定的某些字段).
func only(fields string) func(cardTransactionRow) map[string]json.RawMessage {
	names := strings.Split(fields, ",")
	return func(row cardTransactionRow) map[string]json.RawMessage {
		kept := map[string]json.RawMessage{}
		text, err := json.Marshal(row)
		if err != nil || json.Unmarshal(text, &kept) != nil {
			return nil
		}
		for name := range kept {
			if !slices.Contains(names, name) {
				delete(kept, name)
			}
		}
		return kept
	}
}

// cardTransaction is 获取量子卡交易详情, enveloped, and without any listing lag.
func (h *Handler) cardTransaction(c *call) (any, error) {
	m, err := c.book.Movement(c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if h.cardKinds()[m.Kind] == "" {
		return nil, ledger.ErrUnknownMovement
	}
	return ok(cardTransactionDetail{h.cardTransactionRowOf(m), m.Detail, m.PaymentID, ""}), nil
}

// budgetTransactions is 获取预算交易列表. The document says of its filter only "id" and
// passes a budget's, so it matches the transaction or the budget.
func (h *Handler) budgetTransactions(c *call) (any, error) {
	page, err := h.page(c)
	if err != nil {
		return nil, err
	}
	filter := ledger.MovementFilter{AnyBudget: true, IDOrBudget: c.query("id")}
	rows, total := c.book.Movements(filter, page)
	return ok(struct {
		Data      []budgetTransactionRow `json:"data"`
		PageTotal int                    `json:"pageTotal"`
		Total     int                    `json:"total"`
	}{httpjson.Rows(rows, budgetTransactionRowOf), len(rows), total}), nil
}
