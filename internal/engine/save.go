package engine

import (
	"context"
	"reflect"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// recordTimeout bounds the write that records an outcome; it goes on when the process
// is asked to stop.
const recordTimeout = 10 * time.Second

// claim writes the object's status under its resourceVersion. An error means that
// nothing may be sent.
func (e *Engine) claim(ctx context.Context, o v1alpha1.LedgerObject) error {
	if err := e.holdOnTo(ctx, o); err != nil {
		return err
	}
	e.date(o)
	return e.update(ctx, o)
}

// update writes the status, and remembers that the cache has to have it.
func (e *Engine) update(ctx context.Context, o v1alpha1.Object) error {
	err := e.Client.Status().Update(ctx, o)
	if err == nil {
		e.written.note(o)
		e.begun.Delete(o.GetUID())
	}
	return err
}

// Same reports whether two objects, or parts of them, say the same. Almost always they do to
// the last bit, which is much cheaper to see than that they mean the same.
func Same(a, b any) bool { return reflect.DeepEqual(a, b) || equality.Semantic.DeepEqual(a, b) }

// writeError says that the API server refused a write, or may have; the status in hand
// must not be written over what is there.
type writeError struct{ err error }

func (w *writeError) Error() string { return w.err.Error() }
func (w *writeError) Unwrap() error { return w.err }

// save writes the status at the end of a round. It outlives a shutdown. When the object
// has changed meanwhile, the outcome of what was sent in this round is carried over to
// the newer one, but only if that still holds the very claim that was sent.
func (e *Engine) save(ctx context.Context, o v1alpha1.Object) error {
	ctx, cancel := e.Clock.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	e.date(o)
	err := e.update(ctx, o)
	if !apierrors.IsConflict(err) {
		return err
	}
	claimed, wasSent := e.sent.Load(o.GetUID())
	if !wasSent {
		return err
	}
	live, ok := o.DeepCopyObject().(v1alpha1.LedgerObject)
	if !ok {
		return err
	}
	if getErr := e.Reader.Get(ctx, client.ObjectKeyFromObject(o), live); getErr != nil {
		return getErr
	}
	if !sameClaim(live.Ledger().Intent, claimed) {
		return err
	}
	o.SetResourceVersion(live.GetResourceVersion())
	return e.update(ctx, o)
}

func sameClaim(held *v1alpha1.Intent, claimed any) bool {
	sent, ok := claimed.(v1alpha1.Intent)
	return ok && held != nil && held.ID == sent.ID && held.ClaimedAt.Equal(&sent.ClaimedAt)
}

// holdOnTo puts the finalizer on before the first effect: an object without it has
// none. Only the resourceVersion and the finalizers are taken from the answer, so that
// the status in hand stays as it is.
func (e *Engine) holdOnTo(ctx context.Context, o v1alpha1.LedgerObject) error {
	if controllerutil.ContainsFinalizer(o, v1alpha1.Finalizer) {
		return nil
	}
	began := e.Clock.Now() // not after the answer: the process may have been paused meanwhile
	if err := e.patchMeta(ctx, o, func(c client.Object) { controllerutil.AddFinalizer(c, v1alpha1.Finalizer) }); err != nil {
		return &finalizerError{err}
	}
	e.begun.Store(o.GetUID(), began)
	return nil
}

// finalizerError is a write that failed before anything of the round was written.
type finalizerError struct{ err error }

func (f *finalizerError) Error() string { return f.err.Error() }
func (f *finalizerError) Unwrap() error { return f.err }

// Release takes the finalizer off: the object no longer stands for anything at the
// issuer that the operator has to deal with.
func (e *Engine) Release(ctx context.Context, o v1alpha1.Object) error {
	if !controllerutil.ContainsFinalizer(o, v1alpha1.Finalizer) {
		return nil
	}
	err := e.patchMeta(ctx, o, func(c client.Object) { controllerutil.RemoveFinalizer(c, v1alpha1.Finalizer) })
	return client.IgnoreNotFound(err)
}

// ReleaseEnded is Release for an object that has ended: a failure is tried again and says
// nothing about how it ended.
func (e *Engine) ReleaseEnded(ctx context.Context, o v1alpha1.Object) error {
	if err := e.Release(ctx, o); err != nil {
		return &writeError{err}
	}
	return nil
}

// Hold puts the finalizer on an object that has no intents of its own (CardIssuer).
func (e *Engine) Hold(ctx context.Context, o v1alpha1.Object) error {
	if controllerutil.ContainsFinalizer(o, v1alpha1.Finalizer) {
		return nil
	}
	return e.patchMeta(ctx, o, func(c client.Object) { controllerutil.AddFinalizer(c, v1alpha1.Finalizer) })
}

func (e *Engine) patchMeta(ctx context.Context, o v1alpha1.Object, change func(client.Object)) error {
	before, ok := o.DeepCopyObject().(client.Object)
	if !ok {
		return nil
	}
	after, ok := o.DeepCopyObject().(client.Object)
	if !ok {
		return nil
	}
	change(after)
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := e.Client.Patch(ctx, after, patch); err != nil {
		return err
	}
	o.SetFinalizers(after.GetFinalizers())
	o.SetResourceVersion(after.GetResourceVersion())
	e.written.note(o)
	if gone(o) {
		e.written.forget(o.GetUID())
		e.begun.Delete(o.GetUID())
	}
	return nil
}
