package controller_test

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

var ref = v1alpha1.IssuerReference{Name: "bank"}

func meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "ads", Name: name, UID: types.UID("uid-" + name), Generation: 1, CreationTimestamp: metav1.NewTime(epoch)}
}

// changed is an object after changes.
func changed[T any](o *T, changes []func(*T)) *T {
	for _, change := range changes {
		change(o)
	}
	return o
}

// deleted is an object that was deleted at the epoch.
func deleted[T metav1.Object](o T) {
	at := metav1.NewTime(epoch)
	o.SetDeletionTimestamp(&at)
	o.SetFinalizers([]string{v1alpha1.Finalizer})
}

// statusLost is a new object that was worked on, by its finalizer.
func statusLost[T metav1.Object](o T) { o.SetFinalizers([]string{v1alpha1.Finalizer}) }

func orphan[T metav1.Object](o T) {
	o.SetAnnotations(map[string]string{v1alpha1.AnnotationOrphan: "true"})
}

// older is another object, created an hour before.
func older[T metav1.Object](o T) {
	o.SetName("older")
	o.SetUID("uid-older")
	o.SetCreationTimestamp(metav1.NewTime(epoch.Add(-time.Hour)))
	o.SetFinalizers(nil)
}

func cardIssuer() *v1alpha1.CardIssuer {
	ci := &v1alpha1.CardIssuer{ObjectMeta: meta("bank")}
	ci.Spec = v1alpha1.CardIssuerSpec{OwnerID: "fleet", CredentialsRef: v1alpha1.LocalReference{Name: "creds"}, Qbit: &v1alpha1.QbitIssuer{}}
	return ci
}

// newCard is one that nothing has been done for yet.
func newCard(change ...func(*v1alpha1.VirtualCard)) *v1alpha1.VirtualCard {
	card := &v1alpha1.VirtualCard{ObjectMeta: meta("search")}
	card.Spec = v1alpha1.VirtualCardSpec{IssuerRef: ref, Type: v1alpha1.CardTypePrepaid, BIN: "493193"}
	return changed(card, change)
}

// cardLabel is the label that newCard orders; a card that takes a closed one's place is the
// next incarnation.
func cardLabel(incarnation int64) string {
	return "search-" + id.Token("fleet", "VirtualCard", "ads", "search", incarnation)
}

// remoteCard is how the issuer lists the card c-1 of newCard.
func remoteCard(change ...func(*issuer.Card)) issuer.Card {
	card := issuer.Card{ID: "c-1", Label: cardLabel(0), LastFour: "4242", BIN: "493193", Type: issuer.Prepaid, State: issuer.StateActive, BalanceID: "bal-1"}
	return *changed(&card, change)
}

func closedCard(c *issuer.Card) { c.State = issuer.StateInactive }

// secondCard is another that carries the token of newCard.
func secondCard() issuer.Card { return remoteCard(func(c *issuer.Card) { c.ID = "c-2" }) }

// issuedCard is newCard when its card is there and nothing is under way.
func issuedCard(change ...func(*v1alpha1.VirtualCard)) *v1alpha1.VirtualCard {
	card := newCard()
	card.Finalizers = []string{v1alpha1.Finalizer}
	card.Status.ID, card.Status.Funded, card.Status.Held, card.Status.Network = "c-1", "0.00", "0.00", "Visa"
	card.Status.ObservedGeneration = 1
	return changed(card, change)
}

// ordered is newCard when its order is under way.
func ordered(change ...func(*v1alpha1.VirtualCard)) *v1alpha1.VirtualCard {
	card := newCard()
	card.Finalizers = []string{v1alpha1.Finalizer}
	card.Status.ObservedGeneration = 1
	card.Status.Intent = creation(id.Token("fleet", "VirtualCard", "ads", "search", 0))
	return changed(card, change)
}

