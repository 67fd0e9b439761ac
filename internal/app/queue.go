package app

import (
	"context"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/fairqueue"
	"github.com/card-operator/card-operator/internal/issuer"
)

// queue is the work queue of a controller: fair between namespaces, what is to stop before what
// somebody waits for, and that before what is looked at as a matter of routine.
func (c Controller) queue(cache client.Reader) func(string, workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request] {
	return func(name string, limiter workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request] {
		return fairqueue.New(name, limiter, func(r reconcile.Request) fairqueue.Rank { return c.rank(cache, r) })
	}
}

// rank reads the object from the cache, which costs no call.
func (c Controller) rank(cache client.Reader, r reconcile.Request) fairqueue.Rank {
	o, ok := c.For.DeepCopyObject().(v1alpha1.Object)
	if !ok || cache.Get(context.Background(), r.NamespacedName, o) != nil {
		return fairqueue.Urgent
	}
	return rankOf(o)
}

// rankOf is a pure function: an object that is as asked is looked at as a matter of routine, and
// one that is to do less than it does goes first.
func rankOf(o v1alpha1.Object) fairqueue.Rank {
	if toStop(o) {
		return fairqueue.Stop
	}
	asAsked := o.GetGeneration() == o.Common().ObservedGeneration &&
		o.GetAnnotations()[v1alpha1.AnnotationReconcileAt] == o.Common().LastHandledReconcileAt &&
		engine.IsTrue(o, o.RootCondition())
	if asAsked {
		return fairqueue.Routine
	}
	return fairqueue.Urgent
}

// toStop reports whether an object is to go, or a card that exists is to be frozen and was not
// seen to be stopped.
func toStop(o v1alpha1.Object) bool {
	if o.GetDeletionTimestamp() != nil {
		return true
	}
	card, isCard := o.(*v1alpha1.VirtualCard)
	if !isCard || card.Spec.State != v1alpha1.CardFrozen || card.Status.ID == "" {
		return false
	}
	switch issuer.State(card.Status.State) {
	case issuer.StateFrozen, issuer.StateControl, issuer.StateInactive:
		return false
	}
	return true
}
