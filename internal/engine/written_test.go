package engine_test

import (
	"context"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
)

// lagging is a cache that shows an object as it was.
type lagging struct {
	client.Client
	was *v1alpha1.VirtualCard
}

func (l *lagging) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	if card, ok := o.(*v1alpha1.VirtualCard); ok && l.was != nil {
		l.was.DeepCopyInto(card)
		return nil
	}
	return l.Client.Get(ctx, key, o, opts...)
}

// A round over an object that is older than what this process wrote would do again what was
// done. It waits, less and less often, until the cache has it.
func TestNoRoundOverAnObjectThatThisProcessHasOutdated(t *testing.T) {
	b := newBench(t, newCard())
	cache := &lagging{Client: b.engine.Client}
	b.engine.Client = cache
	rounds := 0
	r := &engine.Runner[*v1alpha1.VirtualCard]{
		Engine: b.engine, New: func() *v1alpha1.VirtualCard { return &v1alpha1.VirtualCard{} },
		Sync: func(_ context.Context, card *v1alpha1.VirtualCard) (time.Duration, error) {
			rounds++
			card.Status.LastFour = "424" + string(rune('0'+rounds))
			return time.Hour, nil
		},
	}
	before := b.stored()
	request := reconcile.Request{NamespacedName: client.ObjectKeyFromObject(before)}
	look := func() time.Duration {
		t.Helper()
		result, err := r.Reconcile(ctx, request)
		if err != nil {
			t.Fatal(err)
		}
		return result.RequeueAfter
	}
	look()
	cache.was = before
	first := look()
	if rounds != 1 || first <= 0 || first > 100*time.Millisecond {
		t.Fatalf("%d rounds, looks again after %v", rounds, first)
	}
	b.clock.Advance(20 * time.Second)
	if later := look(); rounds != 1 || later <= first || later > 5*time.Second {
		t.Errorf("%d rounds; a cache that has stopped is asked after %v", rounds, later)
	}
	cache.was = nil
	if look(); rounds != 2 {
		t.Errorf("%d rounds once the cache has it", rounds)
	}
	if odd := b.stored(); odd != nil {
		odd.ResourceVersion = "not-a-number"
		cache.was = odd
		if look(); rounds != 3 {
			t.Error("of a version that is no number nothing can be told")
		}
	}
}

// A cluster that was restored from a backup has lost what this process wrote, and no version
// of an object will be as high for a while.
func TestAnObjectOfARestoredClusterIsNotWaitedForForEver(t *testing.T) {
	b := newBench(t, newCard())
	cache := &lagging{Client: b.engine.Client}
	b.engine.Client = cache
	rounds := 0
	r := &engine.Runner[*v1alpha1.VirtualCard]{
		Engine: b.engine, New: func() *v1alpha1.VirtualCard { return &v1alpha1.VirtualCard{} },
		Sync: func(_ context.Context, card *v1alpha1.VirtualCard) (time.Duration, error) {
			rounds++
			card.Status.LastFour = "424" + string(rune('0'+rounds))
			return time.Hour, nil
		},
	}
	before := b.stored()
	request := reconcile.Request{NamespacedName: client.ObjectKeyFromObject(before)}
	for end := b.clock.Now().Add(2 * time.Minute); b.clock.Now().Before(end); {
		result, err := r.Reconcile(ctx, request)
		if err != nil {
			t.Fatal(err)
		}
		cache.was = before
		if rounds == 2 {
			return
		}
		b.clock.Advance(min(result.RequeueAfter, time.Minute/2))
	}
	t.Errorf("%d rounds in two minutes", rounds)
}
