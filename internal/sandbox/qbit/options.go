package qbit

import (
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/oauth"
)

// Call names a call that carries a clientTransactionId.
type Call string

// The calls that Options.Deduplicate can name.
const (
	CallBudgetAdd   Call = "budget-add"
	CallBudgetSub   Call = "budget-sub"
	CallCreate      Call = "create"
	CallTransferIn  Call = "transfer-in"
	CallTransferOut Call = "transfer-out"
	CallDelete      Call = "delete"
	CallFrozen      Call = "frozen"
	CallUnfrozen    Call = "unfrozen"
	CallWithdraw    Call = "withdraw"
)

// Calls lists every Call.
func Calls() []Call {
	return []Call{
		CallBudgetAdd, CallBudgetSub, CallCreate, CallTransferIn, CallTransferOut,
		CallDelete, CallFrozen, CallUnfrozen, CallWithdraw,
	}
}

// Client is an API customer and the account that its tokens open.
type Client = oauth.Client

// Options is how the dialect behaves.
type Options struct {
	// Clock tells the time; default the wall clock.
	Clock clock.Clock
	// Random draws codes, tokens and fingerprints; default the stream "qbit" of seed 0.
	Random *ledger.Random
	// Clients can log in.
	Clients []Client
	// StaticTokens are access tokens that never expire, each with its account id.
	StaticTokens map[string]string
	// TokenLifetime of access tokens; default 24h, as in every sample.
	TokenLifetime time.Duration
	// Deduplicate names the calls that replay the first successful answer of a
	// clientTransactionId and refuse it with other parameters. Default: withdraw alone,
	// the only call whose id the document labels idempotent (幂等性).
	Deduplicate map[Call]bool
	// KeyLifetime is how long a replayed id is remembered; default for ever.
	KeyLifetime time.Duration
	// PageLimitCap caps the limit of lists; default 100.
	PageLimitCap int
	// ListHolds lists frozen and unfrozen amounts in /cards/transactions under the types
	// "Frozen" and "Unfrozen". The document has no type for them, so default false.
	ListHolds bool
	// ResourceNames spells a card's last digits cardNoLastFour, as the resources document
	// does, in place of the cards document's qbitCardNoLastFour.
	ResourceNames bool
}

const defaultLimit = 10

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Random == nil {
		o.Random = ledger.NewRandom(0, "qbit")
	}
	if o.Deduplicate == nil {
		o.Deduplicate = map[Call]bool{CallWithdraw: true}
	}
	if o.PageLimitCap == 0 {
		o.PageLimitCap = 100
	}
	return o
}
