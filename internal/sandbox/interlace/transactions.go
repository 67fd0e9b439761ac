package interlace

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const (
	directionIn  = 1
	directionOut = 2
	// businessCode is the one that the samples print; the table of codes is not public.
	businessCode = 1001
	// platformFee is the type of a card transaction's fee: 平台结算费.
	platformFee = 0
)

// cardTypes are the codes of CardTransaction.type. It has none for a withdrawal or for the
// money that a closed card returns, so those are shown as the transfers that they are.
var cardTypes = map[ledger.Kind]int{
	ledger.KindCredit:      0,
	ledger.KindConsumption: 1,
	ledger.KindCardIn:      2,
	ledger.KindCardOut:     3,
	ledger.KindClosing:     3,
	ledger.KindWithdrawal:  3,
}

// inward are the kinds that bring money to the card.
var inward = []ledger.Kind{ledger.KindCredit, ledger.KindCardIn}

// feeRow is the FeeDetail of a card's transaction.
type feeRow struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	FeeType  int    `json:"feeType"`
}

// cardTransactionRow is the CardTransaction object.
type cardTransactionRow struct {
	ID                  string   `json:"id"`
	AccountID           string   `json:"accountId"`
	CardID              string   `json:"cardId"`
	CardTransactionID   string   `json:"cardTransactionId"`
	Currency            string   `json:"currency"`
	Amount              string   `json:"amount"`
	Fee                 string   `json:"fee"`
	FeeDetails          []feeRow `json:"feeDetails"`
	ClientTransactionID string   `json:"clientTransactionId,omitempty"`
	Type                int      `json:"type"`
	Status              string   `json:"status"`
	shopRow
	TransactionTime     string  `json:"transactionTime"`
	TransactionCurrency string  `json:"transactionCurrency"`
	TransactionAmount   string  `json:"transactionAmount"`
	CreateTime          string  `json:"createTime"`
	CompleteTime        string  `json:"completeTime,omitempty"`
	Detail              string  `json:"detail,omitempty"`
	BusinessCodeList    []int   `json:"businessCodeList"`
	Direction           int     `json:"direction"`
	Remark              *string `json:"remark"`
}

// shopRow is the merchant of a transaction.
type shopRow struct {
	MerchantName    string `json:"merchantName,omitempty"`
	MCC             string `json:"mcc,omitempty"`
	MCCCategory     string `json:"mccCategory,omitempty"`
	MerchantCity    string `json:"merchantCity,omitempty"`
	MerchantCountry string `json:"merchantCountry,omitempty"`
	MerchantState   string `json:"merchantState,omitempty"`
	MerchantZipcode string `json:"merchantZipcode,omitempty"`
	MerchantMID     string `json:"merchantMid,omitempty"`
}

// shopOf describes a merchant. The ledger knows its name; the rest is the sample's.
func shopOf(name string) shopRow {
	return shopRow{
		MerchantName: name, MCC: "5399", MCCCategory: "Miscellaneous General Merchandise",
		MerchantCity: "Seattle", MerchantCountry: "US", MerchantState: "WA", MerchantZipcode: "98109",
		MerchantMID: "merchant_" + derived("merchant", name)[:8],
	}
}

// derived is an id that follows from another.
func derived(kind, from string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(kind+"/"+from)).String()
}

func (h *Handler) cardTransactionRowOf(m ledger.Movement) cardTransactionRow {
	row := cardTransactionRow{
		ID: m.ID, AccountID: m.Account, CardID: m.CardID, CardTransactionID: derived("card-transaction", m.ID),
		Currency: ledger.Currency, Amount: plain(m.Amount), Fee: plain(m.Fee), FeeDetails: []feeRow{},
		ClientTransactionID: m.ClientID, Type: cardTypes[m.Kind], Status: h.enum(string(m.Status)),
		TransactionTime: ms(m.Time), TransactionCurrency: ledger.Currency, TransactionAmount: plain(m.Amount),
		CreateTime: ms(m.Time), CompleteTime: ms(m.ClosedAt), Detail: m.Detail,
		BusinessCodeList: []int{businessCode}, Direction: directionOut,
	}
	if slices.Contains(inward, m.Kind) {
		row.Direction = directionIn
	}
	if m.Kind == ledger.KindConsumption {
		row.shopRow = shopOf(m.Detail)
	}
	if m.Fee.IsPositive() {
		row.FeeDetails = append(row.FeeDetails, feeRow{plain(m.Fee), ledger.Currency, platformFee})
	}
	if m.Status == ledger.StatusFail {
		row.Remark = &m.Detail
	}
	return row
}

// cardTransactions lists, by any of its filters, what moved on cards.
func (h *Handler) cardTransactions(c *call) (any, error) {
	page, err := c.page(true)
	if err != nil {
		return nil, err
	}
	filter, err := period(c, ledger.MovementFilter{
		ID: c.query("id"), ClientID: c.query("clientTransactionId"), CardID: c.query("cardId"), Status: statusOf(c),
	})
	if err != nil {
		return nil, err
	}
	filter.Kinds = []ledger.Kind{}
	for kind, code := range cardTypes {
		if want := c.query("type"); want == "" || want == strconv.Itoa(code) {
			filter.Kinds = append(filter.Kinds, kind)
		}
	}
	rows, total := c.book.Movements(filter, page)
	return h.list(httpjson.Rows(rows, h.cardTransactionRowOf), total), nil
}

// period reads startTime and endTime, both inclusive.
func period(c *call, f ledger.MovementFilter) (_ ledger.MovementFilter, err error) {
	if f.From, err = c.moment("startTime"); err != nil {
		return f, err
	}
	f.To, err = c.moment("endTime")
	return f, err
}

// statusOf reads the status filter, in any case. One that does not exist finds nothing.
func statusOf(c *call) ledger.Status {
	want := c.query("status")
	for _, s := range []ledger.Status{ledger.StatusPending, ledger.StatusClosed, ledger.StatusFail} {
		if strings.EqualFold(want, string(s)) {
			return s
		}
	}
	return ledger.Status(want)
}
