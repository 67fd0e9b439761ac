package ledger

import (
	"slices"
	"time"
)

// visible reports whether something made at a time shows in lists by now.
func (l *Ledger) visible(made, now time.Time) bool {
	return !made.Add(l.opts.ListingLag).After(now)
}

// BudgetFilter selects budgets; empty fields select all.
type BudgetFilter struct{ ID string }

// Budgets lists budgets, newest first.
func (b Book) Budgets(f BudgetFilter, p Page) (rows []Budget, total int) {
	_ = b.l.do(func(now time.Time) error {
		rows, total = b.l.budgets.list(p, func(x *Budget) bool {
			return x.Account == b.account && wanted(f.ID, x.ID) && b.l.visible(x.Created, now)
		})
		return nil
	})
	return rows, total
}

// CardFilter selects cards; empty fields select all.
type CardFilter struct {
	ID, Label, BudgetID, Reference, HolderID string
	Type                                     CardType
}

// Cards lists cards, closed ones included, newest first.
func (b Book) Cards(f CardFilter, p Page) (rows []Card, total int) {
	_ = b.l.do(func(now time.Time) error {
		rows, total = b.l.cards.list(p, func(x *Card) bool {
			return x.Account == b.account && f.wants(x) && b.l.visible(x.Created, now)
		})
		return nil
	})
	return rows, total
}

func (f CardFilter) wants(x *Card) bool {
	return wanted(f.ID, x.ID) && wanted(f.Label, x.Label) &&
		wanted(f.BudgetID, x.BudgetID) && wanted(f.Reference, x.Reference) &&
		wanted(f.HolderID, x.HolderID) && wanted(string(f.Type), string(x.Type))
}

// ReceiverFilter selects receivers; empty fields select all.
type ReceiverFilter struct{ ID, Currency string }

// Receivers lists receivers, newest first.
func (b Book) Receivers(f ReceiverFilter, p Page) (rows []Receiver, total int) {
	_ = b.l.do(func(now time.Time) error {
		rows, total = b.l.receivers.list(p, func(x *Receiver) bool {
			return x.Account == b.account && wanted(f.ID, x.ID) &&
				wanted(f.Currency, x.Payee.Currency) && b.l.visible(x.Created, now)
		})
		return nil
	})
	return rows, total
}

// MovementFilter selects movements; empty fields select all.
type MovementFilter struct {
	CardID     string
	Kinds      []Kind
	Status     Status
	ClientID   string
	From, To   time.Time // both inclusive
	AnyBudget  bool      // only movements of budgets
	IDOrBudget string    // the movement's id or its budget's
	ID         string
	BudgetID   string
	Touches    PurseKind // only movements from or to such a purse
}

// Movements lists movements, newest first.
func (b Book) Movements(f MovementFilter, p Page) (rows []Movement, total int) {
	_ = b.l.do(func(now time.Time) error {
		rows, total = b.l.movements.list(p, func(x *Movement) bool {
			return x.Account == b.account && f.wants(x) && b.l.visible(x.Time, now)
		})
		return nil
	})
	return rows, total
}

func (f MovementFilter) wants(x *Movement) bool {
	return wanted(f.CardID, x.CardID) && wanted(f.ClientID, x.ClientID) && f.names(x) &&
		wanted(string(f.Status), string(x.Status)) &&
		(f.Kinds == nil || slices.Contains(f.Kinds, x.Kind)) &&
		(!f.AnyBudget || x.BudgetID != "") &&
		(f.IDOrBudget == "" || f.IDOrBudget == x.ID || f.IDOrBudget == x.BudgetID) &&
		f.within(x.Time)
}

func (f MovementFilter) names(x *Movement) bool {
	return wanted(f.ID, x.ID) && wanted(f.BudgetID, x.BudgetID) &&
		(f.Touches == "" || f.Touches == x.From.Kind || f.Touches == x.To.Kind)
}

func (f MovementFilter) within(t time.Time) bool {
	return (f.From.IsZero() || !t.Before(f.From)) && (f.To.IsZero() || !t.After(f.To))
}

// Movement is a movement by its id, without any listing lag.
func (b Book) Movement(id string) (Movement, error) {
	var found Movement
	err := b.l.do(func(time.Time) error {
		m := b.l.movements.get(id)
		if m == nil || m.Account != b.account {
			return ErrUnknownMovement
		}
		found = *m
		return nil
	})
	return found, err
}

func wanted(filter, value string) bool { return filter == "" || filter == value }
