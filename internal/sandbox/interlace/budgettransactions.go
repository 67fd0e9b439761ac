package interlace

import (
	"strconv"

	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// cardMakingFee is the type of a budget transaction's fee: 开卡制作费.
const cardMakingFee = "0"

// budgetType is a type of BudgetTransaction: the table has a code, the sample the name.
type budgetType struct {
	code int
	name string
}

var budgetTypes = map[ledger.Kind]budgetType{
	ledger.KindBudgetIn:    {0, "TransferIn"},
	ledger.KindBudgetOut:   {1, "TransferOut"},
	ledger.KindIssuanceFee: {2, "CreateCardFee"},
	ledger.KindConsumption: {3, "Consumption"},
	ledger.KindCredit:      {4, "Refund"},
}

// budgetFeeRow is the fee of a budget's transaction. Its type is a string, unlike that of
// a card's.
type budgetFeeRow struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	FeeType  string `json:"feeType"`
}

// budgetTransactionRow is the BudgetTransaction object. Its status is in title case in the
// sample, and so it is here.
type budgetTransactionRow struct {
	ID                   string         `json:"id"`
	AccountID            string         `json:"accountId"`
	BudgetID             string         `json:"budgetId"`
	CardID               *string        `json:"cardId"`
	Amount               string         `json:"amount"`
	Fee                  string         `json:"fee"`
	FeeDetails           []budgetFeeRow `json:"feeDetails"`
	ClientTransactionID  string         `json:"clientTransactionId"`
	TransactionDisplayID string         `json:"transactionDisplayId"`
	Type                 any            `json:"type"`
	Status               string         `json:"status"`
	TransactionTime      string         `json:"transactionTime"`
	Detail               string         `json:"detail"`
}

func (h *Handler) budgetTransactionRowOf(m ledger.Movement) budgetTransactionRow {
	kind := budgetTypes[m.Kind]
	row := budgetTransactionRow{
		ID: m.ID, AccountID: m.Account, BudgetID: m.BudgetID, Amount: m.Amount.String(), Fee: m.Fee.String(),
		FeeDetails: []budgetFeeRow{}, ClientTransactionID: m.ClientID, TransactionDisplayID: m.PaymentID,
		Type: kind.name, Status: string(m.Status), TransactionTime: ms(m.Time), Detail: m.Detail,
	}
	if h.opts.NumericNames {
		row.Type = kind.code
	}
	if m.CardID != "" {
		row.CardID = &m.CardID
	}
	if m.Fee.IsPositive() {
		row.FeeDetails = append(row.FeeDetails, budgetFeeRow{m.Fee.String(), ledger.Currency, cardMakingFee})
	}
	return row
}

// budgetTransactions lists what moved in and out of a budget. The type may be asked for by
// its name or its code.
func (h *Handler) budgetTransactions(c *call) (any, error) {
	page, err := c.page(false)
	if err != nil {
		return nil, err
	}
	if _, err := c.book.Budget(c.PathValue("id")); err != nil {
		return nil, err
	}
	filter, err := period(c, ledger.MovementFilter{BudgetID: c.PathValue("id"), Status: statusOf(c), Kinds: []ledger.Kind{}})
	if err != nil {
		return nil, err
	}
	for kind, t := range budgetTypes {
		if want := c.query("type"); matches(want, t.name) || want == strconv.Itoa(t.code) {
			filter.Kinds = append(filter.Kinds, kind)
		}
	}
	rows, total := c.book.Movements(filter, page)
	return h.list(httpjson.Rows(rows, h.budgetTransactionRowOf), total), nil
}
