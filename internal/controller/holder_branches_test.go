package controller_test

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
)

func TestNoCardIsOrderedForAPersonWhoMayNotHaveIt(t *testing.T) {
	byID := func(c *v1alpha1.VirtualCard) { c.Spec.CardholderID = "h-9" }
	knows := func(h issuer.Holder) func(*world) { return func(w *world) { w.bank.holders = []issuer.Holder{h} } }
	waits := func(reason, says string) outcome {
		return outcome{reason: reason, step: v1alpha1.ConditionCardholder, says: says}
	}
	rounds{
		"nobody named":              {newCard(), keepsPeople(), waits(v1alpha1.ReasonInvalidSpec, "spec.cardholder is needed")},
		"an id that is nobody's":    {newCard(byID), keepsPeople(), waits(v1alpha1.ReasonMissing, "h-9")},
		"under review":              {newCard(byID), keepsPeople(knows(ada(issuer.HolderPending))), waits(v1alpha1.ReasonPending, "h-9")},
		"found by name and refused": {newCard(forAda), keepsPeople(knows(ada(issuer.HolderInactive))), waits(v1alpha1.ReasonInactive, "h-9")},
		"the list cannot be read":   {newCard(forAda), keepsPeople(fails("ListCardholders", 0, down())), waits(v1alpha1.ReasonIssuerUnavailable, "")},
	}.run(t, nil, func(w *world, o v1alpha1.LedgerObject, after time.Duration) {
		if idle(w, o, after); len(w.bank.registered) != 0 {
			w.t.Error("nobody is registered")
		}
	})
}

func TestAPersonIsRegisteredOnceAndThenTheCardOrdered(t *testing.T) {
	for name, review := range map[string]issuer.HolderState{"at once": issuer.HolderActive, "after a review": issuer.HolderPending} {
		t.Run(name, func(t *testing.T) {
			card := newCard(forAda)
			w := newWorld(t, card)
			keepsPeople(func(w *world) { w.bank.review = review })(w)
			for range 3 {
				w.clock.Advance(w.round(card))
			}
			if review == issuer.HolderPending {
				expect(w, card, outcome{reason: v1alpha1.ReasonPending, step: v1alpha1.ConditionCardholder})
				w.bank.holders[0].State = issuer.HolderActive
			}
			for range 4 {
				w.clock.Advance(w.round(card))
			}
			expect(w, card, outcome{reason: v1alpha1.ReasonReady, sent: []string{"CreateCard"}})
			want := id.Cardholder("fleet", "Ada", "Example", "ada@example.com")
			if len(w.bank.registered) != 1 || w.bank.registered[0] != want {
				t.Errorf("registered %q, want %q once", w.bank.registered, want)
			}
			got, _ := now(w, card)
			if got.Status.CardholderID != "h-1" || !engine.IsTrue(got, v1alpha1.ConditionCardholder) || got.Status.Intent != nil {
				t.Errorf("%+v", got.Status)
			}
		})
	}
}

func TestWhatARegistrationOfAPersonAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer error
		reason string
		under  bool
	}{
		"a refusal ends it":       {refusal(), v1alpha1.ReasonRejected, false},
		"a lost answer leaves it": {lost(), v1alpha1.ReasonOutcomeUnknown, true},
		"a conflict on the claim": {nil, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			card := newCard(forAda)
			w := newWorld(t, card)
			keepsPeople()(w)
			if c.answer != nil {
				w.breaks("CreateCardholder", 1, c.answer)
			} else {
				w.breaks("status VirtualCard", 1, conflict())
			}
			w.round(card)
			expect(w, card, outcome{reason: c.reason})
			got, _ := now(w, card)
			if (got.Status.Intent != nil) != c.under {
				t.Fatalf("%+v", got.Status.Intent)
			}
			if !c.under {
				return
			}
			if got.Status.Intent.Action != v1alpha1.ActionRegister {
				t.Errorf("%+v", got.Status.Intent)
			}
			w.bank.holders = []issuer.Holder{ada(issuer.HolderActive)} // it went through
			for range 4 {
				w.clock.Advance(w.round(card))
			}
			expect(w, card, outcome{reason: v1alpha1.ReasonReady, sent: []string{"CreateCard"}})
			if len(w.bank.registered) != 1 {
				t.Errorf("registered %d times", len(w.bank.registered))
			}
		})
	}
}

