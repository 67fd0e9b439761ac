package qbit

import (
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// budgetRow is the Budget object (Budget 对象). It holds no balance: that is read at
// /balances by its balanceId.
type budgetRow struct {
	ID         string `json:"id"`
	AccountID  string `json:"accountId"`
	Name       string `json:"name"`
	BalanceID  string `json:"balanceId"`
	ExpiryDate string `json:"expiryDate"`
	Status     string `json:"status"`
	CreateTime string `json:"createTime"`
}

func budgetRowOf(b ledger.Budget) budgetRow {
	return budgetRow{
		ID: b.ID, AccountID: b.Account, Name: b.Name, BalanceID: b.BalanceID,
		ExpiryDate: timestamp(b.Expiry), Status: string(b.State), CreateTime: timestamp(b.Created),
	}
}

// createBudget is 新增预算. There is no client transaction id, so asking twice makes two.
// An absent cost is read as 0.
func (h *Handler) createBudget(c *call) (any, error) {
	var in struct {
		Name string       `json:"name"`
		Cost money.Amount `json:"cost"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, parameter("name is required")
	}
	budget, err := c.book.CreateBudget(in.Name, in.Cost)
	return ok(budget.ID), err
}

// renameBudget is 修改预算.
func (h *Handler) renameBudget(c *call) (any, error) {
	var in struct{ BudgetID, Name string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, parameter("name is required")
	}
	return ok(true), c.book.RenameBudget(in.BudgetID, in.Name)
}

// budgetMove is the body of 增加预算 and 减少预算.
type budgetMove struct {
	BudgetID            string       `json:"budgetId"`
	Cost                money.Amount `json:"cost"`
	ClientTransactionID string       `json:"clientTransactionId"`
}

// addBudget is 增加预算.
func (h *Handler) addBudget(c *call) (any, error) {
	return h.moveBudget(c, CallBudgetAdd, c.book.AddToBudget)
}

// subBudget is 减少预算.
func (h *Handler) subBudget(c *call) (any, error) {
	return h.moveBudget(c, CallBudgetSub, c.book.TakeFromBudget)
}

type mover func(id string, amount money.Amount, clientID string) (ledger.Movement, error)

func (h *Handler) moveBudget(c *call, name Call, move mover) (any, error) {
	var in budgetMove
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	return h.once(c, name, in.ClientTransactionID, in, func() (any, error) {
		_, err := move(in.BudgetID, in.Cost, in.ClientTransactionID)
		return ok(true), err
	})
}

// listBudgets is 获取预算列表.
func (h *Handler) listBudgets(c *call) (any, error) {
	page, err := h.page(c)
	if err != nil {
		return nil, err
	}
	rows, total := c.book.Budgets(ledger.BudgetFilter{ID: c.query("id")}, page)
	return ok(list{httpjson.Rows(rows, budgetRowOf), total}), nil
}
