package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// BudgetDeletionPolicy says what deleting a Budget does at the issuer.
type BudgetDeletionPolicy string

// Deletion policies of a Budget.
const (
	// BudgetRetain leaves the budget and its money.
	BudgetRetain BudgetDeletionPolicy = "Retain"
	// BudgetDrain takes back what is available and renames the budget as closed.
	BudgetDrain BudgetDeletionPolicy = "Drain"
)

// BudgetSpec is a pot of money that budget cards spend from.
type BudgetSpec struct {
	// issuerRef names the CardIssuer. Fixed once the budget was ordered.
	IssuerRef IssuerReference `json:"issuerRef"`

	// displayName at the issuer, "namespace/name" when left out. The operator appends
	// its token, by which it finds the budget again.
	// +optional
	// +kubebuilder:validation:MaxLength=48
	DisplayName string `json:"displayName,omitempty"`

	// funding is the total that this object has put in, net. Raising it adds the
	// difference, lowering it takes the difference back; spending never makes the
	// operator add money. Left out, the budget's money is left as it is.
	// +optional
	Funding Amount `json:"funding,omitempty"`

	// deletionPolicy: Retain leaves the budget at the issuer; Drain takes back what is
	// available and renames the budget as closed. Issuers have no call to delete one.
	// +optional
	// +kubebuilder:default=Retain
	// +kubebuilder:validation:Enum=Retain;Drain
	DeletionPolicy BudgetDeletionPolicy `json:"deletionPolicy,omitempty"`

	// externalId adopts the existing budget with this id instead of opening one.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9._-]+$')",message="must be the budget's id as the issuer shows it"
	ExternalID string `json:"externalId,omitempty"`

	// suspend keeps observing and sends nothing; status.plan says what would be sent.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
}

// BudgetStatus is what is known about the budget.
type BudgetStatus struct {
	CommonStatus `json:",inline"`
	LedgerStatus `json:",inline"`

	// id of the budget at the issuer.
	// +optional
	ID string `json:"id,omitempty"`

	// state at the issuer: Active, Frozen or Inactive.
	// +optional
	State string `json:"state,omitempty"`

	// balance that the budget holds.
	// +optional
	Balance *Balance `json:"balance,omitempty"`

	// funded is what this object has put in, net.
	// +optional
	Funded string `json:"funded,omitempty"`

	// outside is what others have moved in, net, as of the latest change that was seen.
	// It is reported and never undone.
	// +optional
	Outside string `json:"outside,omitempty"`

	// movements counts the movements that this object has made on the budget.
	// +optional
	Movements int64 `json:"movements,omitempty"`
}

// Budget is a pot of money at the issuer. Cards of type Budget spend from it.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=bgt,categories=cards
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="Funded",type=string,JSONPath=`.status.funded`
// +kubebuilder:printcolumn:name="Balance",type=string,JSONPath=`.status.balance.available`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Status",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="ID",type=string,priority=1,JSONPath=`.status.id`
// +kubebuilder:selectablefield:JSONPath=`.spec.issuerRef.name`
// +kubebuilder:selectablefield:JSONPath=`.status.state`
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || (!has(oldSelf.status.id) && !has(oldSelf.status.intent)) || (self.spec.issuerRef == oldSelf.spec.issuerRef && (has(self.spec.externalId) == has(oldSelf.spec.externalId) && (!has(self.spec.externalId) || self.spec.externalId == oldSelf.spec.externalId)))",message="spec.issuerRef and spec.externalId cannot be changed once the budget was ordered or found"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || !has(oldSelf.status.intent) || oldSelf.status.intent.action != 'Create' || (has(self.spec.displayName) == has(oldSelf.spec.displayName) && (!has(self.spec.displayName) || self.spec.displayName == oldSelf.spec.displayName))",message="spec.displayName cannot be changed while the budget is being opened: wait until status.intent is gone"
type Budget struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what is wanted.
	Spec BudgetSpec `json:"spec"`
	// status is what is known.
	// +optional
	Status BudgetStatus `json:"status,omitempty"`
}

// BudgetList is a list of Budgets.
//
// +kubebuilder:object:root=true
type BudgetList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Budget `json:"items"`
}
