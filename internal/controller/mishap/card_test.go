package mishap

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
)

func newCard(state v1alpha1.CardState, finalizers ...string) *v1alpha1.VirtualCard {
	return &v1alpha1.VirtualCard{ObjectMeta: named(finalizers...), Spec: v1alpha1.VirtualCardSpec{IssuerRef: ref, Type: v1alpha1.CardTypePrepaid, BIN: "493193", State: state}}
}

// issued is a card whose status knows it.
func issued(state v1alpha1.CardState) *v1alpha1.VirtualCard {
	o := newCard(state, v1alpha1.Finalizer)
	o.Status.ID, o.Status.ObservedGeneration, o.Status.Funded, o.Status.Held = "card-0", 1, "0.00", "0.00"
	return o
}

func remote(state issuer.State) issuer.Card {
	return issuer.Card{ID: "card-0", Type: issuer.Prepaid, BIN: "493193", State: state, LastFour: "1234"}
}

func token(incarnation int64) string {
	return id.Token("fleet", "VirtualCard", "ads", "x", incarnation)
}

func TestABudgetCardSettlesOnce(t *testing.T) {
	o := newCard(v1alpha1.CardActive)
	o.Spec.Type = v1alpha1.CardTypeBudget
	b := newBench(t, o)
	card := remote(issuer.StateActive)
	card.Type, card.Label = issuer.BudgetCard, "x-"+token(0)
	b.bank.cards = []issuer.Card{card}
	if rounds := b.runFor(time.Hour, b.cards()); rounds > 200 {
		t.Errorf("%d rounds in an hour", rounds)
	}
}

func TestAFreezeDoesNotWaitForBalances(t *testing.T) {
	o := issued(v1alpha1.CardFrozen)
	o.Status.Balance = &v1alpha1.Balance{Available: "7.00"}
	b := newBench(t, o)
	card := remote(issuer.StateActive)
	card.BalanceID = "b"
	b.bank.cards = []issuer.Card{card}
	b.bank.balanceErr = &issuer.Error{Class: issuer.Unavailable, Op: "list balances", Status: 500}
	b.cards()()
	if b.bank.calls["FreezeCard"] != 1 {
		t.Error("it is frozen in the first round")
	}
	if b.x(o); o.Status.Balance == nil || o.Status.Balance.Available != "7.00" {
		t.Error("what is not known stays as it was last seen")
	}
}

func TestACloseIsSentEverLessOftenAndThenAPersonIsAsked(t *testing.T) {
	o := issued(v1alpha1.CardActive)
	b := newBench(t, o)
	b.bank.cards = []issuer.Card{remote(issuer.StateActive)}
	b.delete(o)
	b.x(o)
	b.clock.Advance(o.DeletionTimestamp.Sub(b.clock.Now())) // the fake API server has the time of day
	next := b.cards()
	b.runFor(20*time.Minute, next)
	b.says(o, "Deleting", "waiting until")
	b.runFor(40*time.Minute, next)
	if calls := b.bank.calls["CloseCard"]; calls < 5 || calls > 30 {
		t.Errorf("%d closes in an hour", calls)
	}
	b.says(o, "Deleting", "ask the issuer", "card-0", v1alpha1.AnnotationOrphan+"=true")
	before := b.bank.calls["CloseCard"]
	for range 20 { // somebody asks to look, again and again
		next()
	}
	if b.bank.calls["CloseCard"] > before+1 {
		t.Error("looking sends nothing")
	}
	b.bank.cards[0].State = issuer.StateInactive
	b.runFor(10*time.Minute, next)
	if b.x(o) {
		t.Errorf("it goes when the card is closed: %s", root(o))
	}
}

func TestAnAdoptedCardWithALostStatusIsClosed(t *testing.T) {
	o := newCard(v1alpha1.CardActive, v1alpha1.Finalizer)
	o.Spec.ExternalID = "card-0"
	b := newBench(t, o)
	b.bank.cards = []issuer.Card{remote(issuer.StateActive)}
	b.delete(o)
	next := b.cards()
	next()
	if !b.x(o) || b.bank.calls["CloseCard"] != 1 {
		t.Fatalf("%d closes; %s", b.bank.calls["CloseCard"], root(o))
	}
	b.bank.cards[0].State = issuer.StateInactive
	b.runFor(10*time.Minute, next)
	if b.x(o) {
		t.Error("it goes when the card is closed")
	}
}

func TestAnAdoptedCardThatIsAnothersIsLeftAlone(t *testing.T) {
	o := newCard(v1alpha1.CardActive, v1alpha1.Finalizer)
	o.Spec.ExternalID = "card-0"
	other := issued(v1alpha1.CardActive)
	other.Name, other.UID = "other", "other"
	b := newBench(t, o, other)
	b.bank.cards = []issuer.Card{remote(issuer.StateActive)}
	b.delete(o)
	b.runFor(10*time.Minute, b.cards())
	if b.x(o) || b.bank.calls["CloseCard"] != 0 {
		t.Errorf("%d closes; %s", b.bank.calls["CloseCard"], root(o))
	}
}

// The process died between the finalizer and the first claim: what looks like a lost status
// never was one.
func TestACardCreatedAgainIsOrderedAlthoughTheProcessDied(t *testing.T) {
	old := remote(issuer.StateInactive)
	old.Label, old.CreatedAt = "x-"+token(0), epoch.Add(-time.Hour)
	for name, c := range map[string]struct {
		made  time.Time
		calls int
		says  string
	}{
		"an earlier object's card": {epoch.Add(-time.Hour), 1, "Ready=True"},
		"its own card":             {epoch.Add(time.Minute), 0, "Closed"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newCard(v1alpha1.CardActive, v1alpha1.Finalizer)
			b := newBench(t, o)
			old.CreatedAt = c.made
			b.bank.cards = []issuer.Card{old}
			b.clock.Advance(2 * time.Minute)
			b.runFor(10*time.Minute, b.cards())
			b.says(o, c.says)
			if b.bank.calls["CreateCard"] != c.calls {
				t.Errorf("%d orders", b.bank.calls["CreateCard"])
			}
		})
	}
}

func TestACardOfALaterLifeIsNotLeftBehind(t *testing.T) {
	o := newCard(v1alpha1.CardActive, v1alpha1.Finalizer)
	b := newBench(t, o)
	old := remote(issuer.StateInactive)
	old.Label, old.CreatedAt = "x-"+token(0), epoch.Add(-time.Hour)
	b.bank.cards = []issuer.Card{old}
	b.delete(o)
	next := b.cards()
	next()
	if !b.x(o) {
		t.Fatal("its own card may have been ordered and need not be listed yet")
	}
	own := remote(issuer.StateActive)
	own.ID, own.Label, own.CreatedAt = "card-1", "x-"+token(1), epoch
	b.bank.cards = append(b.bank.cards, own)
	b.runFor(4*time.Minute, next)
	if !b.x(o) || b.bank.calls["CloseCard"] == 0 {
		t.Errorf("it is closed: %s", root(o))
	}
}
