package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// SecretMode says what a card Secret holds.
type SecretMode string

// Modes of the card Secret.
const (
	// SecretModeCard holds the card's number, code and expiry.
	SecretModeCard SecretMode = "Card"
	// SecretModeFingerprint holds the short-lived value for the issuer's page widget,
	// for merchants without PCI access to the number.
	SecretModeFingerprint SecretMode = "Fingerprint"
)

// CardSecretSpec asks for a Secret that pods can mount to pay.
//
// +kubebuilder:validation:XValidation:rule="!has(self.keys) || self.keys.all(k, k in ['pan', 'cvv', 'expMonth', 'expYear', 'lastFour', 'cardholder', 'network', 'fingerprint'])",message="keys may name pan, cvv, expMonth, expYear, lastFour, cardholder, network and, in mode Fingerprint, fingerprint"
// +kubebuilder:validation:XValidation:rule="!has(self.keys) || self.keys.all(k, self.keys[k].matches('^[-._a-zA-Z0-9]{1,253}$'))",message="keys must map to valid Secret keys: letters, digits, dashes, dots and underscores"
// +kubebuilder:validation:XValidation:rule="!has(self.keys) || self.keys.all(k, self.keys.all(l, k == l || self.keys[k] != self.keys[l]))",message="two keys cannot have the same name in the Secret"
// +kubebuilder:validation:XValidation:rule="!has(self.keys) || self.mode == 'Fingerprint' || !('fingerprint' in self.keys)",message="the key fingerprint is only for mode: Fingerprint"
// +kubebuilder:validation:XValidation:rule="!has(self.keys) || self.mode != 'Fingerprint' || !self.keys.exists(k, k in ['pan', 'cvv', 'expMonth', 'expYear'])",message="mode: Fingerprint never reveals pan, cvv, expMonth or expYear"
type CardSecretSpec struct {
	// name of the Secret, the VirtualCard's own name when left out. A Secret that
	// exists and is not this VirtualCard's is never touched.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self == '' || self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="must be a valid Secret name"
	Name string `json:"name,omitempty"`

	// mode: Card writes number, code and expiry; Fingerprint writes the short-lived
	// value that the issuer's page widget needs, for merchants without PCI access.
	// +optional
	// +kubebuilder:default=Card
	// +kubebuilder:validation:Enum=Card;Fingerprint
	Mode SecretMode `json:"mode,omitempty"`

	// keys selects and renames: each entry maps what is written (pan, cvv, expMonth,
	// expYear, lastFour, cardholder, network, fingerprint) to its key in the Secret.
	// Left out, all of the mode are written under their own names.
	// +optional
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=8
	Keys map[string]SecretKey `json:"keys,omitempty"`

	// refreshInterval is how often the content is fetched again. Left out, mode Card
	// fetches once, mode Fingerprint every 10 minutes.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('10s') && duration(self) <= duration('8760h')",message="must lie between 10s and 8760h"
	RefreshInterval *metav1.Duration `json:"refreshInterval,omitempty"`

	// expireAfter empties the Secret that long after it was asked for. A new value of
	// the card-operator.io/reconcile-at annotation asks again.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('10s') && duration(self) <= duration('8760h')",message="must lie between 10s and 8760h"
	ExpireAfter *metav1.Duration `json:"expireAfter,omitempty"`

	// otp asks for one-time codes of 3-D Secure in a second, short-lived Secret, where
	// the issuer sends them.
	// +optional
	OTP bool `json:"otp,omitempty"`
}

// SecretKey is a key of a Secret's data.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
type SecretKey string

// CardSecretStatus says which state of the Secret was written, and when.
type CardSecretStatus struct {
	// resourceVersion of the Secret after the latest write; a different one means that
	// somebody else has changed it.
	// +optional
	ResourceVersion string `json:"resourceVersion,omitempty"`

	// request is a digest of the spec.secret that was written.
	// +optional
	Request string `json:"request,omitempty"`

	// askedBy is the card-operator.io/reconcile-at annotation that last asked for it.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	AskedBy string `json:"askedBy,omitempty"`

	// askedAt is when it was last asked for; spec.secret.expireAfter counts from here.
	// +optional
	AskedAt *metav1.Time `json:"askedAt,omitempty"`

	// writtenAt is when the content was last fetched and written.
	// +optional
	WrittenAt *metav1.Time `json:"writtenAt,omitempty"`

	// validUntil is when the issuer renews the CVV; the content is fetched again then.
	// +optional
	ValidUntil *metav1.Time `json:"validUntil,omitempty"`

	// expired is true after the Secret was emptied by spec.secret.expireAfter.
	// +optional
	Expired bool `json:"expired,omitempty"`
}
