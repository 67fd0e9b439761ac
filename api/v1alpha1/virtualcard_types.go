package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// CardType is how a card is paid for.
type CardType string

// Card types.
const (
	// CardTypePrepaid cards hold money of their own, put in by spec.funding.
	CardTypePrepaid CardType = "Prepaid"
	// CardTypeBudget cards spend from the Budget that spec.budgetRef names.
	CardTypeBudget CardType = "Budget"
)

// CardState is the state that is wanted of a card.
type CardState string

// States that can be wanted.
const (
	CardActive CardState = "Active"
	CardFrozen CardState = "Frozen"
)

// CardDeletionPolicy says what deleting a VirtualCard does at the issuer.
type CardDeletionPolicy string

// Deletion policies of a VirtualCard.
const (
	// CardClose closes the card for good; its balance returns to the account.
	CardClose CardDeletionPolicy = "Close"
	// CardFreeze freezes the card and leaves it.
	CardFreeze CardDeletionPolicy = "Freeze"
	// CardRetain leaves the card as it is.
	CardRetain CardDeletionPolicy = "Retain"
)

// Phone is a telephone number in two parts.
type Phone struct {
	// countryCode in digits, without plus sign, for example "1".
	// +kubebuilder:validation:MaxLength=4
	// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9]{1,4}$')",message="must be one to four digits without a plus sign, for example \"1\""
	CountryCode string `json:"countryCode"`

	// number in digits, without the country code.
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9]{4,20}$')",message="must be 4 to 20 digits without country code, spaces or dashes"
	Number string `json:"number"`
}

// Cardholder is the person named on the card.
type Cardholder struct {
	// firstName on the card. Issuers bound both names together, Qbit to 26 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	FirstName string `json:"firstName"`

	// lastName on the card.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	LastName string `json:"lastName"`

	// email of the person.
	// +optional
	// +kubebuilder:validation:MaxLength=254
	// +kubebuilder:validation:XValidation:rule="self == '' || self.matches('^[^@ ]+@[^@ ]+$')",message="must be an e-mail address"
	Email string `json:"email,omitempty"`

	// phone of the person; BINs 414631 and 493728 of Qbit need one.
	// +optional
	Phone *Phone `json:"phone,omitempty"`
}

// SpendingLimit bounds what a card may spend.
type SpendingLimit struct {
	// interval that the limit counts over.
	// +kubebuilder:validation:Enum=Day;Week;Month;Quarter;Year;Lifetime;Transaction
	Interval string `json:"interval"`

	// amount that may be spent within the interval.
	Amount Amount `json:"amount"`
}

