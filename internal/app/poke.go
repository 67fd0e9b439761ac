package app

import (
	"context"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/mirror"
)

// Poke makes the controller of that name look at an object now.
type Poke func(ctx context.Context, controller string, object client.ObjectKey)

// pokes carries pokes to the controllers of a manager.
type pokes map[string]chan event.GenericEvent

// pokeBuffer is how many pokes wait for a controller before whoever pokes waits too.
const pokeBuffer = 1024

func newPokes() pokes {
	p := pokes{}
	for _, c := range Controllers(World{}) {
		p[c.Name] = make(chan event.GenericEvent, pokeBuffer)
	}
	return p
}

func (p pokes) of(controller string) <-chan event.GenericEvent { return p[controller] }

func (p pokes) poke(ctx context.Context, controller string, object client.ObjectKey) {
	o := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: object.Namespace, Name: object.Name}}
	select {
	case p[controller] <- event.GenericEvent{Object: o}:
	case <-ctx.Done():
	}
}

// waker finds the objects that a change at the issuer concerns.
type waker struct {
	client.Client
	poke Poke
}

// wake pokes the objects of what has changed, and those that wait for the issuer.
func (w waker) wake(ctx context.Context, ci *v1alpha1.CardIssuer, changed mirror.Changes) error {
	if w.poke == nil {
		return nil
	}
	home := ci.Namespace + "/" + ci.Name
	for _, step := range []struct {
		controller string
		list       client.ObjectList
		ids        []string
	}{
		{"virtualcard", &v1alpha1.VirtualCardList{}, changed.Cards},
		{"budget", &v1alpha1.BudgetList{}, changed.Budgets},
		{"withdrawal", &v1alpha1.WithdrawalList{}, nil},
		{"beneficiary", &v1alpha1.BeneficiaryList{}, nil},
	} {
		objects, err := wake{w.Client}.list(ctx, step.list, client.MatchingFields{indexIssuer: home})
		if err != nil {
			return err
		}
		for _, o := range objects {
			if object, ours := o.(v1alpha1.Object); ours && (changed.All || concerns(object, step.ids) || waits(object)) {
				w.poke(ctx, step.controller, client.ObjectKeyFromObject(o))
			}
		}
	}
	return nil
}

// concerns: the object stands for one of these remote ones, which are in order.
func concerns(o v1alpha1.Object, ids []string) bool {
	_, found := slices.BinarySearch(ids, remoteOf(o))
	return found
}

// waits: what the object stands for is not there yet, and it is not for a person to see to.
func waits(o v1alpha1.Object) bool {
	return !engine.IsTrue(o, o.RootCondition()) && !engine.IsTrue(o, v1alpha1.ConditionStalled)
}
