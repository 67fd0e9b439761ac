package interlace

import (
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// budgetRow is the Budget object. Unlike in v1, its balance is inside.
type budgetRow struct {
	ID         string     `json:"id"`
	AccountID  string     `json:"accountId"`
	CreateTime string     `json:"createTime"`
	Name       string     `json:"name"`
	Balance    balanceRow `json:"balance"`
	Status     string     `json:"status"`
}

// balanceRow is a balance within another object.
type balanceRow struct {
	ID        string `json:"id"`
	Available string `json:"available"`
	Currency  string `json:"currency"`
}

func balanceRowOf(id string, available money.Amount) balanceRow {
	return balanceRow{ID: id, Available: long(available), Currency: ledger.Currency}
}

func (h *Handler) budgetRowOf(b ledger.Budget, available money.Amount) budgetRow {
	return budgetRow{
		ID: b.ID, AccountID: b.Account, CreateTime: ms(b.Created), Name: b.Name,
		Balance: balanceRowOf(b.BalanceID, available), Status: h.enum(string(b.State)),
	}
}

// held is what the balances of some ids hold.
func held(c *call, ids ...string) map[string]money.Amount {
	rows, _ := c.book.Balances(ledger.BalanceFilter{IDs: ids}, ledger.Page{})
	amounts := map[string]money.Amount{}
	for _, b := range rows {
		amounts[b.ID] = b.Available
	}
	return amounts
}

// budgetBody is the body of every call about budgets.
type budgetBody struct {
	AccountID           string  `json:"accountId"`
	Name                string  `json:"name"`
	Amount              decimal `json:"amount"`
	ClientTransactionID string  `json:"clientTransactionId"`
}

func readBudget(c *call) (in budgetBody, err error) {
	if err := c.decode(&in); err != nil {
		return in, err
	}
	return in, c.own(in.AccountID)
}

// createBudget opens a budget. The name is unique; an amount may be left out. The page
// says that the id is returned; the whole Budget is, unless Options.TerseBudgets.
func (h *Handler) createBudget(c *call) (any, error) {
	in, err := readBudget(c)
	if err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, parameter("name is required")
	}
	create := c.book.CreateNamedBudget
	if h.opts.DuplicateNames {
		create = c.book.CreateBudget
	}
	budget, err := create(in.Name, in.Amount.Amount)
	if err != nil {
		return nil, err
	}
	return h.changedBudget(c, budget.ID, budget.ID)
}

// changedBudget answers with a budget, or with the terse answer in its place.
func (h *Handler) changedBudget(c *call, id string, terse any) (any, error) {
	if h.opts.TerseBudgets {
		return terse, nil
	}
	return h.readBudget(c, id)
}

func (h *Handler) readBudget(c *call, id string) (any, error) {
	budget, err := c.book.Budget(id)
	if err != nil {
		return nil, err
	}
	return h.budgetRowOf(budget, held(c, budget.BalanceID)[budget.BalanceID]), nil
}

// getBudget reads one budget, without any listing lag.
func (h *Handler) getBudget(c *call) (any, error) {
	if err := c.account(false); err != nil {
		return nil, err
	}
	return h.readBudget(c, c.PathValue("id"))
}

func (h *Handler) listBudgets(c *call) (any, error) {
	page, err := c.page(false)
	if err != nil {
		return nil, err
	}
	found, total := c.book.Budgets(ledger.BudgetFilter{ID: c.query("id")}, page)
	ids := make([]string, 0, len(found))
	for _, b := range found {
		ids = append(ids, b.BalanceID)
	}
	amounts := held(c, ids...)
	return h.list(httpjson.Rows(found, func(b ledger.Budget) budgetRow {
		return h.budgetRowOf(b, amounts[b.BalanceID])
	}), total), nil
}

// renameBudget changes the name, and nothing else of a budget can be changed.
func (h *Handler) renameBudget(c *call) (any, error) {
	in, err := readBudget(c)
	if err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, parameter("name is required")
	}
	rename := c.book.RenameBudgetUniquely
	if h.opts.DuplicateNames {
		rename = c.book.RenameBudget
	}
	if err := rename(c.PathValue("id"), in.Name); err != nil {
		return nil, err
	}
	return h.changedBudget(c, c.PathValue("id"), true)
}

func (h *Handler) budgetIn(c *call) (any, error) { return h.moveBudget(c, c.book.AddToBudget) }

func (h *Handler) budgetOut(c *call) (any, error) { return h.moveBudget(c, c.book.TakeFromBudget) }

// mover moves money to or from a card or a budget.
type mover func(id string, amount money.Amount, clientID string) (ledger.Movement, error)

func (h *Handler) moveBudget(c *call, move mover) (any, error) {
	in, err := readBudget(c)
	if err != nil {
		return nil, err
	}
	if in.ClientTransactionID == "" {
		return nil, parameter("clientTransactionId is required")
	}
	m, err := move(c.PathValue("id"), in.Amount.Amount, in.ClientTransactionID)
	if err != nil {
		return nil, err
	}
	return h.budgetTransactionRowOf(m), nil
}
