package world

import (
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qbit"
)

// Options are what a world is like. The zero value is an issuer that is quick, lists at
// once and replays nothing, and one operator process.
type Options struct {
	// Seed settles everything that is left to chance: latencies, and the issuer's ids.
	Seed uint64
	// Speaks is the dialect.
	Speaks Speech
	// Issuer is how the issuer behaves: lags, delays, fees.
	Issuer ledger.Options
	// Dialect is what it replays and lists where it speaks Qbit v1.
	Dialect qbit.Options
	// Replicas is the number of processes that may lead; 0 means one, which is started
	// again after it died.
	Replicas int
	// Skew is by how much the processes' clocks are ahead of the issuer's.
	Skew time.Duration
	// WatchLag is the longest time until a cache hears of a change. Default 50 ms.
	WatchLag time.Duration
	// OldCaches is by how many changes of each kind a new process's first list is behind.
	OldCaches int
	// Faults, by the number of their boundary.
	Faults []Fault
	// CallTimeout is spec.assumptions.callTimeout of the CardIssuer, after which the
	// network gives up. Default 15 s.
	CallTimeout time.Duration
	// Tell is told the story line by line; nil means nobody listens.
	Tell func(line string)
}

func (o Options) withDefaults() Options {
	if o.WatchLag == 0 {
		o.WatchLag = 50 * time.Millisecond
	}
	if o.CallTimeout == 0 {
		o.CallTimeout = 15 * time.Second
	}
	return o
}

// LeaseDuration is how long a leader that is not heard of keeps its lease.
const LeaseDuration = 15 * time.Second
