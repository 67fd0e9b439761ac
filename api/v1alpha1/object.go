package v1alpha1

import (
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Object is any kind of this API.
//
// +kubebuilder:object:generate=false
type Object interface {
	client.Object
	// Common is the part of the status that every kind has.
	Common() *CommonStatus
	// RootCondition is the type of the condition that sums the others up.
	RootCondition() string
}

// LedgerObject is a kind that has effects at an issuer.
//
// +kubebuilder:object:generate=false
type LedgerObject interface {
	Object
	// Ledger is the part of the status that tells of effects at the issuer.
	Ledger() *LedgerStatus
	// Issuer names the CardIssuer of the object.
	Issuer() IssuerReference
	// Suspended is spec.suspend.
	Suspended() bool
}

// Common implements Object.
func (o *CardIssuer) Common() *CommonStatus { return &o.Status.CommonStatus }

// RootCondition implements Object.
func (o *CardIssuer) RootCondition() string { return ConditionReady }

// Common implements Object.
func (o *Budget) Common() *CommonStatus { return &o.Status.CommonStatus }

// RootCondition implements Object.
func (o *Budget) RootCondition() string { return ConditionReady }

// Ledger implements LedgerObject.
func (o *Budget) Ledger() *LedgerStatus { return &o.Status.LedgerStatus }

// Issuer implements LedgerObject.
func (o *Budget) Issuer() IssuerReference { return o.Spec.IssuerRef }

// Suspended implements LedgerObject.
func (o *Budget) Suspended() bool { return o.Spec.Suspend }

// Common implements Object.
func (o *VirtualCard) Common() *CommonStatus { return &o.Status.CommonStatus }

// RootCondition implements Object.
func (o *VirtualCard) RootCondition() string { return ConditionReady }

// Ledger implements LedgerObject.
func (o *VirtualCard) Ledger() *LedgerStatus { return &o.Status.LedgerStatus }

// Issuer implements LedgerObject.
func (o *VirtualCard) Issuer() IssuerReference { return o.Spec.IssuerRef }

// Suspended implements LedgerObject.
func (o *VirtualCard) Suspended() bool { return o.Spec.Suspend }

// Common implements Object.
func (o *Withdrawal) Common() *CommonStatus { return &o.Status.CommonStatus }

// RootCondition implements Object.
func (o *Withdrawal) RootCondition() string { return ConditionSucceeded }

// Ledger implements LedgerObject.
func (o *Withdrawal) Ledger() *LedgerStatus { return &o.Status.LedgerStatus }

// Issuer implements LedgerObject.
func (o *Withdrawal) Issuer() IssuerReference { return o.Spec.IssuerRef }

// Suspended implements LedgerObject.
func (o *Withdrawal) Suspended() bool { return o.Spec.Suspend }

// Common implements Object.
func (o *Beneficiary) Common() *CommonStatus { return &o.Status.CommonStatus }

// RootCondition implements Object.
func (o *Beneficiary) RootCondition() string { return ConditionReady }

// Ledger implements LedgerObject.
func (o *Beneficiary) Ledger() *LedgerStatus { return &o.Status.LedgerStatus }

// Issuer implements LedgerObject.
func (o *Beneficiary) Issuer() IssuerReference { return o.Spec.IssuerRef }

// Suspended implements LedgerObject.
func (o *Beneficiary) Suspended() bool { return o.Spec.Suspend }
