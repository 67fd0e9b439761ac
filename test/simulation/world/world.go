package world

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/sandbox"
	"github.com/card-operator/card-operator/internal/sandbox/oauth"
	"github.com/card-operator/card-operator/test/simulation/apiserver"
)

// Host is the issuer's address in every world.
const Host = "http://issuer.test"

// start is when every world begins.
var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// World is everything: the API server, the issuer, the operator's processes, and time.
type World struct {
	API    *apiserver.Server
	Issuer *sandbox.Server

	// Calls are the boundaries that were crossed so far, when KeepCalls was set.
	Calls     []Call
	KeepCalls bool
	// Audit holds the engine's records.
	Audit []engine.Record
	// Said holds everything that the operator told people: Events and log lines.
	Said []string
	// Problems are what went wrong with the operator itself: a panic.
	Problems []string
	// Writes and Mutations count the operator's successful writes to the API server and
	// its mutating calls to the issuer.
	Writes, Mutations int
	// Rounds counts reconciles.
	Rounds int
	// Deaths and Leaders count processes that died and that were started.
	Deaths, Leaders int

	// qbitClients and v3Clients are who may log in.
	qbitClients, v3Clients []oauth.Client

	opts       Options
	hosts      transport.AllowList
	wire       http.RoundTripper
	rand       *rand.Rand
	now        time.Time
	agenda     agenda
	processes  []*Process
	faults     map[int]Fault
	boundaries int
	hash       uint64
	logger     logr.Logger
	calm       bool
}

// New returns a world in which nothing has happened; the first process starts at once.
func New(opts Options) (*World, error) {
	opts = opts.withDefaults()
	w := &World{opts: opts, now: start, faults: map[int]Fault{}, hash: 14695981039346656037}
	w.qbitClients, w.v3Clients = clientsWith(sandbox.DefaultClientSecret), clientsWith(sandbox.DefaultInterlaceSecret)
	w.rand = rand.New(rand.NewPCG(opts.Seed, 0x5eed))
	for _, f := range opts.Faults {
		w.faults[f.At] = f
	}
	hosts, err := transport.ParseAllowList([]string{Host})
	if err != nil {
		return nil, err
	}
	w.Issuer, err = sandbox.New(opts.sandboxOptions(w))
	if err != nil {
		return nil, err
	}
	w.hosts, w.wire = hosts, w.Issuer.Transport()
	w.API = apiserver.New(func() time.Time { return w.now })
	w.API.Changed = w.changed
	w.logger = logr.New(listener{w})
	w.agenda.put(start, func() { w.lead(0) })
	return w, nil
}

// Now is the true time.
func (w *World) Now() time.Time { return w.now }

// Boundaries is how many calls have left a process so far.
func (w *World) Boundaries() int { return w.boundaries }

// Hash is the hash of everything that has happened so far.
func (w *World) Hash() uint64 { return w.hash }

// At makes an appointment d after the world began.
func (w *World) At(d time.Duration, do func()) { w.agenda.put(start.Add(d), do) }

// After makes an appointment d from now.
func (w *World) After(d time.Duration, do func()) { w.agenda.put(w.now.Add(d), do) }

// RunFor lets d pass.
func (w *World) RunFor(d time.Duration) { w.RunUntil(w.now.Add(d)) }

// RunUntil lets everything happen that is due before the end.
func (w *World) RunUntil(end time.Time) {
	for len(w.agenda.items) > 0 && !w.agenda.items[0].at.After(end) {
		next := w.agenda.next()
		if next.at.After(w.now) {
			w.now = next.at
		}
		next.run()
	}
	if end.After(w.now) {
		w.now = end
	}
}

// Asleep reports whether a process is still paused.
func (w *World) Asleep() bool {
	for _, p := range w.processes {
		if !p.dead && (p.wakeAt.After(w.now) || p.cachesAt.After(w.now)) {
			return true
		}
	}
	return false
}

// Calm ends all faults: what is planned for later calls does not happen.
func (w *World) Calm() { w.calm = true }

