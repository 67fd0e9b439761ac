package qbit

import (
	"strings"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// walletTypes are the names of the Balance object's table. Its sample prints "Card",
// which is outside that enumeration.
var walletTypes = map[ledger.PurseKind]string{
	ledger.PurseCard:   "QbitCard",
	ledger.PurseBudget: "QbitBudget",
	ledger.PurseWallet: "QbitAccount",
}

// balanceRow is the Balance object (Balance 对象).
type balanceRow struct {
	ID         string       `json:"id"`
	AccountID  string       `json:"accountId"`
	Available  money.Amount `json:"available"`
	Pending    money.Amount `json:"pending"`
	Frozen     money.Amount `json:"frozen"`
	Currency   string       `json:"currency"`
	CreateTime string       `json:"createTime"`
	WalletType string       `json:"walletType"`
}

func balanceRowOf(b ledger.Balance) balanceRow {
	return balanceRow{
		ID: b.ID, AccountID: b.Account, Available: b.Available, Pending: b.Pending, Frozen: b.Frozen,
		Currency: ledger.Currency, CreateTime: timestamp(b.Created), WalletType: walletTypes[b.Kind],
	}
}

// listBalances reads balances: by a comma list of ids, by wallet type, or all.
func (h *Handler) listBalances(c *call) (any, error) {
	page, err := h.page(c)
	if err != nil {
		return nil, err
	}
	filter, known := balanceFilter(c)
	if !known {
		return ok(list{[]balanceRow{}, 0}), nil
	}
	rows, total := c.book.Balances(filter, page)
	return ok(list{httpjson.Rows(rows, balanceRowOf), total}), nil
}

func balanceFilter(c *call) (f ledger.BalanceFilter, known bool) {
	if ids := c.query("id"); ids != "" {
		f.IDs = strings.Split(ids, ",")
	}
	want := c.query("walletType")
	for kind, name := range walletTypes {
		if want == name {
			f.Kind = kind
		}
	}
	return f, want == "" || f.Kind != ""
}

// accountRow is the Account object (Account 对象), with the cardKybStatus of its sample.
type accountRow struct {
	ID            string `json:"id"`
	Type          string `json:"type"`
	Status        string `json:"status"`
	Name          string `json:"name"`
	DisplayID     string `json:"displayId"`
	KYCStatus     string `json:"kycStatus"`
	CardKYBStatus string `json:"cardKybStatus"`
	CreateTime    string `json:"createTime"`
}

// listAccounts lists the one account that a token opens.
func (h *Handler) listAccounts(c *call) (any, error) {
	page, err := h.page(c)
	if err != nil {
		return nil, err
	}
	rows := []accountRow{}
	a := c.book.Account()
	if id := c.query("id"); id != "" && id != a.ID {
		return ok(list{rows, 0}), nil
	}
	if page.Offset == 0 {
		rows = append(rows, accountRow{
			ID: a.ID, Type: "SubAccount", Status: "Active", Name: a.Name, DisplayID: a.DisplayID,
			KYCStatus: "Na", CardKYBStatus: "Passed", CreateTime: timestamp(a.Created),
		})
	}
	return ok(list{rows, 1}), nil
}
