package controller_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/controller/cardissuer"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/mirror"
)

// hinted runs a CardIssuer with hints, and takes down what each wakes.
func hinted(t *testing.T, objects ...*v1alpha1.VirtualCard) (w *world, woken *[][]string, failing *error) {
	t.Helper()
	w = newWorld(t)
	for _, o := range objects {
		w.create(o)
	}
	woken, failing = new([][]string), new(error)
	eng := &engine.Engine{Client: w.api, Reader: w.api, Clock: w.clock, Events: w}
	rec := &cardissuer.Reconciler{
		Engine: eng, Connections: w.accounts, WebhookPath: func(*v1alpha1.CardIssuer) string { return "/webhooks/ads/bank" },
		Count: func(context.Context, *v1alpha1.CardIssuer) (v1alpha1.CardIssuerCounts, error) {
			return v1alpha1.CardIssuerCounts{}, nil
		},
		Wake: func(_ context.Context, _ *v1alpha1.CardIssuer, changed mirror.Changes) error {
			*woken = append(*woken, changed.Cards)
			return *failing
		},
	}
	w.run["CardIssuer"] = &engine.Runner[*v1alpha1.CardIssuer]{Engine: eng, New: empty[v1alpha1.CardIssuer], Sync: rec.Sync}
	return w, woken, failing
}

func hint(w *world, at string) {
	change(w, cardIssuer(), func(ci *v1alpha1.CardIssuer) {
		ci.Annotations = map[string]string{v1alpha1.AnnotationHintedAt: at}
	})
}

func TestAHintMakesOneSweepAndWakesWhatHasChanged(t *testing.T) {
	w, woken, _ := hinted(t)
	w.bank.cards = []issuer.Card{remoteCard(), remoteCard(func(c *issuer.Card) { c.ID, c.Label = "c-2", "" })}
	hint(w, "old") // what is there when a process begins is no news: everything is read anyway
	w.round(cardIssuer())
	if len(*woken) != 0 {
		t.Fatalf("woken %q", *woken)
	}
	w.clock.Advance(time.Second)
	w.bank.cards[1].State = issuer.StateFrozen
	hint(w, "new")
	sweeps := w.asked["ListCards"]
	w.round(cardIssuer())
	w.round(cardIssuer()) // the same hint is followed once
	if n := w.asked["ListCards"] - sweeps; n != 1 || len(*woken) != 1 || !slices.Equal((*woken)[0], []string{"c-2"}) {
		t.Errorf("%d sweeps, woken %q", n, *woken)
	}
}

func TestAHintThatCannotBeFollowedIsFollowedLater(t *testing.T) {
	for name, breaks := range map[string]func(w *world, failing *error) (mend func()){
		"the issuer is down": func(w *world, _ *error) func() {
			w.breaks("ListCards", 0, down())
			return func() { w.breaks("ListCards", 0, nil) }
		},
		"nobody can be woken": func(_ *world, failing *error) func() {
			*failing = errAway
			return func() { *failing = nil }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, woken, failing := hinted(t)
			w.bank.cards = []issuer.Card{remoteCard()}
			w.round(cardIssuer())
			mend := breaks(w, failing)
			w.clock.Advance(time.Second)
			hint(w, "new")
			w.round(cardIssuer())
			mend()
			*woken = nil
			w.clock.Advance(time.Minute)
			w.round(cardIssuer())
			if len(*woken) != 1 {
				t.Errorf("woken %q", *woken)
			}
		})
	}
}

func TestACardIssuerSaysWhatItIsAskedFor(t *testing.T) {
	w, _, _ := hinted(t)
	w.bank.also = []issuer.Feature{issuer.FeatureScenarios, issuer.FeatureWebhooks}
	w.bank.scenarios = []issuer.Scenario{{ID: "2", Name: "TikTok"}, {ID: "1", Name: "Search"}}
	w.round(cardIssuer())
	got, _ := now(w, cardIssuer())
	if !slices.Equal(got.Status.Scenarios, []string{"Search", "TikTok"}) || got.Status.WebhookPath != "/webhooks/ads/bank" {
		t.Errorf("%+v", got.Status)
	}
	for err, ready := range map[error]bool{unsupported(): true, down(): false} {
		w, _, _ := hinted(t)
		w.bank.also = []issuer.Feature{issuer.FeatureScenarios}
		w.breaks("ListScenarios", 0, err)
		w.round(cardIssuer())
		if got, _ := now(w, cardIssuer()); engine.IsTrue(got, v1alpha1.ConditionReady) != ready {
			t.Errorf("%v: %+v", err, got.Status.Conditions)
		}
	}
	quiet, _, _ := hinted(t)
	quiet.bank.lacks = map[issuer.Feature]bool{issuer.FeatureBINs: true}
	quiet.round(cardIssuer())
	if got, _ := now(quiet, cardIssuer()); got.Status.WebhookPath != "" || !engine.IsTrue(got, v1alpha1.ConditionReady) {
		t.Errorf("%+v", got.Status)
	}
}

// Without any webhook, what changes at the issuer wakes its object within the interval; what
// does not change wakes nobody.
func TestARoutineSweepWakesWhatHasChanged(t *testing.T) {
	w, woken, _ := hinted(t)
	w.bank.cards = []issuer.Card{remoteCard()}
	w.round(cardIssuer())
	for range 3 {
		w.clock.Advance(time.Minute)
		w.round(cardIssuer())
	}
	if len(*woken) != 0 {
		t.Fatalf("nothing has changed: %q", *woken)
	}
	w.bank.cards[0].State = issuer.StateFrozen
	w.clock.Advance(time.Minute)
	w.round(cardIssuer())
	if len(*woken) != 1 || !slices.Equal((*woken)[0], []string{"c-1"}) {
		t.Errorf("woken %q", *woken)
	}
}

// Budgets cannot be listed: whoever waits for a card's news has it at once, and only once, and
// the hint is followed when they can.
func TestCardsAreWokenAlthoughBudgetsCannotBeListed(t *testing.T) {
	for _, failing := range []error{nil, errAway} {
		w, woken, refuses := hinted(t)
		w.bank.cards, w.bank.budgets = []issuer.Card{remoteCard()}, []issuer.Budget{remoteBudget()}
		w.round(cardIssuer())
		if _, err := w.account().Mirror.Budgets(ctx, w.clock.Now()); err != nil {
			t.Fatal(err)
		}
		w.breaks("ListBudgets", 0, down())
		w.bank.cards[0].State, *refuses = issuer.StateFrozen, failing
		w.clock.Advance(time.Second)
		hint(w, "new")
		w.round(cardIssuer())
		w.clock.Advance(time.Second)
		w.round(cardIssuer())
		again := 1
		if failing != nil { // nobody was told
			again = 2
		}
		if len(*woken) != again || !slices.Equal((*woken)[0], []string{"c-1"}) {
			t.Errorf("%v: woken %q, want %d times", failing, *woken, again)
		}
		says(w, cardIssuer(), "IssuerUnavailable")
		w.breaks("ListBudgets", 0, nil)
		*refuses = nil
		w.clock.Advance(time.Second)
		w.round(cardIssuer())
		if len(*woken) != again+1 {
			t.Errorf("%v: the hint is followed in the end: %q", failing, *woken)
		}
	}
}
