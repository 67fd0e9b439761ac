package sandbox

import (
	"slices"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qitech"
)

// What cmd/sandbox calls the QI Tech client whose public key it is given. The account is
// not the first one: dialects that share an account would list one another's cards.
const (
	DefaultQITechAPIKey     = "5a9d0000-0000-4000-8000-0000000000a1"
	DefaultQITechAccountKey = "5a9d0000-0000-4000-8000-000000000002"
	DefaultQITechProgramKey = "5a9d0000-0000-4000-8000-0000000000f1"
)

// qitechDefaults fills in what the dialect shares with the sandbox.
func (o Options) qitechDefaults() qitech.Options {
	q := o.QITech
	q.Clock, q.Random = o.Clock, ledger.NewRandom(o.Seed, "qitech")
	q.Clients = slices.Clone(q.Clients)
	for i := range q.Clients {
		if q.Clients[i].AccountID == "" {
			q.Clients[i].AccountID = o.Ledger.Accounts[0].ID
		}
	}
	return q
}
