package app

import (
	"context"
	"fmt"
	"os"
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
	maxSaid       = 1024
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

	mu   sync.Mutex
	said map[saying]time.Time
}

// saying is what an Event says, and of whom.
type saying struct{ uid, kind, reason, note string }

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
	if !r.isNew(saying{string(object.UID), kind, reason, text}, now) {
		return
	}
	event := &eventsv1.Event{
		ObjectMeta: metav1.ObjectMeta{Namespace: object.Namespace, Name: fmt.Sprintf("%.200s.%x", object.Name, now.UnixNano())},
		EventTime:  metav1.NewMicroTime(now), ReportingController: eventReporter, ReportingInstance: r.instance,
		Regarding: *object, Type: kind, Reason: reason, Action: action, Note: text,
	}
	select {
	case r.waiting <- event:
	default:
	}
}

// isNew reports whether that has not been said lately.
func (r *recorder) isNew(what saying, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at, known := r.said[what]; known && now.Sub(at) < saidFor {
		return false
	}
	if len(r.said) >= maxSaid {
		clear(r.said)
	}
	r.said[what] = now
	return true
}

// Start implements manager.Runnable: it writes what waits, until ctx ends, and then what is
// left for a moment.
func (r *recorder) Start(ctx context.Context) error {
	var all sync.WaitGroup
	for range writers {
		all.Go(func() { r.work(ctx) })
	}
	all.Wait()
	return nil
}

func (r *recorder) work(ctx context.Context) {
	for {
		select {
		case event := <-r.waiting:
			r.write(ctx, event)
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
			r.write(ctx, event)
		default:
			return
		}
	}
}

func (r *recorder) write(ctx context.Context, event *eventsv1.Event) {
	if err := r.client.Create(ctx, event); err != nil {
		log.FromContext(ctx).V(1).Info("an Event was not written", "reason", event.Reason, "error", err.Error())
	}
}
