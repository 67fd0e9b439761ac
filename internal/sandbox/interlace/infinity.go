package interlace

import (
	"slices"

	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// accountTypes are the codes of InfinityAccountTransaction.type that the ledger has.
var accountTypes = map[ledger.Kind]int{
	ledger.KindOpening:     0,
	ledger.KindIssuanceFee: 1,
	ledger.KindBudgetOut:   2,
	ledger.KindCardOut:     3,
	ledger.KindClosing:     3,
	ledger.KindBudgetIn:    10,
	ledger.KindCardIn:      11,
}

// accountTransactionRow is the InfinityAccountTransaction object.
type accountTransactionRow struct {
	ID               string `json:"id"`
	AccountID        string `json:"accountId"`
	Currency         string `json:"currency"`
	Amount           string `json:"amount"`
	Fee              string `json:"fee"`
	Type             int    `json:"type"`
	BusinessCodeList []int  `json:"businessCodeList"`
	Direction        int    `json:"direction"`
	Status           string `json:"status"`
	CreateTime       string `json:"createTime"`
}

func (h *Handler) accountTransactionRowOf(m ledger.Movement) accountTransactionRow {
	row := accountTransactionRow{
		ID: m.ID, AccountID: m.Account, Currency: ledger.Currency, Amount: plain(m.Amount), Fee: plain(m.Fee),
		Type: accountTypes[m.Kind], BusinessCodeList: []int{businessCode}, Direction: directionOut,
		Status: h.enum(string(m.Status)), CreateTime: ms(m.Time),
	}
	if m.To.Kind == ledger.PurseWallet {
		row.Direction = directionIn
	}
	return row
}

// accountTransactions lists what moved in and out of the Infinity account itself.
func (h *Handler) accountTransactions(c *call) (any, error) {
	page, err := c.page(false)
	if err != nil {
		return nil, err
	}
	filter, err := period(c, ofAccount())
	if err != nil {
		return nil, err
	}
	rows, total := c.book.Movements(filter, page)
	return h.list(httpjson.Rows(rows, h.accountTransactionRowOf), total), nil
}

func ofAccount() ledger.MovementFilter {
	f := ledger.MovementFilter{Touches: ledger.PurseWallet}
	for kind := range accountTypes {
		f.Kinds = append(f.Kinds, kind)
	}
	return f
}

// accountTransaction reads one of them, without any listing lag.
func (h *Handler) accountTransaction(c *call) (any, error) {
	if err := c.account(false); err != nil {
		return nil, err
	}
	m, err := c.book.Movement(c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]ledger.PurseKind{m.From.Kind, m.To.Kind}, ledger.PurseWallet) {
		return nil, ledger.ErrUnknownMovement
	}
	return h.accountTransactionRowOf(m), nil
}