// What the issuer's document has against somebody is a wrong spec, not a refusal: nothing is
// claimed or sent, and the field is named. Whoever is known already is not held to it, and a
// registration under way is followed.
func TestAPersonWhomTheDocumentDoesNotAllow(t *testing.T) {
	objects := func(w *world) {
		w.bank.objects = []issuer.FieldProblem{{Field: "spec.cardholder.firstName", Reason: "the letters A to Z alone"}}
	}
	card := newCard(forAda)
	w := newWorld(t, card)
	w.prepare(keepsPeople(objects))
	w.round(card)
	expect(w, card, outcome{reason: v1alpha1.ReasonInvalidSpec, step: v1alpha1.ConditionCardholder, says: "spec.cardholder.firstName: the letters A to Z alone"})
	if got, _ := now(w, card); len(w.bank.registered) != 0 || got.Status.Intent != nil {
		t.Errorf("registered %q, %+v", w.bank.registered, got.Status.Intent)
	}

	known := newCard(forAda)
	w = newWorld(t, known)
	w.prepare(keepsPeople(objects, func(w *world) { w.bank.holders = []issuer.Holder{ada(issuer.HolderActive)} }))
	for range 4 {
		w.clock.Advance(w.round(known))
	}
	expect(w, known, outcome{reason: v1alpha1.ReasonReady, sent: []string{"CreateCard"}})

	sent := newCard(forAda)
	w = newWorld(t, sent)
	w.prepare(keepsPeople(fails("CreateCardholder", 1, lost())))
	w.round(sent)
	objects(w)
	w.round(sent)
	expect(w, sent, outcome{reason: v1alpha1.ReasonOutcomeUnknown})
}

// A card that goes while the outcome of its registration is unknown stays until it is
// certain: one of the same name would register the person again.
func TestADeletedCardResolvesItsRegistration(t *testing.T) {
	for name, listed := range map[string]bool{"it went through": true, "it never arrived": false} {
		t.Run(name, func(t *testing.T) {
			card := newCard(forAda)
			w := newWorld(t, card)
			keepsPeople()(w)
			w.breaks("CreateCardholder", 1, lost())
			w.round(card)
			if err := w.api.Delete(ctx, card); err != nil {
				t.Fatal(err)
			}
			w.round(card)
			if _, gone := now(w, card); gone {
				t.Fatal("nobody knows yet")
			}
			if listed {
				w.bank.holders = []issuer.Holder{ada(issuer.HolderActive)}
			}
			for range 12 {
				w.clock.Advance(w.round(card) + time.Second)
			}
			if _, gone := now(w, card); !gone || len(w.bank.registered) != 1 || len(w.bank.sent) != 0 {
				t.Errorf("gone %v, registered %d, sent %q", gone, len(w.bank.registered), w.bank.sent)
			}
		})
	}
}

// Two cards of one person that are created together register them once.
func TestTwoCardsRegisterAPersonOnce(t *testing.T) {
	first := newCard(forAda)
	second := newCard(forAda, func(c *v1alpha1.VirtualCard) { c.Name, c.UID = "social", "uid-social" })
	w := newWorld(t, first, second)
	keepsPeople()(w)
	w.breaks("CreateCardholder", 1, lost())
	w.round(first)
	w.round(second)
	expect(w, second, outcome{reason: v1alpha1.ReasonPending, step: v1alpha1.ConditionCardholder, says: "ads/search"})
	w.breaks("list VirtualCardList", 0, errAway)
	w.round(second)
	expect(w, second, outcome{reason: v1alpha1.ReasonReconcileError})
	w.breaks("list VirtualCardList", 0, nil)
	w.bank.holders = []issuer.Holder{ada(issuer.HolderActive)}
	for range 4 {
		w.clock.Advance(max(w.round(first), w.round(second)))
	}
	if len(w.bank.registered) != 1 || len(w.bank.sent) != 2 {
		t.Errorf("registered %d, sent %q", len(w.bank.registered), w.bank.sent)
	}
}

