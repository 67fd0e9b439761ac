package controller_test

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func setAside(c *v1alpha1.VirtualCard) { c.Status.Held, c.Status.Holds = "5.00", 1 }

// lostStatus is a status that knows its card and not what was set aside on it.
func lostStatus(c *v1alpha1.VirtualCard) { c.Status.Held = "" }

// An issuer may close no card with money set aside. What this object has set aside is released
// under the money protocol, once, and the card is closed then.
func TestAHoldInTheWayOfAClose(t *testing.T) {
	const released = "HoldCardFunds Out 5.00"
	for name, c := range map[string]struct {
		card    *v1alpha1.VirtualCard
		prepare func(*world)
		// refused is how often the close is.
		refused int
		sent    []string
	}{
		"released, then closed":                                {issuedCard(deleted, setAside), cards(remoteCard()), 1, []string{"CloseCard", released, "CloseCard"}},
		"refused again, released once":                         {issuedCard(deleted, setAside), cards(remoteCard()), 2, []string{"CloseCard", released, "CloseCard", "CloseCard"}},
		"nothing is set aside":                                 {issuedCard(deleted), cards(remoteCard()), 1, []string{"CloseCard", "CloseCard"}},
		"the issuer has no holds":                              {issuedCard(deleted, setAside), lacks(issuer.FeatureHolds), 1, []string{"CloseCard", "CloseCard"}},
		"only frozen, by its policy":                           {issuedCard(deleted, setAside, policy(v1alpha1.CardFreeze)), fails("FreezeCard", 1, refusal()), 0, []string{"FreezeCard", "FreezeCard"}},
		"its status has to be recalled":                        {issuedCard(deleted, lostStatus), cards(remoteCard()), 1, []string{"CloseCard", released, "CloseCard"}},
		"the release is lost once":                             {issuedCard(deleted, setAside), fails("HoldCardFunds", 1, lost()), 1, []string{"CloseCard", released, released, "CloseCard"}},
		"the release is refused for good, and the close taken": {issuedCard(deleted, setAside), fails("HoldCardFunds", 0, refusal()), 1, []string{"CloseCard", released, "CloseCard"}},
		"an older movement is looked for first": {issuedCard(deleted, setAside, fundUnderWay), func(w *world) {
			w.bank.rows = append(w.bank.rows, ownRow(engine.PurposeFund, "50.00"))
		}, 1, []string{"CloseCard", released, "CloseCard"}},
		"its ledger is away for a moment": {issuedCard(deleted, lostStatus), fails("CardMovements", 1, down()), 1, []string{"CloseCard", released, "CloseCard"}},
		"and while a movement is looked for": {issuedCard(deleted, setAside, fundUnderWay), func(w *world) {
			w.bank.rows = append(w.bank.rows, ownRow(engine.PurposeFund, "50.00"))
			w.breaks("CardMovements", 1, down())
		}, 1, []string{"CloseCard", released, "CloseCard"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.card)
			w.bank.cards, w.bank.rows = []issuer.Card{remoteCard()}, []issuer.Movement{ownRow(engine.PurposeHold, "5.00")}
			c.prepare(w)
			for n := range c.refused {
				w.breaks("CloseCard", n+1, refusal())
			}
			w.runFor(time.Hour, c.card)
			if expectSent(w, c.sent); held(w, c.card) {
				t.Errorf("held: %s", root(c.card))
			}
		})
	}
}

// ownRow is the card's first movement of a purpose, as the issuer lists it.
func ownRow(purpose, amount string) issuer.Movement {
	return issuer.Movement{ID: "m-" + purpose, ClientID: id.Movement("c-1", purpose, 1), Kind: issuer.MovementIn, Amount: money.Must(amount), Status: issuer.MovementClosed}
}