// VirtualCardSpec is a virtual payment card.
//
// +kubebuilder:validation:XValidation:rule="self.type != 'Budget' || has(self.budgetRef) || has(self.externalId)",message="a card of type Budget needs spec.budgetRef: the name of the Budget it spends from"
// +kubebuilder:validation:XValidation:rule="self.type == 'Budget' || !has(self.budgetRef)",message="spec.budgetRef is only for cards of type Budget"
// +kubebuilder:validation:XValidation:rule="self.type == 'Prepaid' || !has(self.funding)",message="spec.funding is only for cards of type Prepaid; fund the Budget instead"
// +kubebuilder:validation:XValidation:rule="self.type == 'Prepaid' || !has(self.hold)",message="spec.hold is only for cards of type Prepaid"
// +kubebuilder:validation:XValidation:rule="!(has(self.bin) && has(self.scenario))",message="give spec.bin or spec.scenario, not both"
// +kubebuilder:validation:XValidation:rule="!(has(self.cardholder) && has(self.cardholderId))",message="give spec.cardholder or spec.cardholderId, not both"
type VirtualCardSpec struct {
	// issuerRef names the CardIssuer. Fixed once the card was ordered.
	IssuerRef IssuerReference `json:"issuerRef"`

	// type: a Prepaid card holds money of its own, a Budget card spends from a Budget.
	// Fixed once the card was ordered.
	// +kubebuilder:validation:Enum=Prepaid;Budget
	Type CardType `json:"type"`

	// bin is the card product, one of the CardIssuer's status.bins, for example
	// "493193". Fixed once the card was ordered.
	// +optional
	// +kubebuilder:validation:MaxLength=8
	// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9]{6,8}$')",message="must be six to eight digits, one of the CardIssuer's status.bins"
	BIN string `json:"bin,omitempty"`

	// scenario picks the BIN that the issuer recommends for it, for example "TikTok",
	// where the issuer publishes recommendations.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Scenario string `json:"scenario,omitempty"`

	// budgetRef names the Budget that a card of type Budget spends from. Fixed once the
	// card was ordered.
	// +optional
	BudgetRef *LocalReference `json:"budgetRef,omitempty"`

	// cardholder is the person named on the card. Fixed once the card was ordered.
	// +optional
	Cardholder *Cardholder `json:"cardholder,omitempty"`

	// cardholderId names a cardholder that the issuer already knows, where it keeps
	// them.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	CardholderID string `json:"cardholderId,omitempty"`

	// billingAddress for address verification. Fixed once the card was ordered.
	// +optional
	BillingAddress *Address `json:"billingAddress,omitempty"`

	// label at the issuer, the object's name when left out. The operator appends its
	// token, by which it finds the card again. Where the issuer cannot change a label
	// the condition Synced says so.
	// +optional
	// +kubebuilder:validation:MaxLength=48
	Label string `json:"label,omitempty"`

	// usage is what the issuer wants to know about the card's purpose (Qbit: useType).
	// Fixed once the card was ordered.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Usage string `json:"usage,omitempty"`

	// funding is the total that this object has put onto a Prepaid card, net. Raising
	// it adds the difference, lowering it takes the difference back; spending never
	// makes the operator add money. Left out, the card's money is left as it is.
	// +optional
	Funding Amount `json:"funding,omitempty"`

	// hold is the amount of the card's money that is set aside and cannot be spent.
	// Left out, what is set aside is left as it is.
	// +optional
	Hold Amount `json:"hold,omitempty"`

	// limits on what the card may spend, where the issuer has them.
	// +optional
	// +listType=map
	// +listMapKey=interval
	// +kubebuilder:validation:MaxItems=7
	Limits []SpendingLimit `json:"limits,omitempty"`

	// state: an Active card can pay, a Frozen one cannot.
	// +optional
	// +kubebuilder:default=Active
	// +kubebuilder:validation:Enum=Active;Frozen
	State CardState `json:"state,omitempty"`

	// secret asks for a Secret that pods can mount to pay. Left out, the card's number
	// is never fetched.
	// +optional
	Secret *CardSecretSpec `json:"secret,omitempty"`

	// cvvRotationInterval is how often the issuer renews the CVV, where it does.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1h') && duration(self) <= duration('8760h')",message="must lie between 1h and 8760h"
	CVVRotationInterval *metav1.Duration `json:"cvvRotationInterval,omitempty"`

	// deletionPolicy: Close ends the card and returns its balance to the account,
	// Freeze freezes it, Retain leaves it.
	// +optional
	// +kubebuilder:default=Close
	// +kubebuilder:validation:Enum=Close;Freeze;Retain
	DeletionPolicy CardDeletionPolicy `json:"deletionPolicy,omitempty"`

	// externalId adopts the existing card with this id instead of ordering one.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9._-]+$')",message="must be the card's id as the issuer shows it"
	ExternalID string `json:"externalId,omitempty"`

	// suspend keeps observing and sends nothing; status.plan says what would be sent.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
}

// VirtualCardStatus is what is known about the card.
type VirtualCardStatus struct {
	CommonStatus `json:",inline"`
	LedgerStatus `json:",inline"`

	// id of the card at the issuer.
	// +optional
	ID string `json:"id,omitempty"`

	// lastFour digits of the card's number.
	// +optional
	LastFour string `json:"lastFour,omitempty"`

	// bin of the card.
	// +optional
	BIN string `json:"bin,omitempty"`

	// network of the card, for example VISA.
	// +optional
	Network string `json:"network,omitempty"`

	// product is what the card was ordered as. It never changes by itself.
	// +optional
	Product *CardProduct `json:"product,omitempty"`

	// cardholderId is the person that the card was ordered for, where the issuer keeps
	// cardholders.
	// +optional
	CardholderID string `json:"cardholderId,omitempty"`

	// label as the issuer has it.
	// +optional
	Label string `json:"label,omitempty"`

	// state at the issuer: Pending, Active, Frozen, Control (the issuer's own block) or
	// Inactive (closed for good).
	// +optional
	State string `json:"state,omitempty"`

	// closingSince is when the issuer first accepted to close the card of a deleted
	// VirtualCard. One that is no longer listed after that is closed.
	// +optional
	ClosingSince *metav1.Time `json:"closingSince,omitempty"`

	// balance of a Prepaid card.
	// +optional
	Balance *Balance `json:"balance,omitempty"`

	// funded is what this object has put onto the card, net.
	// +optional
	Funded string `json:"funded,omitempty"`

	// held is what this object has set aside.
	// +optional
	Held string `json:"held,omitempty"`

	// movements counts the transfers that this object has made on the card.
	// +optional
	Movements int64 `json:"movements,omitempty"`

	// holds counts the holds and releases that this object has made on the card.
	// +optional
	Holds int64 `json:"holds,omitempty"`

	// secretName is the Secret that holds the card.
	// +optional
	SecretName string `json:"secretName,omitempty"`

	// secret says which state of the Secret was written, and when.
	// +optional
	Secret *CardSecretStatus `json:"secret,omitempty"`

	// limits in force at the issuer.
	// +optional
	// +listType=atomic
	Limits []LimitStatus `json:"limits,omitempty"`
}

