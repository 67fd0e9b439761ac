package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
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

func (o *office) want(patches int32) {
	o.t.Helper()
	if got := o.patches.Load(); got != patches {
		o.t.Errorf("%d patches, want %d", got, patches)
	}
}

func TestTheFirstHintGoesAtOnceAndTheOthersAsOne(t *testing.T) {
	o := newOffice(t, "main", "second")
	o.start()
	o.Hint(main_)
	o.clock.settle(t, 1)
	o.want(1)
	if got := o.hinted("main"); got != "2026-11-01T12:00:00Z" {
		t.Errorf("hinted at %q", got)
	}
	for range 100 {
		o.Hint(main_)
	}
	o.clock.advance(DefaultHintInterval - time.Nanosecond)
	o.clock.settle(t, 1)
	o.want(1)
	o.Hint(second) // another CardIssuer does not wait for it
	o.clock.settle(t, 2)
	o.want(2)
	o.clock.advance(time.Nanosecond)
	eventually(t, func() bool { return o.patches.Load() == 3 })
	o.clock.settle(t, 2)
	if got := o.hinted("main"); got != "2026-11-01T12:00:02Z" {
		t.Errorf("hinted at %q", got)
	}
	// Nobody has hinted since: it ends, and the next one goes at once again.
	o.clock.advance(time.Hour)
	o.clock.settle(t, 0)
	o.want(3)
	o.Hint(main_)
	o.clock.settle(t, 1)
	o.want(4)
}

func TestWhileHintsKeepComingTheIntervalGrows(t *testing.T) {
	o := newOffice(t, "main")
	o.start()
	o.Hint(main_)
	for n, pause := range []time.Duration{2, 4, 8, 15, 15, 15} {
		o.clock.settle(t, 1)
		o.Hint(main_)
		o.clock.advance(pause*time.Second - 1)
		o.clock.settle(t, 1)
		o.want(int32(n + 1))
		o.clock.advance(1)
		eventually(t, func() bool { return o.patches.Load() == int32(n+2) })
	}
}

func TestEveryHintIsAnotherValue(t *testing.T) {
	o := newOffice(t, "main")
	o.start()
	seen := map[string]bool{}
	for range 3 {
		o.clock.mu.Lock()
		o.clock.now = noon // the clock stands still, or goes back
		o.clock.mu.Unlock()
		o.Hint(main_)
		o.clock.settle(t, 1)
		seen[o.hinted("main")] = true
		o.clock.advance(time.Minute)
		o.clock.settle(t, 0)
	}
	if len(seen) != 3 {
		t.Errorf("values %v", seen)
	}
}

func TestHintsFromBeforeTheStartAreNotLost(t *testing.T) {
	o := newOffice(t, "main")
	o.Hint(main_)
	o.Hint(main_)
	o.want(0)
	o.start()
	o.clock.settle(t, 1)
	o.want(1)
	o.clock.advance(time.Hour)
	o.clock.settle(t, 0)
	o.want(1)
	if o.NeedLeaderElection() {
		t.Error("only the leader would hint")
	}
}

func TestTheLastHintIsWrittenWhenTheProcessEnds(t *testing.T) {
	o := newOffice(t, "main")
	o.start()
	o.Hint(main_)
	o.clock.settle(t, 1)
	o.Hint(main_)
	o.stop()
	o.want(2)
	if got := o.hinted("main"); got != "2026-11-01T12:00:00.000000001Z" {
		t.Errorf("hinted at %q", got)
	}
	o.Hint(main_) // too late
	o.want(2)
}

func TestNothingIsLeftToSayAtTheEnd(t *testing.T) {
	o := newOffice(t, "main")
	o.start()
	o.Hint(main_)
	o.clock.settle(t, 1)
	o.stop()
	o.want(1)
}

func TestAnAPIServerThatIsAwayIsTriedAgain(t *testing.T) {
	o := newOffice(t, "main")
	o.refuse = func(n int32) error {
		if n <= 2 {
			return errAway
		}
		return nil
	}
	o.start()
	o.Hint(main_)
	for _, pause := range backoffs[:2] {
		o.clock.settle(t, 1)
		o.Hint(main_) // meanwhile others come: they are one trailing hint
		o.clock.advance(pause)
		time.Sleep(20 * time.Millisecond)
	}
	o.clock.settle(t, 1)
	o.want(3)
	if o.hinted("main") == "" {
		t.Error("not hinted")
	}
	o.clock.advance(DefaultHintInterval)
	eventually(t, func() bool { return o.patches.Load() == 4 })
}

