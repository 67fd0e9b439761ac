package cardsecret

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// fingerprintRefresh is how often mode Fingerprint fetches a new value where the spec
// does not say. Interlace's live for five minutes and serve once; Qbit's document does not say.
const fingerprintRefresh = 4 * time.Minute

// Due is what has to be done about a Secret.
type Due string

// What may be due.
const (
	DueNothing Due = "Nothing"
	DueWrite   Due = "Write"
	DueEmpty   Due = "Empty"
)

// Decide says what is due, and when to look again (zero: never). It is a pure function
// of the request, what was written, the Secret's resourceVersion and the look-now token.
func Decide(spec v1alpha1.CardSecretSpec, written *v1alpha1.CardSecretStatus, version, token string, now time.Time) (Due, time.Time) {
	if askedAnew(spec, written, token) {
		return DueWrite, time.Time{}
	}
	expiry, refresh := expiryOf(spec, written), refreshOf(spec, written)
	if reached(expiry, now) {
		return emptied(written, version), time.Time{}
	}
	if written.Expired || version == "" || version != written.ResourceVersion || reached(refresh, now) {
		return DueWrite, time.Time{}
	}
	return DueNothing, earliest(expiry, refresh)
}

// askedAnew: never written, another request, or asked for again after it was emptied.
func askedAnew(spec v1alpha1.CardSecretSpec, written *v1alpha1.CardSecretStatus, token string) bool {
	if written == nil || written.AskedAt == nil || written.Request != Digest(spec) {
		return true
	}
	return written.Expired && token != "" && written.AskedBy != token
}

func reached(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

func emptied(written *v1alpha1.CardSecretStatus, version string) Due {
	if written.Expired && (version == written.ResourceVersion) {
		return DueNothing
	}
	return DueEmpty
}

// Asked says whether a write is a new request, from which the expiry counts anew.
func Asked(spec v1alpha1.CardSecretSpec, written *v1alpha1.CardSecretStatus) bool {
	return written == nil || written.AskedAt == nil || written.Expired || written.Request != Digest(spec)
}

func expiryOf(spec v1alpha1.CardSecretSpec, written *v1alpha1.CardSecretStatus) time.Time {
	if spec.ExpireAfter == nil {
		return time.Time{}
	}
	return written.AskedAt.Add(spec.ExpireAfter.Duration)
}

func refreshOf(spec v1alpha1.CardSecretSpec, written *v1alpha1.CardSecretStatus) time.Time {
	interval := time.Duration(0)
	if spec.Mode == v1alpha1.SecretModeFingerprint {
		interval = fingerprintRefresh
	}
	if spec.RefreshInterval != nil {
		interval = spec.RefreshInterval.Duration
	}
	if written.WrittenAt == nil {
		return time.Time{}
	}
	var refresh time.Time
	if interval != 0 {
		refresh = written.WrittenAt.Add(interval)
	}
	return earliest(renewal(written), refresh)
}

// afterRenewal is how long after its announced time a new CVV is asked for.
const afterRenewal = 5 * time.Second

// staleRenewal is how soon an issuer is asked again that announced a time which had passed by then.
const staleRenewal = time.Minute

// renewal is when the issuer will have renewed the CVV.
func renewal(written *v1alpha1.CardSecretStatus) time.Time {
	if written.ValidUntil == nil {
		return time.Time{}
	}
	if !written.ValidUntil.After(written.WrittenAt.Time) {
		return written.WrittenAt.Add(staleRenewal)
	}
	return written.ValidUntil.Add(afterRenewal)
}

// earliest is the earlier of two times; zero is never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// Digest identifies a request: what is written, under which keys. The times at which it
// is refreshed or emptied are no part of it.
func Digest(spec v1alpha1.CardSecretSpec) string {
	spec.RefreshInterval, spec.ExpireAfter = nil, nil
	text, err := json.Marshal(spec)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
