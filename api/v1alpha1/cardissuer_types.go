package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// CardIssuerSpec is a connection to one account at a card issuer.
//
// +kubebuilder:validation:XValidation:rule="[has(self.qbit), has(self.interlace), has(self.qitech)].filter(x, x).size() == 1",message="name the issuer and its account: exactly one of spec.qbit, spec.interlace and spec.qitech"
// +kubebuilder:validation:XValidation:rule="has(self.qbit) == has(oldSelf.qbit) && has(self.interlace) == has(oldSelf.interlace) && has(self.qitech) == has(oldSelf.qitech)",message="the issuer cannot be changed: make another CardIssuer for another one"
type CardIssuerSpec struct {
	// ownerId is the name of this fleet of manifests. It goes into every id at the
	// issuer: two clusters on one account use two different ones, a rebuilt cluster
	// keeps the old one. It cannot be changed.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="must be lower-case letters, digits, dashes and dots, for example \"growth-eu\""
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="ownerId cannot be changed: every card and payment of this fleet is found again by it"
	OwnerID string `json:"ownerId"`

	// qbit is an account at Qbit, reached through its v1 API.
	// +optional
	Qbit *QbitIssuer `json:"qbit,omitempty"`

	// interlace is an account at Interlace, reached through its v3 API.
	// +optional
	Interlace *InterlaceIssuer `json:"interlace,omitempty"`

	// qitech is an account at QI Tech.
	// +optional
	QITech *QITechIssuer `json:"qitech,omitempty"`

	// credentialsRef names a Secret in the CardIssuer's namespace. For Qbit and Interlace
	// it has the keys "clientId" and "clientSecret", or "accessToken" (Interlace: with
	// "clientSecret", which card numbers are read with); for QI Tech
	// "apiKey" and "privateKey", and "webhookPublicKey" where webhooks are wanted.
	CredentialsRef LocalReference `json:"credentialsRef"`

	// allowedNamespaces says whose objects may use this account. By default only those
	// in the CardIssuer's own namespace.
	// +optional
	// +kubebuilder:default={from: Same}
	AllowedNamespaces *AllowedNamespaces `json:"allowedNamespaces,omitempty"`

	// rateLimit bounds the calls to the account, of all objects together.
	// +optional
	// +kubebuilder:default={requestsPerSecond: 5, burst: 10}
	RateLimit *RateLimit `json:"rateLimit,omitempty"`

	// syncInterval is how often the account's lists are swept, for example "1m". Objects
	// of what has changed are looked at then; those at rest every ten intervals.
	// +optional
	// +kubebuilder:default="1m"
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s') && duration(self) <= duration('24h')",message="must lie between 1s and 24h"
	SyncInterval *metav1.Duration `json:"syncInterval,omitempty"`

	// assumptions about what the issuer's documents leave open.
	// +optional
	Assumptions *Assumptions `json:"assumptions,omitempty"`

	// suspend stops every call that changes anything at this account, for all its
	// objects. Observing goes on.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
}

// NamespacesFrom says how allowed namespaces are chosen.
type NamespacesFrom string

// Ways to choose namespaces.
const (
	NamespacesFromSame     NamespacesFrom = "Same"
	NamespacesFromAll      NamespacesFrom = "All"
	NamespacesFromSelector NamespacesFrom = "Selector"
)

