package account

import (
	"context"

	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Finder finds the issuer account of an object. Registry is one.
type Finder interface {
	For(ctx context.Context, o v1alpha1.LedgerObject) (*Account, error)
}

// IssuerKey is the CardIssuer that an object refers to, with its namespace filled in.
func IssuerKey(o v1alpha1.LedgerObject) types.NamespacedName {
	ref := o.Issuer()
	if ref.Namespace == "" {
		ref.Namespace = o.GetNamespace()
	}
	return types.NamespacedName{Namespace: ref.Namespace, Name: ref.Name}
}

// Address is an address of the API in the port's terms.
func Address(a *v1alpha1.Address) *issuer.Address {
	if a == nil {
		return nil
	}
	return &issuer.Address{Line1: a.Line1, Line2: a.Line2, City: a.City, State: a.State, PostalCode: a.PostalCode, Country: a.Country}
}
