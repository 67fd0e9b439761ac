package funding

import (
	"context"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func TestRecallComputesWhatAStatusForgot(t *testing.T) {
	in, out, closed := issuer.MovementIn, issuer.MovementOut, issuer.MovementClosed
	for name, c := range map[string]struct {
		why      string
		sum      string
		count    int64
		settling bool
		opening  string
		rows     []issuer.Movement
		want     string
		wantN    int64
		reason   string
	}{
		"known":           {"a status that knows is not doubted", "50.00", 1, false, "", []issuer.Movement{row(own(1), in, "70", closed)}, "50.00", 1, ""},
		"lost":            {"the ledger is the truth", "", 0, false, "", []issuer.Movement{row(own(1), in, "50", closed), row(own(2), out, "20", closed)}, "30.00", 2, ""},
		"lost, opened":    {"what a card is born with counts as put in", "", 0, false, "10", []issuer.Movement{row(own(1), in, "40", closed)}, "50.00", 1, ""},
		"nothing yet":     {"nothing listed is nothing moved", "", 0, false, "", nil, "0.00", 0, ""},
		"others' moves":   {"somebody else's money is not ours", "", 0, false, "", []issuer.Movement{row("theirs", in, "900", closed)}, "0.00", 0, ""},
		"while settling":  {"a sum that was read too early is read again", "0.00", 0, true, "", []issuer.Movement{row(own(1), in, "50", closed)}, "50.00", 1, ""},
		"a lagging list":  {"a number that was used is never used again", "50.00", 3, true, "", []issuer.Movement{row(own(1), in, "50", closed)}, "50.00", 3, ""},
		"a failed one":    {"a failure moved nothing and used its number up", "", 0, false, "", []issuer.Movement{row(own(1), in, "50", issuer.MovementFailed)}, "0.00", 1, ""},
		"one still open":  {"nothing is planned on half a sum", "", 0, false, "", []issuer.Movement{row(own(1), in, "50", issuer.MovementPending)}, "0.00", 1, v1alpha1.ReasonPending},
		"a strange one":   {"neither in nor out is for a person", "", 0, false, "", []issuer.Movement{row(own(1), issuer.MovementOther, "50", closed)}, "", 0, v1alpha1.ReasonConflict},
		"one made twice":  {"paid twice is for a person", "", 0, false, "", []issuer.Movement{row(own(1), in, "50", closed), row(own(1), in, "50", closed)}, "", 0, v1alpha1.ReasonConflict},
		"one and its fee": {"a fee is no movement of ours", "", 0, false, "", []issuer.Movement{row(own(1), in, "50", closed), row(own(1), issuer.MovementFee, "1", closed)}, "50.00", 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, engine.PurposeFund, c.sum)
			w.card.Status.Movements, w.purse.Opening, w.rows = c.count, money.Must(c.opening), c.rows
			if c.settling {
				w.settle(epoch)
			}
			err := w.purse.Recall(ctx, w.clock.Now())
			if c.reason == "" && err != nil || c.reason != "" && (err == nil || engine.Explain(err).Reason != c.reason) {
				t.Errorf("%s: got %v, want reason %q", c.why, err, c.reason)
			}
			if w.card.Status.Funded != c.want || w.card.Status.Movements != c.wantN {
				t.Errorf("%s: books say %q after %d, want %q after %d", c.why, w.card.Status.Funded, w.card.Status.Movements, c.want, c.wantN)
			}
		})
	}
}

func (w *world) settle(since time.Time) {
	stamp := metav1.NewMicroTime(since)
	w.card.Status.SettlingSince = &stamp
}