// LimitStatus is a spending limit as the issuer has it.
type LimitStatus struct {
	// interval that the limit counts over.
	Interval string `json:"interval"`
	// amount that may be spent within the interval.
	Amount string `json:"amount"`
}

// CardProduct is the choice of a card product.
type CardProduct struct {
	// bin of the product.
	// +optional
	BIN string `json:"bin,omitempty"`

	// id of the product at the issuer, where it is not the bin.
	// +optional
	ID string `json:"id,omitempty"`

	// scenario that it was recommended for.
	// +optional
	Scenario string `json:"scenario,omitempty"`

	// reason says why this one.
	// +optional
	Reason string `json:"reason,omitempty"`
}

// VirtualCard is a virtual payment card at the issuer.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=vc,categories=cards
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="LastFour",type=string,JSONPath=`.status.lastFour`
// +kubebuilder:printcolumn:name="Balance",type=string,JSONPath=`.status.balance.available`
// +kubebuilder:printcolumn:name="Secret",type=string,JSONPath=`.status.secretName`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="BIN",type=string,priority=1,JSONPath=`.status.bin`
// +kubebuilder:printcolumn:name="Network",type=string,priority=1,JSONPath=`.status.network`
// +kubebuilder:printcolumn:name="ID",type=string,priority=1,JSONPath=`.status.id`
// +kubebuilder:printcolumn:name="Status",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:selectablefield:JSONPath=`.spec.issuerRef.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.type`
// +kubebuilder:selectablefield:JSONPath=`.status.state`
// +kubebuilder:selectablefield:JSONPath=`.status.lastFour`
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || (!has(oldSelf.status.id) && !has(oldSelf.status.intent)) || (self.spec.issuerRef == oldSelf.spec.issuerRef && self.spec.type == oldSelf.spec.type && (has(self.spec.bin) == has(oldSelf.spec.bin) && (!has(self.spec.bin) || self.spec.bin == oldSelf.spec.bin)) && (has(self.spec.scenario) == has(oldSelf.spec.scenario) && (!has(self.spec.scenario) || self.spec.scenario == oldSelf.spec.scenario)) && (has(self.spec.budgetRef) == has(oldSelf.spec.budgetRef) && (!has(self.spec.budgetRef) || self.spec.budgetRef == oldSelf.spec.budgetRef)) && (has(self.spec.externalId) == has(oldSelf.spec.externalId) && (!has(self.spec.externalId) || self.spec.externalId == oldSelf.spec.externalId)))",message="spec.issuerRef, type, bin, scenario, budgetRef and externalId cannot be changed once the card was ordered: make another VirtualCard"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || (!has(oldSelf.status.id) && !has(oldSelf.status.intent)) || ((has(self.spec.cardholder) == has(oldSelf.spec.cardholder) && (!has(self.spec.cardholder) || self.spec.cardholder == oldSelf.spec.cardholder)) && (has(self.spec.cardholderId) == has(oldSelf.spec.cardholderId) && (!has(self.spec.cardholderId) || self.spec.cardholderId == oldSelf.spec.cardholderId)) && (has(self.spec.billingAddress) == has(oldSelf.spec.billingAddress) && (!has(self.spec.billingAddress) || self.spec.billingAddress == oldSelf.spec.billingAddress)))",message="spec.cardholder, cardholderId and billingAddress cannot be changed once the card was ordered: make another VirtualCard"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || (!has(oldSelf.status.id) && !has(oldSelf.status.intent)) || ((has(self.spec.usage) == has(oldSelf.spec.usage) && (!has(self.spec.usage) || self.spec.usage == oldSelf.spec.usage)) && (has(self.spec.cvvRotationInterval) == has(oldSelf.spec.cvvRotationInterval) && (!has(self.spec.cvvRotationInterval) || self.spec.cvvRotationInterval == oldSelf.spec.cvvRotationInterval)))",message="spec.usage and cvvRotationInterval cannot be changed once the card was ordered"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || !has(oldSelf.status.intent) || oldSelf.status.intent.action != 'Create' || (has(self.spec.label) == has(oldSelf.spec.label) && (!has(self.spec.label) || self.spec.label == oldSelf.spec.label))",message="spec.label cannot be changed while the card is being ordered: wait until status.intent is gone"
type VirtualCard struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what is wanted.
	Spec VirtualCardSpec `json:"spec"`
	// status is what is known.
	// +optional
	Status VirtualCardStatus `json:"status,omitempty"`
}

// VirtualCardList is a list of VirtualCards.
//
// +kubebuilder:object:root=true
type VirtualCardList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []VirtualCard `json:"items"`
}
