package history

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/sandbox"
	"github.com/card-operator/card-operator/test/simulation/world"
)

// speech is what the manifests of a dialect have of their own.
type speech struct {
	account     func(*v1alpha1.CardIssuerSpec)
	credentials func() map[string][]byte
	// rotated are the credentials that come after them.
	rotated func(id, secret string) map[string][]byte
	// card leaves out what the issuer cannot do.
	card func(*v1alpha1.VirtualCardSpec)
	// cannot are the deeds that make no sense.
	cannot map[Deed]bool
}

func speechOf(s world.Speech) speech {
	switch s {
	case world.Interlace:
		return speech{interlaceAccount, clientCredentials(sandbox.DefaultInterlaceSecret), newClient, interlaceCard, map[Deed]bool{
			ApplyPayee: true, ApplyWithdrawal: true, PlanWithdrawal: true, Hold: true,
		}}
	case world.QITech:
		return speech{qitechAccount, qitechCredentials, qitechRotated, qitechCard, map[Deed]bool{
			ApplyBudgetCard: true, ApplyBudget: true, ApplyPayee: true, ApplyWithdrawal: true, PlanWithdrawal: true, Fund: true, Hold: true,
		}}
	default:
		return speech{qbitAccount, clientCredentials(sandbox.DefaultClientSecret), newClient, func(*v1alpha1.VirtualCardSpec) {}, nil}
	}
}

func qbitAccount(spec *v1alpha1.CardIssuerSpec) {
	spec.Qbit = &v1alpha1.QbitIssuer{BaseURL: world.Host, AccountID: sandbox.DefaultAccountID}
}

func clientCredentials(secret string) func() map[string][]byte {
	return func() map[string][]byte { return newClient(sandbox.DefaultClientID, secret) }
}

func newClient(id, secret string) map[string][]byte {
	return map[string][]byte{"clientId": []byte(id), "clientSecret": []byte(secret)}
}

func interlaceAccount(spec *v1alpha1.CardIssuerSpec) {
	spec.Interlace = &v1alpha1.InterlaceIssuer{BaseURL: world.Host, AccountID: sandbox.DefaultAccountID}
}

func interlaceCard(spec *v1alpha1.VirtualCardSpec) {
	spec.Hold, spec.Cardholder.Email = "", "ada@example.com"
	spec.Limits = []v1alpha1.SpendingLimit{{Interval: "Month", Amount: "500"}}
}

func qitechAccount(spec *v1alpha1.CardIssuerSpec) {
	spec.QITech = &v1alpha1.QITechIssuer{BaseURL: world.Host, AccountKey: sandbox.DefaultAccountID, ProgramKey: world.QITechProgram}
}

func qitechCredentials() map[string][]byte {
	return map[string][]byte{"apiKey": []byte(world.QITechAPIKey), "privateKey": signingKey()}
}

// qitechRotated is another key pair, under the same API key.
func qitechRotated(string, string) map[string][]byte {
	return map[string][]byte{"apiKey": []byte(world.QITechAPIKey), "privateKey": nextSigningKey()}
}

// The keys are made once: the issuer of the simulation takes signatures on trust, so they
// may be any.
var signingKey, nextSigningKey = sync.OnceValue(newSigningKey), sync.OnceValue(newSigningKey)

func newSigningKey() []byte {
	key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		return nil
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
}

func qitechCard(spec *v1alpha1.VirtualCardSpec) {
	spec.BIN, spec.Funding, spec.Hold = "", "", ""
}

// In is the same history in another dialect, without the deeds that make no sense there.
func (h History) In(dialect world.Speech) History {
	h.World.Speaks = dialect
	cannot := speechOf(dialect).cannot
	if dialect == world.Interlace && (len(h.World.Dialect.Deduplicate) <= 1 || !h.KeysOutlastLists()) {
		h.Trust = false // an issuer that breaks its promise is not one to trust
	}
	h.Actions = slices.DeleteFunc(slices.Clone(h.Actions), func(a Action) bool { return cannot[a.Do] })
	if dialect != world.Qbit {
		h.Name += ", in " + string(dialect)
	}
	return h
}

// KeysOutlastLists reports whether what the issuer has forgotten the id of was listed for long, so
// that its promise may be relied upon although it ends.
func (h History) KeysOutlastLists() bool {
	lifetime := h.World.Dialect.KeyLifetime
	return lifetime == 0 || lifetime >= time.Hour
}

// Holds reports whether money is ever set aside on a card.
func (h History) Holds() bool {
	return slices.ContainsFunc(h.Actions, func(a Action) bool {
		_, hold, _ := strings.Cut(a.Value, "/")
		return a.Do == Hold || a.Do == ApplyCard && hold != ""
	})
}
