package sandbox

import (
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/fault"
	"github.com/card-operator/card-operator/internal/sandbox/interlace"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qbit"
	"github.com/card-operator/card-operator/internal/sandbox/qitech"
)

// The customer that the sandbox has where Options name none.
const (
	DefaultClientID     = "sandbox"
	DefaultClientSecret = "sandbox-secret"
	DefaultAccountID    = "5a9d0000-0000-4000-8000-000000000001"
	DefaultOpening      = "1000000.00"
)

// Options is how a sandbox behaves. The zero value is one account with a million, a
// client that can log in to it, no delay, no lag, no fee and no fault.
type Options struct {
	// Clock tells the time to all parts; default the wall clock.
	Clock clock.Clock
	// Seed makes ids, card numbers and chances repeatable.
	Seed uint64
	// Synchronous starts no goroutine, which a virtual clock wants: delayed commits happen
	// when a request arrives after their time.
	Synchronous bool

	// Ledger is how the issuer behaves. Its Clock and Random are filled in.
	Ledger ledger.Options
	// Qbit is the v1 dialect. Its Clock and Random are filled in; where it has no client
	// and no static token, the default client of the first account is added.
	Qbit qbit.Options
	// QITech is the QI Tech dialect. Its Clock and Random are filled in, and so is the first
	// account where a client names none. There is no default client: it needs a public key.
	QITech qitech.Options
	// Interlace is the v3 dialect, which shares the accounts of v1. Its Clock and Random are
	// filled in; where it has no client, the default client of the first account is added,
	// with DefaultInterlaceSecret.
	Interlace interlace.Options
	// Limits apply to every call of a dialect.
	Limits fault.Limits
	// Faults are in force from the beginning.
	Faults []fault.Rule
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if len(o.Ledger.Accounts) == 0 {
		o.Ledger.Accounts = []ledger.Account{{ID: DefaultAccountID, Name: "Sandbox", Opening: money.Must(DefaultOpening)}}
	}
	if len(o.Qbit.Clients) == 0 && len(o.Qbit.StaticTokens) == 0 {
		o.Qbit.Clients = []qbit.Client{{ID: DefaultClientID, Secret: DefaultClientSecret, AccountID: o.Ledger.Accounts[0].ID}}
	}
	o.Ledger.Clock, o.Ledger.Random = o.Clock, ledger.NewRandom(o.Seed, "ledger")
	o.Qbit.Clock, o.Qbit.Random = o.Clock, ledger.NewRandom(o.Seed, "qbit")
	o.QITech = o.qitechDefaults()
	o.Interlace = o.interlaceDefaults()
	return o
}