func TestARegistrationThatAPersonSettles(t *testing.T) {
	registers := func(c *v1alpha1.VirtualCard) {
		c.Finalizers, c.Status.ObservedGeneration = []string{v1alpha1.Finalizer}, 1
		in := creation("x")
		in.ID, in.Action = id.Cardholder("fleet", "Ada", "Example", "ada@example.com"), v1alpha1.ActionRegister
		c.Status.Intent = in
	}
	card := newCard(forAda, registers, func(c *v1alpha1.VirtualCard) {
		c.Annotations = map[string]string{v1alpha1.AnnotationSettle: c.Status.Intent.ID + "/1=never"}
	})
	w := newWorld(t, card)
	keepsPeople()(w)
	w.round(card)
	if len(w.bank.registered) != 0 {
		t.Error("the call may still be under way")
	}
	w.clock.Advance(engine.DefaultTiming.InFlight())
	w.round(card)
	if len(w.bank.registered) != 1 {
		t.Errorf("settled as never, it is sent again: %d times", len(w.bank.registered))
	}
}

// A registration of a deleted card that the issuer refuses when its absence is certain ends.
func TestADeletedCardWhoseRegistrationWasRefusedGoes(t *testing.T) {
	card := newCard(forAda, func(c *v1alpha1.VirtualCard) {
		c.Finalizers, c.Status.ObservedGeneration = []string{v1alpha1.Finalizer}, 1
		in := creation("x")
		in.ID, in.Action, in.Refusal = id.Cardholder("fleet", "Ada", "Example", "ada@example.com"), v1alpha1.ActionRegister, "no"
		c.Status.Intent = in
		deleted(c)
	})
	w := newWorld(t, card)
	keepsPeople()(w)
	for range 12 {
		w.clock.Advance(w.round(card) + time.Second)
	}
	if _, gone := now(w, card); !gone || len(w.bank.registered) != 0 {
		t.Errorf("gone %v, registered %d", gone, len(w.bank.registered))
	}
}

// Which ids a list of products has is not documented: it stops no order.
func TestACardIsOrderedForAPersonOnAnotherProductsList(t *testing.T) {
	card := newCard(forAda)
	w := newWorld(t, card)
	listed := ada(issuer.HolderActive)
	listed.BINs = []string{"441112", "another-id"}
	keepsPeople(func(w *world) { w.bank.holders = []issuer.Holder{listed} })(w)
	for range 3 {
		w.clock.Advance(w.round(card))
	}
	expect(w, card, outcome{reason: v1alpha1.ReasonReady, sent: []string{"CreateCard"}})
}

// The issuer may write a name down otherwise than it was asked: its answer has the id.
func TestAPersonIsKnownByTheIDThatTheirRegistrationAnswers(t *testing.T) {
	first := newCard(forAda)
	second := newCard(forAda, func(c *v1alpha1.VirtualCard) { c.Name, c.UID = "social", "uid-social" })
	w := newWorld(t, first, second)
	keepsPeople(func(w *world) {
		w.bank.review = issuer.HolderPending
		w.bank.spells = func(h *issuer.Holder) { h.FirstName = "A." }
	})(w)
	for range 3 {
		w.clock.Advance(w.round(first))
	}
	expect(w, first, outcome{reason: v1alpha1.ReasonPending, step: v1alpha1.ConditionCardholder, says: "h-1"})
	w.bank.holders[0].State = issuer.HolderActive
	for range 4 {
		w.clock.Advance(max(w.round(first), w.round(second)))
	}
	expect(w, first, outcome{reason: v1alpha1.ReasonReady, sent: []string{"CreateCard", "CreateCard"}})
	if got, _ := now(w, second); len(w.bank.registered) != 1 || got.Status.CardholderID != "h-1" {
		t.Errorf("registered %q; the second card is for %s", w.bank.registered, got.Status.CardholderID)
	}
}

