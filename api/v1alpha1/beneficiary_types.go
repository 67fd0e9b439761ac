package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// BeneficiarySpec is a payee of withdrawals. The issuer's document (v1, "创建收款人")
// says which fields a currency needs. It cannot be changed but for suspend.
//
// +kubebuilder:validation:XValidation:rule="has(self.accountNumber) != has(self.accountNumberFrom)",message="give exactly one of accountNumber and accountNumberFrom"
// +kubebuilder:validation:XValidation:rule="has(self.firstName) == has(oldSelf.firstName) && has(self.accountType) == has(oldSelf.accountType) && has(self.accountNumber) == has(oldSelf.accountNumber) && has(self.accountNumberFrom) == has(oldSelf.accountNumberFrom) && has(self.relationship) == has(oldSelf.relationship) && has(self.address) == has(oldSelf.address) && has(self.bankAddress) == has(oldSelf.bankAddress) && has(self.bankBranchName) == has(oldSelf.bankBranchName) && has(self.bic) == has(oldSelf.bic) && has(self.iban) == has(oldSelf.iban) && has(self.routingType) == has(oldSelf.routingType) && has(self.routingNumber) == has(oldSelf.routingNumber) && has(self.individualNo) == has(oldSelf.individualNo) && has(self.businessNo) == has(oldSelf.businessNo)",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
type BeneficiarySpec struct {
	// issuerRef names the CardIssuer.
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	IssuerRef IssuerReference `json:"issuerRef"`

	// firstName of a person; empty for a company.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	FirstName string `json:"firstName,omitempty"`

	// lastName of a person, or the full name of a company.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	LastName string `json:"lastName"`

	// accountType is Business or Individual.
	// +optional
	// +kubebuilder:default=Business
	// +kubebuilder:validation:Enum=Business;Individual
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	AccountType string `json:"accountType,omitempty"`

	// currency of the bank account as three capital letters, for example "USD".
	// +kubebuilder:validation:MaxLength=3
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Z]{3}$')",message="must be a three-letter currency code in capitals, for example \"USD\""
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	Currency string `json:"currency"`

	// accountNumber of the bank account. Prefer accountNumberFrom where manifests are
	// read by many.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	AccountNumber string `json:"accountNumber,omitempty"`

	// accountNumberFrom takes the account number from a Secret of this namespace.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	AccountNumberFrom *SecretKeyReference `json:"accountNumberFrom,omitempty"`

	// relationship of the payee to this account.
	// +optional
	// +kubebuilder:validation:Enum=SAME_ACCOUNT;ASSOCIATED_SUBJECT;AGENCY_RELATIONSHIP;TRADE_RELATIONS
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	Relationship string `json:"relationship,omitempty"`

	// address of the person or company.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	Address *Address `json:"address,omitempty"`

	// bankName as the bank writes it.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	BankName string `json:"bankName"`

	// bankAddress of the bank.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	BankAddress *Address `json:"bankAddress,omitempty"`

	// bankBranchName (CNY).
	// +optional
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	BankBranchName string `json:"bankBranchName,omitempty"`

	// bic is the SWIFT code of the bank.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	BIC string `json:"bic,omitempty"`

	// iban of the account (EUR).
	// +optional
	// +kubebuilder:validation:MaxLength=42
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	IBAN string `json:"iban,omitempty"`

	// routingType of routingNumber.
	// +optional
	// +kubebuilder:validation:Enum=sort_code;aba;bsb_code;institution_no;bank_code;branch_code;clabe;cnaps;ifsc;RON
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	RoutingType string `json:"routingType,omitempty"`

	// routingNumber of the bank, of the kind that routingType says.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	RoutingNumber string `json:"routingNumber,omitempty"`

	// individualNo is the person's identity number (CNY).
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	IndividualNo string `json:"individualNo,omitempty"`

	// businessNo is the company's registration number (CNY).
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Beneficiary cannot be changed (only spec.suspend can): make another one under another name"
	BusinessNo string `json:"businessNo,omitempty"`

	// suspend keeps the payee from being registered; status.plan says what would be
	// sent.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
}

// BeneficiaryStatus is what is known about the payee.
type BeneficiaryStatus struct {
	CommonStatus `json:",inline"`
	LedgerStatus `json:",inline"`

	// id of the payee at the issuer.
	// +optional
	ID string `json:"id,omitempty"`

	// state at the issuer: Pending, Request, Passed, Canceled or Inactive.
	// +optional
	State string `json:"state,omitempty"`
}

// Beneficiary is a payee of withdrawals. Ready means that the issuer has accepted it.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=bnf,categories=cards,path=beneficiaries,singular=beneficiary
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="Currency",type=string,JSONPath=`.spec.currency`
// +kubebuilder:printcolumn:name="Bank",type=string,JSONPath=`.spec.bankName`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Status",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="ID",type=string,priority=1,JSONPath=`.status.id`
// +kubebuilder:selectablefield:JSONPath=`.spec.issuerRef.name`
// +kubebuilder:selectablefield:JSONPath=`.status.state`
type Beneficiary struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the payee.
	Spec BeneficiarySpec `json:"spec"`
	// status is what is known about it.
	// +optional
	Status BeneficiaryStatus `json:"status,omitempty"`
}

// BeneficiaryList is a list of Beneficiaries.
//
// +kubebuilder:object:root=true
type BeneficiaryList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Beneficiary `json:"items"`
}