// Close unwinds what is still under way.
func (w *World) Close() {
	for _, p := range w.processes {
		p.dead = true
		if p.round != nil {
			p.round.abort()
		}
	}
	w.Issuer.Close()
}

// lead starts a process, unless another is at work.
func (w *World) lead(number int) {
	for _, p := range w.processes {
		if !p.dead && p.deposed.IsZero() {
			return
		}
	}
	w.Leaders++
	w.boot(nameOf(number), w.opts.OldCaches)
}

// paused sees to a successor of a process that stands still for longer than its lease.
// When it wakes it goes on for a moment before it notices.
func (w *World) paused(p *Process, d time.Duration) {
	if w.opts.Replicas < 2 || d <= LeaseDuration || !p.deposed.IsZero() {
		return
	}
	p.deposed = w.now.Add(d + w.upTo(2*time.Second))
	w.After(LeaseDuration+w.upTo(2*time.Second), func() { w.lead(w.Leaders) })
}

// buried sees to a successor of a process that died.
func (w *World) buried(p *Process) {
	w.Deaths++
	if !p.deposed.IsZero() {
		return
	}
	after := time.Second + w.upTo(9*time.Second)
	if w.opts.Replicas > 1 {
		after = LeaseDuration + w.upTo(2*time.Second)
	}
	w.After(after, func() { w.lead(w.Leaders) })
}

func (w *World) upTo(d time.Duration) time.Duration {
	return time.Duration(w.rand.Int64N(int64(d/time.Millisecond)+1)) * time.Millisecond
}

// latency is half a round trip.
func (w *World) latency() time.Duration { return time.Millisecond + w.upTo(20*time.Millisecond) }

// lag is how long a change takes into a cache.
func (w *World) lag() time.Duration { return time.Millisecond + w.upTo(w.opts.WatchLag) }

func (w *World) faultAt(boundary int) Fault {
	if w.calm {
		return Fault{}
	}
	return w.faults[boundary]
}

// changed tells every process's caches.
func (w *World) changed(c apiserver.Change) {
	for _, p := range w.processes {
		if !p.dead {
			p.expect(c.Key.Kind)
		}
	}
	if c.After == nil || c.Key.Kind == "Secret" {
		w.After(2*time.Second, w.API.CollectGarbage)
	}
	what := "changed"
	if c.After == nil {
		what = "gone"
	}
	w.log(what, string(c.Key.Kind), c.Key.Name)
}

func (w *World) note(p *Process, c Call, f Fault) {
	w.boundaries++
	if w.KeepCalls {
		w.Calls = append(w.Calls, c)
	}
	w.log(p.name, c.Verb, c.Object)
	if f.Do != "" {
		w.log("FAULT", f.String(), "")
	}
}

func (w *World) wrote(Call) { w.Writes++ }

func (w *World) audit(r engine.Record) {
	w.Audit = append(w.Audit, r)
	w.log("intent "+string(r.Transition), r.ID, r.Amount)
}

func (w *World) fail(format string, args ...any) {
	w.Problems = append(w.Problems, fmt.Sprintf(format, args...))
}

// log adds to the trace, and tells it.
func (w *World) log(a, b, c string) {
	w.mix(a, b, c)
	if w.opts.Tell != nil {
		w.opts.Tell(fmt.Sprintf("%12s %5d  %s %s %s", w.now.Sub(start), w.boundaries, a, b, c))
	}
}

// Seal adds to the trace what nobody wants to be told.
func (w *World) Seal(text string) { w.mix(text) }

func (w *World) mix(texts ...string) {
	h := fnv.New64a()
	var stamp [8]byte
	n := w.now.UnixNano() ^ int64(w.hash)
	for i := range stamp {
		stamp[i] = byte(n >> (8 * i))
	}
	_, _ = h.Write(stamp[:])
	for _, s := range texts {
		_, _ = h.Write([]byte(s))
		_, _ = h.Write([]byte{0})
	}
	w.hash = h.Sum64()
}

// Log puts a line of somebody else's into the trace.
func (w *World) Log(what, who, detail string) { w.log(what, who, detail) }

func (w *World) context() context.Context {
	return log.IntoContext(context.Background(), w.logger)
}
