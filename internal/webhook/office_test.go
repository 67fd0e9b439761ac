package webhook

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/clock"
)

// waiting is a clock that stands still until it is advanced, and on which many can wait.
type waiting struct {
	clock.Real // for WithTimeout

	mu      sync.Mutex
	now     time.Time
	moved   chan struct{}
	waiters int
}

func newWaiting() *waiting { return &waiting{now: noon, moved: make(chan struct{})} }

func (w *waiting) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *waiting) Sleep(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	until := w.now.Add(d)
	w.waiters++
	defer func() {
		w.waiters--
		w.mu.Unlock()
	}()
	for w.now.Before(until) {
		moved := w.moved
		w.mu.Unlock()
		select {
		case <-moved:
			w.mu.Lock()
		case <-ctx.Done():
			w.mu.Lock()
			return ctx.Err()
		}
	}
	return nil
}

func (w *waiting) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
	close(w.moved)
	w.moved = make(chan struct{})
}

// settle waits until so many wait.
func (w *waiting) settle(t *testing.T, waiters int) {
	t.Helper()
	eventually(t, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.waiters == waiters
	})
}

func eventually(t *testing.T, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come to that")
		}
	}
}

// office is a Hinter over an API server that a test can break.
type office struct {
	*Hinter
	t       *testing.T
	clock   *waiting
	api     client.WithWatch
	patches atomic.Int32
	mu      sync.Mutex
	refuse  func(n int32) error
	stop    func()
}

func newOffice(t *testing.T, names ...string) *office {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	b := fake.NewClientBuilder().WithScheme(scheme)
	for _, name := range names {
		b = b.WithObjects(&v1alpha1.CardIssuer{ObjectMeta: metav1.ObjectMeta{Namespace: "cards", Name: name, Annotations: map[string]string{"theirs": "kept"}}})
	}
	o := &office{t: t, clock: newWaiting(), api: b.Build()}
	c := interceptor.NewClient(o.api, interceptor.Funcs{
		Patch: func(ctx context.Context, c client.WithWatch, obj client.Object, p client.Patch, opts ...client.PatchOption) error {
			n := o.patches.Add(1)
			o.mu.Lock()
			refuse := o.refuse
			o.mu.Unlock()
			if refuse != nil {
				if err := refuse(n); err != nil {
					return err
				}
			}
			if p.Type() != types.MergePatchType {
				o.t.Errorf("a patch of type %s", p.Type())
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			return c.Patch(ctx, obj, p, opts...)
		},
	})
	o.Hinter = &Hinter{Client: c, Clock: o.clock}
	return o
}

func (o *office) start() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- o.Start(ctx) }()
	o.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				o.t.Error(err)
			}
		case <-time.After(10 * time.Second):
			o.t.Error("it did not end")
		}
	})
	o.t.Cleanup(o.stop)
}

func (o *office) hinted(name string) string {
	o.t.Helper()
	var ci v1alpha1.CardIssuer
	if err := o.api.Get(context.Background(), client.ObjectKey{Namespace: "cards", Name: name}, &ci); err != nil {
		o.t.Fatal(err)
	}
	if ci.Annotations["theirs"] != "kept" {
		o.t.Errorf("annotations %v", ci.Annotations)
	}
	return ci.Annotations[v1alpha1.AnnotationHintedAt]
}

// idle: nobody is being hinted at.
func (o *office) idle() bool {
	o.Hinter.mu.Lock()
	defer o.Hinter.mu.Unlock()
	return len(o.lines) == 0
}

func (o *office) want(patches int32) {
	o.t.Helper()
	if got := o.patches.Load(); got != patches {
		o.t.Errorf("%d patches, want %d", got, patches)
	}
}
