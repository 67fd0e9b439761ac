package engine

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// Removal is what a kind does before a deleted object of it may go.
type Removal struct {
	// First removes what the object has in the cluster, whatever the issuer says. It may be
	// nil.
	First func(context.Context) error
	// Settled: nothing is left to do at the issuer, and no connection to it is needed.
	Settled bool
	// Finish brings the issuer to where the deletion wants it, and returns nil once it is
	// there. An effect that may have happened and does not show yet is waited for: an
	// object of the same name could not tell, and would have it again.
	Finish func(context.Context) error
	// GivenUp names what the annotation orphan gives up.
	GivenUp string
}

// Remove lets a deleted object go: the finalizer goes last, unless a person gives up the
// remote side.
func (e *Engine) Remove(ctx context.Context, o v1alpha1.Object, removal Removal) error {
	if !controllerutil.ContainsFinalizer(o, v1alpha1.Finalizer) {
		return nil
	}
	if removal.First != nil {
		if err := removal.First(ctx); err != nil {
			return err
		}
	}
	switch {
	case Orphaned(o):
		e.Warn(o, v1alpha1.EventOrphaned, "Delete", "%s was given up by annotation %s", removal.GivenUp, v1alpha1.AnnotationOrphan)
	case removal.Settled:
	default:
		if err := removal.Finish(ctx); err != nil {
			return Deleting(o, err)
		}
	}
	return e.Release(ctx, o)
}

// Unlisted keeps an object whose status was lost until the absence that a look begun at
// began has shown can be believed: what was ordered moments before the loss need not be
// listed yet.
func Unlisted(o v1alpha1.LedgerObject, p Promise, began time.Time) error {
	if left := SettlingLeft(o, p, began); left > 0 {
		return Poll(left, v1alpha1.ReasonSettling, "this status was lost; waiting until the issuer's list can be believed")
	}
	return nil
}
