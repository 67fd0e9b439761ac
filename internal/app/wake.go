package app

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/cardsecret"
	"github.com/card-operator/card-operator/internal/engine"
)

// Indexes of references.
const (
	indexIssuer = "spec.issuerRef"
	indexBudget = "spec.budgetRef"
	indexCard   = "spec.cardRef"
	indexPayee  = "spec.beneficiaryRef"
)

// Index is a field by which the caches answer who refers to whom. Its values are shared by
// many objects: the set that is kept for each value takes half a kilobyte, twice, which for a
// value of every object's own is more than the object.
type Index struct {
	Object client.Object
	Field  string
	Value  func(client.Object) string
}

// Indexes is the list of all of them.
func Indexes() []Index {
	return []Index{
		{&v1alpha1.Budget{}, indexIssuer, issuerOf},
		{&v1alpha1.VirtualCard{}, indexIssuer, issuerOf},
		{&v1alpha1.Withdrawal{}, indexIssuer, issuerOf},
		{&v1alpha1.Beneficiary{}, indexIssuer, issuerOf},
		{&v1alpha1.VirtualCard{}, indexBudget, budgetOf},
		{&v1alpha1.Withdrawal{}, indexCard, cardOf},
		{&v1alpha1.Withdrawal{}, indexPayee, payeeOf},
		{cardsecret.Metadata(), cardsecret.IndexOwner, cardsecret.OwnerBucket},
	}
}

func addIndexes(ctx context.Context, ix client.FieldIndexer) error {
	for _, index := range Indexes() {
		if err := ix.IndexField(ctx, index.Object, index.Field, func(o client.Object) []string {
			if v := index.Value(o); v != "" {
				return []string{v}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func issuerOf(o client.Object) string {
	if key := keyOfIssuer(o); key.Name != "" {
		return key.String()
	}
	return ""
}

// keyOfIssuer is the CardIssuer that an object refers to; empty for one that refers to none.
func keyOfIssuer(o client.Object) types.NamespacedName {
	if lo, ok := o.(v1alpha1.LedgerObject); ok {
		return account.IssuerKey(lo)
	}
	return types.NamespacedName{}
}

func budgetOf(o client.Object) string {
	if card, ok := o.(*v1alpha1.VirtualCard); ok && card.Spec.BudgetRef != nil {
		return card.Spec.BudgetRef.Name
	}
	return ""
}

func cardOf(o client.Object) string {
	if wd, ok := o.(*v1alpha1.Withdrawal); ok {
		return wd.Spec.CardRef.Name
	}
	return ""
}

func payeeOf(o client.Object) string {
	if wd, ok := o.(*v1alpha1.Withdrawal); ok {
		return wd.Spec.BeneficiaryRef.Name
	}
	return ""
}

func remoteOf(o client.Object) string {
	switch o := o.(type) {
	case *v1alpha1.VirtualCard:
		return o.Status.ID
	case *v1alpha1.Budget:
		return o.Status.ID
	}
	return ""
}

// worthALook: the spec, an annotation or the deletion changed, a status was lost or put back as it
// was before, or it is no longer that of an object that is as asked. The latter may be news to a process whose
// cache was behind, of its own writes too: it looked at an object that was still fine, found
// nothing to write, and would look again at the next interval only.
func worthALook() predicate.Predicate {
	status := predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		was, isOld := e.ObjectOld.(v1alpha1.Object)
		is, isNew := e.ObjectNew.(v1alpha1.Object)
		if !isOld || !isNew {
			return false
		}
		older := completed(was) && !completed(is) || is.Common().ObservedGeneration < was.Common().ObservedGeneration ||
			movements(is) < movements(was) || engine.LastTurn(is).Before(engine.LastTurn(was))
		fell := engine.IsTrue(was, was.RootCondition()) && !engine.IsTrue(is, is.RootCondition())
		return older || fell
	}}
	return predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{}, status)
}

// completed reports whether a status says that its object has ended, which stays so.
func completed(o client.Object) bool {
	wd, ok := o.(*v1alpha1.Withdrawal)
	return ok && wd.Status.CompletedAt != nil
}

// movements is how many a status knows of, which only grows.
func movements(o client.Object) int64 {
	switch o := o.(type) {
	case *v1alpha1.VirtualCard:
		return o.Status.Movements + o.Status.Holds
	case *v1alpha1.Budget:
		return o.Status.Movements
	}
	return 0
}

// readinessChanged: an object that others wait for came to be what they wait for, or
// ceased to be.
func readinessChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		was, isOld := e.ObjectOld.(v1alpha1.Object)
		is, isNew := e.ObjectNew.(v1alpha1.Object)
		if !isOld || !isNew {
			return false
		}
		return was.GetGeneration() != is.GetGeneration() || remoteOf(was) != remoteOf(is) ||
			engine.IsTrue(was, was.RootCondition()) != engine.IsTrue(is, is.RootCondition())
	}}
}

