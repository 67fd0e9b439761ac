package sandbox

import (
	"github.com/card-operator/card-operator/internal/sandbox/interlace"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// DefaultInterlaceSecret is the secret of the default v3 client: the AES-256 key of card
// numbers, so it must have 32 bytes. Its id and account are those of v1.
const DefaultInterlaceSecret = "sandbox-secret-with-32-character"

// interlaceDefaults fills in what the dialect shares with the sandbox.
func (o Options) interlaceDefaults() interlace.Options {
	i := o.Interlace
	i.Clock, i.Random = o.Clock, ledger.NewRandom(o.Seed, "interlace")
	if len(i.Clients) == 0 {
		i.Clients = []interlace.Client{{ID: DefaultClientID, Secret: DefaultInterlaceSecret, AccountID: o.Ledger.Accounts[0].ID}}
	}
	return i
}

// Interlace is the v3 dialect.
func (s *Server) Interlace() *interlace.Handler { return s.interlace }
