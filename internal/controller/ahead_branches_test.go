package controller_test

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
)

const askedForFifty = "MoveCardFunds In 50.00"

func funded(c *v1alpha1.VirtualCard) { c.Spec.Funding = "50.00" }

// writes are those to the API server that a VirtualCard has cost: finalizer and status.
func (w *world) writes() int { return w.asked["patch VirtualCard"] + w.asked["status VirtualCard"] }

// A card and its first money are claimed in one write: finalizer, claim, end.
func TestANewCardWithMoneyTakesThreeWrites(t *testing.T) {
	card := newCard(funded)
	w := newWorld(t, card)
	w.on["MoveCardFunds"] = func(int) {
		held, _ := now(w, card)
		in := held.Status.Intent
		if in == nil || in.Action != v1alpha1.ActionCreate || in.Next == nil || in.Next.Action != v1alpha1.ActionFund || in.Next.Amount != "50.00" || in.Next.Sequence != 1 {
			t.Errorf("the claim names what is sent under it: %+v", in)
		}
	}
	w.round(card)
	expect(w, card, outcome{reason: v1alpha1.ReasonReady, sent: []string{"CreateCard", askedForFifty}})
	got, _ := now(w, card)
	if w.writes() != 3 || got.Status.Funded != "50.00" || got.Status.Movements != 1 || got.Status.Intent != nil {
		t.Errorf("%d writes, %+v", w.writes(), got.Status)
	}
}

// Nobody who finds the claim later can know whether the movement was sent. Its row is not
// listed yet, so it must not be sent again at once.
func TestAMovementThatWasClaimedAheadIsLookedForByWhoeverFindsTheClaim(t *testing.T) {
	card := newCard(funded)
	w := newWorld(t, card)
	w.on["MoveCardFunds"] = func(int) {
		w.bank.ordered["c-1"], w.bank.lag = epoch.Add(-time.Hour), 40*time.Second
	}
	w.breaks("status VirtualCard", 2, errAway) // the end of the round is not written, as after a crash
	w.clock.Advance(w.round(card))
	w.runFor(time.Minute, card)
	got, _ := now(w, card)
	expectSent(w, []string{"CreateCard", askedForFifty})
	if got.Status.Intent != nil && got.Status.Intent.ID != id.Movement("c-1", engine.PurposeFund, 1) {
		t.Errorf("it is looked for by its own id: %+v", got.Status.Intent)
	}
	w.runFor(time.Hour, card)
	expect(w, card, outcome{reason: v1alpha1.ReasonReady, sent: []string{"CreateCard", askedForFifty}})
	if got, _ := now(w, card); got.Status.Funded != "50.00" || got.Status.Movements != 1 {
		t.Errorf("%+v", got.Status)
	}
}

// It was never sent: it is, once nothing of it can be under way.
func TestAMovementThatWasClaimedAheadAndNeverSentIsSentInTheEnd(t *testing.T) {
	card := newCard(funded)
	w := newWorld(t, card)
	w.breaks("CardMovements", 1, down())
	w.breaks("status VirtualCard", 2, errAway)
	w.clock.Advance(w.round(card))
	expectSent(w, []string{"CreateCard"})
	began := w.clock.Now()
	w.on["MoveCardFunds"] = func(int) {
		if waited := w.clock.Now().Sub(began); waited < engine.DefaultTiming.ListingLag {
			t.Errorf("sent after %v", waited)
		}
	}
	w.runFor(time.Hour, card)
	expect(w, card, outcome{reason: v1alpha1.ReasonReady, sent: []string{"CreateCard", askedForFifty}})
}

// A claim that is not used in time, or in its own round, is made again.
func TestAMovementIsClaimedAnewWhereTheFirstClaimIsOld(t *testing.T) {
	for why, meanwhile := range map[string]func(*world){
		"the window is nearly over": func(w *world) {
			w.on["CardMovements"] = func(n int) {
				if n == 1 {
					w.clock.Advance(4100 * time.Millisecond)
				}
			}
		},
		"another round":       fails("CardMovements", 1, down()),
		"the card shows late": func(w *world) { w.bank.lag = 5 * time.Second },
	} {
		t.Run(why, func(t *testing.T) {
			card := newCard(funded)
			w := newWorld(t, card)
			meanwhile(w)
			w.on["MoveCardFunds"] = func(int) {
				held, _ := now(w, card)
				if in := held.Status.Intent; in == nil || in.Action != v1alpha1.ActionFund || in.ID != id.Movement("c-1", engine.PurposeFund, 1) {
					t.Errorf("it is claimed under its own id: %+v", in)
				}
			}
			w.runFor(time.Hour, card)
			expect(w, card, outcome{reason: v1alpha1.ReasonReady, sent: []string{"CreateCard", askedForFifty}})
			if w.writes() < 4 {
				t.Errorf("%d writes", w.writes())
			}
		})
	}
}
