package mishap

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

func newPayee(finalizers ...string) *v1alpha1.Beneficiary {
	return &v1alpha1.Beneficiary{ObjectMeta: named(finalizers...), Spec: v1alpha1.BeneficiarySpec{
		IssuerRef: ref, LastName: "Acme", Currency: "USD", AccountNumber: "1234567890", BankName: "Bank", RoutingNumber: "021000021",
	}}
}

func listedPayee(id, number, routing string) issuer.Receiver {
	return issuer.Receiver{ID: id, State: issuer.ReceiverPassed, LastName: "Acme", Currency: "USD", AccountNumber: issuer.NewSensitive(number), RoutingNumber: routing}
}

func TestAPayeeWithALostStatusSettlesOnce(t *testing.T) {
	b := newBench(t, newPayee(v1alpha1.Finalizer))
	b.bank.receivers = []issuer.Receiver{listedPayee("r-0", "1234567890", "021000021")}
	if rounds := b.runFor(time.Hour, b.payees()); rounds > 200 {
		t.Errorf("%d rounds in an hour", rounds)
	}
}

func TestAPayeeThatMayBeAnotherIsNeitherPaidNorRegistered(t *testing.T) {
	for name, row := range map[string]issuer.Receiver{
		"masked":                   listedPayee("r-0", "****7890", "021000021"),
		"its bank is not said":     listedPayee("r-0", "1234567890", ""),
		"neither number nor bank":  listedPayee("r-0", "", ""),
		"masked, at no known bank": listedPayee("r-0", "****7890", ""),
	} {
		t.Run(name, func(t *testing.T) {
			o := newPayee()
			b := newBench(t, o)
			b.bank.receivers = []issuer.Receiver{row}
			next := b.payees()
			b.runFor(time.Hour, next)
			b.says(o, "NeedsDecision", "r-0", v1alpha1.AnnotationSettle+"=r-0=happened")
			if o.Status.ID != "" || o.Status.State != "" || b.bank.calls["CreateReceiver"] != 0 {
				t.Errorf("got %+v", o.Status)
			}
			o.Annotations = map[string]string{v1alpha1.AnnotationSettle: "r-0=happened"}
			if err := b.api.Update(ctx, o); err != nil {
				t.Fatal(err)
			}
			next()
			if b.says(o, "Ready=True"); o.Status.ID != "r-0" {
				t.Errorf("a person has said which: %+v", o.Status)
			}
		})
	}
}

func TestAPayeeThatIsSaidToBeAnotherIsRegistered(t *testing.T) {
	o := newPayee()
	o.Annotations = map[string]string{v1alpha1.AnnotationSettle: "r-0=never"}
	b := newBench(t, o)
	b.bank.receivers = []issuer.Receiver{listedPayee("r-0", "****7890", "")}
	b.bank.register = func(issuer.ReceiverOrder) (issuer.Receiver, error) {
		made := listedPayee("r-1", "****7890", "")
		b.bank.receivers = append(b.bank.receivers, made)
		return made, nil
	}
	b.runFor(10*time.Minute, b.payees())
	if b.says(o, "Ready=True"); o.Status.ID != "r-1" || b.bank.calls["CreateReceiver"] != 1 {
		t.Errorf("the id of the answer tells it: %+v", o.Status)
	}
}

// An issuer that hides account numbers needs no person, as long as its answer arrives.
func TestAPayeeIsKnownByTheAnswersId(t *testing.T) {
	o := newPayee()
	b := newBench(t, o)
	b.bank.register = func(issuer.ReceiverOrder) (issuer.Receiver, error) {
		made := listedPayee("r-0", "****7890", "")
		b.bank.receivers = append(b.bank.receivers, made)
		return made, nil
	}
	b.runFor(10*time.Minute, b.payees())
	if b.says(o, "Ready=True"); o.Status.ID != "r-0" {
		t.Errorf("got %+v", o.Status)
	}
}

func TestAPayeeWhoseSecretWasEditedIsNotPaid(t *testing.T) {
	o := newPayee(v1alpha1.Finalizer)
	o.Spec.AccountNumber, o.Spec.AccountNumberFrom = "", &v1alpha1.SecretKeyReference{Name: "number", Key: "n"}
	o.Status.ID, o.Status.State, o.Status.ObservedGeneration = "r-0", "Passed", 1
	b := newBench(t, o)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ads", Name: "number"}, Data: map[string][]byte{"n": []byte("1234567890")}}
	if err := corev1.AddToScheme(b.api.Scheme()); err != nil {
		t.Fatal(err)
	}
	if err := b.api.Create(ctx, secret); err != nil {
		t.Fatal(err)
	}
	b.bank.receivers = []issuer.Receiver{listedPayee("r-0", "1234567890", "021000021")}
	next := b.payees()
	next()
	b.says(o, "Ready=True")
	edit := func(number string) {
		secret.Data["n"] = []byte(number)
		if err := b.api.Update(ctx, secret); err != nil {
			t.Fatal(err)
		}
		b.runFor(5*time.Minute, next)
	}
	edit("9999999999")
	b.says(o, "Ready=False", "Conflict", `"number"`, "r-0")
	if o.Status.State != "" {
		t.Error("withdrawals go by the state")
	}
	edit("1234567890")
	if b.says(o, "Ready=True"); o.Status.State != "Passed" || o.Status.ID != "r-0" {
		t.Errorf("put back, it is the payee that it was: %+v", o.Status)
	}
}
