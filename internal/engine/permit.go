package engine

import (
	"context"
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

// roundBegan is the time at which a round read its object.
type roundBegan struct{}

var errOutdated = errors.New("the object has changed since the round began")

// Permit bounds calls that set a state, which are repeatable and have no claim: a leader that
// was paused must not undo late what a newer one has done. The object must be as the round
// knows it, and the calls are sent within Window after that was seen. An API server that is
// away holds up no freeze; then the round's own beginning counts.
func (e *Engine) Permit(ctx context.Context, o v1alpha1.Object, t Timing) (context.Context, error) {
	seen := e.Clock.Now()
	live, ok := o.DeepCopyObject().(v1alpha1.Object)
	if !ok {
		return ctx, nil
	}
	err := e.Reader.Get(ctx, client.ObjectKeyFromObject(o), live)
	switch {
	case apierrors.IsNotFound(err) || err == nil && !sameWish(live, o):
		return nil, &writeError{apierrors.NewConflict(schema.GroupResource{Resource: resourceOf(o)}, o.GetName(), errOutdated)}
	case err != nil:
		if began, known := ctx.Value(roundBegan{}).(time.Time); known {
			seen = began
		}
	}
	return issuer.WithPermit(ctx, issuer.Permit{NotAfter: seen.Add(t.Window)}), nil
}

// sameWish: nobody has changed what is asked for.
func sameWish(a, b v1alpha1.Object) bool {
	return a.GetUID() == b.GetUID() && a.GetGeneration() == b.GetGeneration() &&
		(a.GetDeletionTimestamp() == nil) == (b.GetDeletionTimestamp() == nil)
}