// AllowedNamespaces says whose objects may use an account.
//
// +kubebuilder:validation:XValidation:rule="self.from != 'Selector' || has(self.selector)",message="from: Selector needs a selector"
// +kubebuilder:validation:XValidation:rule="self.from == 'Selector' || !has(self.selector)",message="a selector is only for from: Selector"
type AllowedNamespaces struct {
	// from is Same (the CardIssuer's own namespace), All, or Selector.
	// +kubebuilder:default=Same
	// +kubebuilder:validation:Enum=Same;All;Selector
	From NamespacesFrom `json:"from,omitempty"`

	// selector of namespace labels, for from: Selector.
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// RateLimit bounds the calls to an account.
type RateLimit struct {
	// requestsPerSecond on average.
	// +optional
	// +kubebuilder:default=5
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	RequestsPerSecond int32 `json:"requestsPerSecond,omitempty"`

	// burst of requests at once.
	// +optional
	// +kubebuilder:default=10
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	Burst int32 `json:"burst,omitempty"`
}

// Assumptions are what the issuer's documents leave open and safety depends on. They
// err on the side of waiting. See docs/money-safety.md.
type Assumptions struct {
	// callTimeout is how long the operator waits for an answer.
	// +optional
	// +kubebuilder:default="15s"
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s') && duration(self) <= duration('5m')",message="must lie between 1s and 5m"
	CallTimeout *metav1.Duration `json:"callTimeout,omitempty"`

	// listingLag is the longest time until a movement that the issuer has committed
	// shows in its lists. Only after it is an absence believed.
	// +optional
	// +kubebuilder:default="45s"
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('0s') && duration(self) <= duration('24h')",message="must lie between 0s and 24h"
	ListingLag *metav1.Duration `json:"listingLag,omitempty"`

	// issuingLag is the longest time until a card that was ordered shows in the
	// issuer's list. Only after it is an order with a lost answer sent again.
	// +optional
	// +kubebuilder:default="2m"
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('0s') && duration(self) <= duration('24h')",message="must lie between 0s and 24h"
	IssuingLag *metav1.Duration `json:"issuingLag,omitempty"`

	// patience is how long an order that the issuer has accepted may stay invisible
	// before the operator asks a person to look.
	// +optional
	// +kubebuilder:default="30m"
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('10s') && duration(self) <= duration('168h')",message="must lie between 10s and 168h"
	Patience *metav1.Duration `json:"patience,omitempty"`

	// replay: AsDocumented sends an order with a lost answer again within seconds, where
	// the issuer's document promises one effect per id; Never first waits until its
	// absence can be believed, as for every other call. The promise is the issuer's: if
	// it is broken, AsDocumented pays twice.
	// +optional
	// +kubebuilder:default=Never
	// +kubebuilder:validation:Enum=Never;AsDocumented
	Replay Replay `json:"replay,omitempty"`

	// cardLookup: Filter asks the issuer for a single card by its label or reference where
	// that takes fewer calls than listing all; List always lists all. Choose List where the
	// filters of the issuer's card list cannot be relied upon.
	// +optional
	// +kubebuilder:default=Filter
	// +kubebuilder:validation:Enum=Filter;List
	CardLookup CardLookup `json:"cardLookup,omitempty"`
}

// CardLookup says how a single card is looked for among many.
type CardLookup string

// Values of spec.assumptions.cardLookup.
const (
	CardLookupFilter CardLookup = "Filter"
	CardLookupList   CardLookup = "List"
)

// Replay says whether an issuer's promise of one effect per id is relied upon.
type Replay string

// Values of spec.assumptions.replay.
const (
	ReplayNever        Replay = "Never"
	ReplayAsDocumented Replay = "AsDocumented"
)

// BINStatus is a card product that the issuer offers now.
type BINStatus struct {
	// bin is the first digits of its card numbers.
	BIN string `json:"bin"`

	// id of the product at the issuer, where it is not the bin.
	// +optional
	ID string `json:"id,omitempty"`

	// type of card it can be issued as.
	Type string `json:"type"`

	// network, for example VISA.
	// +optional
	Network string `json:"network,omitempty"`

	// country of the issuing bank.
	// +optional
	Country string `json:"country,omitempty"`

	// threeDS says whether the cards take part in 3-D Secure.
	// +optional
	ThreeDS bool `json:"threeDS,omitempty"`

	// avs says whether the cards take part in address verification.
	// +optional
	AVS bool `json:"avs,omitempty"`

	// dayLimit of purchases, empty when there is none.
	// +optional
	DayLimit string `json:"dayLimit,omitempty"`

	// singleLimit of one purchase, empty when there is none.
	// +optional
	SingleLimit string `json:"singleLimit,omitempty"`

	// lifetimeLimit of all purchases, empty when there is none.
	// +optional
	LifetimeLimit string `json:"lifetimeLimit,omitempty"`

	// currencies of its cards, where the issuer names them.
	// +optional
	// +listType=atomic
	Currencies []string `json:"currencies,omitempty"`

	// supportPhysicalCard says whether plastic cards can be made of it.
	// +optional
	SupportPhysicalCard bool `json:"supportPhysicalCard,omitempty"`
}

// CardIssuerCounts says how many objects use the account.
type CardIssuerCounts struct {
	// budgets that refer to this CardIssuer.
	Budgets int32 `json:"budgets"`
	// virtualCards that refer to this CardIssuer.
	VirtualCards int32 `json:"virtualCards"`
	// withdrawals that refer to this CardIssuer.
	Withdrawals int32 `json:"withdrawals"`
	// beneficiaries that refer to this CardIssuer.
	Beneficiaries int32 `json:"beneficiaries"`
}

// CardIssuerStatus is what is known about the account.
type CardIssuerStatus struct {
	CommonStatus `json:",inline"`

	// accountId that the issuer's lists show.
	// +optional
	AccountID string `json:"accountId,omitempty"`

	// issuer is the dialect in use, for example "Qbit v1".
	// +optional
	Issuer string `json:"issuer,omitempty"`

	// bins are the card products offered now.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=1024
	BINs []BINStatus `json:"bins,omitempty"`

	// lastSyncTime is when the account was last read in full and this status changed or
	// the CardIssuer came to be Ready. It is never written by itself.
	// +optional
	LastSyncTime *metav1.Time `json:"lastSyncTime,omitempty"`

	// scenarios are what cards can be for, where the issuer recommends BINs by it.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=1024
	Scenarios []string `json:"scenarios,omitempty"`

	// webhookPath is the path under which the operator's webhook server expects this
	// issuer's messages, where it serves any.
	// +optional
	WebhookPath string `json:"webhookPath,omitempty"`

	// counts of the objects that use the account.
	// +optional
	Counts *CardIssuerCounts `json:"counts,omitempty"`
}

// CardIssuer is a connection to one account at a card issuer. Budgets, VirtualCards,
// Withdrawals and Beneficiaries refer to it. It stays until nothing refers to it.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=ci,categories=cards
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Issuer",type=string,JSONPath=`.status.issuer`
// +kubebuilder:printcolumn:name="Cards",type=integer,JSONPath=`.status.counts.virtualCards`
// +kubebuilder:printcolumn:name="Budgets",type=integer,JSONPath=`.status.counts.budgets`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Status",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Account",type=string,priority=1,JSONPath=`.status.accountId`
// +kubebuilder:printcolumn:name="Owner",type=string,priority=1,JSONPath=`.spec.ownerId`
// +kubebuilder:selectablefield:JSONPath=`.spec.ownerId`
type CardIssuer struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the connection.
	Spec CardIssuerSpec `json:"spec"`
	// status is what is known about the account.
	// +optional
	Status CardIssuerStatus `json:"status,omitempty"`
}

// CardIssuerList is a list of CardIssuers.
//
// +kubebuilder:object:root=true
type CardIssuerList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []CardIssuer `json:"items"`
}
