package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// WithdrawalSpec is one payment from a card to a bank account. It runs once, like a
// Job, and cannot be changed but for suspend.
//
// +kubebuilder:validation:XValidation:rule="self.issuerRef == oldSelf.issuerRef && self.cardRef == oldSelf.cardRef && self.beneficiaryRef == oldSelf.beneficiaryRef && self.amount == oldSelf.amount && (has(self.paymentId) == has(oldSelf.paymentId) && (!has(self.paymentId) || self.paymentId == oldSelf.paymentId))",message="a Withdrawal cannot be changed (only spec.suspend can): make another one under another name"
type WithdrawalSpec struct {
	// issuerRef names the CardIssuer.
	IssuerRef IssuerReference `json:"issuerRef"`

	// cardRef names the VirtualCard that is paid from.
	CardRef LocalReference `json:"cardRef"`

	// beneficiaryRef names the Beneficiary that is paid. The payment waits until the
	// issuer has accepted it.
	BeneficiaryRef LocalReference `json:"beneficiaryRef"`

	// amount to pay.
	// +kubebuilder:validation:XValidation:rule="self.matches('[1-9]')",message="must be more than zero"
	Amount Amount `json:"amount"`

	// paymentId identifies the payment at the issuer. Left out, it is computed from
	// ownerId, namespace and name, so that a name is paid at most once, whatever
	// happens to the object.
	// +optional
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9][A-Za-z0-9._:-]*$')",message="must be 8 to 64 letters, digits, dots, dashes, colons or underscores"
	PaymentID string `json:"paymentId,omitempty"`

	// suspend keeps the payment from being sent; status.plan says what would be sent.
	// Set at birth it is an approval gate.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
}

// WithdrawalStatus is what is known about the payment.
type WithdrawalStatus struct {
	CommonStatus `json:",inline"`
	LedgerStatus `json:",inline"`

	// id of the payment in the issuer's ledger.
	// +optional
	ID string `json:"id,omitempty"`

	// paymentId is the client transaction id under which it was sent.
	// +optional
	PaymentID string `json:"paymentId,omitempty"`

	// state at the issuer: Pending, Closed or Fail.
	// +optional
	State string `json:"state,omitempty"`

	// fee that the issuer took.
	// +optional
	Fee string `json:"fee,omitempty"`

	// balance of the card afterwards.
	// +optional
	Balance *Balance `json:"balance,omitempty"`

	// completedAt is when the issuer closed or failed the payment.
	// +optional
	CompletedAt *metav1.Time `json:"completedAt,omitempty"`
}

// Withdrawal pays money from a card out to a bank account, once.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=wd,categories=cards
// +kubebuilder:printcolumn:name="Succeeded",type=string,JSONPath=`.status.conditions[?(@.type=="Succeeded")].status`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="Amount",type=string,JSONPath=`.spec.amount`
// +kubebuilder:printcolumn:name="Fee",type=string,JSONPath=`.status.fee`
// +kubebuilder:printcolumn:name="Card",type=string,JSONPath=`.spec.cardRef.name`
// +kubebuilder:printcolumn:name="Beneficiary",type=string,JSONPath=`.spec.beneficiaryRef.name`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Status",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Succeeded")].message`
// +kubebuilder:printcolumn:name="ID",type=string,priority=1,JSONPath=`.status.id`
// +kubebuilder:selectablefield:JSONPath=`.spec.issuerRef.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.cardRef.name`
// +kubebuilder:selectablefield:JSONPath=`.status.state`
type Withdrawal struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the payment.
	Spec WithdrawalSpec `json:"spec"`
	// status is what is known about it.
	// +optional
	Status WithdrawalStatus `json:"status,omitempty"`
}

// WithdrawalList is a list of Withdrawals.
//
// +kubebuilder:object:root=true
type WithdrawalList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Withdrawal `json:"items"`
}
