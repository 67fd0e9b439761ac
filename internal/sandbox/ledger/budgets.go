package ledger

import (
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// CreateBudget opens a budget with an amount, which may be zero, from the wallet. Names
// are not unique: asking twice makes two.
func (b Book) CreateBudget(name string, funding money.Amount) (Budget, error) {
	return b.createBudget(name, funding, false)
}

func (b Book) createBudget(name string, funding money.Amount, unique bool) (Budget, error) {
	var made Budget
	err := b.l.do(func(now time.Time) error {
		if !validFunding(funding) {
			return ErrInvalidAmount
		}
		if err := b.free(name, ""); unique && err != nil {
			return err
		}
		budget := b.newBudget(name, now)
		if err := b.fundBudget(budget, funding, "", now); err != nil {
			return err
		}
		b.l.budgets.add(budget.ID, budget)
		b.l.addBalance(budget.BalanceID, budget.purse(), now)
		made = *budget
		return nil
	})
	return made, err
}

func (b Book) newBudget(name string, now time.Time) *Budget {
	expiry, _ := time.Parse(time.RFC3339, neverExpiresAt)
	return &Budget{
		ID: b.l.rand.UUID(), Account: b.account, Name: name, BalanceID: b.l.rand.UUID(),
		State: Active, Expiry: expiry, Created: now,
	}
}

func (b Book) fundBudget(budget *Budget, amount money.Amount, clientID string, now time.Time) error {
	if amount.IsZero() {
		return nil
	}
	m := Movement{Account: b.account, ClientID: clientID, Kind: KindBudgetIn, Amount: amount, BudgetID: budget.ID}
	_, err := b.l.record(m, now, leg{b.wallet(), budget.purse(), amount})
	return err
}

// RenameBudget gives a budget another name.
func (b Book) RenameBudget(id, name string) error { return b.renameBudget(id, name, false) }

func (b Book) renameBudget(id, name string, unique bool) error {
	return b.l.do(func(time.Time) error {
		budget, err := b.budget(id)
		if err != nil {
			return err
		}
		if err := b.free(name, id); unique && err != nil {
			return err
		}
		budget.Name = name
		return nil
	})
}

// AddToBudget moves money from the wallet into a budget.
func (b Book) AddToBudget(id string, amount money.Amount, clientID string) (Movement, error) {
	return b.moveBudget(KindBudgetIn, id, amount, clientID, false)
}

// TakeFromBudget moves money from a budget back into the wallet.
func (b Book) TakeFromBudget(id string, amount money.Amount, clientID string) (Movement, error) {
	return b.moveBudget(KindBudgetOut, id, amount, clientID, false)
}

func (b Book) moveBudget(kind Kind, id string, amount money.Amount, clientID string, outside bool) (Movement, error) {
	return b.booked(amount, func(now time.Time) (*Movement, error) {
		budget, err := b.activeBudget(id)
		if err != nil {
			return nil, err
		}
		way := leg{b.wallet(), budget.purse(), amount}
		if kind == KindBudgetOut {
			way.from, way.to = way.to, way.from
		}
		m := Movement{Account: b.account, ClientID: clientID, Kind: kind, Amount: amount, BudgetID: id, Outside: outside}
		return b.l.record(m, now, way)
	})
}

// booked runs a movement of a valid amount and hands out a copy.
func (b Book) booked(amount money.Amount, move func(now time.Time) (*Movement, error)) (Movement, error) {
	var made Movement
	err := b.l.do(func(now time.Time) error {
		if !validAmount(amount) {
			return ErrInvalidAmount
		}
		m, err := move(now)
		if err == nil {
			made = *m
		}
		return err
	})
	return made, err
}

func (b Book) budget(id string) (*Budget, error) {
	budget := b.l.budgets.get(id)
	if budget == nil || budget.Account != b.account {
		return nil, ErrUnknownBudget
	}
	return budget, nil
}

func (b Book) activeBudget(id string) (*Budget, error) {
	budget, err := b.budget(id)
	if err == nil && budget.State != Active {
		err = ErrBudgetInactive
	}
	return budget, err
}

func (b *Budget) purse() Purse {
	return Purse{Account: b.Account, Kind: PurseBudget, ID: b.ID, Slot: Available}
}

// validFunding is an amount of whole cents that may be zero.
func validFunding(a money.Amount) bool { return !a.IsNegative() && wholeCents(a) }
