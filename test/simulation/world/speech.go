package world

import (
	"github.com/card-operator/card-operator/internal/sandbox"
	"github.com/card-operator/card-operator/internal/sandbox/interlace"
	"github.com/card-operator/card-operator/internal/sandbox/oauth"
	"github.com/card-operator/card-operator/internal/sandbox/qitech"
)

// Speech is the dialect in which the operator and the issuer speak.
type Speech string

// Speeches. The zero value is Qbit v1.
const (
	Qbit      Speech = ""
	Interlace Speech = "interlace"
	QITech    Speech = "qitech"
)

// QITechAPIKey is the integration by which the issuer knows the operator.
const QITechAPIKey = sandbox.DefaultQITechAPIKey

// QITechProgram is the one program of the account.
const QITechProgram = sandbox.DefaultQITechProgramKey

// sandboxOptions are those of an issuer that speaks all dialects.
func (o Options) sandboxOptions(w *World) sandbox.Options {
	deduplicates := len(o.Dialect.Deduplicate) > 1
	o.Dialect.Clients = w.qbitClients
	return sandbox.Options{
		Clock: issuerClock{w}, Seed: o.Seed, Synchronous: true, Ledger: o.Issuer, Qbit: o.Dialect,
		Interlace: interlace.Options{
			NoDeduplication: !deduplicates, KeyLifetime: o.Dialect.KeyLifetime, Clients: w.v3Clients, Asynchronous: o.Issuer.IssuingDelay > 0,
		},
		QITech: qitech.Options{
			Clients:         []qitech.Client{{APIKey: QITechAPIKey, Programs: []string{QITechProgram}}},
			TrustSignatures: true,
		},
	}
}

// clientsWith is the one customer of the issuer. The sandbox keeps the slice, so that who
// may log in can be changed in it.
func clientsWith(secret string) []oauth.Client {
	return []oauth.Client{{ID: sandbox.DefaultClientID, Secret: secret, AccountID: sandbox.DefaultAccountID}}
}

// Revoke lets only the new id and secret log in from now on; what the old ones have opened
// ends. An issuer that knows the operator by a key pair alone goes on.
func (w *World) Revoke(id, secret string) {
	clients := w.qbitClients
	switch w.opts.Speaks {
	case QITech:
		return
	case Interlace:
		clients = w.v3Clients
		defer w.Issuer.Interlace().Expire()
	default:
		defer w.Issuer.Qbit().Expire()
	}
	clients[0].ID, clients[0].Secret = id, secret
}
