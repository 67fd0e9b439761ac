package controller_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
)

func fromSecret(p *v1alpha1.Beneficiary) {
	p.Spec.AccountNumber, p.Spec.AccountNumberFrom = "", &v1alpha1.SecretKeyReference{Name: "landlord", Key: "number"}
}

func knownPayee(p *v1alpha1.Beneficiary) {
	p.Status.ID, p.Status.State, p.Status.ObservedGeneration = "r-1", string(issuer.ReceiverPassed), 1
}

func registering(p *v1alpha1.Beneficiary) {
	p.Finalizers = []string{v1alpha1.Finalizer}
	p.Status.ObservedGeneration = 1
	p.Status.Intent = creation(id.Token("fleet", "Beneficiary", "ads", "landlord", 0))
}

func TestNoPayeeIsRegisteredUntilAllIsThere(t *testing.T) {
	known := func(p *v1alpha1.Beneficiary) { p.Status.ID, p.Status.ObservedGeneration = "r-9", 1 }
	rounds{
		"no connection":             {newPayee(), fails("Dial", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"an issuer without payees":  {newPayee(), lacks(issuer.FeatureBeneficiaries), outcome{reason: v1alpha1.ReasonUnsupported}},
		"no Secret":                 {newPayee(fromSecret), nil, outcome{reason: v1alpha1.ReasonInvalidSpec, says: `no key "number"`}},
		"the Secret cannot be read": {newPayee(fromSecret), fails("get Secret", 0, errAway), outcome{reason: v1alpha1.ReasonReconcileError}},
		"a Secret without the key": {newPayee(fromSecret), func(w *world) { w.create(&corev1.Secret{ObjectMeta: meta("landlord")}) },
			outcome{reason: v1alpha1.ReasonInvalidSpec}},
		"the payees cannot be read": {newPayee(), fails("ListReceivers", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"it is no longer listed":    {newPayee(known), nil, outcome{reason: v1alpha1.ReasonMissing, says: "r-9"}},
		"the claim is refused":      {newPayee(), fails("status Beneficiary", 1, conflict()), outcome{}},
	}.run(t, nil, idle)
}

// A payee that may be this one, or is no longer, is for a person: nobody is registered
// twice, and nothing is paid to another account.
func TestAPayeeThatCannotBeToldIsForAPerson(t *testing.T) {
	masked, another := payees(remoteAccount("r-1", "***7890", "")), payees(remoteAccount("r-1", "9999999999", ""))
	undecided := outcome{reason: v1alpha1.ReasonNeedsDecision, says: "r-1=happened"}
	hasSecret := func(w *world) {
		w.create(&corev1.Secret{ObjectMeta: meta("landlord"), Data: map[string][]byte{"number": []byte("1234567890")}})
	}
	rounds{
		"its number is masked": {newPayee(), masked, undecided},
		"masked, under way":    {newPayee(registering), masked, undecided},
		"the spec's account":   {newPayee(knownPayee), another, outcome{reason: v1alpha1.ReasonConflict, says: "the spec"}},
		"the Secret's account": {newPayee(knownPayee, fromSecret), another, outcome{reason: v1alpha1.ReasonConflict, says: `Secret "landlord"`}},
	}.run(t, hasSecret, func(w *world, _ v1alpha1.LedgerObject, _ time.Duration) {
		if got, _ := now(w, newPayee()); got.Status.State != "" {
			w.t.Errorf("withdrawals go by the state: %q", got.Status.State)
		}
	})
}

// Another process may have registered the payee after this one took its picture: only a
// look of now can say that it is gone.
func TestAPayeeThatAnotherProcessRegisteredIsNotMissing(t *testing.T) {
	payee := newPayee(knownPayee)
	w := newWorld(t, payee)
	if rows, err := w.account().Mirror.Receivers(ctx, "USD", w.clock.Now()); err != nil || len(rows) != 0 {
		t.Fatalf("the picture in hand is without it: %v, %v", rows, err)
	}
	w.bank.payees = []issuer.Receiver{remotePayee(issuer.ReceiverPassed)}
	w.clock.Advance(time.Second)
	w.round(payee)
	expect(w, payee, outcome{reason: v1alpha1.ReasonPassed})
}
