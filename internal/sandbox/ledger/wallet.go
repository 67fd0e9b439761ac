package ledger

import (
	"errors"
	"time"
)

// WalletFunded cards hold no money and have no budget: they spend the account's wallet.
const WalletFunded CardType = "Wallet"

// StatePending is a card that was accepted and cannot pay yet.
const StatePending State = "Pending"

// ErrCardPending refuses what a card cannot do before it is active.
var ErrCardPending = errors.New("card is not active yet")

// Turn is one change of a card's state. Reason is the dialect's own word for it, where it
// has more words than the ledger has states.
type Turn struct {
	State  State
	Reason string
	Time   time.Time
	Via    string // the request that made it, where one did and the dialect says so
}

// Stage is a state that a new card reaches by itself, unless it has left StatePending
// by another way meanwhile.
type Stage struct {
	After  time.Duration
	State  State
	Reason string
}

// IssueWalletCard issues a card that spends the wallet. It begins in StatePending, with the
// given reason, and goes through the stages. Its BIN need not be one of Options.BINs:
// dialects without a BIN list have programs of their own.
func (b Book) IssueWalletCard(order CardOrder, reason string, stages ...Stage) (Card, error) {
	order.Type = WalletFunded
	var made Card
	err := b.l.do(func(now time.Time) error {
		card, err := b.issue(order, b.l.rand.UUID(), now)
		if err != nil {
			return err
		}
		card.turn(StatePending, reason, now)
		for _, s := range stages {
			b.l.after(now, s.After, func(at time.Time) { card.reach(s, at) })
		}
		made = *card
		return nil
	})
	return made, err
}

// reach is the issuer's own progress with a new card.
func (c *Card) reach(s Stage, at time.Time) {
	if c.State == StatePending {
		c.turn(s.State, s.Reason, at)
	}
}

// TurnCard changes the state of a wallet card as decide says, which sees the card as it is
// at that moment.
func (b Book) TurnCard(id string, decide func(Card) (Turn, error)) (Card, error) {
	var turned Card
	err := b.l.do(func(now time.Time) error {
		card, err := b.card(id)
		if err != nil {
			return err
		}
		if card.Type != WalletFunded {
			return ErrCardType
		}
		next, err := decide(*card)
		if err != nil {
			return err
		}
		card.turn(next.State, next.Reason, now)
		turned = *card
		return nil
	})
	return turned, err
}

func (c *Card) turn(state State, reason string, at time.Time) {
	c.State = state
	c.History = append(c.History, Turn{State: state, Reason: reason, Time: at})
}

// IssuingDelay is Options.IssuingDelay, for the dialects whose cards exist at once and can
// pay after it.
func (l *Ledger) IssuingDelay() time.Duration { return l.opts.IssuingDelay }
