package controller_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func funding(amount v1alpha1.Amount) func(*v1alpha1.VirtualCard) {
	return func(c *v1alpha1.VirtualCard) { c.Spec.Funding = amount }
}

func holding(amount v1alpha1.Amount) func(*v1alpha1.VirtualCard) {
	return func(c *v1alpha1.VirtualCard) { c.Spec.Hold = amount }
}

func freezing(c *v1alpha1.VirtualCard) { c.Spec.State = v1alpha1.CardFrozen }

func fundUnderWay(c *v1alpha1.VirtualCard) {
	c.Status.Intent = movement("c-1", engine.PurposeFund, v1alpha1.ActionFund)
}

// hidden is a world whose list lacks the card that is there.
func hidden(card issuer.Card) func(*world) {
	return func(w *world) { w.bank.cards, w.bank.alone = nil, card }
}

func inState(state issuer.State) func(*world) {
	return func(w *world) { w.bank.cards[0].State = state }
}

// What stops a card that is there, in the order of the steps. The first that fails ends
// the round, and nothing behind it is sent.
func TestWhatStopsACard(t *testing.T) {
	funded, synced := v1alpha1.ConditionFunded, v1alpha1.ConditionSynced
	rounds{
		"the cards cannot be read": {issuedCard(freezing), fails("ListCards", 0, down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"it is no longer listed": {issuedCard(freezing), cards(),
			outcome{reason: v1alpha1.ReasonMissing, says: "nothing is ordered in its place"}},
		"a list lacks it, and it is there": {issuedCard(freezing), hidden(remoteCard()),
			outcome{reason: v1alpha1.ReasonReady, sent: []string{"FreezeCard"}}},
		"a list lacks it, and it cannot be asked for": {issuedCard(freezing), func(w *world) {
			hidden(remoteCard())(w)
			w.breaks("GetCard", 0, down())
		}, outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"a list lacks it, and no single card is shown": {issuedCard(freezing), func(w *world) {
			hidden(remoteCard())(w)
			w.breaks("GetCard", 0, unsupported())
		}, outcome{reason: v1alpha1.ReasonMissing}},
		"a freeze fails": {issuedCard(freezing, funding("50")), fails("FreezeCard", 0, down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, step: synced, sent: []string{"FreezeCard"}}},
		"a freeze is refused": {issuedCard(freezing, funding("50")), fails("FreezeCard", 0, refusal()),
			outcome{reason: v1alpha1.ReasonRejected, step: synced, sent: []string{"FreezeCard"}}},
		"an unfreeze fails": {issuedCard(funding("50")), func(w *world) {
			inState(issuer.StateFrozen)(w)
			w.breaks("UnfreezeCard", 0, down())
		}, outcome{reason: v1alpha1.ReasonIssuerUnavailable, step: synced, sent: []string{"UnfreezeCard"}}},
		"the issuer has blocked it": {issuedCard(funding("50")), inState(issuer.StateControl),
			outcome{reason: v1alpha1.ReasonControlled, step: synced}},
		"it is closed": {issuedCard(funding("50")), inState(issuer.StateInactive), outcome{reason: v1alpha1.ReasonClosed, step: synced}},
		"it is not active yet": {issuedCard(funding("50")), inState(issuer.StatePending),
			outcome{reason: v1alpha1.ReasonPending, step: synced}},
		"a field that the issuer cannot": {issuedCard(funding("50"), func(c *v1alpha1.VirtualCard) { c.Spec.Scenario = "ads" }), nil,
			outcome{reason: v1alpha1.ReasonUnsupported}},
		"the ledger cannot be read": {issuedCard(funding("50")), fails("CardMovements", 0, down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, step: funded}},
		"a movement under way cannot be read": {issuedCard(funding("70"), fundUnderWay), fails("CardMovements", 0, down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, step: funded}},
		"a lost sum cannot be read": {issuedCard(funding("50"), func(c *v1alpha1.VirtualCard) { c.Status.Funded = "" }),
			fails("CardMovements", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, step: funded}},
		"a lost hold cannot be read": {issuedCard(funding("50"), func(c *v1alpha1.VirtualCard) { c.Status.Held = "" }),
			fails("CardMovements", 1, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, step: funded}},
		"the issuer refuses the money": {issuedCard(funding("50"), holding("5")), fails("MoveCardFunds", 0, refusal()),
			outcome{reason: v1alpha1.ReasonRejected, step: funded, sent: []string{"MoveCardFunds In 50.00"}}},
		"the money's answer is lost": {issuedCard(funding("50"), holding("5")), fails("MoveCardFunds", 0, lost()),
			outcome{reason: v1alpha1.ReasonOutcomeUnknown, step: funded, sent: []string{"MoveCardFunds In 50.00"}}},
		"the issuer refuses to tell the frozen balance": {issuedCard(holding("5")), fails("ListBalances", 0, refusal()),
			outcome{reason: v1alpha1.ReasonRejected, step: v1alpha1.ConditionFunded}},
		"the frozen balance cannot be read": {issuedCard(holding("5")), fails("ListBalances", 2, down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, step: funded}},
		"an issuer without frozen balances holds all the same": {issuedCard(holding("5")), fails("ListBalances", 0, unsupported()),
			outcome{reason: v1alpha1.ReasonReady, sent: []string{"HoldCardFunds In 5.00"}}},
		"suspended, it only says what it would": {issuedCard(freezing, func(c *v1alpha1.VirtualCard) { c.Spec.Suspend = true }), nil,
			outcome{reason: v1alpha1.ReasonSuspended, says: "would set the card's state to Frozen"}},
		"the balance cannot be read after the money moved": {issuedCard(funding("50")), fails("ListBalances", 2, down()),
			outcome{reason: v1alpha1.ReasonReady, sent: []string{"MoveCardFunds In 50.00"}}},
	}.run(t, cards(remoteCard()), sameID)
}

// A movement under way is settled although the card cannot be worked with: it is found,
// or given up as not wanted, and the card's own problem is what is said.
func TestAStoppedCardsMovementIsSettled(t *testing.T) {
	for name, c := range map[string]struct {
		rows   []issuer.Movement
		fail   error
		funded string
		under  bool
	}{
		"it happened":          {[]issuer.Movement{{ID: "m", ClientID: id.Movement("c-1", engine.PurposeFund, 1), Kind: issuer.MovementIn, Amount: money.Must("50"), Status: issuer.MovementClosed}}, nil, "50.00", false},
		"it cannot be read":    {nil, down(), "0.00", true},
		"it is not listed yet": {nil, nil, "0.00", true},
	} {
		t.Run(name, func(t *testing.T) {
			card := issuedCard(funding("70"), fundUnderWay)
			w := newWorld(t, card)
			w.bank.cards, w.bank.rows = []issuer.Card{remoteCard(func(c *issuer.Card) { c.State = issuer.StateControl })}, c.rows
			w.breaks("CardMovements", 0, c.fail)
			w.round(card)
			expect(w, card, outcome{reason: v1alpha1.ReasonControlled})
			if got, _ := now(w, card); got.Status.Funded != c.funded || (got.Status.Intent != nil) != c.under {
				t.Errorf("books say %s, intent %+v", got.Status.Funded, got.Status.Intent)
			}
		})
	}
}

// What the card looks like is nice to know: it is not lost, and stops nothing, where it
// cannot be read.
func TestTheNetworkIsKeptWhereTheBINsCannotBeRead(t *testing.T) {
	card := issuedCard()
	w := newWorld(t, card)
	w.bank.cards = []issuer.Card{remoteCard()}
	w.breaks("ListBINs", 0, down())
	w.round(card)
	expect(w, card, outcome{reason: v1alpha1.ReasonReady})
	if got, _ := now(w, card); got.Status.Network != "Visa" {
		t.Errorf("network %q", got.Status.Network)
	}
}

func TestAStatusThatIsLostWaitsBeforeMoney(t *testing.T) {
	card := newCard(funding("50"), statusLost)
	w := newWorld(t, card)
	w.bank.cards = []issuer.Card{remoteCard()}
	w.round(card)
	expect(w, card, outcome{reason: v1alpha1.ReasonSettling, step: v1alpha1.ConditionFunded})
	got, _ := now(w, card)
	if since := got.Status.SettlingSince; since == nil || !since.Equal(&metav1.MicroTime{Time: epoch}) {
		t.Errorf("settling since %v", since)
	}
}

func TestAStateThatNoDocumentNamesIsQuoted(t *testing.T) {
	card := issuedCard()
	w := newWorld(t, card)
	w.bank.cards = []issuer.Card{remoteCard(func(c *issuer.Card) { c.State, c.Status = issuer.StateOther, "melting" })}
	w.round(card)
	expect(w, card, outcome{reason: v1alpha1.ReasonConflict, step: v1alpha1.ConditionSynced, says: `"melting"`})
}

// A lost answer to a call that sets a state is not looked for: the call is made again, and says so.
func TestALostAnswerToAStateIsNotLookedFor(t *testing.T) {
	frozen := func(c *v1alpha1.VirtualCard) { c.Spec.State = v1alpha1.CardFrozen }
	closing := func(c *v1alpha1.VirtualCard) { deleted(c); c.Spec.DeletionPolicy = v1alpha1.CardClose }
	freezing := func(c *v1alpha1.VirtualCard) { deleted(c); c.Spec.DeletionPolicy = v1alpha1.CardFreeze }
	limited := func(c *v1alpha1.VirtualCard) {
		c.Spec.Limits = []v1alpha1.SpendingLimit{{Interval: "Day", Amount: "5"}}
	}
	for call, change := range map[string][]func(*v1alpha1.VirtualCard){
		"FreezeCard": {frozen, freezing}, "CloseCard": {closing}, "SetCardLimits": {limited},
	} {
		for _, c := range change {
			card := issuedCard(c)
			w := newWorld(t, card)
			w.prepare(cards(remoteCard()), fails(call, 0, lost()))
			w.bank.also = append(w.bank.also, issuer.FeatureLimits)
			w.round(card)
			stored := says(w, card, v1alpha1.ReasonOutcomeUnknown, "it does no harm twice, so it is sent again")
			if strings.Contains(root(stored), "looking for it") {
				t.Errorf("%s: %s", call, root(stored))
			}
		}
	}
}
