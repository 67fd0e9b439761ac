package controller_test

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// An object that was made again twice and then lost its status must not take its
// predecessor's closed card for its own: its own need not be listed yet.
func TestAClosedCardIsNotTakenUntilTheListCanBeBelieved(t *testing.T) {
	closed := func(c *issuer.Card) { c.State, c.CreatedAt = issuer.StateInactive, epoch.Add(-time.Second) }
	for name, c := range map[string]struct {
		change func(*v1alpha1.VirtualCard)
		end    string
	}{
		"wanted":  {func(*v1alpha1.VirtualCard) {}, v1alpha1.ReasonReady},
		"deleted": {deleted[*v1alpha1.VirtualCard], ""},
	} {
		t.Run(name, func(t *testing.T) {
			card := newCard(c.change, statusLost)
			w := newWorld(t, card)
			w.bank.cards = []issuer.Card{remoteCard(closed)}
			w.clock.Advance(w.round(card))
			expect(w, card, outcome{reason: v1alpha1.ReasonSettling})
			w.bank.cards = append(w.bank.cards, remoteCard(func(c *issuer.Card) { c.ID, c.Label = "c-2", cardLabel(1) }))
			for range 3 {
				w.clock.Advance(w.round(card) + time.Second)
			}
			got, gone := now(w, card)
			if c.end == "" {
				if !gone || w.bank.cards[1].State != issuer.StateInactive {
					t.Errorf("gone %v, its card is %s", gone, w.bank.cards[1].State)
				}
				return
			}
			if got.Status.ID != "c-2" || len(w.bank.sent) != 0 {
				t.Errorf("%+v, sent %q", got.Status, w.bank.sent)
			}
		})
	}
}

// Somebody edited the label at the issuer's console: the reference still says whose card it
// is, and what it was opened with counts as put in, or it would be paid again.
func TestALostStatusIsRecalledWhereOnlyTheReferenceIsLeft(t *testing.T) {
	card := newCard(statusLost, func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "1.00" })
	w := newWorld(t, card)
	w.bank.opening = money.Must("1")
	w.bank.cards = []issuer.Card{remoteCard(func(c *issuer.Card) {
		c.Label, c.Reference = "renamed by hand", id.Token("fleet", "VirtualCard", "ads", "search", 0)
	})}
	for range 5 {
		w.clock.Advance(w.round(card) + time.Second)
	}
	expect(w, card, outcome{reason: v1alpha1.ReasonReady})
	if got, _ := now(w, card); got.Status.ID != "c-1" || got.Status.Funded != "1.00" {
		t.Errorf("%+v", got.Status)
	}
}