// removed: an object that others wait for to go has gone.
func removed() predicate.Predicate {
	no := func(event.CreateEvent) bool { return false }
	return predicate.Funcs{CreateFunc: no, UpdateFunc: func(event.UpdateEvent) bool { return false }}
}

// itsIssuer wakes the CardIssuer of an object.
func itsIssuer(_ context.Context, o client.Object) []reconcile.Request {
	if lo, ok := o.(v1alpha1.LedgerObject); ok {
		return []reconcile.Request{{NamespacedName: account.IssuerKey(lo)}}
	}
	return nil
}

// itsBudget wakes the Budget that a card spends from.
func itsBudget(_ context.Context, o client.Object) []reconcile.Request {
	if name := budgetOf(o); name != "" {
		return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: o.GetNamespace(), Name: name}}}
	}
	return nil
}

// wake finds the objects that wait for another one.
type wake struct{ client.Client }

// objectsOf wakes the objects of a CardIssuer.
func (w wake) objectsOf(list client.ObjectList) handler.MapFunc {
	return func(ctx context.Context, o client.Object) []reconcile.Request {
		return w.find(ctx, list, client.MatchingFields{indexIssuer: o.GetNamespace() + "/" + o.GetName()})
	}
}

// referring wakes the objects of the same namespace that refer to one by name.
func (w wake) referring(list client.ObjectList, index string) handler.MapFunc {
	return func(ctx context.Context, o client.Object) []reconcile.Request {
		return w.find(ctx, list, client.InNamespace(o.GetNamespace()), client.MatchingFields{index: o.GetName()})
	}
}

// ownerOf wakes the VirtualCard whose Secret has changed.
func ownerOf(_ context.Context, o client.Object) []reconcile.Request {
	owner := metav1.GetControllerOf(o)
	if owner == nil || owner.Kind != "VirtualCard" {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: o.GetNamespace(), Name: owner.Name}}}
}

// paidFrom wakes the card that a Withdrawal has paid from: its balance is another one.
func paidFrom(_ context.Context, o client.Object) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: o.GetNamespace(), Name: cardOf(o)}}}
}

func (w wake) find(ctx context.Context, kind client.ObjectList, opts ...client.ListOption) []reconcile.Request {
	objects, err := w.list(ctx, kind, opts...)
	if err != nil {
		return nil
	}
	var requests []reconcile.Request
	for _, o := range objects {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(o)})
	}
	return requests
}

// list reads the objects of a kind. They are the cache's own, which nobody may change: copies
// of ten thousand, to read their names, would be most of what the process needs.
func (w wake) list(ctx context.Context, kind client.ObjectList, opts ...client.ListOption) ([]client.Object, error) {
	list, ok := kind.DeepCopyObject().(client.ObjectList)
	if !ok {
		return nil, fmt.Errorf("%T is no list", kind)
	}
	if err := w.List(ctx, list, append(opts, client.UnsafeDisableDeepCopy)...); err != nil {
		return nil, err
	}
	var objects []client.Object
	err := meta.EachListItem(list, func(item runtime.Object) error {
		if o, isObject := item.(client.Object); isObject {
			objects = append(objects, o)
		}
		return nil
	})
	return objects, err
}

// count counts the objects that refer to a CardIssuer.
func (w wake) count(ctx context.Context, ci *v1alpha1.CardIssuer) (v1alpha1.CardIssuerCounts, error) {
	var counts v1alpha1.CardIssuerCounts
	for _, kind := range []struct {
		list  client.ObjectList
		count *int32
	}{
		{&v1alpha1.BudgetList{}, &counts.Budgets},
		{&v1alpha1.VirtualCardList{}, &counts.VirtualCards},
		{&v1alpha1.WithdrawalList{}, &counts.Withdrawals},
		{&v1alpha1.BeneficiaryList{}, &counts.Beneficiaries},
	} {
		if err := w.List(ctx, kind.list, client.MatchingFields{indexIssuer: ci.Namespace + "/" + ci.Name}, client.UnsafeDisableDeepCopy); err != nil {
			return counts, err
		}
		*kind.count = int32(min(meta.LenList(kind.list), 1<<30))
	}
	return counts, nil
}
