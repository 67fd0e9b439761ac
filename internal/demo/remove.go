package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// removeLimit is how long the operator may take to close the cards of the samples.
const removeLimit = time.Minute

// removeSamples deletes the samples from a cluster that stays, while the manager still
// runs to close their cards. The namespace, CRDs and RBAC are left.
func (s *show) removeSamples(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, removeLimit)
	defer cancel()
	s.told("deleting the samples, which closes their cards (%s, CRDs and RBAC stay: make uninstall)", s.samples.namespace())
	for _, object := range s.samples.ours() {
		if err := s.cluster.client.Delete(ctx, object.DeepCopy()); client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("deleting %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	for _, object := range s.samples.ours() {
		if err := s.awaitGone(ctx, object); err != nil {
			return err
		}
	}
	return s.removeSecrets(ctx)
}

// awaitGone waits until an object's finalizers are done.
func (s *show) awaitGone(ctx context.Context, object *unstructured.Unstructured) error {
	for {
		err := s.cluster.client.Get(ctx, client.ObjectKeyFromObject(object), empty(object.GroupVersionKind()))
		if apierrors.IsNotFound(err) {
			return nil
		}
		if err := s.Clock.Sleep(ctx, askAgain); err != nil {
			return fmt.Errorf("%s %s is still being deleted: see .demo/manager.log, or give it up with "+
				"kubectl -n %s annotate %s %s card-operator.io/orphan=true: %w",
				object.GetKind(), object.GetName(), object.GetNamespace(), plural(object.GetKind()), object.GetName(), err)
		}
	}
}

// removeSecrets deletes the samples' own Secrets, last: the CardIssuer needed one.
func (s *show) removeSecrets(ctx context.Context) error {
	var errs []error
	secrets := s.samples.where(func(o *unstructured.Unstructured) bool { return o.GetKind() == "Secret" })
	for _, secret := range secrets {
		errs = append(errs, client.IgnoreNotFound(s.cluster.client.Delete(ctx, secret.DeepCopy())))
	}
	return errors.Join(errs...)
}
