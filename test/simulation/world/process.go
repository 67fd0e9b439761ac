package world

import (
	"context"
	"iter"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/card-operator/card-operator/internal/app"
	"github.com/card-operator/card-operator/test/simulation/apiserver"
)

// Process is one operator process, with memory, caches and a clock of its own.
type Process struct {
	w    *World
	name string
	skew time.Duration

	cache       *apiserver.Cache
	controllers []app.Controller
	queue       queue

	round  *round // the reconcile under way
	stepAt time.Time
	dead   bool
	// wakeAt is the end of a pause of the whole process; cachesAt that of a freeze.
	wakeAt, cachesAt time.Time
	// deposed: another process leads, and this one has not noticed until then.
	deposed time.Time
	doomed  bool // dies when the round under way gives way
	arrives map[apiserver.Kind]time.Time
}

// round is one reconcile, run as a coroutine so that others can go on while it waits.
type round struct {
	item   item
	resume func() (struct{}, bool)
	abort  func()
	yield  func(struct{}) bool
	result reconcile.Result
	err    error
	ended  bool
}

// killed unwinds the stack of a process that dies. It never leaves this package.
type killed struct{}

func (w *World) boot(name string, behind int) *Process {
	p := &Process{w: w, name: name, skew: w.opts.Skew, arrives: map[apiserver.Kind]time.Time{}}
	p.controllers = app.Controllers(app.World{
		Client: apiClient{p: p}, Reader: apiReader{p}, Clock: processClock{p}, Events: recorder{p},
		Observe: w.audit, Dial: app.Dialer(w.hosts, processClock{p}, network{p}), Poke: p.poke,
	})
	w.processes = append(w.processes, p)
	w.log("boot", name, "")
	p.cache = apiserver.NewCache(w.API, behind)
	for i, c := range p.controllers {
		for _, o := range p.cache.All(apiserver.KindOf(c.For)) {
			p.queue.add(key{i, types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetName()}}, w.now)
		}
	}
	for _, kind := range apiserver.Kinds {
		for range p.cache.Behind(kind) {
			p.expect(kind)
		}
	}
	p.schedule()
	return p
}

// expect makes an appointment with the next change of a kind.
func (p *Process) expect(kind apiserver.Kind) {
	at := p.w.now.Add(p.w.lag())
	if last := p.arrives[kind]; at.Before(last) {
		at = last
	}
	p.arrives[kind] = at
	p.w.agenda.put(at, func() { p.receive(kind) })
}

// receive takes in one change, unless the process or its caches stand still.
func (p *Process) receive(kind apiserver.Kind) {
	still := p.wakeAt
	if p.cachesAt.After(still) {
		still = p.cachesAt
	}
	switch {
	case p.dead:
		return
	case still.After(p.w.now):
		p.w.agenda.put(still, func() { p.receive(kind) })
		return
	}
	if change, ok := p.cache.Next(kind); ok {
		p.spread(change)
		p.schedule()
	}
}

// poke makes a controller look at an object now, as the manager's pokes do.
func (p *Process) poke(_ context.Context, controller string, object types.NamespacedName) {
	for i, c := range p.controllers {
		if c.Name == controller {
			p.queue.add(key{i, object}, p.w.now)
		}
	}
	p.schedule()
}

// spread puts what a change concerns into the queue, as the manager's watches do.
func (p *Process) spread(change apiserver.Change) {
	subject := change.After
	if subject == nil {
		subject = change.Before
	}
	for i, c := range p.controllers {
		if apiserver.KindOf(c.For) == change.Key.Kind && passes(c.Wakes, change) {
			p.queue.add(key{i, types.NamespacedName{Namespace: change.Key.Namespace, Name: change.Key.Name}}, p.w.now)
		}
		for _, watch := range c.Watches {
			if apiserver.KindOf(watch.Object) != change.Key.Kind || !passes(watch.When, change) {
				continue
			}
			for _, request := range watch.Map(context.Background(), subject) {
				p.queue.add(key{i, request.NamespacedName}, p.w.now)
			}
		}
	}
}

func passes(when predicate.Predicate, change apiserver.Change) bool {
	switch {
	case when == nil:
		return true
	case change.Before == nil:
		return when.Create(event.CreateEvent{Object: change.After})
	case change.After == nil:
		return when.Delete(event.DeleteEvent{Object: change.Before})
	default:
		return when.Update(event.UpdateEvent{ObjectOld: change.Before, ObjectNew: change.After})
	}
}

