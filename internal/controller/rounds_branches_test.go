package controller_test

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// rounds are cases of one round each: an object, what is the matter in its world, and what
// must come of it.
type rounds map[string]struct {
	object v1alpha1.LedgerObject
	world  func(*world)
	want   outcome
}

// rule is what must hold after every round of a table; o is the object as it was before.
type rule func(w *world, o v1alpha1.LedgerObject, after time.Duration)

// run plays every case in a world of its own, which given prepares.
func (cases rounds) run(t *testing.T, given func(*world), holds rule) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.object)
			w.prepare(given, c.world)
			after := w.round(c.object)
			expect(w, c.object, c.want)
			if holds != nil {
				holds(w, c.object, after)
			}
		})
	}
}

func (w *world) prepare(steps ...func(*world)) {
	for _, step := range steps {
		if step != nil {
			step(w)
		}
	}
}

// sameID is the rule that an object stands for no other remote object than before.
func sameID(w *world, o v1alpha1.LedgerObject, _ time.Duration) {
	w.t.Helper()
	if got, _ := now(w, o); idOf(got) != idOf(o) {
		w.t.Errorf("id %q, before %q", idOf(got), idOf(o))
	}
}

// idle is the rule that nothing was begun, and that the object is looked at again.
func idle(w *world, o v1alpha1.LedgerObject, after time.Duration) {
	w.t.Helper()
	sameID(w, o, after)
	if got, _ := now(w, o); got.Ledger().Intent != nil || after <= 0 {
		w.t.Errorf("nothing is under way: %+v, again after %v", got.Ledger(), after)
	}
}

// notAdopted is the rule that the object did not take what it asks for.
func notAdopted(w *world, o v1alpha1.LedgerObject, after time.Duration) {
	w.t.Helper()
	if idle(w, o, after); w.hasTold(v1alpha1.EventAdopted) {
		w.t.Errorf("told %q", w.told)
	}
}

// underWay is the rule that an order was sent, or may have been, and has not shown.
func underWay(w *world, o v1alpha1.LedgerObject, after time.Duration) {
	w.t.Helper()
	sameID(w, o, after)
	if got, _ := now(w, o); got.Ledger().Intent == nil || after <= 0 {
		w.t.Errorf("it stays under way: again after %v", after)
	}
}

// shown is the rule that an order was found to have had its effect.
func shown(w *world, o v1alpha1.LedgerObject, _ time.Duration) {
	w.t.Helper()
	id := map[string]string{"VirtualCard": "c-1", "Budget": "b-1", "Beneficiary": "r-1"}[kindOf(o)]
	if got, _ := now(w, o); got.Ledger().Intent != nil || idOf(got) != id {
		w.t.Errorf("it is known: %+v, id %q, want %q", got.Ledger(), idOf(got), id)
	}
}

// stays is the rule that a deleted object is not let go yet.
func stays(w *world, o v1alpha1.LedgerObject, after time.Duration) {
	w.t.Helper()
	if !held(w, o) || after <= 0 {
		w.t.Errorf("it must stay, and be looked at again: held %v, after %v", held(w, o), after)
	}
}

// departures are cases of deleted objects that must go in the end.
type departures map[string]struct {
	object v1alpha1.LedgerObject
	world  func(*world)
	want   departure
}

type departure struct {
	// waits is for how long an absence must be looked for; 0: the first round lets it go.
	waits time.Duration
	// sent are the calls with an effect; nil means none.
	sent []string
	// orphaned: an Event says that something is no longer tracked.
	orphaned bool
}

// run plays every case in a world of its own, which given prepares.
func (cases departures) run(t *testing.T, given func(*world)) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.object)
			w.prepare(given, c.world)
			rounds := w.runFor(time.Hour, c.object)
			if held(w, c.object) || rounds > 100 {
				stored, _ := now(w, c.object)
				t.Fatalf("held %v after %d rounds: %s", held(w, c.object), rounds, root(stored))
			}
			took := w.clock.Now().Sub(epoch)
			if took < c.want.waits || (took == 0) != (c.want.waits == 0) {
				t.Errorf("it went after %v, want at least %v", took, c.want.waits)
			}
			expectSent(w, c.want.sent)
			if told := w.hasTold(v1alpha1.EventOrphaned); told != c.want.orphaned {
				t.Errorf("told %q", w.told)
			}
		})
	}
}
