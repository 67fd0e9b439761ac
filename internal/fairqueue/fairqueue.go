// Package fairqueue orders the objects that wait to be worked on: what is to stop before what
// somebody waits for, both before routine looks, and among equals one of each namespace in turn,
// so that a tenant's five thousand cards do not delay another's one.
package fairqueue

import (
	"slices"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// Rank says how soon an object is due.
type Rank int

// Ranks.
const (
	// Stop: a card is to be frozen or to go. It may be in the wrong hands.
	Stop Rank = iota
	// Urgent: somebody waits for it, or money is under way.
	Urgent
	// Routine: it is as asked, as far as is known.
	Routine
)

// ranks is how many there are.
const ranks = 3

// patience is after how many objects of higher ranks one of a rank comes first: endless creation
// does not leave the others unobserved, and a tenant who deletes five thousand cards does not keep
// the others from having theirs.
var patience = [ranks]int{Urgent: 2, Routine: 8}

// looks is how many objects one Pop may find less urgent than they were when they began to wait.
const looks = 64

// New returns a work queue for a controller. rank is asked when an object begins to wait, whenever
// it is added again, and when its turn comes; it must be quick.
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
	// at is the level where each one waits.
	at map[reconcile.Request]Rank
	// passed is how many objects of higher ranks went first while one of a rank waited.
	passed [ranks]int
}

func newOrder(rank func(reconcile.Request) Rank) *order {
	return &order{rank: rank, at: map[reconcile.Request]Rank{}}
}

// Touch implements workqueue.Queue: what was added again keeps its place, unless it is more
// urgent by now. What is less so is found out when its turn comes.
func (o *order) Touch(r reconcile.Request) {
	was, waits := o.at[r]
	if !waits || was == Stop {
		return
	}
	if now := o.ranked(r); now < was {
		o.levels[was].remove(r)
		o.push(now, r)
	}
}

// Push implements workqueue.Queue.
func (o *order) Push(r reconcile.Request) { o.push(o.ranked(r), r) }

func (o *order) push(level Rank, r reconcile.Request) {
	o.levels[level].push(r)
	o.at[r] = level
}

// ranked is the rank of an object now; one that is none is urgent.
func (o *order) ranked(r reconcile.Request) Rank {
	if rank := o.rank(r); rank >= Stop && rank <= Routine {
		return rank
	}
	return Urgent
}

// Len implements workqueue.Queue.
func (o *order) Len() int { return len(o.at) }

// Pop implements workqueue.Queue. It is called only where there is something. What is no longer
// as urgent as it was waits on where it belongs: a standby has thousands waiting that were new
// once, and are as asked when it comes to lead.
func (o *order) Pop() reconcile.Request {
	for range looks {
		level := o.next()
		r := o.levels[level].pop()
		now := Routine
		if level != Routine {
			now = o.ranked(r)
		}
		if now <= level {
			return o.take(level, r)
		}
		o.push(now, r)
	}
	level := o.next()
	return o.take(level, o.levels[level].pop())
}

// next is the level whose turn it is: the first where somebody waits, but for one below whose
// patience is at its end.
func (o *order) next() Rank {
	first := Routine
	for level := Routine; level >= Stop; level-- {
		if !o.levels[level].empty() {
			first = level
		}
	}
	for level := first + 1; level <= Routine; level++ {
		if !o.levels[level].empty() && o.passed[level] >= patience[level] {
			return level
		}
	}
	return first
}

// take counts one that leaves.
func (o *order) take(from Rank, r reconcile.Request) reconcile.Request {
	delete(o.at, r)
	o.passed[from] = 0
	for below := from + 1; below <= Routine; below++ {
		if o.passed[below]++; o.levels[below].empty() {
			o.passed[below] = 0
		}
	}
	return r
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

// remove takes out one that waits.
func (t *tenants) remove(r reconcile.Request) {
	line := t.lines[r.Namespace]
	at := slices.Index(line, r)
	if at < 0 {
		return
	}
	if len(line) > 1 {
		t.lines[r.Namespace] = slices.Delete(line, at, at+1)
		return
	}
	delete(t.lines, r.Namespace)
	turn := slices.Index(t.turns, r.Namespace)
	t.turns = slices.Delete(t.turns, turn, turn+1)
}
