package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Amount is an exact decimal amount in the currency of the account, for example
// "50.00": up to twelve digits, at most two decimals, no sign, no exponent.
//
// +kubebuilder:validation:MaxLength=16
// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9]{1,12}([.][0-9]{1,2})?$')",message="must be a plain decimal amount such as \"50.00\": digits, at most two decimals, no sign, no currency, no thousands separators"
type Amount string

// IssuerReference names the CardIssuer that an object belongs to.
type IssuerReference struct {
	// name of the CardIssuer.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// namespace of the CardIssuer; the object's own namespace when it is left out. The
	// CardIssuer must allow the object's namespace in spec.allowedNamespaces.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`
}

// LocalReference names an object in the same namespace.
type LocalReference struct {
	// name of the object.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// SecretKeyReference names one key of a Secret in the same namespace.
type SecretKeyReference struct {
	// name of the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// key within the Secret's data.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Key string `json:"key"`
}

// Address is a postal address.
type Address struct {
	// line1 is street and number.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Line1 string `json:"line1,omitempty"`

	// line2 is what else the street needs.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Line2 string `json:"line2,omitempty"`

	// city or town.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	City string `json:"city,omitempty"`

	// state, province or region.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	State string `json:"state,omitempty"`

	// postalCode in the country's own format.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	PostalCode string `json:"postalCode,omitempty"`

	// country as two capital letters (ISO 3166-1 alpha-2), for example "US".
	// +optional
	// +kubebuilder:validation:MaxLength=2
	// +kubebuilder:validation:XValidation:rule="self == '' || self.matches('^[A-Z]{2}$')",message="must be a two-letter country code in capitals, for example \"US\""
	Country string `json:"country,omitempty"`
}

// Balance is what a card or a budget holds at the issuer.
type Balance struct {
	// available to be spent.
	// +kubebuilder:validation:MaxLength=64
	Available string `json:"available"`

	// pending is reserved by purchases that have not settled.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Pending string `json:"pending,omitempty"`

	// frozen is set aside by holds.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Frozen string `json:"frozen,omitempty"`

	// currency as three letters.
	// +optional
	// +kubebuilder:validation:MaxLength=8
	Currency string `json:"currency,omitempty"`
}

// IntentAction is what an intent does at the issuer.
type IntentAction string

// Actions of intents. Each has its effect once.
const (
	ActionCreate   IntentAction = "Create"
	ActionFund     IntentAction = "Fund"
	ActionDefund   IntentAction = "Defund"
	ActionHold     IntentAction = "Hold"
	ActionRelease  IntentAction = "Release"
	ActionWithdraw IntentAction = "Withdraw"
	ActionRegister IntentAction = "Register"
)

// IntentOutcome is what is known about an intent that was sent.
type IntentOutcome string

// Outcomes of an intent. The empty outcome means claimed: the call may or may not have
// left the operator.
const (
	OutcomeAccepted IntentOutcome = "Accepted"
	OutcomeUnknown  IntentOutcome = "Unknown"
)

// Intent is the claim of one effect at the issuer, written before the call is made and
// kept until its outcome is certain.
type Intent struct {
	// id that the issuer stores beside the effect.
	// +kubebuilder:validation:MaxLength=128
	ID string `json:"id"`

	// action at the issuer.
	// +kubebuilder:validation:Enum=Create;Fund;Defund;Hold;Release;Withdraw;Register
	Action IntentAction `json:"action"`

	// amount claimed; this amount is sent even if the spec changes meanwhile.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Amount string `json:"amount,omitempty"`

	// sequence is the number of the movement on the remote object.
	// +optional
	Sequence int64 `json:"sequence,omitempty"`

	// claimedAt is when the latest attempt was claimed.
	ClaimedAt metav1.MicroTime `json:"claimedAt"`

	// firstClaimedAt is when the first attempt was claimed, where there were several.
	// +optional
	FirstClaimedAt *metav1.MicroTime `json:"firstClaimedAt,omitempty"`

	// attempt counts the claims of this id, from 1. None is a movement that was not sent:
	// the issuer's records are not what this status says, which may be an old one.
	// +optional
	Attempt int64 `json:"attempt,omitempty"`

	// outcome that is known so far.
	// +optional
	// +kubebuilder:validation:Enum=Accepted;Unknown
	Outcome IntentOutcome `json:"outcome,omitempty"`

	// answeredAt is when the outcome was learned.
	// +optional
	AnsweredAt *metav1.MicroTime `json:"answeredAt,omitempty"`

	// absentSince is when a look after the latest attempt first found nothing at the
	// issuer.
	// +optional
	AbsentSince *metav1.MicroTime `json:"absentSince,omitempty"`

	// refusal is the issuer's refusal of a repeated call whose first attempt has an
	// unknown outcome.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Refusal string `json:"refusal,omitempty"`

	// baseline is the frozen balance before a hold or a release, by which its effect is
	// recognised where the issuer lists no such movement.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Baseline string `json:"baseline,omitempty"`

	// target is what the effect was claimed for where its id does not say: a withdrawal's
	// card and beneficiary at the issuer. It is sent to no other.
	// +optional
	// +kubebuilder:validation:MaxLength=300
	Target string `json:"target,omitempty"`

	// next is the first movement on what is created, claimed together with its creation. It
	// is sent right after it, if it shows in time, and claimed anew if not.
	// +optional
	Next *NextMovement `json:"next,omitempty"`
}

// NextMovement is a movement on a remote object whose id is not known yet, and with it the
// movement's own, which is computed from it.
type NextMovement struct {
	// action at the issuer.
	// +kubebuilder:validation:Enum=Fund
	Action IntentAction `json:"action"`

	// amount claimed.
	// +kubebuilder:validation:MaxLength=64
	Amount string `json:"amount"`

	// sequence is the number of the movement on the remote object.
	Sequence int64 `json:"sequence"`
}

// CommonStatus is what every kind reports.
type CommonStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions, one per type. Reconciling and Stalled are there only while true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +patchStrategy=merge
	// +patchMergeKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty" patchStrategy:"merge" patchMergeKey:"type"`

	// lastHandledReconcileAt echoes the card-operator.io/reconcile-at annotation that
	// was last acted on.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	LastHandledReconcileAt string `json:"lastHandledReconcileAt,omitempty"`
}

// LedgerStatus is what every kind reports that has effects at the issuer.
type LedgerStatus struct {
	// intent is the one effect that is under way.
	// +optional
	Intent *Intent `json:"intent,omitempty"`

	// plan lists what would be sent if the object were not suspended.
	// +optional
	// +kubebuilder:validation:MaxItems=16
	Plan []string `json:"plan,omitempty"`

	// settlingSince is set when something was found at the issuer of which this status
	// knew nothing, as after a restored backup. Until the issuer's listing lag has
	// passed since then, nothing that is not listed is believed to be absent.
	// +optional
	SettlingSince *metav1.MicroTime `json:"settlingSince,omitempty"`

	// incarnation counts how often the remote object was closed for good and wanted
	// again.
	// +optional
	Incarnation int64 `json:"incarnation,omitempty"`
}
