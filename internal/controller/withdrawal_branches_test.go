package controller_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/controller/withdrawal"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func readyCard(change ...func(*v1alpha1.VirtualCard)) *v1alpha1.VirtualCard {
	card := issuedCard(change...)
	card.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady, LastTransitionTime: metav1.NewTime(epoch)}}
	return card
}

func passedPayee(change ...func(*v1alpha1.Beneficiary)) *v1alpha1.Beneficiary {
	payee := newPayee(change...)
	payee.Status.ID, payee.Status.State = "r-1", string(issuer.ReceiverPassed)
	return payee
}

// payable is a world in which newWithdrawal could be paid at once.
func payable(w *world) {
	w.create(readyCard())
	w.create(passedPayee())
	w.bank.cards = []issuer.Card{remoteCard()}
}

func payment(t *testing.T, wd *v1alpha1.Withdrawal) *world {
	t.Helper()
	w := newWorld(t, wd)
	payable(w)
	return w
}

func paying(wd *v1alpha1.Withdrawal) {
	wd.Finalizers = []string{v1alpha1.Finalizer}
	wd.Status.ObservedGeneration = 1
	wd.Status.Intent = &v1alpha1.Intent{ID: paymentID(), Action: v1alpha1.ActionWithdraw, Amount: "50.00", ClaimedAt: metav1.NewMicroTime(epoch), Attempt: 1, Outcome: v1alpha1.OutcomeUnknown}
}

