package app

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/fairqueue"
)

func TestHowSoonAnObjectIsDue(t *testing.T) {
	card := func(change func(*v1alpha1.VirtualCard)) v1alpha1.Object {
		card := &v1alpha1.VirtualCard{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
		card.Status.ObservedGeneration, card.Status.ID, card.Status.State = 2, "c-1", "Active"
		engine.OK(card, v1alpha1.ConditionReady, v1alpha1.ReasonReady, "fine")
		change(card)
		return card
	}
	frozen := func(id, state string) v1alpha1.Object {
		return card(func(c *v1alpha1.VirtualCard) {
			c.Generation, c.Spec.State, c.Status.ID, c.Status.State = 3, v1alpha1.CardFrozen, id, state
		})
	}
	now := metav1.Now()
	for why, c := range map[string]struct {
		object v1alpha1.Object
		want   fairqueue.Rank
	}{
		"as asked":   {card(func(*v1alpha1.VirtualCard) {}), fairqueue.Routine},
		"a new spec": {card(func(c *v1alpha1.VirtualCard) { c.Generation = 3 }), fairqueue.Urgent},
		"somebody says look": {card(func(c *v1alpha1.VirtualCard) {
			c.Annotations = map[string]string{v1alpha1.AnnotationReconcileAt: "now"}
		}), fairqueue.Urgent},
		"not ready":                    {card(func(c *v1alpha1.VirtualCard) { engine.Not(c, v1alpha1.ConditionReady, "X", "x") }), fairqueue.Urgent},
		"deleted":                      {card(func(c *v1alpha1.VirtualCard) { c.DeletionTimestamp = &now }), fairqueue.Stop},
		"to be frozen":                 {frozen("c-1", "Active"), fairqueue.Stop},
		"to be frozen, not yet active": {frozen("c-1", "Pending"), fairqueue.Stop},
		"to be frozen, and it is":      {frozen("c-1", "Frozen"), fairqueue.Urgent},
		"to be frozen, and blocked":    {frozen("c-1", "Control"), fairqueue.Urgent},
		"to be frozen, and closed":     {frozen("c-1", "Inactive"), fairqueue.Urgent},
		"to be made frozen":            {frozen("", ""), fairqueue.Urgent},
		"to be thawed":                 {card(func(c *v1alpha1.VirtualCard) { c.Generation, c.Status.State = 3, "Frozen" }), fairqueue.Urgent},
		"another kind that is deleted": {&v1alpha1.Budget{ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &now}}, fairqueue.Stop},
	} {
		if got := rankOf(c.object); got != c.want {
			t.Errorf("%s: %v, want %v", why, got, c.want)
		}
	}
}

func TestARankIsReadFromTheCache(t *testing.T) {
	world := pokedCluster(t, pokedCard("card", "bank", "", false))
	c := Controller{For: &v1alpha1.VirtualCard{}}
	for _, name := range []string{"card", "gone"} {
		if got := c.rank(world, reconcile.Request{NamespacedName: client.ObjectKey{Namespace: "ads", Name: name}}); got != fairqueue.Urgent {
			t.Errorf("%s: %v", name, got)
		}
	}
}
