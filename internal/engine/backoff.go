package engine

import (
	"hash/fnv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// failures remembers since when each object has been failing for one reason.
type failures struct {
	mu    sync.Mutex
	since map[types.NamespacedName]failure
}

type failure struct {
	severity   Severity
	generation int64
	began      time.Time
}

// note returns for how long the object has been failing with this severity. A new spec
// begins anew.
func (f *failures) note(key types.NamespacedName, p *Problem, generation int64, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.since == nil {
		f.since = map[types.NamespacedName]failure{}
	}
	was, known := f.since[key]
	if !known || was.severity != p.lasting() || was.generation != generation {
		f.since[key] = failure{severity: p.lasting(), generation: generation, began: now}
		return 0
	}
	return now.Sub(was.began)
}

// lasting is the severity by which a failing counts as one: a repeat that is being made sure of
// is part of the refusals before and after it, so that the repeats come ever less often.
func (p *Problem) lasting() Severity {
	if p.makesSure() {
		return Refused
	}
	return p.Severity
}

// makesSure reports whether an order was refused and that is not certain yet.
func (p *Problem) makesSure() bool {
	return p.Severity == Waiting && p.Reason == v1alpha1.ReasonRejected
}

func (f *failures) forget(key types.NamespacedName) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.since, key)
}

// bounds of the delay per severity. The cap is short because whoever mends the cause
// is waiting.
var bounds = map[Severity]struct{ least, most time.Duration }{
	Waiting:   {30 * time.Second, 5 * time.Minute},
	Transient: {time.Second, 2 * time.Minute},
	Refused:   {10 * time.Second, 5 * time.Minute},
	Stalled:   {2 * time.Minute, 5 * time.Minute},
	outdated:  {200 * time.Millisecond, 30 * time.Second},
	lagging:   {20 * time.Millisecond, 5 * time.Second},
}

// outdated is a round that worked on an object which has changed meanwhile. Mostly the next
// sees the change; a cache that has stopped makes every round like it.
const outdated Severity = -1

// lagging is a cache that does not have yet what this process wrote.
const lagging Severity = -2

// delay until the next try: as long again as the failing has lasted, within bounds. A
// delay that the problem brings along is kept; what the issuer asks for while it fails
// is the least.
func delay(p *Problem, failing time.Duration) time.Duration {
	b := bounds[p.Severity]
	d := max(min(max(failing, b.least), b.most), p.After)
	if p.After > 0 && p.Severity != Transient {
		d = p.After
	}
	if p.Latest > 0 {
		d = min(d, p.Latest)
	}
	return d
}

// Spread adds up to a fifth to an interval, by the object's identity, so that objects
// that started together do not stay together.
func Spread[K ~string](interval time.Duration, key K) time.Duration {
	if interval <= 0 {
		return 0
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(key))
	return interval + interval/5*time.Duration(h.Sum32()%1000)/1000
}

// sweepsPerLook is how many of the account's sweeps there are between two looks of an object
// that has what it wants. The sweeps wake it when its row changes; its own look is for what
// no list shows.
const sweepsPerLook = 10

// Routine is when an object that has what it wants looks again by itself.
func Routine[K ~string](syncInterval time.Duration, key K) time.Duration {
	return Spread(sweepsPerLook*syncInterval, key)
}
