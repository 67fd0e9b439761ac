package budget

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/mirror"
)

// naming is what this process knows of giving a budget a name that does not show yet. A name
// may be set twice, so a process that knows nothing may send it once more.
type naming struct {
	wish        wish
	first, last time.Time
	// err is what the latest try came to; nil was a yes.
	err error
}

// wish is a name and whose word it is. Another one is sent at once: a new spec, a person who asks
// to look now, or a new connection, after spec.interlace.renameMethod was corrected.
type wish struct {
	name, asked string
	generation  int64
	through     *mirror.Mirror
}

// slowestNaming is the longest time between two tries.
const slowestNaming = 5 * time.Minute

// unnamed is for how long a drained budget is tried to be marked before it may go without.
const unnamed = 10 * time.Minute

// due is when the name may be sent again: after as long again as it has been tried.
func (n naming) due(poll time.Duration) time.Time {
	if n.last.IsZero() {
		return time.Time{}
	}
	return n.last.Add(min(max(n.last.Sub(n.first), poll), slowestNaming))
}

// problem is what the latest try met; nil is none.
func (n naming) problem() *engine.Problem {
	if n.err == nil {
		return nil
	}
	return engine.Explain(engine.Repeatable(n.err))
}

// namings are those of all budgets.
type namings struct {
	mu    sync.Mutex
	known map[types.UID]naming
}

func (n *namings) of(budget types.UID, w wish) naming {
	n.mu.Lock()
	defer n.mu.Unlock()
	if tried := n.known[budget]; tried.wish == w {
		return tried
	}
	return naming{wish: w}
}

func (n *namings) note(budget types.UID, tried naming, now time.Time, err error) naming {
	n.mu.Lock()
	defer n.mu.Unlock()
	if tried.first.IsZero() {
		tried.first = now
	}
	tried.last, tried.err = now, err
	if n.known == nil {
		n.known = map[types.UID]naming{}
	}
	n.known[budget] = tried
	return tried
}

func (n *namings) forget(budget types.UID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.known, budget)
}
