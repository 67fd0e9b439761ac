package ledger

import (
	"sort"
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// purse is the state of a Purse, with its past where balances lag.
type purse struct {
	amount money.Amount
	past   []point
}

type point struct {
	time   time.Time
	amount money.Amount
}

// record books a movement, or changes nothing and says why not.
func (l *Ledger) record(m Movement, now time.Time, legs ...leg) (*Movement, error) {
	m.ID, m.Time = l.rand.UUID(), now
	m.PaymentID = now.UTC().Format("060102150405") + l.rand.Digits(4)
	if m.Status == "" {
		m.Status, m.ClosedAt = StatusClosed, now
	}
	if len(legs) > 0 {
		m.From, m.To = legs[0].from, legs[len(legs)-1].to
	}
	if err := l.post(&m, now, legs); err != nil {
		return nil, err
	}
	l.movements.add(m.ID, &m)
	return &m, nil
}

// post applies legs to the purses and appends them to the movement's entries. All or
// nothing: a guarded purse that would go below zero refuses the whole.
func (l *Ledger) post(m *Movement, now time.Time, legs []leg) error {
	entries := entriesOf(legs, now)
	if !l.covers(entries) {
		return ErrInsufficientFunds
	}
	for _, e := range entries {
		l.apply(e)
	}
	m.Entries = append(m.Entries, entries...)
	return nil
}

func entriesOf(legs []leg, now time.Time) []Entry {
	entries := make([]Entry, 0, 2*len(legs))
	for _, g := range legs {
		if g.amount.IsZero() {
			continue
		}
		entries = append(entries, Entry{g.from, g.amount.Neg(), now}, Entry{g.to, g.amount, now})
	}
	return entries
}

// covers looks at the net change of each purse, since one movement can touch it twice.
func (l *Ledger) covers(entries []Entry) bool {
	after := map[Purse]money.Amount{}
	for _, e := range entries {
		if _, seen := after[e.Purse]; !seen {
			after[e.Purse] = l.amount(e.Purse)
		}
		after[e.Purse] = after[e.Purse].Add(e.Amount)
	}
	for p, amount := range after {
		if p.guarded() && amount.IsNegative() {
			return false
		}
	}
	return true
}

func (l *Ledger) apply(e Entry) {
	p := l.purses[e.Purse]
	if p == nil {
		p = &purse{}
		l.purses[e.Purse] = p
	}
	p.amount = p.amount.Add(e.Amount)
	if l.opts.LagBalances {
		p.past = append(p.past, point{e.Time, p.amount})
	}
}

// amount is what a purse holds now.
func (l *Ledger) amount(p Purse) money.Amount {
	if held := l.purses[p]; held != nil {
		return held.amount
	}
	return money.Zero
}

// amountAt is what a purse held at a time; without a past, what it holds now.
func (l *Ledger) amountAt(p Purse, at time.Time) money.Amount {
	held := l.purses[p]
	if held == nil || !l.opts.LagBalances {
		return l.amount(p)
	}
	i := sort.Search(len(held.past), func(i int) bool { return held.past[i].time.After(at) })
	if i == 0 {
		return money.Zero
	}
	return held.past[i-1].amount
}
