package controller_test

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

func inAccount(account string) func(*issuer.Card) {
	return func(c *issuer.Card) { c.ID, c.Label, c.AccountID = "c-9", "another", account }
}

// An order with a lost answer must not be missed in another account, and sent there.
func TestCredentialsOfAnotherAccountSendNothing(t *testing.T) {
	for name, cards := range map[string][]issuer.Card{
		"with cards": {remoteCard(inAccount("theirs"))},
		"empty":      nil,
	} {
		t.Run(name, func(t *testing.T) {
			card, ci := newCard(), cardIssuer()
			w := newWorld(t, card)
			w.bank.cards = []issuer.Card{remoteCard(inAccount("ours"))}
			theirs := newBank(newFaults(), w.clock)
			theirs.cards, w.banks["theirs"] = cards, theirs
			w.round(ci)
			if got := says(w, ci, "Ready=True"); got.Status.AccountID != "ours" {
				t.Fatalf("got %q", got.Status.AccountID)
			}
			w.replaceCredentials("theirs")
			w.clock.Advance(2 * time.Minute)
			w.round(ci)
			says(w, ci, "Ready=False", "Conflict", "account ours", `"creds"`)
			w.runFor(10*time.Minute, card)
			says(w, card, "Ready=False", "Conflict")
			if len(theirs.sent)+len(w.bank.sent) != 0 {
				t.Error("nothing is ordered anywhere")
			}
			w.replaceCredentials("ours")
			w.round(ci)
			says(w, ci, "Ready=True")
			w.runFor(10*time.Minute, card)
			says(w, card, "Ready=True")
		})
	}
}

// A namespace is deleted: its Secret goes, the CardIssuer is looked at, and only then are
// the card and the CardIssuer known to go.
func TestACardIsClosedAlthoughItsCredentialsWentFirst(t *testing.T) {
	card := issuedCard()
	w := newWorld(t, card)
	w.bank.cards = []issuer.Card{remoteCard(unlabelled)}
	w.round(cardIssuer())
	w.round(card)
	w.delete(credentials("ours", epoch))
	w.clock.Advance(time.Minute)
	w.round(cardIssuer())
	says(w, cardIssuer(), "CredentialsMissing")
	w.delete(card)
	w.round(card)
	expectSent(w, []string{"CloseCard"})
}

// Which account it is shows in a sweep of all cards, which not every object makes anew.
func TestAnAccountIsProvenOnce(t *testing.T) {
	w := newWorld(t)
	status(w, cardIssuer(), func(ci *v1alpha1.CardIssuer) { ci.Status.AccountID = "ours" })
	w.bank.cards = []issuer.Card{remoteCard(inAccount("ours"))}
	for range 3 {
		w.account().Mirror.TouchCards()
	}
	if sweeps := w.asked["ListCards"]; sweeps != 1 {
		t.Errorf("%d sweeps", sweeps)
	}
}
