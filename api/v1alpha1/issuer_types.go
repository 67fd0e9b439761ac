package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// QbitIssuer is an account at Qbit (API v1, prefix /open-api/v1).
//
// +kubebuilder:validation:XValidation:rule="has(self.accountId) == has(oldSelf.accountId) && (!has(self.accountId) || self.accountId == oldSelf.accountId)",message="accountId cannot be changed: make another CardIssuer for another account"
type QbitIssuer struct {
	// baseURL of the API, for example "https://api-global.qbitnetwork.com". Its host
	// must be among the operator's --allowed-issuer-hosts.
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://[^/?#@ ]+/?$')",message="must be scheme and host only, for example \"https://api-global.qbitnetwork.com\""
	BaseURL string `json:"baseURL"`

	// accountId is the issuer's id of the account; sent wherever the issuer's document
	// asks for it. Left out, the credentials' own account is meant.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9._-]*$')",message="must be the account's id as the issuer shows it"
	AccountID string `json:"accountId,omitempty"`

	// accessTokenHeader is the name of the header that carries the access token.
	// +optional
	// +kubebuilder:default="x-qbit-access-token"
	// +kubebuilder:validation:Enum=x-qbit-access-token;x-ipeakoin-access-token;x-access-token
	AccessTokenHeader string `json:"accessTokenHeader,omitempty"`

	// pageSize asked of the issuer's lists.
	// +optional
	// +kubebuilder:default=100
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=500
	PageSize int32 `json:"pageSize,omitempty"`

	// budgetOpening is the amount that a new budget is created with. The operator puts
	// money in afterwards, under an id of its own; an issuer that refuses to open an
	// empty budget needs more than "0" here. It cannot be changed: it is part of what
	// each Budget has put in.
	// +optional
	// +kubebuilder:default="0"
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="budgetOpening cannot be changed: it is part of what each Budget has put in"
	BudgetOpening Amount `json:"budgetOpening,omitempty"`

	// transferMethod is the HTTP method of transfers in and out, holds and their release: the
	// document's headings say POST, its samples PUT.
	// +optional
	// +kubebuilder:default=POST
	// +kubebuilder:validation:Enum=POST;PUT
	TransferMethod string `json:"transferMethod,omitempty"`

	// receiverPath is where payees are registered: the document's heading, or its sample.
	// +optional
	// +kubebuilder:default="/cards/receiver"
	// +kubebuilder:validation:Enum=/cards/receiver;/benefiaries
	ReceiverPath string `json:"receiverPath,omitempty"`

	// receiversPath is where payees are listed.
	// +optional
	// +kubebuilder:default="/cards/receivers"
	// +kubebuilder:validation:Enum=/cards/receivers;/cards/receiver;/benefiaries
	ReceiversPath string `json:"receiversPath,omitempty"`

	// receiverNames says how a payee's fields are called: as in the document's table (type,
	// individualNo, businessNo), or as in its sample (accountType, certificateNo).
	// +optional
	// +kubebuilder:default=Table
	// +kubebuilder:validation:Enum=Table;Sample
	ReceiverNames string `json:"receiverNames,omitempty"`

	// budgetTransactions says how a budget's transactions are asked for: All reads those of
	// every budget and picks them here; OfBudget sends the budget's id, for an issuer that is
	// known to filter by it.
	// +optional
	// +kubebuilder:default=All
	// +kubebuilder:validation:Enum=All;OfBudget
	BudgetTransactions string `json:"budgetTransactions,omitempty"`

	// balanceChunk is how many balances one call asks for.
	// +optional
	// +kubebuilder:default=50
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	BalanceChunk int32 `json:"balanceChunk,omitempty"`
}

