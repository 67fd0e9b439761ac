package issuer

import (
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// Feature is something that not every issuer can do.
type Feature string

// Features, named after what a manifest asks for.
const (
	FeatureBudgets       Feature = "Budgets"
	FeatureBudgetRename  Feature = "BudgetRename"
	FeatureBudgetCards   Feature = "BudgetCards"
	FeaturePrepaidCards  Feature = "PrepaidCards"
	FeatureFunding       Feature = "Funding"
	FeatureHolds         Feature = "Holds"
	FeatureFreeze        Feature = "Freeze"
	FeatureRelabel       Feature = "Relabel"
	FeatureLimits        Feature = "Limits"
	FeatureScenarios     Feature = "Scenarios"
	FeatureCardholderIDs Feature = "CardholderIDs"
	FeatureCardholders   Feature = "Cardholders"
	FeatureBINs          Feature = "BINs"
	FeatureAddress       Feature = "BillingAddress"
	FeatureUsage         Feature = "Usage"
	FeatureReveal        Feature = "Reveal"
	FeatureFingerprint   Feature = "Fingerprint"
	FeatureOTP           Feature = "OTP"
	FeatureCVVRotation   Feature = "CVVRotation"
	FeatureBeneficiaries Feature = "Beneficiaries"
	FeatureWithdrawals   Feature = "Withdrawals"
	FeatureWebhooks      Feature = "Webhooks"
	FeatureLookup        Feature = "Lookup"
)

// Call is a mutating call that an intent stands for.
type Call string

// Calls behind intents.
const (
	CallCreateCard     Call = "CreateCard"
	CallCreateBudget   Call = "CreateBudget"
	CallCreateReceiver Call = "CreateReceiver"
	CallMoveCard       Call = "MoveCard"
	CallHoldCard       Call = "HoldCard"
	CallMoveBudget     Call = "MoveBudget"
	CallWithdraw       Call = "Withdraw"
	CallCreateHolder   Call = "CreateCardholder"
)

// Capabilities says what an issuer can do. It is data, so that an object can report
// what its issuer lacks before any call is made.
type Capabilities struct {
	// Name is the issuer's dialect for messages, for example "Qbit v1".
	Name string
	// Features holds what the issuer can do.
	Features map[Feature]bool
	// Replays holds the calls for which the issuer promises that the same client id
	// has its effect once, however often it is sent.
	Replays map[Call]bool
	// ReplayWindow is how long after the first attempt that promise holds; 0 means for
	// ever.
	ReplayWindow time.Duration
	// Assumed are the behaviours that the adapter relies on and no document of the issuer
	// states, in a fixed order.
	Assumed []Assumption
	// NumbersBeginWithBIN: the number of a card begins with the BIN that its list shows.
	NumbersBeginWithBIN bool
	// PageRows is how many rows one call for a list brings; 0 where that cannot be told.
	PageRows int
	// WholeLedger: the issuer has no filter by client id, so that a movement is looked for in
	// the account's whole ledger. Whoever looks for several reads it once for all.
	WholeLedger bool
	// MaxLabel is the longest label or name, in bytes, token included.
	MaxLabel int
	// OpeningAmount is the smallest amount a new card of that type and BIN must be
	// created with; nil means 0 for all.
	OpeningAmount func(CardType, string) money.Amount
	// OpeningBudget is the amount a new budget is created with.
	OpeningBudget money.Amount
}

// Assumption is a behaviour that is assumed of an issuer, not documented by it.
type Assumption struct {
	// What is assumed, as one sentence.
	What string
	// Option is the CardIssuer's field that changes it, or what a user does about it where
	// there is none.
	Option string
}

// Has reports whether the issuer can do f.
func (c Capabilities) Has(f Feature) bool { return c.Features[f] }

// Opening is OpeningAmount with its default.
func (c Capabilities) Opening(t CardType, bin string) money.Amount {
	if c.OpeningAmount == nil {
		return money.Zero
	}
	return c.OpeningAmount(t, bin)
}
