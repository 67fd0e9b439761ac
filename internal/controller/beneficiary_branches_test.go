package controller_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
)

func fromSecret(p *v1alpha1.Beneficiary) {
	p.Spec.AccountNumber, p.Spec.AccountNumberFrom = "", &v1alpha1.SecretKeyReference{Name: "landlord", Key: "number"}
}

func registering(p *v1alpha1.Beneficiary) {
	p.Finalizers = []string{v1alpha1.Finalizer}
	p.Status.ObservedGeneration = 1
	p.Status.Intent = creation(id.Token("fleet", "Beneficiary", "ads", "landlord", 0))
}

func TestNoPayeeIsRegisteredUntilAllIsThere(t *testing.T) {
	for name, c := range map[string]struct {
		payee *v1alpha1.Beneficiary
		world func(*world)
		want  outcome
	}{
		"no connection": {newPayee(), fails("Dial", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"an issuer without payees": {newPayee(), func(w *world) { w.bank.lacks = map[issuer.Feature]bool{issuer.FeatureBeneficiaries: true} },
			outcome{reason: v1alpha1.ReasonUnsupported}},
		"no Secret":                 {newPayee(fromSecret), nil, outcome{reason: v1alpha1.ReasonInvalidSpec, says: `no key "number"`}},
		"the Secret cannot be read": {newPayee(fromSecret), fails("get Secret", 0, errAway), outcome{reason: v1alpha1.ReasonReconcileError}},
		"a Secret without the key": {newPayee(fromSecret), func(w *world) { w.create(&corev1.Secret{ObjectMeta: meta("landlord")}) },
			outcome{reason: v1alpha1.ReasonInvalidSpec}},
		"the payees cannot be read": {newPayee(), fails("ListReceivers", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"it is no longer listed": {newPayee(func(p *v1alpha1.Beneficiary) { p.Status.ID, p.Status.ObservedGeneration = "r-9", 1 }), nil,
			outcome{reason: v1alpha1.ReasonMissing, says: "r-9"}},
		"the claim is refused": {newPayee(), fails("status Beneficiary", 1, conflict()), outcome{}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.payee)
			if c.world != nil {
				c.world(w)
			}
			w.round(c.payee)
			expect(w, c.payee, c.want)
			if got, _ := now(w, c.payee); got.Status.Intent != nil {
				t.Errorf("nothing is under way: %+v", got.Status.Intent)
			}
		})
	}
}

func TestWhatARegistrationsAnswerMeans(t *testing.T) {
	for name, c := range map[string]struct {
		answer error
		reason string
		under  bool
	}{
		"a refusal ends it":       {refusal(), v1alpha1.ReasonRejected, false},
		"a lost answer leaves it": {lost(), v1alpha1.ReasonOutcomeUnknown, true},
		"a yes waits":             {nil, v1alpha1.ReasonCreating, true},
	} {
		t.Run(name, func(t *testing.T) {
			payee := newPayee()
			w := newWorld(t, payee)
			w.breaks("CreateReceiver", 0, c.answer)
			w.round(payee)
			expect(w, payee, outcome{reason: c.reason, sent: []string{"CreateReceiver"}})
			if got, _ := now(w, payee); (got.Status.Intent != nil) != c.under || got.Status.ID != "" {
				t.Errorf("%+v", got.Status)
			}
		})
	}
}

func TestARegistrationUnderWay(t *testing.T) {
	for name, c := range map[string]struct {
		payees []issuer.Receiver
		fail   error
		reason string
		under  bool
	}{
		"cannot be looked for": {nil, down(), v1alpha1.ReasonIssuerUnavailable, true},
		"does not show":        {nil, nil, v1alpha1.ReasonOutcomeUnknown, true},
		"shows, in review":     {[]issuer.Receiver{remotePayee(issuer.ReceiverPending)}, nil, v1alpha1.ReasonPending, false},
		"shows, questioned":    {[]issuer.Receiver{remotePayee(issuer.ReceiverRequest)}, nil, v1alpha1.ReasonFailed, false},
		"shows, refused":       {[]issuer.Receiver{remotePayee(issuer.ReceiverCanceled)}, nil, v1alpha1.ReasonFailed, false},
		"shows, passed":        {[]issuer.Receiver{remotePayee(issuer.ReceiverPassed)}, nil, v1alpha1.ReasonPassed, false},
	} {
		t.Run(name, func(t *testing.T) {
			payee := newPayee(registering)
			w := newWorld(t, payee)
			w.bank.payees = c.payees
			w.breaks("ListReceivers", 0, c.fail)
			w.round(payee)
			expect(w, payee, outcome{reason: c.reason})
			got, _ := now(w, payee)
			if (got.Status.Intent != nil) != c.under || (got.Status.ID == "") != c.under || engine.IsTrue(got, "Ready") != (c.reason == v1alpha1.ReasonPassed) {
				t.Errorf("%+v", got.Status)
			}
		})
	}
}

// A payee that may be this one, or is no longer, is for a person: nobody is registered
// twice, and nothing is paid to another account.
func TestAPayeeThatCannotBeToldIsForAPerson(t *testing.T) {
	known := func(p *v1alpha1.Beneficiary) {
		p.Status.ID, p.Status.State, p.Status.ObservedGeneration = "r-1", string(issuer.ReceiverPassed), 1
	}
	row := func(number string) issuer.Receiver {
		r := remotePayee(issuer.ReceiverPassed)
		r.AccountNumber = issuer.NewSensitive(number)
		return r
	}
	for name, c := range map[string]struct {
		payee *v1alpha1.Beneficiary
		row   issuer.Receiver
		want  outcome
	}{
		"its number is masked": {newPayee(), row("***7890"), outcome{reason: v1alpha1.ReasonNeedsDecision, says: "r-1=happened"}},
		"masked, under way":    {newPayee(registering), row("***7890"), outcome{reason: v1alpha1.ReasonNeedsDecision, says: "r-1=happened"}},
		"the spec's account":   {newPayee(known), row("9999999999"), outcome{reason: v1alpha1.ReasonConflict, says: "the spec"}},
		"the Secret's account": {newPayee(known, fromSecret), row("9999999999"), outcome{reason: v1alpha1.ReasonConflict, says: `Secret "landlord"`}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.payee)
			w.create(&corev1.Secret{ObjectMeta: meta("landlord"), Data: map[string][]byte{"number": []byte("1234567890")}})
			w.bank.payees = []issuer.Receiver{c.row}
			w.round(c.payee)
			expect(w, c.payee, c.want)
			if got, _ := now(w, c.payee); got.Status.State != "" {
				t.Errorf("withdrawals go by the state: %q", got.Status.State)
			}
		})
	}
}

