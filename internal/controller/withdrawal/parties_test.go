package withdrawal

import (
	"testing"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func TestContradicts(t *testing.T) {
	known := parties{cardID: "card-1", receiverID: "r-1"}
	for name, c := range map[string]struct {
		why                         string
		p                           parties
		amount, fee, card, receiver string
		differs                     bool
	}{
		"the same":                    {"it is this payment", known, "50", "0", "card-1", "r-1", false},
		"written with decimals":       {"50 is 50.00", known, "50.00", "0", "card-1", "r-1", false},
		"shown with its fee":          {"the issuer may add the fee", known, "51.50", "1.50", "card-1", "r-1", false},
		"shown without its fee":       {"the issuer may leave the fee out", known, "50", "1.50", "card-1", "r-1", false},
		"another amount":              {"it is another payment", known, "51", "0", "card-1", "r-1", true},
		"the fee taken off":           {"the issuer may show what the payee gets", known, "48.50", "1.50", "card-1", "r-1", false},
		"another card":                {"it is another payment", known, "50", "0", "card-2", "r-1", true},
		"another payee":               {"it is another payment", known, "50", "0", "card-1", "r-2", true},
		"the payee is not shown":      {"the issuer need not show it", known, "50", "0", "card-1", "", false},
		"the card is not shown":       {"the issuer need not show it", known, "50", "0", "", "r-1", false},
		"our card is not known now":   {"a card that is gone contradicts nothing", parties{}, "50", "0", "card-2", "r-2", false},
		"unknown, but another amount": {"the amount is always known", parties{}, "5", "0", "card-2", "r-2", true},
	} {
		t.Run(name, func(t *testing.T) {
			row := issuer.Movement{ClientID: "p-1", Amount: money.Must(c.amount), Fee: money.Must(c.fee), CardID: c.card, ReceiverID: c.receiver}
			err := c.p.contradicts(row, &v1alpha1.Withdrawal{Spec: v1alpha1.WithdrawalSpec{Amount: "50"}})
			if (err != nil) != c.differs {
				t.Fatalf("%s: %v", c.why, err)
			}
			if err != nil && (engine.Explain(err).Reason != v1alpha1.ReasonConflict || engine.Explain(err).Severity != engine.Stalled) {
				t.Errorf("a person decides, nothing is sent: %+v", engine.Explain(err))
			}
		})
	}
}

// A card that was made again under its name does not contradict a payment that was claimed
// for the one before.
func TestAPaymentIsComparedWithWhatItWasClaimedFor(t *testing.T) {
	now, then := parties{"card-2", "r-1"}, parties{"card-1", "r-1"}
	wd := &v1alpha1.Withdrawal{}
	if claimedFor(wd, now) != now {
		t.Error("without a claim it is who has the names now")
	}
	wd.Status.Intent = &v1alpha1.Intent{Target: then.target()}
	if claimedFor(wd, now) != then {
		t.Error("with one it is who it was claimed for")
	}
	wd.Status.Intent.Target = ""
	if claimedFor(wd, now) != now {
		t.Error("a claim that does not say leaves it at that")
	}
}

func TestEndedIsFinal(t *testing.T) {
	for state, want := range map[string]bool{StateClosed: true, StateFail: true, StatePending: false, "": false} {
		if got := ended(&v1alpha1.Withdrawal{Status: v1alpha1.WithdrawalStatus{State: state}}); got != want {
			t.Errorf("%q: what has ended is never paid again: got %v", state, got)
		}
	}
}
