package ledger

import (
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/money"
)

// Options is how the issuer behaves.
type Options struct {
	// Clock tells the time; default the wall clock.
	Clock clock.Clock
	// Random draws ids and numbers; default the stream "ledger" of seed 0.
	Random *Random
	// Accounts are the customers, each with its opening balance. Several are isolated
	// from one another.
	Accounts []Account
	// BINs is what can be issued; default DefaultBINs.
	BINs []BIN

	// IssuingDelay is the time between a card order and the card. Money and the fee are
	// taken when the card is issued; an order that cannot be paid then never becomes a
	// card. Default 0.
	IssuingDelay time.Duration
	// ListingLag is how long a new movement, card, budget or receiver is missing from
	// list answers. Default 0.
	ListingLag time.Duration
	// LagBalances makes balances lag by ListingLag too.
	LagBalances bool
	// IssuanceFee is taken for each card, from the wallet or from the card's budget.
	IssuanceFee money.Amount
	// WithdrawFee is taken from the card beside the withdrawn amount.
	WithdrawFee money.Amount
	// KeepsHolds refuses to close a card with money set aside. Default: it goes back with the rest.
	KeepsHolds bool
	// Reversals lists the return of a bounced withdrawal as a movement of its own, under the
	// same client transaction id. Default: the withdrawal itself says Fail.
	Reversals bool
	// WithdrawDelay is how long a withdrawal stays Pending. Default 0.
	WithdrawDelay time.Duration
	// ReceiverReviewDelay is how long a receiver stays Pending. Default 0.
	ReceiverReviewDelay time.Duration
	// CardholderReviewDelay is how long a cardholder stays Pending. Default 0.
	CardholderReviewDelay time.Duration
	// Scenarios is what BINs are recommended for; default DefaultScenarios.
	Scenarios []Scenario
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Random == nil {
		o.Random = NewRandom(0, "ledger")
	}
	if o.BINs == nil {
		o.BINs = DefaultBINs()
	}
	o.BINs = identified(o.BINs)
	if o.Scenarios == nil {
		o.Scenarios = DefaultScenarios()
	}
	return o
}
