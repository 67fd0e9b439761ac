package controller_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

func policy(p v1alpha1.CardDeletionPolicy) func(*v1alpha1.VirtualCard) {
	return func(c *v1alpha1.VirtualCard) { c.Spec.DeletionPolicy = p }
}

// A deleted card stays until its deletionPolicy is known to be carried out.
func TestWhatKeepsADeletedCard(t *testing.T) {
	const way = v1alpha1.AnnotationOrphan + "=true"
	rounds{
		"its one-time code cannot be removed": {issuedCard(deleted, withSecret), fails("get PartialObjectMetadata", 1, errAway),
			outcome{reason: v1alpha1.ReasonReconcileError}},
		"its Secret cannot be removed": {issuedCard(deleted, withSecret), fails("get PartialObjectMetadata", 2, errAway),
			outcome{reason: v1alpha1.ReasonReconcileError}},
		"no connection":                    {issuedCard(deleted), fails("Dial", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"the cards cannot be read":         {issuedCard(deleted), fails("ListCards", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"it is no longer listed":           {issuedCard(deleted), cards(), outcome{reason: v1alpha1.ReasonMissing, says: way}},
		"a list lacks it, and it is there": {issuedCard(deleted), hidden(remoteCard()), outcome{reason: v1alpha1.ReasonDeleting, sent: []string{"CloseCard"}}},
		"a list lacks it, and it cannot be asked for": {issuedCard(deleted), func(w *world) {
			hidden(remoteCard())(w)
			w.breaks("GetCard", 0, down())
		}, outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"a list lacks it, and no single card is shown": {issuedCard(deleted), func(w *world) {
			hidden(remoteCard())(w)
			w.breaks("GetCard", 0, refusal())
		}, outcome{reason: v1alpha1.ReasonRejected, says: way}},
		"the close fails": {issuedCard(deleted), fails("CloseCard", 0, down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way, sent: []string{"CloseCard"}}},
		"the close's answer is lost": {issuedCard(deleted), fails("CloseCard", 0, lost()),
			outcome{reason: v1alpha1.ReasonOutcomeUnknown, says: way, sent: []string{"CloseCard"}}},
		"the freeze is refused": {issuedCard(deleted, policy(v1alpha1.CardFreeze)), fails("FreezeCard", 0, refusal()),
			outcome{reason: v1alpha1.ReasonRejected, says: way, sent: []string{"FreezeCard"}}},
		"the close must show": {issuedCard(deleted), nil, outcome{reason: v1alpha1.ReasonDeleting, sent: []string{"CloseCard"}}},
		"suspended": {issuedCard(deleted, func(c *v1alpha1.VirtualCard) { c.Spec.Suspend = true }), nil,
			outcome{reason: v1alpha1.ReasonSuspended, says: "would close card c-1"}},
		"a lost card shows twice":             {newCard(deleted), cards(remoteCard(), secondCard()), outcome{reason: v1alpha1.ReasonConflict, says: "2 open cards"}},
		"a lost card is found":                {newCard(deleted), nil, outcome{reason: v1alpha1.ReasonDeleting, sent: []string{"CloseCard"}}},
		"an adopted one cannot be looked for": {newCard(deleted, adopting), fails("ListCards", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"whose an adopted one is cannot be read": {newCard(deleted, adopting), fails("list VirtualCardList", 0, errAway),
			outcome{reason: v1alpha1.ReasonReconcileError, says: way}},
	}.run(t, cards(remoteCard()), stays)
}

func TestADeletedCardGoes(t *testing.T) {
	another := func(c *v1alpha1.VirtualCard) { c.Name, c.UID = "another", "uid-another" }
	departures{
		"closed":                                 {issuedCard(deleted), cards(remoteCard(closedCard)), departure{}},
		"left as it is":                          {issuedCard(deleted, policy(v1alpha1.CardRetain)), nil, departure{}},
		"left as it is, though it is not listed": {issuedCard(deleted, policy(v1alpha1.CardRetain)), cards(), departure{}},
		"adopted, and an older one's":            {newCard(deleted, adopting), func(w *world) { w.create(issuedCard(older)) }, departure{}},
		"adopted, and another's of the same age": {newCard(deleted, adopting), func(w *world) { w.create(issuedCard(another)) }, departure{}},
		"left as it is, and nobody asks for it": {issuedCard(deleted, policy(v1alpha1.CardRetain)), func(w *world) {
			hidden(remoteCard())(w)
			w.breaks("GetCard", 0, down())
		}, departure{}},
		"closed, and off the list": {issuedCard(deleted), hidden(remoteCard(closedCard)), departure{}},
		"adopted, off the list, and another's": {newCard(deleted, adopting), func(w *world) {
			hidden(remoteCard())(w)
			w.create(issuedCard(another))
		}, departure{}},
		"given up": {issuedCard(deleted, orphan), fails("ListCards", 0, down()), departure{orphaned: true}},
	}.run(t, cards(remoteCard()))
}

// A close that was accepted and does not show is asked for less and less often, and in the
// end a person is told.
func TestAnAcceptedCloseThatDoesNotShow(t *testing.T) {
	card := issuedCard(deleted)
	w := newWorld(t, card)
	w.bank.cards, w.bank.unlisted = []issuer.Card{remoteCard()}, true
	after := w.round(card)
	expect(w, card, outcome{reason: v1alpha1.ReasonDeleting, says: "waiting", sent: []string{"CloseCard"}})
	w.clock.Advance(after / 2)
	w.round(card)
	expect(w, card, outcome{reason: v1alpha1.ReasonDeleting, says: "waiting", sent: []string{"CloseCard"}})
	w.runFor(20*time.Minute, card)
	says(w, card, "Deleting", "waiting until")
	w.runFor(engine.DefaultTiming.Patience-20*time.Minute, card)
	w.round(card)
	got := says(w, card, "Deleting", "ask the issuer", "c-1", v1alpha1.AnnotationOrphan+"=true")
	if c := engine.ConditionOf(got, v1alpha1.ConditionStalled); c == nil || c.Reason != v1alpha1.ReasonDeleting || !held(w, card) || len(w.bank.sent) > 20 {
		t.Errorf("%+v after %d calls", c, len(w.bank.sent))
	}
	w.runFor(30*time.Minute, card)
	if calls := len(w.bank.sent); calls < 5 || calls > 30 {
		t.Errorf("%d closes in an hour", calls)
	}
}

// Somebody asks to look, again and again: looking sends nothing.
func TestLookingAtACardThatIsToBeClosedSendsNothing(t *testing.T) {
	card := issuedCard(deleted)
	w := newWorld(t, card)
	w.bank.cards, w.bank.unlisted = []issuer.Card{remoteCard()}, true
	w.runFor(time.Hour, card)
	before := len(w.bank.sent)
	for range 20 {
		w.round(card)
		w.clock.Advance(time.Millisecond)
	}
	if len(w.bank.sent) > before+1 {
		t.Errorf("%d closes more", len(w.bank.sent)-before)
	}
	w.bank.cards[0].State = issuer.StateInactive
	if w.runFor(10*time.Minute, card); held(w, card) {
		t.Error("it goes when the card is closed")
	}
}

// An issuer may take closed cards off its list. The close that it accepted counts once no list
// has had the card for the lag, also where the process began anew meanwhile.
func TestAClosedCardThatLeavesTheListIsLetGo(t *testing.T) {
	lag := engine.DefaultTiming.ListingLag
	for name, restarts := range map[string]bool{"one process": false, "begun anew": true} {
		t.Run(name, func(t *testing.T) {
			card := issuedCard(deleted)
			w := newWorld(t, card)
			w.bank.cards, w.bank.unlisted = []issuer.Card{remoteCard()}, true
			w.round(card)
			left := w.bank.cards
			w.bank.cards = nil
			w.clock.Advance(time.Minute)
			w.round(card)
			says(w, card, "Deleting", "no longer listed")
			w.clock.Advance(lag / 2)
			w.bank.cards = left // one list lacked it
			w.round(card)
			w.bank.cards = nil
			if restarts {
				w.wire(w.api)
			}
			w.clock.Advance(time.Minute)
			gone := w.clock.Now()
			if w.round(card); !held(w, card) {
				t.Fatal("it may come back")
			}
			if w.runFor(time.Hour, card); held(w, card) || w.clock.Now().Before(gone.Add(lag)) {
				t.Errorf("held %v after %v", held(w, card), w.clock.Now().Sub(gone))
			}
		})
	}
}

// Only a close lets a card go that is not listed: nothing else says that it cannot pay.
func TestAnOpenCardThatLeavesTheListIsNotLetGo(t *testing.T) {
	seen := func(s issuer.State) func(*v1alpha1.VirtualCard) {
		return func(c *v1alpha1.VirtualCard) { c.Status.State = string(s) }
	}
	accepted := func(c *v1alpha1.VirtualCard) { c.Status.ClosingSince = new(metav1.NewTime(epoch)) }
	for name, c := range map[string]struct {
		card *v1alpha1.VirtualCard
		goes bool
		// asked is what the issuer answers who asks for the card itself.
		asked error
	}{
		"never closed":                        {issuedCard(deleted, seen(issuer.StateActive)), false, nil},
		"never closed, and never shown":       {issuedCard(deleted, seen(issuer.StateActive)), false, refusal()},
		"frozen":                              {issuedCard(deleted, seen(issuer.StateFrozen), policy(v1alpha1.CardFreeze)), false, nil},
		"seen as closed":                      {issuedCard(deleted, seen(issuer.StateInactive)), true, nil},
		"the close was taken":                 {issuedCard(deleted, accepted), true, nil},
		"closed, and no single card is shown": {issuedCard(deleted, accepted), true, refusal()},
		"closed, and the call is not granted": {issuedCard(deleted, accepted), true, &issuer.Error{Class: issuer.Unauthorized, Op: "ask"}},
		"closed, and the issuer is away":      {issuedCard(deleted, accepted), false, down()},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.card)
			w.breaks("GetCard", 0, c.asked)
			w.runFor(time.Hour, c.card)
			if expectSent(w, nil); held(w, c.card) == c.goes {
				t.Errorf("held %v", held(w, c.card))
			}
		})
	}
}
