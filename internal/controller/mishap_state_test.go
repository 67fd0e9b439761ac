package controller_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

var frozenCard = remoteCard(func(c *issuer.Card) { c.State = issuer.StateFrozen })

// justFrozen is a world whose card was frozen a moment ago and whose list does not show it.
func justFrozen(t *testing.T, change ...func(*v1alpha1.VirtualCard)) (*world, *v1alpha1.VirtualCard) {
	t.Helper()
	card := issuedCard(append(change, freezing)...)
	w := newWorld(t, card)
	w.bank.cards = []issuer.Card{remoteCard()}
	w.round(card)
	expect(w, card, outcome{reason: v1alpha1.ReasonReady, sent: []string{"FreezeCard"}})
	w.bank.cards = []issuer.Card{remoteCard()}
	w.told = nil
	w.clock.Advance(time.Second)
	return w, card
}

// looks makes rounds for as long as lists may lag, and one more.
func (w *world) looks(card *v1alpha1.VirtualCard, d time.Duration) {
	w.t.Helper()
	for end := w.clock.Now().Add(d); w.clock.Now().Before(end); {
		w.account().Mirror.TouchCards("c-1")
		w.round(card)
		w.clock.Advance(3 * time.Second)
	}
}

func noDrift(w *world) {
	w.t.Helper()
	if w.hasTold(v1alpha1.EventDrift) || w.hasTold(v1alpha1.ReasonRejected) {
		w.t.Errorf("told %q", w.told)
	}
}

func (w *world) tells(event string) {
	w.t.Helper()
	if !slices.ContainsFunc(w.told, func(told string) bool { return strings.HasPrefix(told, event) }) {
		w.t.Errorf("told %q, not %q", w.told, event)
	}
}

// The card itself shows what was set; its list does for a while and then does not again.
func TestAListThatLagsIsNotSomebodyElse(t *testing.T) {
	w, card := justFrozen(t)
	w.bank.alone = frozenCard
	w.looks(card, 20*time.Second)
	w.bank.cards = []issuer.Card{frozenCard}
	w.looks(card, 6*time.Second)
	w.bank.cards = []issuer.Card{remoteCard()}
	w.looks(card, 10*time.Second)
	expect(w, card, outcome{reason: v1alpha1.ReasonReady, says: "frozen, as asked", sent: []string{"FreezeCard"}})
	noDrift(w)
	if got, _ := now(w, card); got.Status.State != string(issuer.StateFrozen) {
		t.Errorf("state %s", got.Status.State)
	}
}

// An issuer that changes a card some time after it said yes is waited for. What it never does
// is asked for again; then it is said, though nobody can tell whose doing it is.
func TestAChangeThatDoesNotShowIsWaitedFor(t *testing.T) {
	for name, prepare := range map[string]func(*world){
		"the card itself lags too":  func(*world) {},
		"no single card is shown":   fails("GetCard", 0, unsupported()),
		"the issuer is away for it": fails("GetCard", 0, down()),
	} {
		t.Run(name, func(t *testing.T) {
			w, card := justFrozen(t)
			prepare(w)
			w.looks(card, engine.DefaultTiming.ListingLag-5*time.Second)
			expect(w, card, outcome{reason: v1alpha1.ReasonPending, step: v1alpha1.ConditionSynced, says: "still shows it as Active", sent: []string{"FreezeCard"}})
			noDrift(w)
			w.looks(card, 15*time.Second)
			expectSent(w, []string{"FreezeCard", "FreezeCard"})
			w.tells("Drift: the issuer accepted to set the card's state to Frozen and shows Active: somebody else set it, or it was never done")
			w.bank.cards = []issuer.Card{frozenCard}
			w.round(card)
			expect(w, card, outcome{reason: v1alpha1.ReasonReady, sent: []string{"FreezeCard", "FreezeCard"}})
		})
	}
}

// Who asks for another state meanwhile does not wait, and the list is not taken for its effect.
func TestAnotherStateDoesNotWaitForTheOneBefore(t *testing.T) {
	w, card := justFrozen(t)
	changeAny(w, card, func(o client.Object) {
		if c, ok := o.(*v1alpha1.VirtualCard); ok {
			c.Spec.State = v1alpha1.CardActive
			c.Generation++
		}
	})
	w.round(card)
	expect(w, card, outcome{reason: v1alpha1.ReasonReady, sent: []string{"FreezeCard", "UnfreezeCard"}})
	noDrift(w)
}

// What somebody else does is reported and undone at once where the issuer has shown the change
// before, and once lists had their time.
func TestSomebodyElseIsReportedAfterAnOwnChange(t *testing.T) {
	for name, after := range map[string]time.Duration{"soon": 3 * time.Second, "later": engine.DefaultTiming.ListingLag} {
		t.Run(name, func(t *testing.T) {
			w, card := justFrozen(t)
			w.bank.cards = []issuer.Card{frozenCard}
			w.looks(card, after)
			noDrift(w)
			w.bank.cards = []issuer.Card{remoteCard()}
			w.looks(card, 3*time.Second)
			expectSent(w, []string{"FreezeCard", "FreezeCard"})
			w.tells("Drift: somebody else set the card's state to Active")
		})
	}
}

// The issuer's own block, and a closed card, are said at once.
func TestTheIssuersOwnBlockIsNoLag(t *testing.T) {
	for state, reason := range map[issuer.State]string{issuer.StateControl: v1alpha1.ReasonControlled, issuer.StateInactive: v1alpha1.ReasonClosed} {
		for _, alone := range []bool{false, true} {
			w, card := justFrozen(t)
			stopped := remoteCard(func(c *issuer.Card) { c.State = state })
			if w.bank.alone = stopped; !alone {
				w.bank.cards = []issuer.Card{stopped}
			}
			w.looks(card, time.Second)
			expect(w, card, outcome{reason: reason, step: v1alpha1.ConditionSynced, sent: []string{"FreezeCard"}})
		}
	}
}
