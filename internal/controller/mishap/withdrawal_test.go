package mishap

import (
	"strconv"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func newWithdrawal() *v1alpha1.Withdrawal {
	return &v1alpha1.Withdrawal{ObjectMeta: named(), Spec: v1alpha1.WithdrawalSpec{
		IssuerRef: ref, CardRef: v1alpha1.LocalReference{Name: "card"}, BeneficiaryRef: v1alpha1.LocalReference{Name: "payee"}, Amount: "25.00",
	}}
}

// withdrawing is a bench with a card and a payee that are ready.
func withdrawing(t *testing.T) *bench {
	t.Helper()
	meta := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: "ads", Name: name, UID: "of-the-other"}
	}
	card := &v1alpha1.VirtualCard{ObjectMeta: meta("card"), Spec: v1alpha1.VirtualCardSpec{IssuerRef: ref}}
	card.Status.ID, card.Status.State = "card-0", "Active"
	card.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: "Ready"}}
	payee := &v1alpha1.Beneficiary{ObjectMeta: meta("payee"), Spec: v1alpha1.BeneficiarySpec{IssuerRef: ref}}
	payee.Status.ID, payee.Status.State = "payee-0", "Passed"
	payee.Status.Conditions = card.Status.Conditions
	return newBench(t, newWithdrawal(), card, payee)
}

// pay is an issuer that pays, whatever it answers.
func (b *bench) pay(p issuer.Payout, change ...func(*issuer.Movement)) {
	row := issuer.Movement{
		ID: "m-" + strconv.Itoa(len(b.bank.movements)), ClientID: p.ClientID, CardID: p.CardID, Amount: p.Amount, Kind: issuer.MovementOut, Status: issuer.MovementClosed,
	}
	for _, c := range change {
		c(&row)
	}
	b.bank.move(row)
}

var (
	duplicate = &issuer.Error{Class: issuer.Invalid, Op: "withdraw", Status: 400, Code: "1001", Message: "duplicate clientTransactionId"}
	lost      = &issuer.Error{Class: issuer.Ambiguous, Op: "withdraw", Status: 502}
)

func TestAPaymentDeletedAndAppliedAgainIsPaidOnce(t *testing.T) {
	for name, refuses := range map[string]bool{"an issuer that pays twice": false, "an issuer that refuses the second": true} {
		t.Run(name, func(t *testing.T) {
			b, o := withdrawing(t), newWithdrawal()
			b.bank.lag = 30 * time.Second
			b.bank.withdraw = func(p issuer.Payout) error {
				if refuses && len(b.bank.movements) > 0 {
					return duplicate
				}
				b.pay(p)
				return nil
			}
			next := b.withdrawals()
			next()
			b.x(o)
			b.delete(o)
			b.runFor(time.Hour, next)
			if b.x(o) {
				t.Fatalf("it goes once the payment shows: %s", root(o))
			}
			b.again(newWithdrawal())
			b.runFor(time.Hour, next)
			if len(b.bank.movements) != 1 {
				t.Errorf("paid %d times", len(b.bank.movements))
			}
			b.says(o, "Succeeded=True")
		})
	}
}

// A proxy delivers twice, and the answer that arrives is the second's.
func TestARefusalThatHidesAPaymentIsNoFailure(t *testing.T) {
	b, o := withdrawing(t), newWithdrawal()
	b.bank.withdraw = func(p issuer.Payout) error { b.pay(p); return duplicate }
	b.runFor(time.Hour, b.withdrawals())
	b.says(o, "Succeeded=True")
}

func TestARefusalAfterABelievedAbsenceIsNoFailure(t *testing.T) {
	b, o := withdrawing(t), newWithdrawal()
	b.bank.lag = 90 * time.Second // longer than spec.assumptions says, but the issuer knows its ids
	b.bank.withdraw = func(p issuer.Payout) error {
		if len(b.bank.movements) > 0 {
			return duplicate
		}
		b.pay(p)
		return lost
	}
	b.runFor(time.Hour, b.withdrawals())
	b.says(o, "Succeeded=True")
}

func TestAPaymentLessItsFeeIsThePayment(t *testing.T) {
	b, o := withdrawing(t), newWithdrawal()
	b.bank.withdraw = func(p issuer.Payout) error {
		b.pay(p, func(row *issuer.Movement) { row.Amount, row.Fee = money.Must("24.00"), money.Must("1.00") })
		return nil
	}
	b.runFor(time.Hour, b.withdrawals())
	b.says(o, "Succeeded=True")
}

func TestAPendingPaymentIsLookedForInMeasure(t *testing.T) {
	b := withdrawing(t)
	b.bank.withdraw = func(p issuer.Payout) error {
		b.pay(p, func(row *issuer.Movement) { row.Status = issuer.MovementPending })
		return nil
	}
	b.runFor(24*time.Hour, b.withdrawals())
	if looks := b.bank.calls["FindMovements"]; looks > 2000 {
		t.Errorf("%d looks in a day", looks)
	}
}

func TestAPaymentIsNotSentAgainToAnotherPayee(t *testing.T) {
	b := withdrawing(t)
	var paid []issuer.Payout
	b.bank.withdraw = func(p issuer.Payout) error { paid = append(paid, p); return lost }
	next := b.withdrawals()
	next()
	var payee v1alpha1.Beneficiary
	if err := b.api.Get(ctx, client.ObjectKey{Namespace: "ads", Name: "payee"}, &payee); err != nil {
		t.Fatal(err)
	}
	payee.Status.ID = "payee-1"
	if err := b.api.Status().Update(ctx, &payee); err != nil {
		t.Fatal(err)
	}
	b.runFor(10*time.Minute, next)
	for _, p := range paid {
		if p.ReceiverID != "payee-0" {
			t.Errorf("sent to %s", p.ReceiverID)
		}
	}
}
