package controller_test

import (
	"slices"
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

func deletedCard(c *v1alpha1.VirtualCard) { deleted(c) }

func policy(p v1alpha1.CardDeletionPolicy) func(*v1alpha1.VirtualCard) {
	return func(c *v1alpha1.VirtualCard) { c.Spec.DeletionPolicy = p }
}

func orphan(c *v1alpha1.VirtualCard) {
	c.Annotations = map[string]string{v1alpha1.AnnotationOrphan: "true"}
}

// held says that an object still has its finalizer.
func held[T v1alpha1.Object](w *world, o T) bool {
	stored, gone := now(w, o)
	return !gone && slices.Contains(stored.GetFinalizers(), v1alpha1.Finalizer)
}

// A deleted card stays until its deletionPolicy is known to be carried out.
func TestWhatKeepsADeletedCard(t *testing.T) {
	fails := func(what string, err error) func(*world) { return func(w *world) { w.breaks(what, 0, err) } }
	const way = v1alpha1.AnnotationOrphan + "=true"
	for name, c := range map[string]struct {
		card  *v1alpha1.VirtualCard
		world func(*world)
		want  outcome
	}{
		"its Secret cannot be removed": {issuedCard(deletedCard, withSecret), fails("get PartialObjectMetadata", errAway),
			outcome{reason: v1alpha1.ReasonReconcileError}},
		"no connection": {issuedCard(deletedCard), fails("Dial", down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"the cards cannot be read": {issuedCard(deletedCard), fails("ListCards", down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"it is no longer listed": {issuedCard(deletedCard), func(w *world) { w.bank.cards = nil }, outcome{reason: v1alpha1.ReasonMissing, says: way}},
		"the close fails": {issuedCard(deletedCard), fails("CloseCard", down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way, sent: []string{"CloseCard"}}},
		"the close's answer is lost": {issuedCard(deletedCard), fails("CloseCard", lost()),
			outcome{reason: v1alpha1.ReasonOutcomeUnknown, says: way, sent: []string{"CloseCard"}}},
		"the freeze is refused": {issuedCard(deletedCard, policy(v1alpha1.CardFreeze)), fails("FreezeCard", refusal()),
			outcome{reason: v1alpha1.ReasonRejected, says: way, sent: []string{"FreezeCard"}}},
		"the close must show": {issuedCard(deletedCard), nil, outcome{reason: v1alpha1.ReasonDeleting, sent: []string{"CloseCard"}}},
		"suspended": {issuedCard(deletedCard, func(c *v1alpha1.VirtualCard) { c.Spec.Suspend = true }), nil,
			outcome{reason: v1alpha1.ReasonSuspended, says: "would close card c-1"}},
		"an order under way cannot be looked for": {ordered(deletedCard), fails("ListCards", down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"an order under way is not certain": {ordered(deletedCard), func(w *world) { w.bank.cards = nil },
			outcome{reason: v1alpha1.ReasonOutcomeUnknown, says: way}},
		"a lost card cannot be looked for": {newCard(deletedCard), fails("ListCards", down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"a lost card shows twice": {newCard(deletedCard), func(w *world) {
			w.bank.cards = append(w.bank.cards, remoteCard(func(c *issuer.Card) { c.ID = "c-2" }))
		}, outcome{reason: v1alpha1.ReasonConflict, says: "2 open cards"}},
		"a lost card may not be listed yet": {newCard(deletedCard), func(w *world) { w.bank.cards = nil },
			outcome{reason: v1alpha1.ReasonSettling, says: "can be believed"}},
		"an adopted one cannot be looked for":    {newCard(deletedCard, adopting), fails("ListCards", down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"whose an adopted one is cannot be read": {newCard(deletedCard, adopting), fails("list VirtualCardList", errAway), outcome{reason: v1alpha1.ReasonReconcileError, says: way}},
		"a lost card is found":                   {newCard(deletedCard), nil, outcome{reason: v1alpha1.ReasonDeleting, sent: []string{"CloseCard"}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.card)
			w.bank.cards = []issuer.Card{remoteCard()}
			if c.world != nil {
				c.world(w)
			}
			after := w.round(c.card)
			expect(w, c.card, c.want)
			if !held(w, c.card) || after <= 0 {
				t.Errorf("it must stay, and be looked at again: after %v", after)
			}
		})
	}
}

func TestADeletedCardGoes(t *testing.T) {
	closed := func(c *issuer.Card) { c.State = issuer.StateInactive }
	for name, c := range map[string]struct {
		card  *v1alpha1.VirtualCard
		cards []issuer.Card
		world func(*world)
	}{
		"closed":                                 {issuedCard(deletedCard), []issuer.Card{remoteCard(closed)}, nil},
		"left as it is":                          {issuedCard(deletedCard, policy(v1alpha1.CardRetain)), []issuer.Card{remoteCard()}, nil},
		"left as it is, though it is not listed": {issuedCard(deletedCard, policy(v1alpha1.CardRetain)), nil, nil},
		"adopted, and another's now":             {newCard(deletedCard, adopting), []issuer.Card{remoteCard()}, func(w *world) { w.create(issuedCard(olderCard)) }},
		"given up":                               {issuedCard(deletedCard, orphan), []issuer.Card{remoteCard()}, func(w *world) { w.breaks("ListCards", 0, down()) }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.card)
			w.bank.cards = c.cards
			if c.world != nil {
				c.world(w)
			}
			w.round(c.card)
			if held(w, c.card) || len(w.bank.sent) != 0 {
				t.Errorf("sent %q", w.bank.sent)
			}
		})
	}
}

// A close that was accepted and does not show is asked for less and less often, and in the
// end a person is told.
func TestAnAcceptedCloseThatDoesNotShow(t *testing.T) {
	card := issuedCard(deletedCard)
	w := newWorld(t, card)
	w.bank.cards, w.bank.unlisted = []issuer.Card{remoteCard()}, true
	after := w.round(card)
	expect(w, card, outcome{reason: v1alpha1.ReasonDeleting, says: "waiting", sent: []string{"CloseCard"}})
	w.clock.Advance(after / 2)
	w.round(card)
	expect(w, card, outcome{reason: v1alpha1.ReasonDeleting, says: "waiting", sent: []string{"CloseCard"}})
	for began := w.clock.Now(); w.clock.Now().Sub(began) < engine.DefaultTiming.Patience; {
		w.clock.Advance(w.round(card))
	}
	w.round(card)
	got, _ := now(w, card)
	if c := engine.ConditionOf(got, v1alpha1.ConditionStalled); c == nil || c.Reason != v1alpha1.ReasonDeleting || !held(w, card) || len(w.bank.sent) > 20 {
		t.Errorf("%+v after %d calls", c, len(w.bank.sent))
	}
}

// The order of a card that is no longer wanted is looked for until it is certain that it
// never came, and is not sent again.
func TestAnUnwantedOrderIsNotSentAgain(t *testing.T) {
	card := ordered(deletedCard)
	w := newWorld(t, card)
	began := w.clock.Now()
	for range 100 {
		if !held(w, card) {
			break
		}
		w.clock.Advance(w.round(card))
	}
	timing := engine.DefaultTiming
	if held(w, card) || len(w.bank.sent) != 0 {
		t.Fatalf("held %v, sent %q", held(w, card), w.bank.sent)
	}
	if took := w.clock.Now().Sub(began); took < timing.InFlight()+timing.IssuingLag {
		t.Errorf("an absence was believed after %v", took)
	}
}

// The finalizer is the last thing to go, and a write that fails is tried again.
func TestAReleaseThatFails(t *testing.T) {
	card := issuedCard(deletedCard)
	w := newWorld(t, card)
	w.bank.cards = []issuer.Card{remoteCard(func(c *issuer.Card) { c.State = issuer.StateInactive })}
	w.breaks("patch VirtualCard", 1, conflict())
	if after := w.round(card); !held(w, card) || after <= 0 || after > time.Second {
		t.Fatalf("again after %v", after)
	}
	w.round(card)
	if held(w, card) || len(w.bank.sent) != 0 {
		t.Errorf("sent %q", w.bank.sent)
	}
}
