package account

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
)

// find resolves a reference to a CardIssuer that the object's namespace may use. A
// CardIssuer in another namespace that does not allow it and one that does not exist
// are told apart by nobody who is not allowed.
func (r *Registry) find(ctx context.Context, o v1alpha1.LedgerObject) (*v1alpha1.CardIssuer, error) {
	ref, namespace := IssuerKey(o), o.GetNamespace()
	home := ref.Namespace
	var ci v1alpha1.CardIssuer
	err := r.Client.Get(ctx, ref, &ci)
	switch {
	case apierrors.IsNotFound(err) && home == namespace:
		return nil, engine.Wait(v1alpha1.ReasonWaitingForIssuer, "waiting for CardIssuer %q in namespace %q: create it", ref.Name, home)
	case apierrors.IsNotFound(err):
		return nil, notAllowed(namespace, ref.Name, home)
	case err != nil:
		return nil, err
	}
	allowed, err := r.allows(ctx, &ci, namespace)
	if err != nil {
		return nil, err
	}
	if !allowed {
		return nil, notAllowed(namespace, ref.Name, home)
	}
	return &ci, nil
}

func notAllowed(namespace, name, home string) error {
	return engine.Stall(v1alpha1.ReasonNamespaceNotAllowed,
		"there is no CardIssuer %q in namespace %q that allows namespace %q: ask its owner to add it to spec.allowedNamespaces", name, home, namespace)
}

func (r *Registry) allows(ctx context.Context, ci *v1alpha1.CardIssuer, namespace string) (bool, error) {
	if namespace == ci.Namespace {
		return true, nil
	}
	rule := ci.Spec.AllowedNamespaces
	if rule == nil {
		return false, nil
	}
	switch rule.From {
	case v1alpha1.NamespacesFromAll:
		return true, nil
	case v1alpha1.NamespacesFromSelector:
		return r.selects(ctx, rule.Selector, namespace)
	default:
		return false, nil
	}
}

func (r *Registry) selects(ctx context.Context, selector *metav1.LabelSelector, namespace string) (bool, error) {
	wanted, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return false, engine.Stall(v1alpha1.ReasonNamespaceNotAllowed, "the CardIssuer's spec.allowedNamespaces.selector cannot be read")
	}
	ns := &metav1.PartialObjectMetadata{}
	ns.SetGroupVersionKind(namespaceKind)
	if err := r.Client.Get(ctx, types.NamespacedName{Name: namespace}, ns); err != nil {
		return false, err
	}
	return wanted.Matches(labels.Set(ns.Labels)), nil
}
