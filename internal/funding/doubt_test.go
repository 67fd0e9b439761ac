package funding

import (
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// restored is an old status, of one hold of 5, over an issuer that lists no holds.
func restored(t *testing.T, frozen string) *world {
	t.Helper()
	w := newWorld(t, engine.PurposeHold, "5.00")
	w.card.Status.Holds, w.frozen, w.status = 1, money.Must(frozen), ""
	return w
}

// reach goes on as the controller does, until there is nothing more to do or for as long as
// said.
func (w *world) reach(target string, d time.Duration) error {
	var err error
	for end := w.clock.Now().Add(d); ; {
		if err = w.purse.Settle(ctx, w.engine); err == nil {
			err = w.purse.Reach(ctx, w.engine, money.Must(target))
		}
		if err == nil || !w.clock.Now().Before(end) {
			return err
		}
		w.clock.Advance(engine.Explain(err).After)
	}
}

// A backup was restored that knows of the first hold alone: the second, of 15, was made.
func TestAHoldThatAnOldStatusForgotIsNotMadeAgain(t *testing.T) {
	w := restored(t, "20")
	if err := w.reach("20", 10*time.Minute); err != nil || len(w.sent) != 0 || w.card.Status.Held != "20.00" || w.card.Status.Intent != nil {
		t.Errorf("%v, sent %+v, held %s", err, w.sent, w.card.Status.Held)
	}
	if w.card.Status.Holds < epoch.Unix() {
		t.Errorf("no number that was forgotten is used again: %d", w.card.Status.Holds)
	}
}

// What is frozen is neither what the status says nor what the movement would make of it:
// nothing is sent until a person has said whether it was made.
func TestAFrozenBalanceThatNobodyKnowsOfIsForAPerson(t *testing.T) {
	for word, want := range map[string]struct {
		amount string
		second bool
	}{"happened": {"8.00", false}, "never": {"15.00", true}} {
		w := restored(t, "12")
		err := w.reach("20", time.Hour)
		if err == nil {
			t.Fatalf("sent %+v", w.sent)
		}
		p := engine.Explain(err)
		if p.Reason != v1alpha1.ReasonNeedsDecision || p.Question == nil || len(w.sent) != 0 {
			t.Fatalf("%v, sent %+v", err, w.sent)
		}
		for _, part := range []string{"15.00", "12.00", "5.00", w.card.Status.Intent.ID + "/0=happened"} {
			if !strings.Contains(p.Message, part) {
				t.Errorf("the message must say %q: %s", part, p.Message)
			}
		}
		w.card.Annotations = map[string]string{v1alpha1.AnnotationSettle: w.card.Status.Intent.ID + "/0=" + word}
		if err := w.reach("20", 10*time.Minute); err != nil || w.card.Status.Held != "20.00" || len(w.sent) != 1 {
			t.Fatalf("%s: %v, held %s, sent %+v", word, err, w.card.Status.Held, w.sent)
		}
		if got := w.sent[0]; got.Amount.String() != want.amount || (got.ClientID == id.Movement("card-1", engine.PurposeHold, 2)) != want.second {
			t.Errorf("%s: sent %+v", word, got)
		}
	}
}

// kubectl shows no 0, so the key of the runbook may end with the slash.
func TestAWordAboutADoubtNeedsNoNought(t *testing.T) {
	w := restored(t, "12")
	_ = w.reach("20", time.Hour)
	w.card.Annotations = map[string]string{v1alpha1.AnnotationSettle: w.card.Status.Intent.ID + "/=happened"}
	if err := w.reach("12", 10*time.Minute); err != nil || w.card.Status.Held != "12.00" || len(w.sent) != 0 {
		t.Errorf("%v, held %s", err, w.card.Status.Held)
	}
}

// The balance lags behind what this very status made last: it is waited for, and then the
// movement is made, once. A balance that happens to say yes meanwhile says nothing.
func TestABalanceThatLagsIsWaitedFor(t *testing.T) {
	for target, amount := range map[string]string{"9": "4.00", "0": "5.00"} {
		w := restored(t, "0")
		_ = w.reach(target, 30*time.Second)
		if w.card.Status.Holds != 1 || len(w.sent) != 0 {
			t.Fatalf("to %s: %d holds, sent %+v", target, w.card.Status.Holds, w.sent)
		}
		w.frozen = money.Must("5")
		if err := w.reach(target, 10*time.Minute); err != nil || len(w.sent) != 1 || w.sent[0].Amount.String() != amount {
			t.Errorf("to %s: %v, sent %+v", target, err, w.sent)
		}
	}
}

// What is as the status says makes nobody wait.
func TestNoHoldIsDoubtedWithoutReason(t *testing.T) {
	latest := id.Movement("card-1", engine.PurposeHold, 1)
	for why, change := range map[string]func(*world){
		"what is frozen is what is held":  func(w *world) { w.frozen = money.Must("5.00") },
		"the issuer lists holds":          func(w *world) { w.rows = []issuer.Movement{row(latest, issuer.MovementIn, "5", issuer.MovementClosed)} },
		"the issuer says nothing of them": func(w *world) { w.known = false },
	} {
		w := restored(t, "12")
		w.status = issuer.MovementClosed
		change(w)
		if err := w.purse.Reach(ctx, w.engine, money.Must("20")); err != nil || len(w.sent) != 1 || w.card.Status.Held != "20.00" {
			t.Errorf("%s: %v, sent %+v", why, err, w.sent)
		}
	}
}

// A suspended card, or one whose movement nobody wants, plans as before: there is nothing to
// doubt where nothing is sent.
func TestNothingIsDoubtedWhereNothingIsSent(t *testing.T) {
	w := restored(t, "12")
	w.purse.Suspended = true
	if err := w.purse.Reach(ctx, w.engine, money.Must("20")); err == nil || w.card.Status.Intent != nil || len(w.card.Status.Plan) != 1 {
		t.Errorf("%v, %+v", err, w.card.Status.Intent)
	}
}

// The issuer says no longer what is frozen when the word comes: then it is of the movement.
func TestAWordWithoutAFrozenBalanceIsOfTheMovement(t *testing.T) {
	w := restored(t, "12")
	_ = w.reach("20", time.Hour)
	w.card.Annotations = map[string]string{v1alpha1.AnnotationSettle: w.card.Status.Intent.ID + "/0=happened"}
	w.known = false
	if err := w.purse.Settle(ctx, w.engine); err != nil || w.card.Status.Held != "20.00" || len(w.sent) != 0 {
		t.Errorf("%v, held %s", err, w.card.Status.Held)
	}
}
