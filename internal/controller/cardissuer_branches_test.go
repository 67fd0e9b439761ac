package controller_test

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

func TestWhatKeepsACardIssuerFromReady(t *testing.T) {
	unauthorized := &issuer.Error{Class: issuer.Unauthorized}
	for name, c := range map[string]struct {
		world  func(*world)
		reason string
		after  time.Duration
	}{
		"its objects cannot be counted": {fails("Count", 0, errAway), v1alpha1.ReasonReconcileError, time.Second},
		"it cannot be held on to":       {fails("patch CardIssuer", 0, errAway), v1alpha1.ReasonReconcileError, time.Second},
		"it changed meanwhile":          {fails("patch CardIssuer", 0, conflict()), "", 200 * time.Millisecond},
		"no connection":                 {fails("Dial", 0, engine.Stall(v1alpha1.ReasonHostNotAllowed, "host")), v1alpha1.ReasonHostNotAllowed, 2 * time.Minute},
		"the BINs cannot be read":       {fails("ListBINs", 0, down()), v1alpha1.ReasonIssuerUnavailable, time.Second},
		"the cards cannot be read":      {fails("ListCards", 0, down()), v1alpha1.ReasonIssuerUnavailable, time.Second},
		"the credentials are refused":   {fails("ListBINs", 0, unauthorized), v1alpha1.ReasonCredentialsRefused, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.world(w)
			after := w.round(cardIssuer())
			expect(w, cardIssuer(), outcome{reason: c.reason})
			got, _ := now(w, cardIssuer())
			if after != c.after || got.Status.LastSyncTime != nil || len(got.Status.BINs) != 0 {
				t.Errorf("again after %v, want %v; %+v", after, c.after, got.Status)
			}
		})
	}
}

// A Secret is not watched, so refused credentials are looked at again soon, however long
// they have been refused.
func TestRefusedCredentialsAreLookedAtAgainSoon(t *testing.T) {
	w := newWorld(t)
	w.breaks("ListBINs", 0, &issuer.Error{Class: issuer.Unauthorized})
	for range 5 {
		if after := w.round(cardIssuer()); after != 10*time.Second {
			t.Errorf("again after %v", after)
		}
		w.clock.Advance(time.Hour)
	}
}

// A CardIssuer stays until nothing refers to it: its cards are closed over its credentials.
func TestWhatKeepsADeletedCardIssuer(t *testing.T) {
	w := newWorld(t)
	w.round(cardIssuer())
	w.delete(cardIssuer())
	w.counts.VirtualCards = 2
	if after := w.round(cardIssuer()); after != 30*time.Second || !held(w, cardIssuer()) {
		t.Errorf("again after %v", after)
	}
	expect(w, cardIssuer(), outcome{reason: v1alpha1.ReasonInUse, says: "2 VirtualCards"})
	w.counts.VirtualCards = 0
	w.breaks("patch CardIssuer", 1, errAway)
	if w.round(cardIssuer()); !held(w, cardIssuer()) {
		t.Error("a write that fails lets nothing go")
	}
	w.round(cardIssuer())
	if _, gone := now(w, cardIssuer()); !gone {
		t.Error("then it goes")
	}
}

// Which account it is shows in the issuer's rows. Where there are none, and no budgets to
// be asked for, it stays unknown; a list that cannot be read is not one that names nobody.
func TestWhichAccountItIsCannotBeRead(t *testing.T) {
	for reason, fail := range map[string]error{v1alpha1.ReasonReady: unsupported(), v1alpha1.ReasonIssuerUnavailable: down()} {
		w := newWorld(t)
		w.breaks("ListBudgets", 0, fail)
		w.round(cardIssuer())
		expect(w, cardIssuer(), outcome{reason: reason})
		if got, _ := now(w, cardIssuer()); got.Status.AccountID != "" {
			t.Errorf("%s: account %q", reason, got.Status.AccountID)
		}
	}
}

// The credentials became another account's while no process ran: an order whose answer was
// lost would be missed there, and sent there. The card is looked at before the CardIssuer.
func TestNothingIsSentInAnotherAccount(t *testing.T) {
	for name, card := range map[string]*v1alpha1.VirtualCard{"an order under way": ordered(), "a new card": newCard()} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, card)
			status(w, cardIssuer(), func(ci *v1alpha1.CardIssuer) { ci.Status.AccountID = "ours" })
			w.bank.cards = []issuer.Card{remoteCard(inAccount("theirs"))}
			for _, o := range []v1alpha1.Object{card, cardIssuer()} {
				for range 5 {
					w.clock.Advance(w.round(o) + time.Hour)
				}
				expect(w, o, outcome{reason: v1alpha1.ReasonConflict, says: "account theirs"})
			}
			if got, _ := now(w, card); (got.Status.Intent == nil) != (card.Status.Intent == nil) {
				t.Errorf("an order stays as it was: %+v", got.Status.Intent)
			}
			w.breaks("ListCards", 0, down())
			w.clock.Advance(time.Hour)
			w.round(card)
			expectSent(w, nil)
		})
	}
}
