package ledger

import (
	"slices"
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// Move is a movement made at the issuer by somebody else: a colleague at the console, a
// merchant's refund. It carries no client id.
type Move struct {
	Kind     Kind // BudgetIn, BudgetOut, CardIn, CardOut, Hold, Release or Credit
	CardID   string
	BudgetID string
	Amount   money.Amount
}

// MoveOutside plays such a movement. The account follows from the card or budget.
func (l *Ledger) MoveOutside(m Move) (Movement, error) {
	book, err := l.ownerOf(m)
	if err != nil {
		return Movement{}, err
	}
	switch m.Kind {
	case KindBudgetIn, KindBudgetOut:
		return book.moveBudget(m.Kind, m.BudgetID, m.Amount, "", true)
	case KindCardIn, KindCardOut, KindHold, KindRelease:
		return book.moveCard(m.Kind, m.CardID, m.Amount, "", true)
	case KindCredit:
		return book.refund(m)
	}
	return Movement{}, ErrInvalidOutsideMove
}

func (l *Ledger) ownerOf(m Move) (Book, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m.Kind == KindBudgetIn || m.Kind == KindBudgetOut {
		if budget := l.budgets.get(m.BudgetID); budget != nil {
			return Book{l: l, account: budget.Account}, nil
		}
		return Book{}, ErrUnknownBudget
	}
	if card := l.cards.get(m.CardID); card != nil {
		return Book{l: l, account: card.Account}, nil
	}
	return Book{}, ErrUnknownCard
}

// refund pays a merchant's money back: to the card, to its budget, or to the wallet
// where the card has ended.
func (b Book) refund(move Move) (Movement, error) {
	return b.booked(move.Amount, func(now time.Time) (*Movement, error) {
		card, err := b.card(move.CardID)
		if err != nil {
			return nil, err
		}
		to := b.l.spendFrom(card)
		if card.Type == Prepaid {
			to = b.home(card)
		}
		m := Movement{Account: b.account, Kind: KindCredit, Amount: move.Amount, CardID: card.ID, BudgetID: card.BudgetID, Outside: true}
		return b.l.record(m, now, leg{merchantPurse("refunds"), to, move.Amount})
	})
}

// SetCardState is the issuer's own hand: its block (Control), an expiry (Inactive), or
// any other state. Inactive is final.
func (l *Ledger) SetCardState(id string, state State) error {
	return l.do(func(now time.Time) error {
		card := l.cards.get(id)
		switch {
		case card == nil:
			return ErrUnknownCard
		case card.State == StateInactive:
			return ErrCardInactive
		case !slices.Contains([]State{Active, StateFrozen, StateControl, StateInactive}, state):
			return ErrInvalidState
		case state == StateInactive:
			return Book{l: l, account: card.Account}.close(card, "", now)
		}
		card.turn(state, "", now)
		return nil
	})
}

// SetReceiverStatus is the issuer's own decision about a receiver.
func (l *Ledger) SetReceiverStatus(id string, status ReceiverStatus) error {
	return l.do(func(time.Time) error {
		r := l.receivers.get(id)
		if r == nil {
			return ErrUnknownReceiver
		}
		if !slices.Contains([]ReceiverStatus{ReceiverPending, ReceiverRequest, ReceiverPassed, ReceiverCanceled, ReceiverInactive}, status) {
			return ErrInvalidState
		}
		r.Status = status
		return nil
	})
}
