package controller_test

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

func unasked(c *v1alpha1.VirtualCard) { c.Spec.Secret = nil }

func renamedSecret(c *v1alpha1.VirtualCard) { c.Spec.Secret.Name = "another" }

// Whoever takes spec.secret back has the number and the code out of the cluster in the next
// round, whatever is the matter with the card, its issuer or its status.
func TestASecretThatIsNoLongerAskedForGoes(t *testing.T) {
	state := func(s issuer.State) func(*world) { return func(w *world) { w.bank.cards[0].State = s } }
	for name, c := range map[string]struct {
		world func(*world)
		asks  func(*v1alpha1.VirtualCard)
	}{
		"all is well":                           {nil, unasked},
		"another name":                          {nil, renamedSecret},
		"the issuer is down":                    {fails("ListCards", 0, down()), unasked},
		"the issuer is down, another name":      {fails("ListCards", 0, down()), renamedSecret},
		"no connection":                         {fails("Dial", 0, down()), unasked},
		"the issuer has blocked the card":       {state(issuer.StateControl), unasked},
		"the card is pending":                   {state(issuer.StatePending), unasked},
		"the status does not know":              {forgets, unasked},
		"the status does not know, and is down": {func(w *world) { w.prepare(forgets, fails("ListCards", 0, down())) }, renamedSecret},
	} {
		t.Run(name, func(t *testing.T) {
			w, card := written(t)
			w.clock.Advance(2 * time.Minute) // what was seen is too old
			w.prepare(c.world)
			change(w, card, func(card *v1alpha1.VirtualCard) {
				card.Spec.Secret.ExpireAfter = nil
				c.asks(card)
				card.Generation++
			})
			w.round(card)
			got, _ := now(w, card)
			if secretData(w) != nil || got.Status.SecretName == "search" {
				t.Errorf("it stays: %d keys, status names %q", len(secretData(w)), got.Status.SecretName)
			}
			if said := engine.ConditionOf(got, v1alpha1.ConditionSecretReady); got.Status.SecretName == "" && said != nil && said.Reason == v1alpha1.ReasonWritten {
				t.Errorf("%+v", said)
			}
		})
	}
}

// forgets is a world in which the card's status was lost.
func forgets(w *world) {
	status(w, newCard(), func(c *v1alpha1.VirtualCard) { c.Status = v1alpha1.VirtualCardStatus{} })
}

// What a lost status says of a Secret does not matter once the card is known to be closed.
func TestAClosedCardsSecretGoesWithoutAStatus(t *testing.T) {
	w, card := written(t)
	w.prepare(forgets)
	w.bank.cards[0].State = issuer.StateInactive
	w.runFor(20*time.Minute, card)
	if says(w, card, "Closed"); secretData(w) != nil {
		t.Error("it stays")
	}
}

// The round that wrote the Secret could not save that it did.
func TestASecretThatNoStatusEverNamedGoes(t *testing.T) {
	card := issuedCard(withSecret)
	w := newWorld(t, card)
	w.bank.cards = []issuer.Card{remoteCard()}
	w.breaks("status VirtualCard", 1, conflict())
	w.round(card)
	if got, _ := now(w, card); len(secretData(w)) == 0 || got.Status.SecretName != "" {
		t.Fatalf("%d keys, %q", len(secretData(w)), got.Status.SecretName)
	}
	change(w, card, unasked)
	w.round(card)
	if secretData(w) != nil {
		t.Error("it stays")
	}
}

// A Secret that cannot be removed is tried again soon, also while the card is being deleted.
func TestASecretThatCannotBeRemovedIsTriedAgainSoon(t *testing.T) {
	for name, c := range map[string]struct {
		breaks string
		change func(*v1alpha1.VirtualCard)
	}{
		"they cannot be listed":   {"list PartialObjectMetadataList", unasked},
		"it cannot be read":       {"get PartialObjectMetadata", unasked},
		"the card is being ended": {"list PartialObjectMetadataList", nil},
	} {
		t.Run(name, func(t *testing.T) {
			w, card := written(t)
			w.bank.cards[0].State = issuer.StateControl
			if c.change == nil {
				if err := w.api.Delete(ctx, card); err != nil {
					t.Fatal(err)
				}
			} else {
				change(w, card, c.change)
			}
			w.breaks(c.breaks, 0, errAway)
			if after := w.round(card); secretData(w) == nil || after <= 0 || after > 10*time.Second {
				t.Fatalf("again after %v, %d keys", after, len(secretData(w)))
			}
			w.breaks(c.breaks, 0, nil)
			if w.round(card); secretData(w) != nil {
				t.Error("it stays")
			}
		})
	}
}

// While nothing is to be removed nobody but the cache is asked, and nothing is written.
func TestTidyingIsFree(t *testing.T) {
	w, card := written(t)
	w.clock.Advance(10 * time.Second)
	w.round(card)
	reads, writes := w.asked["get PartialObjectMetadata"], w.asked["status VirtualCard"]
	w.clock.Advance(10 * time.Second)
	w.round(card)
	// Of the one-time code and of the Secret, both from the cache.
	if more := w.asked["get PartialObjectMetadata"] - reads; more != 2 || w.asked["status VirtualCard"] != writes {
		t.Errorf("%d reads, %d writes", more, w.asked["status VirtualCard"]-writes)
	}
}
