package engine

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// Notes are what this process remembers of objects beside their status, by UID: how often
// something that may be repeated was tried, for one. Another process knows nothing of it, so
// nothing may be unsafe without. The zero value remembers nothing, and a zero T is nothing to
// remember.
type Notes[T comparable] struct {
	mu    sync.Mutex
	known map[types.UID]T
}

// Of is what is remembered of an object; the zero T where nothing is.
func (n *Notes[T]) Of(uid types.UID) T {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.known[uid]
}

// Change remembers what change makes of it, and returns that.
func (n *Notes[T]) Change(uid types.UID, change func(T) T) T {
	n.mu.Lock()
	defer n.mu.Unlock()
	var none T
	after := change(n.known[uid])
	if after == none {
		delete(n.known, uid)
		return none
	}
	if n.known == nil {
		n.known = map[types.UID]T{}
	}
	n.known[uid] = after
	return after
}

// Forget forgets an object.
func (n *Notes[T]) Forget(uid types.UID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.known, uid)
}
