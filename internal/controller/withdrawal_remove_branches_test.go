package controller_test

import (
	"strings"
	"testing"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func deletedPayment(wd *v1alpha1.Withdrawal) { deleted(wd) }

// A deleted Withdrawal stays while nobody can tell whether it was paid: another one of
// its name could not tell either, and would pay again.
func TestWhatKeepsADeletedWithdrawal(t *testing.T) {
	const way = v1alpha1.AnnotationOrphan + "=true"
	for name, c := range map[string]struct {
		wd    *v1alpha1.Withdrawal
		world func(*world)
		want  outcome
	}{
		"no connection":             {newWithdrawal(paying, deletedPayment), fails("Dial", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"the ledger cannot be read": {newWithdrawal(paying, deletedPayment), fails("FindMovements", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable, says: way}},
		"its answer was lost":       {newWithdrawal(paying, deletedPayment), nil, outcome{reason: v1alpha1.ReasonOutcomeUnknown, says: way}},
		"its status was lost":       {newWithdrawal(deletedPayment), nil, outcome{reason: v1alpha1.ReasonSettling, says: way}},
	} {
		t.Run(name, func(t *testing.T) {
			w := payment(t, c.wd)
			if c.world != nil {
				c.world(w)
			}
			after := w.round(c.wd)
			expect(w, c.wd, c.want)
			if !held(w, c.wd) || after <= 0 {
				t.Errorf("it must stay, and be looked at again: after %v", after)
			}
		})
	}
}

// It goes once another of its name would find the payment, or there certainly is none.
func TestADeletedWithdrawalGoes(t *testing.T) {
	refusedOnce := func(wd *v1alpha1.Withdrawal) { wd.Status.Intent.Refusal = "no" }
	otherwise := paid(issuer.MovementClosed, func(m *issuer.Movement) { m.Amount = money.Must("49") })
	for name, c := range map[string]struct {
		wd     *v1alpha1.Withdrawal
		rows   []issuer.Movement
		orphan bool
		atOnce bool
	}{
		"it shows":                   {newWithdrawal(paying, deletedPayment), []issuer.Movement{paid(issuer.MovementPending)}, true, true},
		"it shows otherwise":         {newWithdrawal(paying, deletedPayment), []issuer.Movement{otherwise}, true, true},
		"its answer was lost":        {newWithdrawal(paying, deletedPayment), nil, false, false},
		"it was refused for certain": {newWithdrawal(paying, refusedOnce, deletedPayment), nil, false, false},
		"its status was lost":        {newWithdrawal(deletedPayment), nil, false, false},
		"it was never sent":          {newWithdrawal(deletedPayment, func(wd *v1alpha1.Withdrawal) { wd.Status.ObservedGeneration = 1 }), nil, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := payment(t, c.wd)
			w.bank.rows = c.rows
			began := w.clock.Now()
			for range 100 {
				if !held(w, c.wd) {
					break
				}
				w.clock.Advance(w.round(c.wd))
			}
			took, timing := w.clock.Now().Sub(began), engine.DefaultTiming
			if held(w, c.wd) || len(w.bank.sent) != 0 || (took == 0) != c.atOnce || !c.atOnce && took < timing.InFlight()+timing.ListingLag {
				t.Errorf("held %v after %v, sent %q", held(w, c.wd), took, w.bank.sent)
			}
			if told := strings.Contains(strings.Join(w.told, " "), v1alpha1.EventOrphaned); told != c.orphan {
				t.Errorf("told %q", w.told)
			}
		})
	}
}

func TestADeletedWithdrawalThatCannotBeLetGoStays(t *testing.T) {
	wd := newWithdrawal(paying, deletedPayment)
	w := payment(t, wd)
	w.bank.rows = []issuer.Movement{paid(issuer.MovementClosed)}
	w.breaks("patch Withdrawal", 1, errAway)
	if after := w.round(wd); !held(w, wd) || after <= 0 {
		t.Fatalf("again after %v", after)
	}
	w.round(wd)
	if held(w, wd) || len(w.bank.sent) != 0 {
		t.Errorf("sent %q", w.bank.sent)
	}
}