func TestUnlistedHoldsAreRecalledFromTheFrozenBalance(t *testing.T) {
	for name, c := range map[string]struct {
		why      string
		settling bool
		known    bool
		listed   bool
		want     string
		wantN    int64
	}{
		"a new card":                 {"nothing was ever held by this object", false, true, false, "0.00", 0},
		"a lost status":              {"what is frozen is ours; numbers start beyond all that were used", true, true, false, "25.00", epoch.Unix()},
		"the issuer does not say":    {"the sum is unknown, but old numbers are not used again", true, false, false, "0.00", epoch.Unix()},
		"an issuer that lists holds": {"then the ledger is the truth", true, true, true, "8.00", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, engine.PurposeHold, "")
			w.frozen, w.known = money.Must("25"), c.known
			if c.settling {
				w.settle(epoch)
			}
			if c.listed {
				first, _ := w.purse.Next(money.Zero, money.Must("8"), 0)
				w.rows = []issuer.Movement{row(first.ID, issuer.MovementIn, "8", issuer.MovementClosed)}
			}
			if err := w.purse.Recall(ctx, w.clock.Now()); err != nil {
				t.Fatal(err)
			}
			if w.card.Status.Held != c.want || w.card.Status.Holds != c.wantN {
				t.Errorf("%s: books say %q after %d, want %q after %d", c.why, w.card.Status.Held, w.card.Status.Holds, c.want, c.wantN)
			}
			if err := w.purse.Recall(ctx, w.clock.Now()); err != nil || w.card.Status.Holds != c.wantN {
				t.Error("recalling twice is recalling once")
			}
		})
	}
}

func TestInferTellsAHoldFromTheFrozenBalance(t *testing.T) {
	p := Purse{Up: v1alpha1.ActionHold, Down: v1alpha1.ActionRelease}
	for name, c := range map[string]struct {
		why              string
		action           v1alpha1.IntentAction
		baseline, frozen string
		known            bool
		want             engine.Presence
	}{
		"hold, more is frozen":     {"it took place", p.Up, "10", "30", true, engine.Happened},
		"hold, as before":          {"it did not", p.Up, "10", "10.00", true, engine.Absent},
		"hold, something else":     {"somebody else moved too", p.Up, "10", "25", true, engine.Unclear},
		"hold, less is frozen":     {"somebody else moved too", p.Up, "30", "10", true, engine.Unclear},
		"release, less is frozen":  {"it took place", p.Down, "30", "10", true, engine.Happened},
		"release, as before":       {"it did not", p.Down, "30", "30", true, engine.Absent},
		"release, more is frozen":  {"somebody else moved too", p.Down, "10", "30", true, engine.Unclear},
		"the issuer does not say":  {"guessing is not looking", p.Up, "10", "30", false, engine.Unclear},
		"no baseline was claimed":  {"guessing is not looking", p.Up, "", "20", true, engine.Unclear},
		"a baseline that is broke": {"guessing is not looking", p.Up, "ten", "20", true, engine.Unclear},
	} {
		t.Run(name, func(t *testing.T) {
			in := v1alpha1.Intent{Action: c.action, Amount: "20", Baseline: c.baseline}
			if got := p.infer(in, money.Must(c.frozen), c.known); got.Presence != c.want {
				t.Errorf("%s: got %s, want %s", c.why, got, c.want)
			}
		})
	}
}

func TestAnUnlistedHoldIsRecognisedByItsBaseline(t *testing.T) {
	w := newWorld(t, engine.PurposeHold, "5.00")
	w.frozen, w.status = money.Must("5"), ""
	w.answer = &issuer.Error{Class: issuer.Ambiguous}
	if err := w.purse.Reach(ctx, w.engine, money.Must("25")); err == nil {
		t.Fatal("the answer was lost")
	}
	if w.card.Status.Intent.Baseline != "5.00" {
		t.Fatalf("what was frozen before is claimed with it: %+v", w.card.Status.Intent)
	}
	w.frozen = money.Must("25")
	if err := w.purse.Settle(ctx, w.engine); err != nil || w.card.Status.Held != "25.00" || w.card.Status.Holds != 1 || len(w.sent) != 1 {
		t.Errorf("5 and 20 make 25: it took place: %v, %s", err, w.card.Status.Held)
	}
}

