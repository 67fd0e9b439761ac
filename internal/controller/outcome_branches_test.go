package controller_test

import (
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
)

// now is an object as the API server has it; gone says that it is not there any more.
func now[T v1alpha1.Object](w *world, o T) (stored T, gone bool) {
	w.t.Helper()
	stored, ok := o.DeepCopyObject().(T)
	if !ok {
		w.t.Fatalf("%T", o)
	}
	err := w.api.Get(ctx, client.ObjectKeyFromObject(o), stored)
	if client.IgnoreNotFound(err) != nil {
		w.t.Fatal(err)
	}
	return stored, err != nil
}

// outcome is what a round must come to.
type outcome struct {
	// reason of the root condition; empty means that nothing was written.
	reason string
	// step is a condition that must say the same reason, "" for none.
	step string
	// says is part of the root condition's message.
	says string
	// sent are the calls with an effect; nil means none.
	sent []string
}

// goodReasons say that all is as the spec asks.
var goodReasons = []string{v1alpha1.ReasonReady, v1alpha1.ReasonPassed, v1alpha1.ReasonPaid}

// expect compares an object, and what was sent, with what must have come of a round.
func expect[T v1alpha1.Object](w *world, o T, want outcome) {
	w.t.Helper()
	stored, gone := now(w, o)
	if gone {
		w.t.Fatal("the object is gone")
	}
	reason, message := "", ""
	if c := engine.ConditionOf(stored, stored.RootCondition()); c != nil {
		reason, message = c.Reason, c.Message
	}
	if good := engine.IsTrue(stored, stored.RootCondition()); good != slices.Contains(goodReasons, reason) {
		w.t.Errorf("all is as asked %v: %s", good, root(stored))
	}
	if reason != want.reason || !strings.Contains(message, want.says) {
		w.t.Errorf("%s: %q, want %s: %q", reason, message, want.reason, want.says)
	}
	if want.step != "" {
		if c := engine.ConditionOf(stored, want.step); c == nil || c.Reason != want.reason {
			w.t.Errorf("condition %s: %+v, want reason %s", want.step, c, want.reason)
		}
	}
	expectSent(w, want.sent)
}

// expectSent compares the calls with an effect that arrived with those that must have.
func expectSent(w *world, want []string) {
	w.t.Helper()
	if !slices.Equal(w.bank.sent, want) {
		w.t.Errorf("sent %q, want %q", w.bank.sent, want)
	}
}

// says compares what an object's root condition says, "Ready=False Conflict: …", with words
// that must be in it, and returns the object as it is stored.
func says[T v1alpha1.Object](w *world, o T, words ...string) T {
	w.t.Helper()
	stored, _ := now(w, o)
	for _, word := range words {
		if !strings.Contains(root(stored), word) {
			w.t.Errorf("%q is missing: %s", word, root(stored))
		}
	}
	return stored
}

// root is an object's root condition in words.
func root(o v1alpha1.Object) string {
	c := engine.ConditionOf(o, o.RootCondition())
	if c == nil {
		return "nothing"
	}
	return fmt.Sprintf("%s=%s %s: %s", c.Type, c.Status, c.Reason, c.Message)
}

// held says that an object still has its finalizer.
func held[T v1alpha1.Object](w *world, o T) bool {
	stored, gone := now(w, o)
	return !gone && slices.Contains(stored.GetFinalizers(), v1alpha1.Finalizer)
}

// hasTold says whether an Event of the reason was recorded.
func (w *world) hasTold(reason string) bool {
	return slices.ContainsFunc(w.told, func(event string) bool { return strings.HasPrefix(event, reason+": ") })
}

// idOf is status.id: which remote object the object stands for.
func idOf(o v1alpha1.LedgerObject) string {
	switch o := o.(type) {
	case *v1alpha1.VirtualCard:
		return o.Status.ID
	case *v1alpha1.Budget:
		return o.Status.ID
	case *v1alpha1.Beneficiary:
		return o.Status.ID
	case *v1alpha1.Withdrawal:
		return o.Status.ID
	}
	return ""
}
