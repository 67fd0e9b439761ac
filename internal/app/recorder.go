package app

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/reference"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Bounds of the recorder: Events that wait to be written, those that are remembered so that
// they are not said twice, for how long, the API's own longest note, and how many are written
// at a time.
const (
	maxWaiting    = 4096
	maxSaid       = 65536
	saidFor       = 10 * time.Minute
	maxNote       = 1024
	writers       = 4
	eventReporter = "card-operator"
)

// recorder writes Events. client-go's own keeps every Event for some minutes, to make a series
// of it should it come again: after ten thousand cards that was a third of the heap. Here the
// same words about an object are said once in ten minutes.
type recorder struct {
	client   client.Client
	scheme   *runtime.Scheme
	clock    clock.Clock
	instance string
	waiting  chan *eventsv1.Event

	mu sync.Mutex
	// said and saidBefore are when what was said; the older half is forgotten when it has
	// expired, or when there is no more room.
	said, saidBefore map[saying]time.Time
	since            time.Time
}

// saying is a hash of what an Event says, and of whom.
type saying [16]byte

func sayingOf(parts ...string) saying {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return saying(sum[:16])
}

func newRecorder(c client.Client, scheme *runtime.Scheme, clk clock.Clock) *recorder {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &recorder{
		client: c, scheme: scheme, clock: clk, instance: issuer.Truncate(eventReporter+"-"+host, 128),
		waiting: make(chan *eventsv1.Event, maxWaiting), said: map[saying]time.Time{},
	}
}

// Eventf implements engine.Events. It waits for nothing: an Event that there is no room for is
// dropped, as Events may be.
func (r *recorder) Eventf(regarding, _ runtime.Object, kind, reason, action, note string, args ...any) {
	object, err := reference.GetReference(r.scheme, regarding)
	if err != nil {
		return
	}
	text, now := issuer.Truncate(fmt.Sprintf(note, args...), maxNote), r.clock.Now()
	event := &eventsv1.Event{
		ObjectMeta: metav1.ObjectMeta{Namespace: object.Namespace, Name: fmt.Sprintf("%.200s.%x", object.Name, now.UnixNano())},
		EventTime:  metav1.NewMicroTime(now), ReportingController: eventReporter, ReportingInstance: r.instance,
		Regarding: *object, Type: kind, Reason: reason, Action: action, Note: text,
	}
	r.say(sayingOf(string(object.UID), kind, reason, text), event, now)
}

// say lets an Event wait to be written, unless the same was said lately. One that is dropped was
// not said.
func (r *recorder) say(what saying, event *eventsv1.Event, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known(what, now) {
		return
	}
	select {
	case r.waiting <- event:
		r.remember(what, now)
	default:
	}
}

func (r *recorder) known(what saying, now time.Time) bool {
	for _, half := range []map[saying]time.Time{r.said, r.saidBefore} {
		if at, ever := half[what]; ever && now.Sub(at) < saidFor {
			return true
		}
	}
	return false
}

func (r *recorder) remember(what saying, now time.Time) {
	if len(r.said) >= maxSaid/2 || now.Sub(r.since) >= saidFor {
		r.said, r.saidBefore, r.since = map[saying]time.Time{}, r.said, now
	}
	r.said[what] = now
}

// write writes what waits, until done is called, which lets it write what is left for a moment.
// It does not run under the manager: a standby's webhooks have something to say too, and so have
// rounds that end while the manager stops.
func (r *recorder) write(ctx context.Context) (done func()) {
	ctx, end := context.WithCancel(context.WithoutCancel(ctx))
	var all sync.WaitGroup
	for range writers {
		all.Go(func() { r.work(ctx) })
	}
	return func() {
		end()
		all.Wait()
	}
}

func (r *recorder) work(ctx context.Context) {
	for {
		select {
		case event := <-r.waiting:
			r.create(ctx, event)
		case <-ctx.Done():
			r.rest(ctx)
			return
		}
	}
}

// lastWords is how long a process that ends still writes Events.
const lastWords = 2 * time.Second

func (r *recorder) rest(ctx context.Context) {
	ctx, cancel := r.clock.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	for ctx.Err() == nil {
		select {
		case event := <-r.waiting:
			r.create(ctx, event)
		default:
			return
		}
	}
}

func (r *recorder) create(ctx context.Context, event *eventsv1.Event) {
	if err := r.client.Create(ctx, event); err != nil {
		log.FromContext(ctx).V(1).Info("an Event was not written", "reason", event.Reason, "error", err.Error())
	}
}