// The id is written down with the claim, for another process.
func TestTheIDOfARegistrationIsWrittenWithItsClaim(t *testing.T) {
	card := newCard(forAda)
	w := newWorld(t, card)
	keepsPeople()(w)
	w.breaks("ListCardholders", 2, down()) // the look after the answer
	w.round(card)
	got, _ := now(w, card)
	if got.Status.Intent == nil || got.Status.CardholderID != "h-1" {
		t.Errorf("%q beside %+v", got.Status.CardholderID, got.Status.Intent)
	}
}

// Another process finds who was registered by the id that the claim has beside it.
func TestTheIDOfARegistrationOutlivesItsProcess(t *testing.T) {
	card := newCard(forAda, func(c *v1alpha1.VirtualCard) {
		c.Finalizers, c.Status.ObservedGeneration = []string{v1alpha1.Finalizer}, 1
		in := creation("x")
		in.ID, in.Action = id.Cardholder("fleet", "Ada", "Example", "ada@example.com"), v1alpha1.ActionRegister
		c.Status.Intent, c.Status.CardholderID = in, "h-9"
	})
	w := newWorld(t, card)
	other := ada(issuer.HolderActive)
	other.LastName = "EXAMPLE-LOVE"
	keepsPeople(func(w *world) { w.bank.holders = []issuer.Holder{other} })(w)
	for range 3 {
		w.clock.Advance(w.round(card))
	}
	expect(w, card, outcome{reason: v1alpha1.ReasonReady, sent: []string{"CreateCard"}})
	if len(w.bank.registered) != 0 {
		t.Errorf("registered %q", w.bank.registered)
	}
}

// What becomes of the person later is told, and takes nothing from the card. Nobody is asked
// for it while the picture is fresh.
func TestWhatBecomesOfAPersonIsToldBesideReady(t *testing.T) {
	of := func(c *v1alpha1.VirtualCard) { c.Status.CardholderID = "h-9" }
	card := issuedCard(of, func(c *v1alpha1.VirtualCard) {
		c.Spec.BillingAddress = &v1alpha1.Address{Line1: "1 Main St", City: "San Jose", Country: "US"}
	})
	w := newWorld(t, card)
	keepsPeople(func(w *world) {
		w.bank.cards, w.bank.holders = []issuer.Card{remoteCard()}, []issuer.Holder{ada(issuer.HolderActive)}
	})(w)
	for i, c := range []struct {
		after   time.Duration
		becomes issuer.HolderState
		shows   *issuer.Address
		reason  string
		asked   int
	}{
		{0, issuer.HolderActive, nil, v1alpha1.ReasonActive, 1},
		{2 * time.Minute, issuer.HolderInactive, nil, v1alpha1.ReasonActive, 1},
		{9 * time.Minute, issuer.HolderInactive, nil, v1alpha1.ReasonInactive, 2},
		{11 * time.Minute, issuer.HolderActive, &issuer.Address{City: "Lisbon"}, v1alpha1.ReasonOtherAddress, 3},
	} {
		w.clock.Advance(c.after)
		person := ada(c.becomes)
		person.Address = c.shows
		w.bank.holders = []issuer.Holder{person}
		w.round(card)
		got, _ := now(w, card)
		told := engine.ConditionOf(got, v1alpha1.ConditionCardholder)
		if told == nil || told.Reason != c.reason || !engine.IsTrue(got, v1alpha1.ConditionReady) || w.asked["ListCardholders"] != c.asked {
			t.Errorf("look %d: %+v after %d calls", i, told, w.asked["ListCardholders"])
		}
	}
	w.breaks("ListCardholders", 0, down())
	w.clock.Advance(11 * time.Minute)
	w.round(card)
	if got, _ := now(w, card); engine.ConditionOf(got, v1alpha1.ConditionCardholder).Reason != v1alpha1.ReasonOtherAddress || !engine.IsTrue(got, v1alpha1.ConditionReady) {
		t.Errorf("a list that cannot be read says nothing: %+v", got.Status.Conditions)
	}
}
