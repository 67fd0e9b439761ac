package engine_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func TestALostStatusIsNoticed(t *testing.T) {
	held := func(c *v1alpha1.VirtualCard) { c.Finalizers = []string{v1alpha1.Finalizer} }
	for name, c := range map[string]struct {
		why    string
		change func(*v1alpha1.VirtualCard)
		lost   bool
	}{
		"a finalizer and nothing else": {"the finalizer goes on before the first effect", func(*v1alpha1.VirtualCard) {}, true},
		"no finalizer":                 {"a new object had no effects", func(c *v1alpha1.VirtualCard) { c.Finalizers = nil }, false},
		"an intent":                    {"the claim is there", func(c *v1alpha1.VirtualCard) { c.Status.Intent = &v1alpha1.Intent{} }, false},
		"conditions":                   {"the status is there", func(c *v1alpha1.VirtualCard) { engine.OK(c, "Ready", "Ready", "") }, false},
		"a generation":                 {"the status is there", func(c *v1alpha1.VirtualCard) { c.Status.ObservedGeneration = 1 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			card := newCard(held, c.change)
			(&engine.Engine{Clock: clock.NewFake(epoch)}).NoteLostStatus(card)
			if (card.Status.SettlingSince != nil) != c.lost {
				t.Errorf("%s: settling since %v", c.why, card.Status.SettlingSince)
			}
		})
	}
}

func TestSettlingBeginsOnceAndEndsWhenListsCanBeBelieved(t *testing.T) {
	card := newCard()
	engine.StartSettling(card, epoch.Add(123))
	engine.StartSettling(card, epoch.Add(time.Minute))
	if got := card.Status.SettlingSince; !got.Time.Equal(epoch) {
		t.Fatalf("it begins once, to the microsecond that the API keeps: %v", got)
	}
	whole := timing.InFlight() + timing.ListingLag
	if got := engine.SettlingLeft(card, engine.Promise{Timing: timing, Creation: true}, epoch); got != timing.InFlight()+timing.IssuingLag {
		t.Errorf("cards show later: %v", got)
	}
	if got := engine.AfterSettling(card, timing, epoch, time.Hour); got != whole {
		t.Errorf("it is looked at when the wait ends: %v", got)
	}
	if got := engine.AfterSettling(card, timing, epoch, time.Second); got != time.Second {
		t.Errorf("or sooner: %v", got)
	}
	if got := engine.AfterSettling(card, timing, epoch.Add(whole), time.Hour); got != timing.Poll {
		t.Errorf("and at once when it is over: %v", got)
	}
	engine.EndSettling(card, timing, epoch.Add(whole-1))
	if card.Status.SettlingSince == nil {
		t.Error("a read that began before the end proves nothing")
	}
	engine.EndSettling(card, timing, epoch.Add(whole))
	if card.Status.SettlingSince != nil || engine.SettlingLeft(card, engine.Promise{Timing: timing}, epoch) != 0 {
		t.Error("then it is over")
	}
	if got := engine.AfterSettling(card, timing, epoch, time.Hour); got != time.Hour {
		t.Errorf("without a wait the interval stays: %v", got)
	}
}

func TestDeletingSaysTheWayOut(t *testing.T) {
	got := engine.Explain(engine.Deleting(newCard(), engine.Stall(v1alpha1.ReasonMissing, "no such card")))
	if got.Reason != v1alpha1.ReasonMissing || got.Severity != engine.Stalled ||
		!strings.Contains(got.Message, "kubectl -n ads annotate virtualcard search card-operator.io/orphan=true") {
		t.Errorf("whose issuer is gone for good needs a way out: %+v", got)
	}
	if engine.Deleting(newCard(), nil) != nil {
		t.Error("what is deleted has no problem")
	}
	if err := conflict(); !errors.Is(engine.Deleting(newCard(), err), err) || !engine.IsWrite(engine.Deleting(newCard(), err)) {
		t.Error("a failed write must stay one, or its round would be saved")
	}
}

func TestOrphanedTakesOneWordOnly(t *testing.T) {
	for word, want := range map[string]bool{"true": true, "": false, "True": false, "yes": false, "false": false} {
		card := newCard(func(c *v1alpha1.VirtualCard) { c.Annotations = map[string]string{v1alpha1.AnnotationOrphan: word} })
		if engine.Orphaned(card) != want {
			t.Errorf("%q gives up money at the issuer: %v", word, !want)
		}
	}
}

func TestSuspendedAndPlannedSayWhatWouldBe(t *testing.T) {
	card := newCard()
	if engine.Planned(card) != nil {
		t.Error("nothing planned, nothing to say")
	}
	card.Status.Plan = []string{"would a", "would b"}
	if err := engine.Planned(card); err == nil || err.Error() != "suspended: would a; would b" || engine.Explain(err).Reason != v1alpha1.ReasonSuspended {
		t.Errorf("a suspended object that differs is not Ready: %v", err)
	}
	engine.ShowSuspended(card, true)
	if !engine.IsTrue(card, v1alpha1.ConditionSuspended) {
		t.Error("shown while true")
	}
	engine.ShowSuspended(card, false)
	if engine.ConditionOf(card, v1alpha1.ConditionSuspended) != nil {
		t.Error("and gone afterwards")
	}
}

// Of two objects that ask for the same card exactly one is the older, or both or neither
// would take it.
func TestOlderHasOneWinner(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		object := func(name string) *v1alpha1.VirtualCard {
			return newCard(func(c *v1alpha1.VirtualCard) {
				c.UID = types.UID(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, name))
				c.CreationTimestamp = metav1.NewTime(epoch.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, name+" at")) * time.Second))
			})
		}
		a, b := object("a"), object("b")
		if engine.Older(a, b) == engine.Older(b, a) && a.UID != b.UID {
			t.Fatalf("%v and %v: no winner", a.ObjectMeta, b.ObjectMeta)
		}
		if a.CreationTimestamp.Before(&b.CreationTimestamp) && !engine.Older(a, b) {
			t.Fatal("the earlier one is the older one")
		}
	})
}

func TestConditionsAreBoundedAndStable(t *testing.T) {
	card := newCard(func(c *v1alpha1.VirtualCard) { c.Generation = 3 })
	engine.Not(card, "Ready", "Reason", strings.Repeat("ä", 4000))
	got := engine.ConditionOf(card, "Ready")
	if len(got.Message) > 1024 || !utf8.ValidString(got.Message) || !strings.HasSuffix(got.Message, "…") || got.ObservedGeneration != 3 {
		t.Errorf("a condition must be taken by the API server and be read by people: %d bytes", len(got.Message))
	}
	was := got.LastTransitionTime
	engine.Not(card, "Ready", "Reason", "other words")
	if !engine.ConditionOf(card, "Ready").LastTransitionTime.Equal(&was) || len(card.Status.Conditions) != 1 {
		t.Error("other words are no transition")
	}
}

func TestShowBalanceKeepsEveryDigit(t *testing.T) {
	got := engine.ShowBalance(issuer.Balance{Available: money.Must("10"), Pending: money.Must("0.125"), Frozen: money.Must("-1.5"), Currency: "USD"})
	if *got != (v1alpha1.Balance{Available: "10.00", Pending: "0.125", Frozen: "-1.50", Currency: "USD"}) {
		t.Errorf("got %+v", got)
	}
}
