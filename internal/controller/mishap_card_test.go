package controller_test

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

func unlabelled(c *issuer.Card) { c.Label = "" }

func TestAnObjectThatIsFineIsSeldomLookedAt(t *testing.T) {
	budgetCard := func(c *v1alpha1.VirtualCard) { c.Spec.Type = v1alpha1.CardTypeBudget }
	for name, c := range map[string]struct {
		object v1alpha1.LedgerObject
		world  func(*world)
	}{
		"a budget card":              {newCard(budgetCard), cards(remoteCard(func(c *issuer.Card) { c.Type, c.BalanceID = issuer.BudgetCard, "" }))},
		"a payee with a lost status": {newPayee(routed, statusLost), payees(remoteAccount("r-1", "1234567890", "021000021"))},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.object)
			w.prepare(c.world)
			if rounds := w.runFor(time.Hour, c.object); rounds > 200 {
				t.Errorf("%d rounds in an hour", rounds)
			}
		})
	}
}

func TestAFreezeDoesNotWaitForBalances(t *testing.T) {
	card := issuedCard(freezing, func(c *v1alpha1.VirtualCard) { c.Status.Balance = &v1alpha1.Balance{Available: "7.00"} })
	w := newWorld(t, card)
	w.bank.cards = []issuer.Card{remoteCard(unlabelled)}
	w.breaks("ListBalances", 0, &issuer.Error{Class: issuer.Unavailable, Op: "list balances", Status: 500})
	w.round(card)
	expectSent(w, []string{"FreezeCard"})
	if got, _ := now(w, card); got.Status.Balance == nil || got.Status.Balance.Available != "7.00" {
		t.Error("what is not known stays as it was last seen")
	}
}

func TestAnAdoptedCardWithALostStatusIsClosed(t *testing.T) {
	card := newCard(adopting, deleted)
	w := newWorld(t, card)
	w.bank.cards, w.bank.unlisted = []issuer.Card{remoteCard(unlabelled)}, true
	w.round(card)
	expectSent(w, []string{"CloseCard"})
	if !held(w, card) {
		t.Fatal("it stays until the card is closed")
	}
	w.bank.cards[0].State = issuer.StateInactive
	w.runFor(10*time.Minute, card)
	if held(w, card) {
		t.Error("it goes when the card is closed")
	}
}

// The process died between the finalizer and the first claim: what looks like a lost status
// never was one.
func TestACardCreatedAgainIsOrderedAlthoughTheProcessDied(t *testing.T) {
	for name, c := range map[string]struct {
		made time.Time
		sent []string
		says string
	}{
		"an earlier object's card": {epoch.Add(-time.Hour), []string{"CreateCard"}, "Ready=True"},
		"its own card":             {epoch.Add(time.Minute), nil, "Closed"},
	} {
		t.Run(name, func(t *testing.T) {
			card := newCard(statusLost)
			w := newWorld(t, card)
			w.bank.cards = []issuer.Card{remoteCard(closedCard, func(r *issuer.Card) { r.CreatedAt = c.made })}
			w.clock.Advance(2 * time.Minute)
			w.runFor(10*time.Minute, card)
			says(w, card, c.says)
			expectSent(w, c.sent)
		})
	}
}

func TestACardOfALaterLifeIsNotLeftBehind(t *testing.T) {
	card := newCard(deleted)
	w := newWorld(t, card)
	w.bank.unlisted = true
	w.bank.cards = []issuer.Card{remoteCard(closedCard, func(c *issuer.Card) { c.CreatedAt = epoch.Add(-time.Hour) })}
	w.round(card)
	if !held(w, card) {
		t.Fatal("its own card may have been ordered and need not be listed yet")
	}
	w.bank.cards = append(w.bank.cards, remoteCard(func(c *issuer.Card) { c.ID, c.Label, c.CreatedAt = "c-2", cardLabel(1), epoch }))
	w.runFor(4*time.Minute, card)
	if !held(w, card) || len(w.bank.sent) == 0 {
		stored, _ := now(w, card)
		t.Errorf("it is closed: %s", root(stored))
	}
}