func creation(token string) *v1alpha1.Intent {
	return &v1alpha1.Intent{ID: id.Creation(token), Action: v1alpha1.ActionCreate, ClaimedAt: metav1.NewMicroTime(epoch), Attempt: 1, Outcome: v1alpha1.OutcomeUnknown}
}

// movement is the intent of the first movement of a purpose on a remote object.
func movement(remote, purpose string, action v1alpha1.IntentAction) *v1alpha1.Intent {
	return &v1alpha1.Intent{ID: id.Movement(remote, purpose, 1), Action: action, Amount: "50.00", Sequence: 1,
		ClaimedAt: metav1.NewMicroTime(epoch), Attempt: 1, Outcome: v1alpha1.OutcomeUnknown}
}

func newBudget(change ...func(*v1alpha1.Budget)) *v1alpha1.Budget {
	b := &v1alpha1.Budget{ObjectMeta: meta("search")}
	b.Spec.IssuerRef = ref
	return changed(b, change)
}

func budgetName() string { return "ads/search-" + budgetToken() }

func budgetToken() string { return id.Token("fleet", "Budget", "ads", "search", 0) }

func remoteBudget(change ...func(*issuer.Budget)) issuer.Budget {
	b := issuer.Budget{ID: "b-1", Name: budgetName(), State: issuer.StateActive, BalanceID: "bal-1"}
	return *changed(&b, change)
}

// secondBudget is another that carries the token of newBudget.
func secondBudget() issuer.Budget { return remoteBudget(func(b *issuer.Budget) { b.ID = "b-2" }) }

// openBudget is newBudget when its budget is open and nothing is under way.
func openBudget(change ...func(*v1alpha1.Budget)) *v1alpha1.Budget {
	b := newBudget()
	b.Finalizers = []string{v1alpha1.Finalizer}
	b.Status.ID, b.Status.Funded, b.Status.ObservedGeneration = "b-1", "0.00", 1
	return changed(b, change)
}

func newPayee(change ...func(*v1alpha1.Beneficiary)) *v1alpha1.Beneficiary {
	p := &v1alpha1.Beneficiary{ObjectMeta: meta("landlord")}
	p.Spec = v1alpha1.BeneficiarySpec{IssuerRef: ref, LastName: "Doe", Currency: "USD", AccountNumber: "1234567890", BankName: "Bank"}
	return changed(p, change)
}

func remotePayee(state issuer.ReceiverState) issuer.Receiver {
	return issuer.Receiver{ID: "r-1", State: state, LastName: "Doe", Currency: "USD", AccountNumber: issuer.NewSensitive("1234567890")}
}

// remoteAccount is how the issuer lists a payee like newPayee that may be another: with a
// masked number, or a bank that it does not say.
func remoteAccount(id, number, routing string) issuer.Receiver {
	row := remotePayee(issuer.ReceiverPassed)
	row.ID, row.AccountNumber, row.RoutingNumber = id, issuer.NewSensitive(number), routing
	return row
}

func newWithdrawal(change ...func(*v1alpha1.Withdrawal)) *v1alpha1.Withdrawal {
	wd := &v1alpha1.Withdrawal{ObjectMeta: meta("rent")}
	wd.Spec = v1alpha1.WithdrawalSpec{IssuerRef: ref, CardRef: v1alpha1.LocalReference{Name: "search"},
		BeneficiaryRef: v1alpha1.LocalReference{Name: "landlord"}, Amount: "50.00"}
	return changed(wd, change)
}

func paymentID() string { return id.Payment("fleet", "ads", "rent") }

// paid is how the issuer lists the payment of newWithdrawal.
func paid(status issuer.MovementStatus, change ...func(*issuer.Movement)) issuer.Movement {
	row := issuer.Movement{ID: "m-w", ClientID: paymentID(), CardID: "c-1", ReceiverID: "r-1", Kind: issuer.MovementOut, Amount: money.Must("50"), Status: status}
	return *changed(&row, change)
}
