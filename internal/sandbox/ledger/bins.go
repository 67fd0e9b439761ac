package ledger

import "github.com/card-operator/card-operator/internal/money"

// CardType says where a card's money is: on the card itself, or in a budget.
type CardType string

// The two card types of the issuer.
const (
	Prepaid      CardType = "Prepaid"
	BudgetFunded CardType = "Budget"
)

// BIN is a range of card numbers on offer. One number may be offered once per type.
type BIN struct {
	ID            string // for the dialects whose orders name it; filled in where empty
	Number        string
	Type          CardType
	Network       string
	IssuerCountry string
	AVS           bool
	ThreeDS       bool
	DayLimit      string // "/" is unlimited
	SingleLimit   string
	LifetimeLimit string       // empty is unlimited
	Currencies    []string     // none is Currency alone
	Physical      bool         // plastic cards can be made of it
	MinFunding    money.Amount // the least amount a card can be issued with
	NeedsPhone    bool
}

// DefaultBINs are the ranges that the Qbit document names, with its rules: prepaid cards
// start at 1 except those of 493193, and 414631 and 493728 want a phone number
// (创建量子卡, fields cost, phone and phoneCode).
func DefaultBINs() []BIN {
	return []BIN{
		visa("493193", BudgetFunded, "0", false),
		visa("493193", Prepaid, "0", false),
		visa("414631", BudgetFunded, "0", true),
		visa("414631", Prepaid, "1", true),
		visa("493728", BudgetFunded, "0", true),
		visa("493728", Prepaid, "1", true),
	}
}

func visa(number string, kind CardType, least string, needsPhone bool) BIN {
	return BIN{
		Number: number, Type: kind, Network: "VISA", IssuerCountry: "HK", ThreeDS: true,
		DayLimit: "/", SingleLimit: "/", MinFunding: money.Must(least), NeedsPhone: needsPhone,
	}
}

// BINs lists what is on offer.
func (l *Ledger) BINs() []BIN { return l.opts.BINs }

// FindBIN is the offer of a number and type.
func (l *Ledger) FindBIN(number string, kind CardType) (BIN, bool) {
	for _, b := range l.opts.BINs {
		if b.Number == number && b.Type == kind {
			return b, true
		}
	}
	return BIN{}, false
}
