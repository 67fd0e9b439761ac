package controller_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// times counts what was recorded.
func (w *world) times(record string) int {
	n := 0
	for _, r := range w.audit {
		if r == record {
			n++
		}
	}
	return n
}

func holdUnderWay(c *v1alpha1.VirtualCard) {
	c.Status.Intent = movement("c-1", engine.PurposeHold, v1alpha1.ActionHold)
}

func otherAmount(w *world) {
	w.bank.rows = []issuer.Movement{paid(issuer.MovementClosed, func(m *issuer.Movement) { m.Amount = money.Must("49") })}
}

// Whatever is put to a person counts once, however often it is looked at, and a condition has
// the id, the amount where there is one, and the command.
func TestAQuestionCountsOnce(t *testing.T) {
	foreign := func(wd *v1alpha1.Withdrawal) { wd.Status.Intent.ID = "another" }
	otherwise := func(w *world) {
		payable(w)
		otherAmount(w)
	}
	blocked := cards(remoteCard(func(c *issuer.Card) { c.State = issuer.StateControl }))
	for name, c := range map[string]struct {
		object v1alpha1.LedgerObject
		world  func(*world)
		reason string
		record string
		words  []string
	}{
		"a payee that may be this one": {newPayee(), payees(remoteAccount("r-1", "***7890", "")), v1alpha1.ReasonNeedsDecision,
			"parked Create", []string{"r-1", "settle=r-1=happened"}},
		"an intent of something else": {newWithdrawal(paying, foreign), payable, v1alpha1.ReasonNeedsDecision,
			"parked Withdraw 50.00", []string{"another", "50.00", "settle=another/1=happened"}},
		"a payment that is listed otherwise": {newWithdrawal(paying), otherwise, v1alpha1.ReasonConflict,
			"parked Withdraw 50.00", []string{paymentID(), "50.00", "/1=happened"}},
		"a hold on a card that the issuer has blocked": {issuedCard(holdUnderWay), blocked, v1alpha1.ReasonControlled,
			"parked Hold 50.00", []string{"besides: ", "50.00", "/1=happened"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.object)
			w.prepare(c.world)
			w.clock.Advance(time.Minute)
			for range 20 {
				w.round(c.object)
				w.clock.Advance(time.Minute)
			}
			stored := says(w, c.object, append(c.words, c.reason)...)
			stalled := engine.ConditionOf(stored, v1alpha1.ConditionStalled)
			if stalled == nil || stalled.Message != engine.ConditionOf(stored, stored.RootCondition()).Message {
				t.Errorf("a person has to act: %+v", stalled)
			}
			if n := w.times(c.record); n != 1 {
				t.Errorf("counted %d times: %q", n, w.audit)
			}
			asked := slices.DeleteFunc(slices.Clone(w.told), func(event string) bool { return !strings.Contains(event, "card-operator.io/settle=") })
			if len(asked) != 1 {
				t.Errorf("told %d times: %q", len(asked), w.told)
			}
		})
	}
}

// An intent never ends without a record of it.
func TestAWordLeavesARecord(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*v1alpha1.Withdrawal)
		word   string
		want   []string
	}{
		"listed otherwise than it was ordered": {func(*v1alpha1.Withdrawal) {}, paymentID() + "/1=happened", []string{"settled Withdraw 50.00", "happened Withdraw 50.00"}},
		"an intent of something else":          {func(wd *v1alpha1.Withdrawal) { wd.Status.Intent.ID = "another" }, "another/1=never", []string{"settled Withdraw 50.00", "dropped Withdraw 50.00"}},
	} {
		t.Run(name, func(t *testing.T) {
			wd := newWithdrawal(paying, c.change, func(wd *v1alpha1.Withdrawal) {
				wd.Annotations = map[string]string{v1alpha1.AnnotationSettle: c.word}
			})
			w := payment(t, wd)
			otherAmount(w)
			w.round(wd)
			if got, _ := now(w, wd); got.Status.Intent != nil || !slices.Equal(w.audit, c.want) {
				t.Errorf("recorded %q, left %+v", w.audit, got.Status.Intent)
			}
		})
	}
}
