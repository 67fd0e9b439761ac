package qitech

import (
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// Client is an integration: who signs, and the one account that its signature opens.
type Client struct {
	// APIKey is what the API-CLIENT-KEY header says; a UUID at the issuer.
	APIKey string
	// PublicKey is a PEM with an EC key on P-521 ("PUBLIC KEY"), the half that a client
	// uploads to the issuer's portal. Options.TrustSignatures does without.
	PublicKey string
	// AccountID is the ledger's account.
	AccountID string
	// AccountKey is its uuid on the wire; default the AccountID.
	AccountKey string
	// Programs are the uuids of the programs that cards can be issued under.
	Programs []string
	// PlasticOnly are those of the Programs that refuse virtual cards (CARD000032).
	PlasticOnly []string
	// HolderStatus is the holder's status where that refuses every card (CARD000008);
	// empty is a holder in good standing.
	HolderStatus string
}

// Options is how the dialect behaves.
type Options struct {
	// Clock tells the time; default the wall clock. It should be the ledger's.
	Clock clock.Clock
	// Random decides AmbiguousCreates; default the stream "qitech" of seed 0.
	Random *ledger.Random
	// Clients can call. Without any, every API key is unknown (GDF000018).
	Clients []Client

	// ClockSkew is how far a signature's timestamp may be from the Clock, both ways;
	// default 5m. The document names no number.
	ClockSkew time.Duration
	// PathOnlyURI wants the uri claim to be the path alone. Default: path and query
	// exactly as sent. The document shows no query, and clients differ.
	PathOnlyURI bool
	// TrustSignatures takes the ECDSA signature of a token for good without looking at it;
	// everything else about the token and its claims is still checked. It is for
	// simulations under a virtual clock, which send many thousand requests from one seed:
	// P-521 costs milliseconds a request and signing draws from crypto/rand, so real
	// signatures would make a run slow and its bytes unrepeatable. Nothing that a person
	// can reach should be started with it.
	TrustSignatures bool

	// ActivationDelay is the time from created to active; half-way a card is building.
	// Default the ledger's IssuingDelay.
	ActivationDelay time.Duration
	// RefuseCancelInitial refuses to cancel a card that is created or building
	// (CARD000013). The document has no matrix of transitions; by default it is possible.
	RefuseCancelInitial bool
	// AmbiguousCreates is the probability that an order which could be served is answered
	// CARD000009; every second time the card was made all the same.
	AmbiguousCreates float64

	// BIN begins the card numbers; default 400000.
	BIN string
	// Brand of the cards; default "visa".
	Brand string
	// MaxPageSize is the largest size of a list; more is CARD000022. Default 100. The
	// document names no number.
	MaxPageSize int
}

const (
	defaultSkew     = 5 * time.Minute
	defaultPageSize = 10
	defaultMaxPage  = 100
	defaultBIN      = "400000"
	defaultBrand    = "visa"
)

func (o Options) withDefaults(l *ledger.Ledger) Options {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Random == nil {
		o.Random = ledger.NewRandom(0, "qitech")
	}
	if o.ClockSkew == 0 {
		o.ClockSkew = defaultSkew
	}
	if o.ActivationDelay == 0 {
		o.ActivationDelay = l.IssuingDelay()
	}
	if o.BIN == "" {
		o.BIN = defaultBIN
	}
	if o.Brand == "" {
		o.Brand = defaultBrand
	}
	if o.MaxPageSize == 0 {
		o.MaxPageSize = defaultMaxPage
	}
	return o
}
