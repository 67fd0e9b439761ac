package controller_test

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func duplicate() error {
	return &issuer.Error{Class: issuer.Invalid, Op: "withdraw", Status: 400, Code: "1001", Message: "duplicate clientTransactionId"}
}

func TestAPaymentDeletedAndAppliedAgainIsPaidOnce(t *testing.T) {
	for name, refuses := range map[string]bool{"an issuer that pays twice": false, "an issuer that refuses the second": true} {
		t.Run(name, func(t *testing.T) {
			wd := newWithdrawal()
			w := payment(t, wd)
			w.bank.lag = 30 * time.Second
			w.bank.withdraw = func(p issuer.Payout) error {
				if refuses && len(w.bank.rows) > 0 {
					return duplicate()
				}
				w.bank.pay(p, issuer.MovementClosed)
				return nil
			}
			w.round(wd)
			w.delete(wd)
			w.runFor(time.Hour, wd)
			if stored, gone := now(w, wd); !gone {
				t.Fatalf("it goes once the payment shows: %s", root(stored))
			}
			w.again(newWithdrawal())
			w.runFor(time.Hour, wd)
			if len(w.bank.rows) != 1 {
				t.Errorf("paid %d times", len(w.bank.rows))
			}
			says(w, wd, "Succeeded=True")
		})
	}
}

// The payment was made, whatever was answered and however it is listed.
func TestAPaymentThatWasMadeIsNoFailure(t *testing.T) {
	lessItsFee := func(row *issuer.Movement) { row.Amount, row.Fee = money.Must("49.00"), money.Must("1.00") }
	for name, c := range map[string]struct {
		lag      time.Duration
		withdraw func(b *bank, p issuer.Payout) error
	}{
		"a proxy delivers it twice, and the second's answer arrives": {0, func(b *bank, p issuer.Payout) error {
			b.pay(p, issuer.MovementClosed)
			return duplicate()
		}},
		// The lag is longer than spec.assumptions says, but the issuer knows its ids.
		"a repeat is refused after an absence was believed": {90 * time.Second, func(b *bank, p issuer.Payout) error {
			if len(b.rows) > 0 {
				return duplicate()
			}
			b.pay(p, issuer.MovementClosed)
			return lost()
		}},
		"the fee is taken off the amount": {0, func(b *bank, p issuer.Payout) error {
			b.pay(p, issuer.MovementClosed, lessItsFee)
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			wd := newWithdrawal()
			w := payment(t, wd)
			w.bank.lag = c.lag
			w.bank.withdraw = func(p issuer.Payout) error { return c.withdraw(w.bank, p) }
			w.runFor(time.Hour, wd)
			says(w, wd, "Succeeded=True")
		})
	}
}

func TestAPendingPaymentIsLookedForInMeasure(t *testing.T) {
	wd := newWithdrawal()
	w := payment(t, wd)
	w.runFor(24*time.Hour, wd)
	says(w, wd, v1alpha1.ReasonPending)
	if looks := w.asked["FindMovements"]; looks > 2000 {
		t.Errorf("%d looks in a day", looks)
	}
}

// Where a payment is found in the whole ledger alone it is paid once all the same, and looked
// for in readings that are shared.
func TestAPaymentIsLookedForInTheWholeLedger(t *testing.T) {
	wd := newWithdrawal()
	w := payment(t, wd)
	w.bank.whole = true
	paid := 0
	w.bank.withdraw = func(p issuer.Payout) error {
		if paid++; paid == 1 {
			return lost()
		}
		w.bank.pay(p, issuer.MovementClosed)
		return nil
	}
	w.runFor(time.Hour, wd)
	says(w, wd, "Succeeded=True")
	if paid != 2 || w.asked["FindMovements"] != 0 || w.asked["ListMovements"] == 0 {
		t.Errorf("sent %d times, asked %v", paid, w.asked)
	}
}

func TestAPaymentIsNotSentAgainToAnotherPayee(t *testing.T) {
	wd := newWithdrawal()
	w := payment(t, wd)
	var paid []issuer.Payout
	w.bank.withdraw = func(p issuer.Payout) error {
		paid = append(paid, p)
		return lost()
	}
	w.round(wd)
	status(w, newPayee(), func(p *v1alpha1.Beneficiary) { p.Status.ID = "r-9" })
	w.runFor(10*time.Minute, wd)
	if len(paid) == 0 {
		t.Error("nothing was sent at all")
	}
	for _, p := range paid {
		if p.ReceiverID != "r-1" {
			t.Errorf("sent to %s", p.ReceiverID)
		}
	}
}