func TestAHintIsDroppedAfterAFewTries(t *testing.T) {
	o := newOffice(t, "main")
	o.refuse = func(int32) error { return errAway }
	o.start()
	o.Hint(main_)
	for n, pause := range backoffs {
		o.clock.settle(t, 1)
		o.want(int32(n + 1))
		o.clock.advance(pause)
		eventually(t, func() bool { return o.patches.Load() == int32(n+2) })
	}
	o.clock.settle(t, 1)
	o.clock.advance(time.Hour)
	o.clock.settle(t, 0)
	o.want(int32(len(backoffs)) + 1)

	o.mu.Lock()
	o.refuse = nil
	o.mu.Unlock()
	o.Hint(main_)
	o.clock.settle(t, 1)
	if o.hinted("main") == "" {
		t.Error("the next hint was not written")
	}
}

func TestAHintUnderWayIsSaidOnceMoreAtTheEnd(t *testing.T) {
	o := newOffice(t, "main")
	o.refuse = func(n int32) error {
		if n == 1 {
			return errAway
		}
		return nil
	}
	o.start()
	o.Hint(main_)
	o.clock.settle(t, 1) // it waits to try again
	o.stop()
	o.want(2)
	if o.hinted("main") == "" {
		t.Error("not hinted")
	}

	o = newOffice(t, "main")
	o.refuse = func(int32) error { return errAway } // and if that fails too, it ends
	o.start()
	o.Hint(main_)
	o.clock.settle(t, 1)
	o.stop()
	o.want(2)
}

func TestAProcessThatEndsInTheMiddleOfAPatch(t *testing.T) {
	o := newOffice(t, "main")
	entered := make(chan bool, 1)
	o.start()
	o.mu.Lock()
	stop := o.stop
	o.refuse = func(n int32) error {
		if n == 1 {
			entered <- true
			go stop()
			time.Sleep(50 * time.Millisecond)
			return context.Canceled
		}
		return nil
	}
	o.mu.Unlock()
	o.Hint(main_)
	<-entered
	stop()
	if o.hinted("main") == "" {
		t.Error("not hinted")
	}
	o.want(2)
}

func TestACardIssuerThatIsGone(t *testing.T) {
	o := newOffice(t)
	o.start()
	o.Hint(main_)
	o.clock.settle(t, 1)
	o.clock.advance(time.Hour)
	o.clock.settle(t, 0)
	o.want(1)
	if !apierrors.IsNotFound(apierrors.NewNotFound(schema.GroupResource{}, "")) || len(o.lines) != 0 {
		t.Errorf("lines %v", o.lines)
	}
}

// Under a clock that moves by itself everything happens at once.
func TestUnderAVirtualClock(t *testing.T) {
	o := newOffice(t, "main")
	fakeClock := clock.NewFake(noon)
	o.Clock = fakeClock
	o.start()
	o.Hint(main_)
	eventually(t, func() bool {
		o.Hinter.mu.Lock()
		defer o.Hinter.mu.Unlock()
		return len(o.lines) == 0
	})
	o.want(1)
	if fakeClock.Now() != noon.Add(DefaultHintInterval) {
		t.Errorf("it is %s", fakeClock.Now())
	}
}

// Ten thousand messages in a burst, from many senders, over sockets, are a handful of writes
// to the API server.
func TestABurst(t *testing.T) {
	const messages, senders = 10_000, 32
	o := newOffice(t, "main")
	o.start()
	b := newBench(t, func(opts *Options) { opts.Hint = o.Hint })
	transport := &http1{}
	defer transport.close()
	var wait sync.WaitGroup
	var failed atomic.Int32
	began := time.Now()
	for s := range senders {
		wait.Go(func() {
			for i := s; i < messages; i += senders {
				body, _ := json.Marshal(message{ID: fmt.Sprint(i)})
				if status, err := transport.post(b.request(main_, body)); err != nil || status != 200 {
					failed.Add(1)
				}
			}
		})
	}
	wait.Wait()
	t.Logf("%d messages in %s", messages, time.Since(began))
	o.clock.settle(t, 1)
	o.clock.advance(DefaultHintInterval)
	eventually(t, func() bool { return o.patches.Load() == 2 })
	o.clock.settle(t, 1)
	o.clock.advance(time.Hour)
	o.clock.settle(t, 0)
	o.want(2)
	if failed.Load() != 0 {
		t.Errorf("%d failed", failed.Load())
	}
	b.want(0, map[string]int{"cards/main accepted": messages})
}
