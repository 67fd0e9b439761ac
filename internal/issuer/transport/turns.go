package transport

import (
	"context"
	"slices"
	"sync"

	"github.com/card-operator/card-operator/internal/issuer"
)

// Priority says who goes first through a Gate.
type Priority int

// Priorities. Stopping is freezes and closes: a card that may be in the wrong hands does not
// wait behind orders. Sending is the other calls with an effect: money, orders, and the logins
// that they need. Urgent is the looks of those for whom somebody waits, Routine the sweeps.
const (
	Routine Priority = iota
	Urgent
	Sending
	Stopping
	priorities int = iota
)

// patience is after how many turns of others a routine caller comes first, so that endless
// creation does not leave the account unobserved.
const patience = 8

// stopsInARow is after how many stops another caller comes, so that a tenant who closes five
// thousand cards does not keep everybody else from paying.
const stopsInARow = 4

// priorityOf is the priority of a call under ctx: what the adapter gave it, raised while
// somebody is in a hurry.
func priorityOf(ctx context.Context, given Priority) Priority {
	if issuer.InHurry(ctx) {
		return max(given, Urgent)
	}
	return given
}

// turns is a mutex with a queue for each priority. Whoever holds the turn waits for one slot
// of the limiter, so a caller waits behind one of lower priority, and now and then two.
type turns struct {
	mu     sync.Mutex
	taken  bool
	queues [priorities][]chan struct{}
	// passed counts the turns that went past a routine caller, stops those in a row that went
	// past anybody else.
	passed, stops int
}

func (t *turns) take(ctx context.Context, p Priority) error {
	ready := t.join(p)
	if ready == nil {
		return nil
	}
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		t.leave(p, ready)
		return ctx.Err()
	}
}

// join takes a free turn and returns nil, or queues and returns what to wait for.
func (t *turns) join(p Priority) chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.taken {
		t.taken = true
		return nil
	}
	ready := make(chan struct{})
	t.queues[p] = append(t.queues[p], ready)
	return ready
}

// leave gives up waiting, or passes on a turn that arrived at the same moment.
func (t *turns) leave(p Priority, ready chan struct{}) {
	t.mu.Lock()
	at := slices.Index(t.queues[p], ready)
	if at >= 0 {
		t.queues[p] = slices.Delete(t.queues[p], at, at+1)
	}
	t.mu.Unlock()
	if at < 0 {
		t.give()
	}
}

// give hands the turn to the next in line.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	p, waiting := t.next()
	if !waiting {
		t.taken = false
		return
	}
	close(t.queues[p][0])
	t.queues[p] = t.queues[p][1:]
}

// next is the highest priority that somebody waits with, but for a routine caller whose
// patience is at its end, and for anybody after some stops in a row.
func (t *turns) next() (next Priority, waiting bool) {
	first, waiting := t.highest(Stopping)
	if first != Stopping {
		t.stops = 0
		return t.patient(first), waiting
	}
	other, others := t.highest(Sending)
	if !others || t.stops < stopsInARow {
		t.stops++
		return t.patient(first), waiting
	}
	t.stops = 0
	return t.patient(other), true
}

// highest is the highest priority up to a limit that somebody waits with.
func (t *turns) highest(limit Priority) (highest Priority, waiting bool) {
	for p, queue := range t.queues[:limit+1] {
		if len(queue) > 0 {
			highest, waiting = Priority(p), true
		}
	}
	return highest, waiting
}

// patient is who comes next in place of a routine caller, or that one.
func (t *turns) patient(next Priority) Priority {
	switch {
	case len(t.queues[Routine]) == 0 || next == Routine:
		t.passed = 0
	case t.passed >= patience:
		t.passed = 0
		return Routine
	default:
		t.passed++
	}
	return next
}
