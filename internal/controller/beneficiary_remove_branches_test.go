package controller_test

import (
	"testing"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

func deletedPayee(p *v1alpha1.Beneficiary) { deleted(p) }

// A deleted Beneficiary stays while nobody can tell whether it was registered: another one
// of the same details could not tell either, and would register it again.
func TestWhatKeepsADeletedBeneficiary(t *testing.T) {
	const way = v1alpha1.AnnotationOrphan + "=true"
	for name, c := range map[string]struct {
		payee *v1alpha1.Beneficiary
		world func(*world)
		want  outcome
	}{
		"no connection":           {newPayee(registering, deletedPayee), fails("Dial", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"the list cannot be read": {newPayee(registering, deletedPayee), fails("ListReceivers", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"the same, status lost":   {newPayee(deletedPayee), fails("ListReceivers", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"its answer was lost":     {newPayee(registering, deletedPayee), nil, outcome{reason: v1alpha1.ReasonOutcomeUnknown, says: way}},
		"its status was lost":     {newPayee(deletedPayee), nil, outcome{reason: v1alpha1.ReasonSettling, says: way}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.payee)
			if c.world != nil {
				c.world(w)
			}
			after := w.round(c.payee)
			expect(w, c.payee, c.want)
			if !held(w, c.payee) || after <= 0 {
				t.Errorf("it must stay, and be looked at again: after %v", after)
			}
		})
	}
}

// It goes once another of the same details would find the payee, or there certainly is none.
func TestADeletedBeneficiaryGoes(t *testing.T) {
	refusedOnce := func(p *v1alpha1.Beneficiary) { p.Status.Intent.Refusal = "no" }
	given := func(p *v1alpha1.Beneficiary) { p.Annotations = map[string]string{v1alpha1.AnnotationOrphan: "true"} }
	for name, c := range map[string]struct {
		payee  *v1alpha1.Beneficiary
		listed bool
		atOnce bool
	}{
		"it shows":                   {newPayee(registering, deletedPayee), true, true},
		"it shows, status lost":      {newPayee(deletedPayee), true, true},
		"its answer was lost":        {newPayee(registering, deletedPayee), false, false},
		"it was refused for certain": {newPayee(registering, refusedOnce, deletedPayee), false, false},
		"its status was lost":        {newPayee(deletedPayee), false, false},
		"a person gave it up":        {newPayee(registering, given, deletedPayee), false, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.payee)
			if c.listed {
				w.bank.payees = []issuer.Receiver{remotePayee(issuer.ReceiverPassed)}
			}
			began := w.clock.Now()
			for range 100 {
				if !held(w, c.payee) {
					break
				}
				w.clock.Advance(w.round(c.payee))
			}
			took, timing := w.clock.Now().Sub(began), engine.DefaultTiming
			if held(w, c.payee) || len(w.bank.sent) != 0 || (took == 0) != c.atOnce || !c.atOnce && took < timing.InFlight()+timing.IssuingLag {
				t.Errorf("held %v after %v, sent %q", held(w, c.payee), took, w.bank.sent)
			}
		})
	}
}

// What a Withdrawal says of its end stands, whether or not its finalizer can be taken off.
func TestAnEndedWithdrawalIsLetGoAgain(t *testing.T) {
	wd := newWithdrawal(func(wd *v1alpha1.Withdrawal) {
		wd.Finalizers = []string{v1alpha1.Finalizer}
		wd.Status.State, wd.Status.ObservedGeneration = "Closed", 1
		engine.OK(wd, v1alpha1.ConditionSucceeded, v1alpha1.ReasonPaid, "paid")
	})
	w := newWorld(t, wd)
	w.breaks("patch Withdrawal", 1, errAway)
	after := w.round(wd)
	stored, _ := now(w, wd)
	if !engine.IsTrue(stored, v1alpha1.ConditionSucceeded) || after <= 0 || len(stored.Finalizers) != 1 {
		t.Fatalf("%+v, again after %v", stored.Status.Conditions, after)
	}
	w.round(wd)
	if stored, _ := now(w, wd); len(stored.Finalizers) != 0 {
		t.Error("then it is let go")
	}
}
