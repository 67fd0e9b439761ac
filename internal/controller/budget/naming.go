package budget

import (
	"time"

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

// tried is a naming after one more try.
func (n naming) tried(now time.Time, err error) naming {
	if n.first.IsZero() {
		n.first = now
	}
	n.last, n.err = now, err
	return n
}
