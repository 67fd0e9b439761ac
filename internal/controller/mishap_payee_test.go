package controller_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

func routed(p *v1alpha1.Beneficiary) { p.Spec.RoutingNumber = "021000021" }

// masks makes the bank answer a registration with a payee of the id, whose number it hides.
func masks(w *world, id string) {
	w.bank.register = func(issuer.ReceiverOrder) issuer.Receiver {
		made := remoteAccount(id, "****7890", "")
		w.bank.payees = append(w.bank.payees, made)
		return made
	}
}

func settled(as string) func(*v1alpha1.Beneficiary) {
	return func(p *v1alpha1.Beneficiary) { p.Annotations = map[string]string{v1alpha1.AnnotationSettle: as} }
}

func TestAPayeeThatMayBeAnotherIsNeitherPaidNorRegistered(t *testing.T) {
	for name, row := range map[string]issuer.Receiver{
		"masked":                   remoteAccount("r-1", "****7890", "021000021"),
		"its bank is not said":     remoteAccount("r-1", "1234567890", ""),
		"neither number nor bank":  remoteAccount("r-1", "", ""),
		"masked, at no known bank": remoteAccount("r-1", "****7890", ""),
	} {
		t.Run(name, func(t *testing.T) {
			payee := newPayee(routed)
			w := newWorld(t, payee)
			w.bank.payees = []issuer.Receiver{row}
			w.runFor(time.Hour, payee)
			got := says(w, payee, "NeedsDecision", "r-1", v1alpha1.AnnotationSettle+"=r-1=happened")
			if got.Status.ID != "" || got.Status.State != "" || len(w.bank.sent) != 0 {
				t.Errorf("got %+v, sent %q", got.Status, w.bank.sent)
			}
			change(w, payee, settled("r-1=happened"))
			w.round(payee)
			if got := says(w, payee, "Ready=True"); got.Status.ID != "r-1" {
				t.Errorf("a person has said which: %+v", got.Status)
			}
		})
	}
}

func TestAPayeeThatIsSaidToBeAnotherIsRegistered(t *testing.T) {
	payee := newPayee(routed, settled("r-1=never"))
	w := newWorld(t, payee)
	w.bank.payees = []issuer.Receiver{remoteAccount("r-1", "****7890", "")}
	masks(w, "r-2")
	w.runFor(10*time.Minute, payee)
	expectSent(w, []string{"CreateReceiver"})
	if got := says(w, payee, "Ready=True"); got.Status.ID != "r-2" {
		t.Errorf("the id of the answer tells it: %+v", got.Status)
	}
}

// An issuer that hides account numbers needs no person, as long as its answer arrives.
func TestAPayeeIsKnownByTheAnswersID(t *testing.T) {
	payee := newPayee(routed)
	w := newWorld(t, payee)
	masks(w, "r-1")
	w.runFor(10*time.Minute, payee)
	if got := says(w, payee, "Ready=True"); got.Status.ID != "r-1" {
		t.Errorf("got %+v", got.Status)
	}
}

func TestAPayeeWhoseSecretWasEditedIsNotPaid(t *testing.T) {
	payee := newPayee(routed, fromSecret, knownPayee)
	secret := &corev1.Secret{ObjectMeta: meta("landlord"), Data: map[string][]byte{"number": []byte("1234567890")}}
	w := newWorld(t, payee, secret)
	w.bank.payees = []issuer.Receiver{remoteAccount("r-1", "1234567890", "021000021")}
	w.round(payee)
	says(w, payee, "Ready=True")
	edit := func(number string) {
		w.changeSecret("landlord", "number", number)
		w.runFor(5*time.Minute, payee)
	}
	edit("9999999999")
	if got := says(w, payee, "Ready=False", "Conflict", `"landlord"`, "r-1"); got.Status.State != "" {
		t.Error("withdrawals go by the state")
	}
	edit("1234567890")
	if got := says(w, payee, "Ready=True"); got.Status.State != "Passed" || got.Status.ID != "r-1" {
		t.Errorf("put back, it is the payee that it was: %+v", got.Status)
	}
}
