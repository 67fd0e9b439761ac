package ledger

import (
	"crypto/subtle"
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// Payment is what a merchant's terminal sends.
type Payment struct {
	PAN, CVV          Secret
	ExpMonth, ExpYear int
	Amount            money.Amount
	Merchant          string
}

// Decline is why a payment was not approved; empty means approved.
type Decline string

// The reasons a merchant is told.
const (
	Approved         Decline = ""
	DeclineUnknown   Decline = "unknown_card"
	DeclineCVV       Decline = "wrong_cvv"
	DeclineExpiry    Decline = "wrong_expiry"
	DeclineExpired   Decline = "card_expired"
	DeclineFrozen    Decline = "card_frozen"
	DeclineControl   Decline = "card_blocked_by_issuer"
	DeclineInactive  Decline = "card_inactive"
	DeclineBudget    Decline = "budget_not_active"
	DeclineFunds     Decline = "insufficient_funds"
	DeclineAmount    Decline = "invalid_amount"
	DeclineLimit     Decline = "limit_exceeded"
	unknownMerchants         = "merchant"
)

// Receipt is the answer to a Payment.
type Receipt struct {
	ID       string
	Decline  Decline
	LastFour string
}

// Pay approves or declines a merchant's payment. An approved one is a Consumption.
func (l *Ledger) Pay(p Payment) Receipt {
	var receipt Receipt
	_ = l.do(func(now time.Time) error {
		receipt = l.authorise(p, now)
		return nil
	})
	return receipt
}

func (l *Ledger) authorise(p Payment, now time.Time) Receipt {
	card := l.byPAN[p.PAN.Reveal()]
	if card == nil {
		return Receipt{Decline: DeclineUnknown}
	}
	if reason := l.objection(card, p, now); reason != Approved {
		return Receipt{Decline: reason, LastFour: card.LastFour}
	}
	m := Movement{Account: card.Account, Kind: KindConsumption, Amount: p.Amount, CardID: card.ID, BudgetID: card.BudgetID, Detail: p.Merchant}
	made, err := l.record(m, now, leg{l.spendFrom(card), merchantPurse(p.Merchant), p.Amount})
	if err != nil {
		return Receipt{Decline: DeclineFunds, LastFour: card.LastFour}
	}
	return Receipt{ID: made.ID, LastFour: card.LastFour}
}

func (l *Ledger) objection(card *Card, p Payment, now time.Time) Decline {
	code, _ := card.CVVAt(now)
	switch {
	case !validAmount(p.Amount):
		return DeclineAmount
	case subtle.ConstantTimeCompare([]byte(code.Reveal()), []byte(p.CVV.Reveal())) != 1:
		return DeclineCVV
	case card.ExpMonth != p.ExpMonth || card.ExpYear != p.ExpYear:
		return DeclineExpiry
	case expired(card.ExpMonth, card.ExpYear, now):
		return DeclineExpired
	case card.State != Active:
		return declineOf(card.State)
	case card.Type == BudgetFunded && l.budgets.get(card.BudgetID).State != Active:
		return DeclineBudget
	case l.overLimit(card, p.Amount, now):
		return DeclineLimit
	}
	return Approved
}

func declineOf(s State) Decline {
	switch s {
	case StateFrozen:
		return DeclineFrozen
	case StateControl:
		return DeclineControl
	default:
		return DeclineInactive
	}
}

// spendFrom is the purse a card pays from: the budget's, for a budget-funded card, and the
// account's, for a wallet-funded one.
func (l *Ledger) spendFrom(card *Card) Purse {
	switch card.Type {
	case BudgetFunded:
		return l.budgets.get(card.BudgetID).purse()
	case WalletFunded:
		return Book{l: l, account: card.Account}.wallet()
	default:
		return card.purse(Available)
	}
}

func merchantPurse(name string) Purse {
	if name == "" {
		name = unknownMerchants
	}
	return Purse{Kind: PurseMerchant, ID: name, Slot: Available}
}
