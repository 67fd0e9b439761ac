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

// notTaken is an issuer that renames by another method than the one that is configured.
func notTaken() error {
	return &issuer.Error{Class: issuer.Invalid, Op: "rename budget", Status: 405, Message: "try spec.interlace.renameMethod"}
}

func renames(w *world) (n int) {
	for _, call := range w.bank.sent {
		if call == "RenameBudget" {
			n++
		}
	}
	return n
}

// What stands in the way of a name shows in Synced, in words that promise no look. State and
// money do not wait for it.
func TestMoneyDoesNotWaitForAName(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		reason string
		says   string
	}{
		"refused":     {notTaken(), v1alpha1.ReasonRejected, "spec.interlace.renameMethod"},
		"unreachable": {down(), v1alpha1.ReasonIssuerUnavailable, "could not be reached"},
		"lost":        {lost(), v1alpha1.ReasonOutcomeUnknown, "it does no harm twice"},
	} {
		t.Run(name, func(t *testing.T) {
			budget := openBudget(asking("50"), renamedBudget)
			w := newWorld(t, budget)
			w.prepare(budgets(remoteBudget()), fails("RenameBudget", 0, c.err))
			after := w.round(budget)
			expect(w, budget, outcome{reason: v1alpha1.ReasonReady, sent: []string{"RenameBudget", "MoveBudgetFunds In 50.00"}})
			stored, _ := now(w, budget)
			synced := engine.ConditionOf(stored, v1alpha1.ConditionSynced)
			if synced == nil || synced.Status != "False" || synced.Reason != c.reason || !strings.Contains(synced.Message, c.says) || strings.Contains(synced.Message, "looking for it") {
				t.Errorf("%+v", synced)
			}
			if after <= 0 || after > 10*time.Second {
				t.Errorf("the name is tried again soon: %v", after)
			}
		})
	}
}

// A budget that cannot be worked with says so, and its name is tried all the same.
func TestANameIsTriedBesideAnotherProblem(t *testing.T) {
	budget := openBudget(renamedBudget)
	w := newWorld(t, budget)
	w.prepare(budgets(remoteBudget(func(b *issuer.Budget) { b.State = issuer.StateFrozen })), fails("RenameBudget", 0, notTaken()))
	after := w.round(budget)
	expect(w, budget, outcome{reason: v1alpha1.ReasonFrozen, sent: []string{"RenameBudget"}})
	if after > 10*time.Second {
		t.Errorf("again after %v", after)
	}
}

// Whatever wakes the object: the name is sent less and less often, up to five minutes apart. A
// new spec, a person who asks to look now and a corrected CardIssuer are not kept waiting.
func TestANameIsSentLessAndLessOften(t *testing.T) {
	budget := openBudget(renamedBudget)
	w := newWorld(t, budget)
	w.prepare(budgets(remoteBudget()), fails("RenameBudget", 0, notTaken()))
	for range 3600 { // woken every second
		w.round(budget)
		w.clock.Advance(time.Second)
	}
	if n := renames(w); n < 12 || n > 25 {
		t.Errorf("%d calls in an hour", n)
	}
	calls := renames(w)
	stored, _ := now(w, budget)
	stored.Annotations = map[string]string{v1alpha1.AnnotationReconcileAt: "now"}
	if err := w.api.Update(ctx, stored); err != nil {
		t.Fatal(err)
	}
	if w.round(budget); renames(w) != calls+1 {
		t.Error("a person asked to look now")
	}
	stored, _ = now(w, budget)
	stored.Spec.DisplayName, stored.Generation = "More ads", stored.Generation+1
	if err := w.api.Update(ctx, stored); err != nil {
		t.Fatal(err)
	}
	if w.round(budget); renames(w) != calls+2 {
		t.Error("another name is another wish")
	}
	if w.accounts.Forget("uid-bank"); w.round(budget) <= 0 || renames(w) != calls+3 {
		t.Error("a new connection may do what the old one could not")
	}
	w.breaks("RenameBudget", 0, nil)
	w.runFor(time.Hour, budget)
	stored = says(w, budget, "Ready=True")
	if !engine.IsTrue(stored, v1alpha1.ConditionSynced) || !strings.HasPrefix(w.bank.budgets[0].Name, "More ads-") {
		t.Errorf("mended, it is set: %q", w.bank.budgets[0].Name)
	}
}

// A drained budget whose name the issuer does not change goes after a while, with few calls,
// and somebody is told. One that only cannot be reached stays: it may be marked yet.
func TestADrainedBudgetThatCannotBeMarked(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		says string
		goes bool
	}{
		"refused":     {notTaken(), "spec.interlace.renameMethod", true},
		"lost":        {lost(), "it does no harm twice", true},
		"unreachable": {down(), v1alpha1.AnnotationOrphan + "=true", false},
	} {
		t.Run(name, func(t *testing.T) {
			budget := openBudget(drained)
			w := newWorld(t, budget)
			w.prepare(budgets(remoteBudget()), emptied, fails("RenameBudget", 0, c.err))
			w.round(budget)
			says(w, budget, c.says)
			for range 3600 {
				if !held(w, budget) {
					break
				}
				w.round(budget)
				w.clock.Advance(time.Second)
			}
			took := w.clock.Now().Sub(epoch)
			if held(w, budget) == c.goes || w.hasTold(v1alpha1.EventNameKept) != c.goes || took < 10*time.Minute || renames(w) > 25 {
				t.Errorf("held %v after %v and %d calls: %q", held(w, budget), took, renames(w), w.told)
			}
		})
	}
}

// The object is not there any more when the mark is to be set: nothing is said, the next round
// finds out.
func TestAMarkWaitsForTheAPIServer(t *testing.T) {
	budget := openBudget(drained)
	w := newWorld(t, budget)
	w.prepare(budgets(remoteBudget()), emptied)
	w.breaks("get Budget", 2, notFound())
	if after := w.round(budget); after <= 0 || !held(w, budget) || len(w.bank.sent) != 0 {
		t.Errorf("again after %v, sent %q", after, w.bank.sent)
	}
}

// What a budget holds is in its status until it goes.
func TestADrainShowsTheBalance(t *testing.T) {
	budget := openBudget(drained)
	w := newWorld(t, budget)
	budgets(remoteBudget())(w)
	w.on["MoveBudgetFunds"] = func(int) {
		w.bank.balances["bal-1"] = issuer.Balance{ID: "bal-1", Available: money.Zero, Currency: "USD"}
	}
	fails("RenameBudget", 0, down())(w)
	w.runFor(3*time.Minute, budget)
	stored, gone := now(w, budget)
	if gone || stored.Status.Balance == nil || stored.Status.Balance.Available != "0.00" {
		t.Errorf("gone %v, %+v", gone, stored.Status.Balance)
	}
	if !slices.Contains(w.bank.sent, "MoveBudgetFunds Out 7.00") {
		t.Errorf("sent %q", w.bank.sent)
	}
}
