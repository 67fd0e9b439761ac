// Package v1alpha1 is the API card-operator.io/v1alpha1: virtual payment cards, their
// budgets, payouts and payees, and the connection to the card issuer.
//
// Amounts are decimal strings of the account's currency ("50.00"); times are RFC 3339;
// no field ever holds a card number, a security code, a token or a credential.
//
// +kubebuilder:object:generate=true
// +groupName=card-operator.io
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of this API.
var GroupVersion = schema.GroupVersion{Group: "card-operator.io", Version: "v1alpha1"}

// AddToScheme registers the kinds of this API.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&CardIssuer{}, &CardIssuerList{},
		&Budget{}, &BudgetList{},
		&VirtualCard{}, &VirtualCardList{},
		&Withdrawal{}, &WithdrawalList{},
		&Beneficiary{}, &BeneficiaryList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
