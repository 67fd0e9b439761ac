package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
)

func forbidden() error {
	return apierrors.NewForbidden(schema.GroupResource{Resource: "virtualcards"}, cardKey.Name, errors.New("a policy says no"))
}

// forbidPatches is a policy that lets no finalizer on.
func (b *bench) forbidPatches() {
	b.engine.Client = interceptor.NewClient(b.api, interceptor.Funcs{
		Patch: func(context.Context, client.WithWatch, client.Object, client.Patch, ...client.PatchOption) error {
			return forbidden()
		},
	})
}

func (b *bench) pursues(s *script) syncFunc {
	return func(ctx context.Context, c *v1alpha1.VirtualCard) (time.Duration, error) {
		_, err := b.engine.Pursue(ctx, c, b.transfer(s))
		return time.Minute, err
	}
}

// roundsFor makes rounds as they fall due.
func (b *bench) roundsFor(d time.Duration, r *engine.Runner[*v1alpha1.VirtualCard]) {
	for end := b.clock.Now().Add(d); b.clock.Now().Before(end); {
		b.clock.Advance(b.round(r))
	}
}

func refused(told string) bool {
	return strings.HasPrefix(told, "Warning "+v1alpha1.EventWriteRefused+" ")
}

// A policy or missing permissions keep the finalizer off for good: nothing is sent, and it
// does not stay a log line.
func TestAFinalizerThatIsRefusedIsSaid(t *testing.T) {
	b := newBench(t, newCard())
	b.forbidPatches()
	s := &script{}
	r := b.runner(b.pursues(s))
	b.round(r)
	if len(b.told) != 0 || b.writes != 0 {
		t.Errorf("once may be a rollout: %q", b.told)
	}
	b.roundsFor(time.Minute, r)
	stored := b.stored()
	root := engine.ConditionOf(stored, "Ready")
	if root == nil || root.Reason != v1alpha1.ReasonReconcileError || b.writes != 1 || len(s.sent) != 0 {
		t.Fatalf("said once: %d writes, %+v", b.writes, root)
	}
	for _, word := range []string{"finalizer", "a policy says no", "config/rbac"} {
		if !strings.Contains(root.Message, word) || !refused(b.told[0]) || !strings.Contains(b.told[0], word) {
			t.Errorf("%q is missing: %q, %q", word, root.Message, b.told[0])
		}
	}
	if stored.Status.Intent != nil || len(stored.Finalizers) != 0 {
		t.Errorf("what was not claimed is not in the status: %+v", stored.Status.Intent)
	}
	b.engine.Client = b.api
	b.roundsFor(time.Minute, r)
	if len(s.sent) != 1 || !strings.Contains(strings.Join(b.steps, " "), "claimed") {
		t.Errorf("mended, it goes on: sent %d times", len(s.sent))
	}
}

// The condition cannot be written either: the Event is all there is, and the round ends well.
func TestAFinalizerAndAStatusThatAreRefusedAreSaid(t *testing.T) {
	b := newBench(t, newCard())
	b.refuse = func(int) error { return forbidden() }
	b.forbidPatches()
	b.roundsFor(time.Minute, b.runner(b.pursues(&script{})))
	if len(b.told) == 0 || !refused(b.told[0]) || engine.ConditionOf(b.stored(), "Ready") != nil {
		t.Errorf("told %q", b.told)
	}
}

// A status that is refused for good is said, and asked for ever less often; Sync's own
// problems take turns with it and do not make it begin anew.
func TestAStatusThatIsRefusedIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		after time.Duration
	}{
		"invalid":               {apierrors.NewInvalid(schema.GroupKind{Kind: "VirtualCard"}, cardKey.Name, nil), 5 * time.Second},
		"forbidden":             {forbidden(), 5 * time.Second},
		"the API server is ill": {apierrors.NewInternalError(errors.New("etcd")), 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, newCard())
			b.refuse = func(int) error { return c.err }
			r := b.runner(failing(engine.Wait(v1alpha1.ReasonWaitingForBudget, "create it")))
			b.roundsFor(c.after, r)
			if len(b.told) != 0 {
				t.Fatalf("told %q after %v", b.told, b.clock.Now().Sub(epoch))
			}
			slow := b.round(r)
			if len(b.told) != 1 || !refused(b.told[0]) || slow < min(c.after, 2*time.Minute) {
				t.Errorf("told %q, again after %v", b.told, slow)
			}
			b.refuse = nil
			b.round(r)
			if b.stored().Status.ObservedGeneration != 1 {
				t.Error("mended, it is written")
			}
		})
	}
}
