// Package fairqueue orders the objects that wait to be worked on: what somebody waits for
// before routine looks, and among equals one of each namespace in turn, so that a tenant's
// five thousand cards do not delay another's one.
package fairqueue

import (
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// Rank says how soon an object is due.
type Rank int

// Ranks.
const (
	// Urgent: somebody waits for it, or money is under way.
	Urgent Rank = iota
	// Routine: it is as asked, as far as is known.
	Routine
)

// ranks is how many there are.
const ranks = 2

// patience is after how many urgent objects a routine one comes first, so that endless
// creation does not leave the others unobserved.
const patience = 8

// New returns a work queue for a controller. rank is asked when an object begins to wait; it
// must be quick.
func New(name string, limiter workqueue.TypedRateLimiter[reconcile.Request], rank func(reconcile.Request) Rank) workqueue.TypedRateLimitingInterface[reconcile.Request] {
	return workqueue.NewTypedRateLimitingQueueWithConfig(limiter, workqueue.TypedRateLimitingQueueConfig[reconcile.Request]{
		Name: name,
		DelayingQueue: workqueue.NewTypedDelayingQueueWithConfig(workqueue.TypedDelayingQueueConfig[reconcile.Request]{
			Name:  name,
			Queue: workqueue.NewTypedWithConfig(workqueue.TypedQueueConfig[reconcile.Request]{Name: name, Queue: newOrder(rank)}),
		}),
	})
}

// order is the storage of a work queue, which guards it with its own lock.
type order struct {
	rank   func(reconcile.Request) Rank
	levels [ranks]tenants
	length int
	// passed is how many urgent objects went first while a routine one waited.
	passed int
}

func newOrder(rank func(reconcile.Request) Rank) *order { return &order{rank: rank} }

// Touch implements workqueue.Queue: what waits keeps its place.
func (o *order) Touch(reconcile.Request) {}

// Push implements workqueue.Queue.
func (o *order) Push(r reconcile.Request) {
	level := o.rank(r)
	if level < Urgent || level > Routine {
		level = Urgent
	}
	o.levels[level].push(r)
	o.length++
}

// Len implements workqueue.Queue.
func (o *order) Len() int { return o.length }

// Pop implements workqueue.Queue. It is called only where there is something.
func (o *order) Pop() reconcile.Request {
	o.length--
	urgent, routine := &o.levels[Urgent], &o.levels[Routine]
	switch {
	case urgent.empty():
		return routine.pop()
	case routine.empty():
		o.passed = 0
		return urgent.pop()
	case o.passed >= patience:
		o.passed = 0
		return routine.pop()
	default:
		o.passed++
		return urgent.pop()
	}
}

// tenants are the namespaces that have something waiting, in the order of their turns.
type tenants struct {
	lines map[string][]reconcile.Request
	turns []string
}

func (t *tenants) empty() bool { return len(t.turns) == 0 }

func (t *tenants) push(r reconcile.Request) {
	if t.lines == nil {
		t.lines = map[string][]reconcile.Request{}
	}
	line := t.lines[r.Namespace]
	if len(line) == 0 {
		t.turns = append(t.turns, r.Namespace)
	}
	t.lines[r.Namespace] = append(line, r)
}

func (t *tenants) pop() reconcile.Request {
	namespace := t.turns[0]
	t.turns = t.turns[1:]
	line := t.lines[namespace]
	if len(line) == 1 {
		delete(t.lines, namespace)
	} else {
		t.lines[namespace] = line[1:]
		t.turns = append(t.turns, namespace)
	}
	return line[0]
}