// relist starts the caches over.
func (p *Process) relist() {
	for _, kind := range apiserver.Kinds {
		for _, change := range p.cache.Relist(kind) {
			p.spread(change)
		}
	}
}

// schedule makes sure that the process looks at its queue when something is due.
func (p *Process) schedule() {
	due, some := p.queue.due()
	if !some || p.round != nil || p.dead {
		return
	}
	if due.Before(p.w.now) {
		due = p.w.now
	}
	if due.Before(p.wakeAt) {
		due = p.wakeAt
	}
	if !p.stepAt.IsZero() && !due.Before(p.stepAt) {
		return
	}
	p.stepAt = due
	p.w.agenda.put(due, func() {
		if p.stepAt.Equal(due) {
			p.stepAt = time.Time{}
			p.step()
		}
	})
}

// step begins the next round, if one is due.
func (p *Process) step() {
	switch {
	case p.dead || p.round != nil:
		return
	case !p.deposed.IsZero() && !p.deposed.After(p.w.now):
		p.die()
		return
	case p.wakeAt.After(p.w.now):
		p.schedule()
		return
	}
	next, ok := p.queue.take(p.w.now)
	if !ok {
		p.schedule()
		return
	}
	p.begin(next)
}

// roomy makes the stack of a new coroutine grow once and not five times, which would take a
// fourteenth of a campaign.
//
//go:noinline
func roomy(n int) byte {
	var room [20 << 10]byte
	room[n%len(room)] = 1 // an array that nobody writes to would be none
	return room[n/2%len(room)]
}

func (p *Process) begin(next item) {
	r := &round{item: next}
	r.resume, r.abort = iter.Pull(func(yield func(struct{}) bool) {
		r.yield = yield
		defer p.rest(r)
		roomy(p.w.Rounds)
		ctx := p.w.context()
		r.result, r.err = p.controllers[next.key.controller].Run.Reconcile(ctx, reconcile.Request{NamespacedName: next.key.name})
		r.ended = true
	})
	p.round = r
	p.w.Rounds++
	p.w.log("reconcile", p.name, p.controllers[next.key.controller].Name+" "+next.key.name.Name)
	p.proceed()
}

// rest ends a coroutine whose process was killed.
func (p *Process) rest(r *round) {
	if r.ended {
		return
	}
	if cause := recover(); cause != nil {
		if _, ok := cause.(killed); !ok {
			r.err = crash{cause}
			p.w.fail("panic in %s: %v", p.controllers[r.item.key.controller].Name, cause)
		}
	}
}

// proceed lets the round go on until it waits or ends.
func (p *Process) proceed() {
	r := p.round
	if r == nil || p.dead {
		return
	}
	if p.wakeAt.After(p.w.now) {
		p.w.agenda.put(p.wakeAt, p.proceed)
		return
	}
	if _, waiting := r.resume(); waiting {
		return
	}
	p.round = nil
	if p.doomed || !r.ended {
		p.die()
		return
	}
	p.conclude(r)
}

// conclude puts the object back into the queue as controller-runtime does.
func (p *Process) conclude(r *round) {
	switch {
	case r.err != nil:
		p.queue.add(r.item.key, p.w.now.Add(time.Second))
	case r.result.RequeueAfter > 0:
		p.queue.add(r.item.key, p.w.now.Add(r.result.RequeueAfter))
	}
	p.schedule()
}

// sleep lets the others go on for d. The process may be dead afterwards.
func (p *Process) sleep(d time.Duration) {
	if d <= 0 && !p.wakeAt.After(p.w.now) {
		return
	}
	p.w.agenda.put(p.w.now.Add(d), p.proceed)
	if !p.round.yield(struct{}{}) {
		panic(killed{})
	}
}

// die ends the process; the world sees to a successor.
func (p *Process) die() {
	if p.dead {
		return
	}
	p.dead = true
	if r := p.round; r != nil {
		p.round = nil
		r.abort()
	}
	p.w.log("dead", p.name, "")
	p.w.buried(p)
}

type crash struct{ cause any }

func (c crash) Error() string { return "panic" }

func nameOf(n int) string { return "operator-" + strconv.Itoa(n) }