// An issuer that has listed the hold before lists this one too: nobody is asked because of a
// frozen balance that fits nothing.
func TestAListOfHoldsCountsMoreThanTheFrozenBalance(t *testing.T) {
	w := newWorld(t, engine.PurposeHold, "0.00")
	if err := w.purse.Reach(ctx, w.engine, money.Must("5")); err != nil || w.card.Status.Holds != 1 {
		t.Fatalf("the first: %v", err)
	}
	w.frozen, w.status, w.answer = money.Must("5"), "", &issuer.Error{Class: issuer.Ambiguous}
	_ = w.purse.Reach(ctx, w.engine, money.Must("20"))
	w.frozen = money.Zero // the card was closed
	for range 5 {
		w.clock.Advance(time.Minute)
		if err := w.purse.Settle(ctx, w.engine); err == nil || engine.Explain(err).Reason != v1alpha1.ReasonOutcomeUnknown {
			t.Fatalf("the list says that it is not there: %v", err)
		}
	}
	if len(w.sent) < 3 {
		t.Errorf("sent %d times", len(w.sent))
	}
}

// A person can settle a hold also where the issuer refuses to tell what is frozen.
func TestAHoldWhoseBalanceIsRefusedCanBeSettled(t *testing.T) {
	w := newWorld(t, engine.PurposeHold, "0.00")
	w.status, w.answer = "", &issuer.Error{Class: issuer.Ambiguous}
	_ = w.purse.Reach(ctx, w.engine, money.Must("20"))
	w.purse.Frozen = func(context.Context, time.Time) (money.Amount, bool, error) {
		return money.Zero, false, &issuer.Error{Class: issuer.Invalid}
	}
	w.clock.Advance(time.Minute)
	if err := w.purse.Settle(ctx, w.engine); err == nil || engine.Explain(err).Reason != v1alpha1.ReasonNeedsDecision || len(w.sent) != 1 {
		t.Errorf("%v, sent %d", err, len(w.sent))
	}
}

func TestAnUnlistedHoldThatCannotBeToldIsForAPerson(t *testing.T) {
	w := newWorld(t, engine.PurposeHold, "0.00")
	w.status, w.answer = "", &issuer.Error{Class: issuer.Ambiguous}
	_ = w.purse.Reach(ctx, w.engine, money.Must("20"))
	w.frozen = money.Must("7")
	if err := w.purse.Settle(ctx, w.engine); err == nil || engine.Explain(err).Reason != v1alpha1.ReasonOutcomeUnknown {
		t.Fatalf("nobody is asked while the call may still have its effect: %v", err)
	}
	for range 20 {
		w.clock.Advance(time.Minute)
		if err := w.purse.Settle(ctx, w.engine); err == nil || engine.Explain(err).Reason != v1alpha1.ReasonNeedsDecision {
			t.Fatalf("somebody else changed the frozen balance too: %v", err)
		}
	}
	if len(w.sent) != 1 || w.card.Status.Held != "0.00" {
		t.Error("guessing would hold twice")
	}
}

// A movement that the issuer never finishes is asked for ever less often, by how long the
// object has been waiting.
func TestAMovementThatStaysOpenIsAskedForLessAndLess(t *testing.T) {
	for waited, want := range map[time.Duration]time.Duration{
		0: timing.Poll, time.Minute: 15 * time.Second, time.Hour: 5 * time.Minute, -time.Minute: timing.Poll,
	} {
		w := newWorld(t, engine.PurposeFund, "")
		w.rows = []issuer.Movement{row(own(1), issuer.MovementIn, "50", issuer.MovementPending)}
		w.settle(epoch)
		err := w.purse.Recall(ctx, epoch.Add(waited))
		if err == nil || engine.Explain(err).After != want {
			t.Errorf("after %v: %+v, want %v", waited, err, want)
		}
		w.card.Status.SettlingSince, *w.purse.Sum = nil, ""
		if err := w.purse.Recall(ctx, epoch); err == nil || engine.Explain(err).After != 30*time.Second {
			t.Errorf("of unknown age: %+v", err)
		}
	}
}
