package ledger

import (
	"strings"
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// Withdraw sends money from a prepaid card to a receiver's bank. Amount and fee are
// reserved at once (Pending) and leave after the WithdrawDelay (Closed), or come back
// where the receiver's bank bounces them (Fail).
func (b Book) Withdraw(cardID, receiverID string, amount money.Amount, clientID string) (Movement, error) {
	return b.booked(amount, func(now time.Time) (*Movement, error) {
		card, err := b.fundedCard(cardID)
		if err != nil {
			return nil, err
		}
		receiver, err := b.passedReceiver(receiverID)
		if err != nil {
			return nil, err
		}
		m, err := b.reserve(card, receiver, amount, clientID, now)
		if err == nil {
			b.l.after(now, b.l.opts.WithdrawDelay, func(at time.Time) { b.settle(m, card, receiver, at) })
		}
		return m, err
	})
}

func (b Book) reserve(card *Card, to *Receiver, amount money.Amount, clientID string, now time.Time) (*Movement, error) {
	fee := b.l.opts.WithdrawFee
	m := Movement{
		Account: b.account, ClientID: clientID, Kind: KindWithdrawal, Status: StatusPending,
		Amount: amount, Fee: fee, CardID: card.ID, ReceiverID: to.ID,
	}
	made, err := b.l.record(m, now, leg{card.purse(Available), card.purse(Pending), amount.Add(fee)})
	if err == nil {
		made.To = b.bank()
	}
	return made, err
}

// settle ends a withdrawal. Its money is reserved, so posting cannot fail.
func (b Book) settle(m *Movement, card *Card, to *Receiver, now time.Time) {
	reserved := card.purse(Pending)
	legs := []leg{{reserved, b.bank(), m.Amount}, {reserved, b.fees(), m.Fee}}
	m.Status = StatusClosed
	if strings.Contains(to.Payee.BankName, bounce) {
		legs = []leg{{reserved, b.home(card), m.Amount.Add(m.Fee)}}
		m.Status, m.Detail = StatusFail, "returned by the receiver's bank"
	}
	m.ClosedAt = now
	if m.Status == StatusFail && b.l.opts.Reversals {
		back := Movement{Account: m.Account, ClientID: m.ClientID, Kind: KindReversal, Amount: m.Amount.Add(m.Fee), CardID: m.CardID}
		_, _ = b.l.record(back, now, legs...)
		return
	}
	_ = b.l.post(m, now, legs)
}

// home is where a card's money goes back to: a closed card has none, its wallet has.
func (b Book) home(card *Card) Purse {
	if card.State == StateInactive {
		return b.wallet()
	}
	return card.purse(Available)
}

// CreateReceiver registers a payee, to be reviewed after the ReceiverReviewDelay. Asking
// twice makes two.
func (b Book) CreateReceiver(payee Payee) (Receiver, error) {
	var made Receiver
	err := b.l.do(func(now time.Time) error {
		r := &Receiver{ID: b.l.rand.UUID(), Account: b.account, Status: ReceiverPending, Payee: payee, Created: now}
		b.l.receivers.add(r.ID, r)
		b.l.after(now, b.l.opts.ReceiverReviewDelay, func(time.Time) { r.review() })
		made = *r
		return nil
	})
	return made, err
}

// review is the issuer's decision. One that was made by hand meanwhile stands.
func (r *Receiver) review() {
	if r.Status != ReceiverPending {
		return
	}
	switch {
	case strings.Contains(r.Payee.BankName, refuse):
		r.Status = ReceiverCanceled
	case strings.Contains(r.Payee.BankName, requestMore):
		r.Status = ReceiverRequest
	default:
		r.Status = ReceiverPassed
	}
}

func (b Book) passedReceiver(id string) (*Receiver, error) {
	r := b.l.receivers.get(id)
	if r == nil || r.Account != b.account {
		return nil, ErrUnknownReceiver
	}
	if r.Status != ReceiverPassed {
		return nil, ErrReceiverNotPassed
	}
	return r, nil
}