// InterlaceIssuer is an account at Interlace (API v3, prefix /open-api/v3).
type InterlaceIssuer struct {
	// baseURL of the API, for example "https://api.interlace.money". Its host must be among
	// the operator's --allowed-issuer-hosts.
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://[^/?#@ ]+/?$')",message="must be scheme and host only, for example \"https://api.interlace.money\""
	BaseURL string `json:"baseURL"`

	// accountId is the issuer's id of the account. It goes with every call: without it the
	// issuer ignores idempotency keys. It cannot be changed.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9._-]+$')",message="must be the account's id as the issuer shows it"
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="accountId cannot be changed: make another CardIssuer for another account"
	AccountID string `json:"accountId"`

	// pageSize asked of the issuer's lists.
	// +optional
	// +kubebuilder:default=100
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	PageSize int32 `json:"pageSize,omitempty"`

	// renameMethod is the HTTP method that renames a budget; the issuer's documents do not
	// agree.
	// +optional
	// +kubebuilder:default=PUT
	// +kubebuilder:validation:Enum=PUT;PATCH
	RenameMethod string `json:"renameMethod,omitempty"`

	// cardholderFields are sent with a new cardholder as they are, for what the account's
	// business mode asks for, for example businessModel: B2C_MOR.
	// +optional
	// +kubebuilder:validation:MaxProperties=16
	CardholderFields map[string]ShortText `json:"cardholderFields,omitempty"`
}

// ShortText is a text for the issuer.
//
// +kubebuilder:validation:MaxLength=256
type ShortText string

// QITechIssuer is a payment account at QI Tech and a card program on it.
type QITechIssuer struct {
	// baseURL of the API, for example "https://api-auth.qitech.app". Its host must be among
	// the operator's --allowed-issuer-hosts.
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://[^/?#@ ]+/?$')",message="must be scheme and host only, for example \"https://api-auth.qitech.app\""
	BaseURL string `json:"baseURL"`

	// accountKey of the payment account that the cards spend from, a UUID. It cannot be
	// changed.
	// +kubebuilder:validation:MaxLength=36
	// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')",message="must be a UUID, as QI Tech shows it"
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="accountKey cannot be changed: make another CardIssuer for another account"
	AccountKey string `json:"accountKey"`

	// programKey of the card program, a UUID. Cards that exist keep their program.
	// +kubebuilder:validation:MaxLength=36
	// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')",message="must be a UUID, as QI Tech shows it"
	ProgramKey string `json:"programKey"`

	// cvvRotationInterval of cards whose manifest names none.
	// +optional
	// +kubebuilder:default="72h"
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1h') && duration(self) <= duration('8760h')",message="must lie between 1h and 8760h"
	CVVRotationInterval *metav1.Duration `json:"cvvRotationInterval,omitempty"`

	// pageSize asked of the issuer's list. QI Tech's documents name no highest; a smaller one
	// is for an account whose list refuses it (CARD000022).
	// +optional
	// +kubebuilder:default=50
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	PageSize int32 `json:"pageSize,omitempty"`

	// signedURI says whether a request's signature covers the query: PathAndQuery or Path.
	// QI Tech's documents do not say.
	// +optional
	// +kubebuilder:default=PathAndQuery
	// +kubebuilder:validation:Enum=PathAndQuery;Path
	SignedURI string `json:"signedURI,omitempty"`

	// webhookURI is the path that QI Tech calls for webhooks, where an ingress rewrites it.
	// Left out, the path under which the operator serves them is meant.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	WebhookURI string `json:"webhookURI,omitempty"`
}

// BaseURL is the API's address, whichever the issuer.
func (s CardIssuerSpec) BaseURL() (field, url string) {
	switch {
	case s.Qbit != nil:
		return "spec.qbit.baseURL", s.Qbit.BaseURL
	case s.Interlace != nil:
		return "spec.interlace.baseURL", s.Interlace.BaseURL
	case s.QITech != nil:
		return "spec.qitech.baseURL", s.QITech.BaseURL
	default:
		return "spec", ""
	}
}

// AccountID is the account that the spec names, whichever the issuer; empty where it names
// none.
func (s CardIssuerSpec) AccountID() string {
	switch {
	case s.Qbit != nil:
		return s.Qbit.AccountID
	case s.Interlace != nil:
		return s.Interlace.AccountID
	case s.QITech != nil:
		return s.QITech.AccountKey
	default:
		return ""
	}
}