func TestADeletedPayeeThatCannotBeLetGoStays(t *testing.T) {
	payee := newPayee(func(p *v1alpha1.Beneficiary) { deleted(p); p.Status.ObservedGeneration = 1 })
	w := newWorld(t, payee)
	w.breaks("patch Beneficiary", 1, errAway)
	if after := w.round(payee); !held(w, payee) || after <= 0 {
		t.Fatalf("again after %v", after)
	}
	w.round(payee)
	if held(w, payee) {
		t.Error("then it goes")
	}
}

// Another process may have registered the payee after this one took its picture: only a
// look of now can say that it is gone.
func TestAPayeeThatAnotherProcessRegisteredIsNotMissing(t *testing.T) {
	payee := newPayee(func(p *v1alpha1.Beneficiary) {
		p.Status.ID, p.Status.State, p.Status.ObservedGeneration = "r-1", string(issuer.ReceiverPassed), 1
	})
	w := newWorld(t, payee)
	acct, err := w.accounts.For(ctx, payee)
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := acct.Mirror.Receivers(ctx, "USD", w.clock.Now()); err != nil || len(rows) != 0 {
		t.Fatalf("the picture in hand is without it: %v, %v", rows, err)
	}
	w.bank.payees = []issuer.Receiver{remotePayee(issuer.ReceiverPassed)}
	w.clock.Advance(time.Second)
	w.round(payee)
	expect(w, payee, outcome{reason: v1alpha1.ReasonPassed})
}