// Nothing is paid while a party is missing, wrong or cannot be read.
func TestNothingIsPaidUntilAllIsThere(t *testing.T) {
	other := v1alpha1.IssuerReference{Name: "other"}
	card, payee := v1alpha1.ReasonWaitingForCard, v1alpha1.ReasonWaitingForBeneficiary
	wd := newWithdrawal()
	rounds{
		"no connection": {wd, fails("Dial", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"an issuer without withdrawals": {wd, lacks(issuer.FeatureWithdrawals),
			outcome{reason: v1alpha1.ReasonUnsupported}},
		"the card cannot be read":  {wd, fails("get VirtualCard", 0, errAway), outcome{reason: v1alpha1.ReasonReconcileError}},
		"no card":                  {wd, fails("get VirtualCard", 0, notFound()), outcome{reason: card, says: "create it"}},
		"the payee cannot be read": {wd, fails("get Beneficiary", 0, errAway), outcome{reason: v1alpha1.ReasonReconcileError}},
		"no payee":                 {wd, fails("get Beneficiary", 0, notFound()), outcome{reason: payee, says: "create it"}},
		"a card of another account": {wd, func(w *world) { change(w, newCard(), func(c *v1alpha1.VirtualCard) { c.Spec.IssuerRef = other }) },
			outcome{reason: v1alpha1.ReasonInvalidSpec, says: "spec.cardRef"}},
		"a payee of another account": {wd, func(w *world) { change(w, newPayee(), func(p *v1alpha1.Beneficiary) { p.Spec.IssuerRef = other }) },
			outcome{reason: v1alpha1.ReasonInvalidSpec, says: "spec.beneficiaryRef"}},
		"a card that is not issued": {wd, func(w *world) { status(w, readyCard(), func(c *v1alpha1.VirtualCard) { c.Status.ID = "" }) },
			outcome{reason: card, says: "to be issued"}},
		"a card that is closed": {wd, func(w *world) { status(w, readyCard(), func(c *v1alpha1.VirtualCard) { c.Status.State = "Inactive" }) },
			outcome{reason: card, says: "is closed"}},
		"a card that is not Ready": {wd, func(w *world) { status(w, readyCard(), func(c *v1alpha1.VirtualCard) { c.Status.Conditions = nil }) },
			outcome{reason: card, says: "to be Ready"}},
		"a payee under review": {wd, func(w *world) { status(w, newPayee(), func(p *v1alpha1.Beneficiary) { p.Status.State = "Pending" }) },
			outcome{reason: payee, says: `now "Pending"`}},
		"the ledger cannot be read": {wd, fails("FindMovements", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"the claim is refused":      {wd, fails("status Withdrawal", 1, conflict()), outcome{}},
	}.run(t, payable, func(w *world, o v1alpha1.LedgerObject, after time.Duration) {
		idle(w, o, after)
		if got, _ := now(w, wd); got.Status.State != "" {
			w.t.Errorf("nothing is under way: %+v", got.Status)
		}
	})
}

func TestWhatAPaymentsAnswerMeans(t *testing.T) {
	for name, c := range map[string]struct {
		answer error
		reason string
		state  string
		under  bool
	}{
		"a busy issuer puts it off":  {down(), v1alpha1.ReasonIssuerUnavailable, "", false},
		"a refusal is made sure of":  {refusal(), v1alpha1.ReasonRejected, "", true},
		"a lost answer leaves it":    {lost(), v1alpha1.ReasonOutcomeUnknown, "", true},
		"another error is no answer": {errAway, v1alpha1.ReasonOutcomeUnknown, "", true},
		"a yes waits for the ledger": {nil, v1alpha1.ReasonPending, withdrawal.StatePending, true},
	} {
		t.Run(name, func(t *testing.T) {
			wd := newWithdrawal()
			w := payment(t, wd)
			w.breaks("Withdraw", 0, c.answer)
			w.round(wd)
			expect(w, wd, outcome{reason: c.reason, sent: []string{"Withdraw 50.00"}})
			got, _ := now(w, wd)
			if got.Status.State != c.state || (got.Status.Intent != nil) != c.under || got.Status.CompletedAt != nil {
				t.Errorf("%+v", got.Status)
			}
		})
	}
}

// A refusal ends a payment for good, so it counts only once nothing can have gone through;
// one that has ended is never paid, though the issuer would take it then.
func TestARefusalEndsAPaymentForGood(t *testing.T) {
	wd := newWithdrawal()
	w := payment(t, wd)
	w.breaks("Withdraw", 0, refusal())
	began := w.clock.Now()
	for range 100 {
		if got, _ := now(w, wd); got.Status.State != "" {
			break
		}
		w.clock.Advance(w.round(wd))
	}
	expect(w, wd, outcome{reason: v1alpha1.ReasonRejected, says: "another name", sent: []string{"Withdraw 50.00"}})
	got, _ := now(w, wd)
	if timing := engine.DefaultTiming; got.Status.State != withdrawal.StateFail || got.Status.Intent != nil || got.Status.CompletedAt == nil ||
		w.clock.Now().Sub(began) < timing.InFlight()+timing.ListingLag {
		t.Errorf("after %v: %+v", w.clock.Now().Sub(began), got.Status)
	}
	w.breaks("Withdraw", 0, nil)
	w.round(wd)
	if len(w.bank.sent) != 1 {
		t.Errorf("sent %q", w.bank.sent)
	}
}

// What the ledger shows under the payment's id, before anything is sent.
func TestAPaymentThatTheLedgerShows(t *testing.T) {
	for name, c := range map[string]struct {
		rows  []issuer.Movement
		want  outcome
		state string
	}{
		"paid":    {[]issuer.Movement{paid(issuer.MovementClosed)}, outcome{reason: v1alpha1.ReasonPaid}, withdrawal.StateClosed},
		"failed":  {[]issuer.Movement{paid(issuer.MovementFailed)}, outcome{reason: v1alpha1.ReasonFailed, says: "another name"}, withdrawal.StateFail},
		"pending": {[]issuer.Movement{paid(issuer.MovementPending)}, outcome{reason: v1alpha1.ReasonPending}, withdrawal.StatePending},
		"twice":   {[]issuer.Movement{paid(issuer.MovementClosed), paid(issuer.MovementClosed)}, outcome{reason: v1alpha1.ReasonConflict, says: "2 movements"}, ""},
		"another amount": {[]issuer.Movement{paid(issuer.MovementClosed, func(m *issuer.Movement) { m.Amount = money.Must("49") })},
			outcome{reason: v1alpha1.ReasonConflict, says: "its amount is 49.00"}, ""},
		"another card": {[]issuer.Movement{paid(issuer.MovementClosed, func(m *issuer.Movement) { m.CardID = "c-9" })},
			outcome{reason: v1alpha1.ReasonConflict, says: "from card c-9"}, ""},
		"another payee": {[]issuer.Movement{paid(issuer.MovementClosed, func(m *issuer.Movement) { m.ReceiverID = "r-9" })},
			outcome{reason: v1alpha1.ReasonConflict, says: "another beneficiary"}, ""},
	} {
		for when, wd := range map[string]*v1alpha1.Withdrawal{"before": newWithdrawal(), "under way": newWithdrawal(paying)} {
			t.Run(name+" "+when, func(t *testing.T) {
				w := payment(t, wd)
				w.bank.rows = c.rows
				w.round(wd)
				expect(w, wd, c.want)
				if got, _ := now(w, wd); got.Status.State != c.state && (when == "before" || c.state != withdrawal.StatePending) {
					t.Errorf("%+v", got.Status)
				}
			})
		}
	}
}

// The card or the payee goes, or another takes its name, while a payment without an answer
// would have to be sent again: it is sent to nobody, and to nobody else.
func TestAPaymentWithoutItsPartiesIsNotSentAgain(t *testing.T) {
	for reason, parties := range map[string]func(*world){
		v1alpha1.ReasonWaitingForCard: cards(remoteCard()),
		v1alpha1.ReasonConflict:       payable,
	} {
		wd := newWithdrawal(paying, func(wd *v1alpha1.Withdrawal) { wd.Status.Intent.Target = "c-9 to r-9" })
		w := newWorld(t, wd)
		parties(w)
		for range 20 {
			w.clock.Advance(w.round(wd))
		}
		expect(w, wd, outcome{reason: reason})
		if got, _ := now(w, wd); got.Status.Intent == nil || got.Status.Intent.Attempt != 1 {
			t.Errorf("%s: it stays under way: %+v", reason, got.Status.Intent)
		}
	}
}

func saidToHaveHappened(wd *v1alpha1.Withdrawal) {
	wd.Annotations = map[string]string{v1alpha1.AnnotationSettle: paymentID() + "/1=happened"}
}

// A person's word ends a payment that the ledger does not show, or shows otherwise than it
// was ordered.
func TestAPersonsWordEndsAPayment(t *testing.T) {
	for name, rows := range map[string][]issuer.Movement{
		"not listed":       nil,
		"listed otherwise": {paid(issuer.MovementClosed, func(m *issuer.Movement) { m.Amount = money.Must("49") })},
	} {
		wd := newWithdrawal(paying, saidToHaveHappened)
		w := payment(t, wd)
		w.bank.rows = rows
		w.round(wd)
		expect(w, wd, outcome{reason: v1alpha1.ReasonPaid, says: "settled by annotation"})
		if got, _ := now(w, wd); got.Status.State != withdrawal.StateClosed || got.Status.CompletedAt == nil || got.Status.Intent != nil {
			t.Errorf("%s: %+v", name, got.Status)
		}
	}
}

// A refund beside a payment is said, and concluded from nothing; one alone is no payment.
func TestARefundUnderAPaymentsID(t *testing.T) {
	back := paid(issuer.MovementClosed, func(m *issuer.Movement) { m.ID, m.Kind = "m-back", issuer.MovementRefund })
	for name, c := range map[string]struct {
		rows  []issuer.Movement
		want  outcome
		state string
	}{
		"beside a payment": {[]issuer.Movement{paid(issuer.MovementClosed), back}, outcome{reason: v1alpha1.ReasonPaid, says: "lists 50.00 as refunded"}, withdrawal.StateClosed},
		"beside a failed":  {[]issuer.Movement{back, paid(issuer.MovementFailed)}, outcome{reason: v1alpha1.ReasonFailed}, withdrawal.StateFail},
		"alone":            {[]issuer.Movement{back}, outcome{reason: v1alpha1.ReasonConflict, says: "not what it undoes"}, ""},
	} {
		wd := newWithdrawal()
		w := payment(t, wd)
		w.bank.rows = c.rows
		w.round(wd)
		expect(w, wd, c.want)
		if got, _ := now(w, wd); got.Status.State != c.state {
			t.Errorf("%s: %+v", name, got.Status)
		}
	}
}

// What has ended badly goes on saying so: tools that wait for it may come later.
func TestAFailedPaymentStaysStalled(t *testing.T) {
	wd := newWithdrawal()
	w := payment(t, wd)
	w.bank.rows = []issuer.Movement{paid(issuer.MovementFailed)}
	for range 3 {
		w.round(wd)
		got, _ := now(w, wd)
		if got.Status.State != withdrawal.StateFail || !engine.IsTrue(got, v1alpha1.ConditionStalled) || engine.ConditionOf(got, v1alpha1.ConditionReconciling) != nil {
			t.Fatalf("%+v", got.Status)
		}
	}
	if held(w, wd) {
		t.Error("nothing keeps it")
	}
}

// That the balance cannot be read does not undo a payment.
func TestABalanceThatCannotBeReadUndoesNoPayment(t *testing.T) {
	for _, fail := range []error{nil, down()} {
		wd := newWithdrawal()
		w := payment(t, wd)
		w.bank.rows = []issuer.Movement{paid(issuer.MovementClosed)}
		w.breaks("ListCards", 0, fail)
		w.round(wd)
		expect(w, wd, outcome{reason: v1alpha1.ReasonPaid})
		if got, _ := now(w, wd); got.Status.State != withdrawal.StateClosed || (got.Status.Balance == nil) != (fail != nil) {
			t.Errorf("%+v", got.Status)
		}
	}
}

// A name that means somebody else by now: the cache still shows the old payee or card, and
// what is claimed and paid is for those that the API server shows.
func TestAPaymentIsForWhomTheNamesMeanNow(t *testing.T) {
	claimed := map[string]string{}
	for what, meanwhile := range map[string]func(*world){
		"get Beneficiary": func(w *world) {
			status(w, passedPayee(), func(p *v1alpha1.Beneficiary) { p.Status.ID = "r-new" })
		},
		"get VirtualCard": func(w *world) {
			status(w, readyCard(), func(c *v1alpha1.VirtualCard) { c.Status.ID = "c-new" })
		},
	} {
		wd := newWithdrawal()
		w := payment(t, wd)
		w.on[what] = func(n int) {
			if n == 2 { // the first reading is the cache's
				meanwhile(w)
			}
		}
		w.breaks("Withdraw", 0, lost())
		w.round(wd)
		got, _ := now(w, wd)
		if got.Status.Intent == nil {
			t.Fatalf("%s: it is claimed", what)
		}
		claimed[what] = got.Status.Intent.Target
	}
	if claimed["get Beneficiary"] != "c-1 to r-new" || claimed["get VirtualCard"] != "c-new to r-1" {
		t.Errorf("claimed for %q", claimed)
	}
	for what, reason := range map[string]string{"get Beneficiary": v1alpha1.ReasonWaitingForBeneficiary, "get VirtualCard": v1alpha1.ReasonWaitingForCard} {
		wd := newWithdrawal()
		w := payment(t, wd)
		w.breaks(what, 2, notFound())
		w.round(wd)
		expect(w, wd, outcome{reason: reason})
		w = payment(t, wd)
		w.breaks(what, 2, errAway)
		w.round(wd)
		expect(w, wd, outcome{reason: v1alpha1.ReasonReconcileError})
	}
}
