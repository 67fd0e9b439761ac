package ledger

import (
	"slices"
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// Interval is what a spending limit counts over.
type Interval string

// The intervals. PerTransaction bounds each payment by itself.
const (
	PerTransaction Interval = "Transaction"
	PerDay         Interval = "Day"
	PerWeek        Interval = "Week"
	PerMonth       Interval = "Month"
	PerQuarter     Interval = "Quarter"
	PerYear        Interval = "Year"
	PerLifetime    Interval = "Lifetime"
)

// limitZone is the zone in whose midnight limits begin anew.
var limitZone = time.FixedZone("GMT+8", 8*60*60)

// Limit bounds what a card may spend within an interval.
type Limit struct {
	Interval Interval
	Amount   money.Amount
}

// Allowance is a limit and what is left of it.
type Allowance struct {
	Limit
	Left money.Amount
}

// ChangeLimits replaces a card's limits by what change makes of them.
func (b Book) ChangeLimits(id string, change func([]Limit) []Limit) (Card, error) {
	var changed Card
	err := b.l.do(func(time.Time) error {
		card, err := b.liveCard(id)
		if err != nil {
			return err
		}
		limits := change(slices.Clone(card.Limits))
		for _, limit := range limits {
			if !validAmount(limit.Amount) {
				return ErrInvalidAmount
			}
		}
		card.Limits = limits
		changed = *card
		return nil
	})
	return changed, err
}

// Allowances is what is left of a card's limits.
func (b Book) Allowances(id string) (rows []Allowance, err error) {
	err = b.l.do(func(now time.Time) error {
		card, err := b.card(id)
		if err != nil {
			return err
		}
		for _, limit := range card.Limits {
			rows = append(rows, Allowance{limit, b.l.left(card, limit, now)})
		}
		return nil
	})
	return rows, err
}

// overLimit reports whether a payment would exceed any of a card's limits.
func (l *Ledger) overLimit(card *Card, amount money.Amount, now time.Time) bool {
	return slices.ContainsFunc(card.Limits, func(limit Limit) bool {
		return amount.GreaterThan(l.left(card, limit, now))
	})
}

// left is never below zero: a limit may be set below what was spent already.
func (l *Ledger) left(card *Card, limit Limit, now time.Time) money.Amount {
	left := limit.Amount
	if limit.Interval != PerTransaction {
		left = left.Sub(l.spent(card, windowStart(limit.Interval, now)))
	}
	if left.IsNegative() {
		return money.Zero
	}
	return left
}

// spent is what a card has paid merchants since a time. Refunds do not give it back: no
// document says that they do.
func (l *Ledger) spent(card *Card, since time.Time) money.Amount {
	sum := money.Zero
	for _, m := range l.movements.order {
		if m.CardID == card.ID && m.Kind == KindConsumption && !m.Time.Before(since) {
			sum = sum.Add(m.Amount)
		}
	}
	return sum
}

// windowStart is when the interval that now is in began, by midnights of GMT+8. Weeks
// begin on Mondays, which no document says.
func windowStart(interval Interval, now time.Time) time.Time {
	now = now.In(limitZone)
	year, month, day := now.Date()
	switch interval {
	case PerDay:
	case PerWeek:
		day -= (int(now.Weekday()) + 6) % 7
	case PerMonth:
		day = 1
	case PerQuarter:
		month, day = month-(month-1)%3, 1
	case PerYear:
		month, day = time.January, 1
	default:
		return time.Time{}
	}
	return time.Date(year, month, day, 0, 0, 0, 0, limitZone)
}
