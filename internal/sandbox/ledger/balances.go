package ledger

import (
	"slices"
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// balance says which purses make up a Balance.
type balance struct {
	id      string
	purse   Purse
	created time.Time
}

func (l *Ledger) addBalance(id string, p Purse, now time.Time) {
	l.balances.add(id, &balance{id, p, now})
}

// BalanceFilter selects balances; empty fields select all.
type BalanceFilter struct {
	IDs  []string
	Kind PurseKind
	// Holding leaves out the cards that hold no money of their own.
	Holding bool
}

// Balances lists what the wallet, the budgets and the cards hold, newest first.
func (b Book) Balances(f BalanceFilter, p Page) (rows []Balance, total int) {
	_ = b.l.do(func(now time.Time) error {
		found, n := b.l.balances.list(p, func(x *balance) bool { return b.wants(f, x) })
		for _, x := range found {
			rows = append(rows, b.l.read(x, now.Add(-b.l.opts.ListingLag)))
		}
		total = n
		return nil
	})
	return rows, total
}

func (b Book) wants(f BalanceFilter, x *balance) bool {
	return x.purse.Account == b.account &&
		(f.IDs == nil || slices.Contains(f.IDs, x.id)) &&
		wanted(string(f.Kind), string(x.purse.Kind)) &&
		(!f.Holding || b.l.holds(x))
}

func (l *Ledger) holds(x *balance) bool {
	return x.purse.Kind != PurseCard || l.cards.get(x.purse.ID).Type == Prepaid
}

// read adds up a balance as it was at a time.
func (l *Ledger) read(x balance, at time.Time) Balance {
	return x.sum(func(p Purse) money.Amount { return l.amountAt(p, at) })
}

func (x balance) sum(amount func(Purse) money.Amount) Balance {
	slot := func(s Slot) money.Amount { p := x.purse; p.Slot = s; return amount(p) }
	return Balance{
		ID: x.id, Account: x.purse.Account, Kind: x.purse.Kind, OwnerID: x.purse.ID, Created: x.created,
		Available: slot(Available), Pending: slot(Pending), Frozen: slot(Frozen),
	}
}
