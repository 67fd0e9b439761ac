package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"k8s.io/apimachinery/pkg/labels"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// leaseName is the lease that the replicas of one shard share. Each selector has its own, so
// that the shards have leaders of their own.
func leaseName(issuers labels.Selector) string {
	if issuers.Empty() {
		return "card-operator.io"
	}
	sum := sha256.Sum256([]byte(issuers.String()))
	return "card-operator.io-" + hex.EncodeToString(sum[:5])
}

// shard is the part of the objects that this process works on: the CardIssuers that a
// selector matches, and what refers to them. An object whose CardIssuer is not there belongs
// to whoever selects one without labels.
type shard struct {
	client.Reader
	issuers labels.Selector
}

// mine reports whether an object of the kind of o with that key is this process's to work on.
// One that has gone is everybody's: there is only to forget about it.
func (s shard) mine(ctx context.Context, o client.Object, key client.ObjectKey) (bool, error) {
	if err := s.Get(ctx, key, o); err != nil {
		return client.IgnoreNotFound(err) == nil, client.IgnoreNotFound(err)
	}
	set := labels.Set(o.GetLabels())
	if _, isIssuer := o.(*v1alpha1.CardIssuer); !isIssuer {
		ci := &v1alpha1.CardIssuer{}
		if err := s.Get(ctx, keyOfIssuer(o), ci); client.IgnoreNotFound(err) != nil {
			return false, err
		}
		set = ci.Labels
	}
	return s.issuers.Matches(set), nil
}

// divided lets a controller work on this process's objects only. A CardIssuer that is given
// other labels goes over to another shard with all that refers to it.
func (s shard) divided(c Controller) Controller {
	if s.issuers == nil || s.issuers.Empty() {
		return c
	}
	whole, kind := c.Run, c.For
	c.Run = reconcile.Func(func(ctx context.Context, req reconcile.Request) (ctrl.Result, error) {
		o, _ := kind.DeepCopyObject().(client.Object)
		mine, err := s.mine(ctx, o, req.NamespacedName)
		if err != nil || !mine {
			return ctrl.Result{}, err
		}
		return whole.Reconcile(ctx, req)
	})
	relabelled := predicate.LabelChangedPredicate{}
	if _, isIssuer := c.For.(*v1alpha1.CardIssuer); isIssuer {
		c.Wakes = predicate.Or[client.Object](c.Wakes, relabelled)
	}
	for i, watch := range c.Watches {
		if _, isIssuer := watch.Object.(*v1alpha1.CardIssuer); isIssuer {
			c.Watches[i].When = predicate.Or[client.Object](watch.When, relabelled)
		}
	}
	return c
}
