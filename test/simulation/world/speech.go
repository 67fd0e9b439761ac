package world

import (
	"github.com/card-operator/card-operator/internal/sandbox"
	"github.com/card-operator/card-operator/internal/sandbox/interlace"
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
	return sandbox.Options{
		Clock: issuerClock{w}, Seed: o.Seed, Synchronous: true, Ledger: o.Issuer, Qbit: o.Dialect,
		Interlace: interlace.Options{
			NoDeduplication: !deduplicates, KeyLifetime: o.Dialect.KeyLifetime, Asynchronous: o.Issuer.IssuingDelay > 0,
		},
		QITech: qitech.Options{
			Clients:         []qitech.Client{{APIKey: QITechAPIKey, Programs: []string{QITechProgram}}},
			TrustSignatures: true,
		},
	}
}
