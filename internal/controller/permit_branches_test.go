package controller_test

import (
	"slices"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

// What sets a state at the issuer, by the call that does.
var settings = map[string]struct {
	object v1alpha1.LedgerObject
	world  func(*world)
	list   string
}{
	"FreezeCard":    {issuedCard(freezing), cards(remoteCard()), "ListCards"},
	"UnfreezeCard":  {issuedCard(), cards(remoteCard(func(c *issuer.Card) { c.State = issuer.StateFrozen })), "ListCards"},
	"CloseCard":     {issuedCard(deleted), cards(remoteCard()), "ListCards"},
	"SetCardLimits": {issuedCard(limited), func(w *world) { w.bank.also = []issuer.Feature{issuer.FeatureLimits}; cards(remoteCard())(w) }, "ListCards"},
	"RenameBudget":  {openBudget(renamedBudget), budgets(remoteBudget()), "ListBudgets"},
}

func limited(c *v1alpha1.VirtualCard) {
	c.Spec.Limits = []v1alpha1.SpendingLimit{{Interval: "Day", Amount: "5"}}
}

func renamedBudget(b *v1alpha1.Budget) { b.Spec.DisplayName = "another" }

func (w *world) called(what string) int {
	return len(slices.DeleteFunc(slices.Clone(w.bank.sent), func(call string) bool { return call != what })) + w.asked[what]
}

// A leader that was paused, or whose cache is old, does not undo what a newer one has done
// since: what it knows must be so at the API server, a moment before the call.
func TestNoStateIsSetForAnObjectThatHasChanged(t *testing.T) {
	for call, c := range settings {
		t.Run(call, func(t *testing.T) {
			w := newWorld(t, c.object)
			w.prepare(c.world)
			w.on[c.list] = func(int) {
				w.on[c.list] = nil
				changeAny(w, c.object, func(o client.Object) { o.SetGeneration(o.GetGeneration() + 1) })
			}
			if after := w.round(c.object); w.called(call) != 0 || after <= 0 || after > time.Second {
				t.Errorf("%d calls, again after %v", w.called(call), after)
			}
			if w.round(c.object); w.called(call) == 0 {
				t.Error("then it is done")
			}
		})
	}
}

// The account is slow, and the process is paused after it has looked at the object: the call
// is not sent, and soon tried again.
func TestAStateIsNotSetLate(t *testing.T) {
	for call, c := range settings {
		t.Run(call, func(t *testing.T) {
			w := newWorld(t, c.object)
			w.prepare(c.world)
			w.breaks("get "+kindOf(c.object), 2, errAway)
			w.on[c.list] = func(int) { w.clock.Advance(6 * time.Second) }
			if after := w.round(c.object); w.called(call) != 0 || after <= 0 || after > 10*time.Second {
				t.Errorf("%d calls, again after %v", w.called(call), after)
			}
		})
	}
}

// A list that takes longer than a permit lasts, and an API server that is away, hold up
// nothing that must be done.
func TestAStateIsSetAfterASlowList(t *testing.T) {
	for call, c := range settings {
		for _, away := range []bool{false, true} {
			w := newWorld(t, c.object)
			w.prepare(c.world)
			if away {
				w.breaks("get "+kindOf(c.object), 2, errAway)
			} else {
				w.on[c.list] = func(int) { w.clock.Advance(20 * time.Second) }
			}
			if w.round(c.object); w.called(call) == 0 {
				t.Errorf("%s, API server away %v: it is not done", call, away)
			}
		}
	}
}

func TestNoStateIsSetForAnObjectThatIsGone(t *testing.T) {
	card := issuedCard(freezing)
	w := newWorld(t, card)
	w.bank.cards = []issuer.Card{remoteCard()}
	w.breaks("get VirtualCard", 2, notFound())
	w.round(card)
	expectSent(w, nil)
}

// changeAny changes an object of any kind as it is stored.
func changeAny(w *world, o client.Object, f func(client.Object)) {
	w.t.Helper()
	stored, ok := o.DeepCopyObject().(client.Object)
	if !ok {
		w.t.Fatalf("%T", o)
	}
	w.must(w.api.Get(ctx, client.ObjectKeyFromObject(o), stored))
	f(stored)
	w.must(w.api.Update(ctx, stored))
}
