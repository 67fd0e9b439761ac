package transport

import (
	"context"
	"slices"
	"sync"
)

// Priority says who goes first through a Gate.
type Priority int

// Priorities. Urgent is what a person waits for, what finishes an intent, and freezes.
// Routine is sweeps.
const (
	Routine Priority = iota
	Urgent
)

type priorityKey struct{}

// WithPriority overrides the priority that an adapter gives to the calls under ctx.
func WithPriority(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, p)
}

func priorityOf(ctx context.Context, byDefault Priority) Priority {
	if p, ok := ctx.Value(priorityKey{}).(Priority); ok {
		return p
	}
	return byDefault
}

// turns is a mutex with two queues. Whoever holds the turn waits for one slot of the
// limiter, so an urgent caller waits behind one routine caller at the most.
type turns struct {
	mu     sync.Mutex
	taken  bool
	queues [2][]chan struct{}
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

// give hands the turn to the next in line, urgent callers first.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for p := Urgent; p >= Routine; p-- {
		if len(t.queues[p]) > 0 {
			close(t.queues[p][0])
			t.queues[p] = t.queues[p][1:]
			return
		}
	}
	t.taken = false
}
