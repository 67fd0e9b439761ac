package webhook

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/clock"
)

// How often a CardIssuer is hinted at. While hints keep coming the interval doubles up to
// the ceiling: every hint costs a sweep, and sweeps share the account's rate limit with
// everything else.
const (
	DefaultHintInterval = 2 * time.Second
	DefaultHintCeiling  = 15 * time.Second
)

// patchTimeout bounds one write to the API server; lastWords those at the end.
const (
	patchTimeout = 5 * time.Second
	lastWords    = 2 * time.Second
)

// backoffs between the tries of one write. After them the hint is dropped: a sweep finds what
// it was about.
var backoffs = []time.Duration{200 * time.Millisecond, time.Second, 3 * time.Second}

// Hinter writes hints onto CardIssuers: the first at once, all that come within the interval
// after it as one at its end. It is a manager.Runnable of every replica.
type Hinter struct {
	Client client.Client
	Clock  clock.Clock
	// Interval is the least time between two hints; default DefaultHintInterval.
	Interval time.Duration
	// Ceiling is what the interval grows to while hints keep coming; default
	// DefaultHintCeiling.
	Ceiling time.Duration

	mu    sync.Mutex
	run   context.Context // nil before Start
	ended bool
	work  sync.WaitGroup
	lines map[types.NamespacedName]*line
	last  time.Time
}

// line is a CardIssuer that is being hinted at.
type line struct {
	// running: somebody sees to it.
	running bool
	// again: a hint has come since the latest write began.
	again bool
}

// Hint asks for a look at an account. It never blocks. A hint before Start waits for it, one
// after its end is dropped.
func (h *Hinter) Hint(ci types.NamespacedName) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return
	}
	l := h.lines[ci]
	if l == nil {
		if h.lines == nil {
			h.lines = map[types.NamespacedName]*line{}
		}
		l = &line{}
		h.lines[ci] = l
	}
	if l.running || h.run == nil {
		l.again = true
		return
	}
	h.follow(ci, l)
}

// Start writes hints until ctx ends.
func (h *Hinter) Start(ctx context.Context) error {
	h.mu.Lock()
	h.run = ctx
	for ci, l := range h.lines {
		l.again = false
		h.follow(ci, l)
	}
	h.mu.Unlock()

	<-ctx.Done()
	h.mu.Lock()
	h.ended = true
	h.mu.Unlock()
	h.work.Wait()
	return nil
}

// NeedLeaderElection says that every replica runs it.
func (h *Hinter) NeedLeaderElection() bool { return false }

func (h *Hinter) follow(ci types.NamespacedName, l *line) {
	l.running = true
	ctx := h.run
	h.work.Go(func() { h.serve(ctx, ci, l) })
}

// serve writes until an interval has passed without a hint.
func (h *Hinter) serve(ctx context.Context, ci types.NamespacedName, l *line) {
	pause := cmp.Or(h.Interval, DefaultHintInterval)
	for {
		said := h.say(ctx, ci)
		if h.Clock.Sleep(ctx, pause) != nil {
			h.lastWord(ctx, ci, l, said)
			return
		}
		if !h.more(ci, l) {
			return
		}
		pause = max(pause, min(2*pause, cmp.Or(h.Ceiling, DefaultHintCeiling)))
	}
}

// more reports whether a hint has come meanwhile, and ends the line when none has.
func (h *Hinter) more(ci types.NamespacedName, l *line) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !l.again {
		delete(h.lines, ci)
		return false
	}
	l.again = false
	return true
}

// lastWord writes what is left when the process ends, once.
func (h *Hinter) lastWord(ctx context.Context, ci types.NamespacedName, l *line, said bool) {
	h.mu.Lock()
	left := l.again || !said
	delete(h.lines, ci)
	h.mu.Unlock()
	if !left {
		return
	}
	last, cancel := h.Clock.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if err := h.patch(last, ci); err != nil {
		dropped(ctx, ci, err)
	}
}

// say writes a hint, with a few tries. It is false when the process ended before that.
func (h *Hinter) say(ctx context.Context, ci types.NamespacedName) bool {
	for try := 0; ; try++ {
		err := h.patch(ctx, ci)
		if err == nil || apierrors.IsNotFound(err) {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if try == len(backoffs) {
			dropped(ctx, ci, err)
			return true
		}
		if h.Clock.Sleep(ctx, backoffs[try]) != nil {
			return false
		}
	}
}

func dropped(ctx context.Context, ci types.NamespacedName, err error) {
	log.FromContext(ctx).WithName("webhook").Info("a hint was dropped; the next sweep covers it", "cardIssuer", ci.String(), "reason", err.Error())
}

func (h *Hinter) patch(ctx context.Context, ci types.NamespacedName) error {
	body := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:%q}}}`, v1alpha1.AnnotationHintedAt, h.stamp().UTC().Format(time.RFC3339Nano))
	meta := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: ci.Namespace, Name: ci.Name}}
	meta.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("CardIssuer"))
	ctx, cancel := h.Clock.WithTimeout(ctx, patchTimeout)
	defer cancel()
	return h.Client.Patch(ctx, meta, client.RawPatch(types.MergePatchType, body), client.FieldOwner("card-operator"))
}

// stamp is the time, and later than the one before: a hint that repeats an old one says
// nothing.
func (h *Hinter) stamp() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.Clock.Now()
	if !now.After(h.last) {
		now = h.last.Add(time.Nanosecond)
	}
	h.last = now
	return now
}
