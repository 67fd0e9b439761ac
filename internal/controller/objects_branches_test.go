package controller_test

import (
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

func cardIssuer() *v1alpha1.CardIssuer {
	ci := &v1alpha1.CardIssuer{ObjectMeta: meta("bank")}
	ci.Spec = v1alpha1.CardIssuerSpec{OwnerID: "fleet", CredentialsRef: v1alpha1.LocalReference{Name: "creds"}, Qbit: &v1alpha1.QbitIssuer{}}
	return ci
}

// newCard is one that nothing has been done for yet.
func newCard(change ...func(*v1alpha1.VirtualCard)) *v1alpha1.VirtualCard {
	card := &v1alpha1.VirtualCard{ObjectMeta: meta("search")}
	card.Spec = v1alpha1.VirtualCardSpec{IssuerRef: ref, Type: v1alpha1.CardTypePrepaid, BIN: "493193"}
	for _, c := range change {
		c(card)
	}
	return card
}

func cardLabel() string {
	return "search-" + id.Token("fleet", "VirtualCard", "ads", "search", 0)
}

// remoteCard is how the issuer lists the card c-1 of newCard.
func remoteCard(change ...func(*issuer.Card)) issuer.Card {
	card := issuer.Card{ID: "c-1", Label: cardLabel(), LastFour: "4242", BIN: "493193", Type: issuer.Prepaid, State: issuer.StateActive, BalanceID: "bal-1"}
	for _, c := range change {
		c(&card)
	}
	return card
}

// issuedCard is newCard when its card is there and nothing is under way.
func issuedCard(change ...func(*v1alpha1.VirtualCard)) *v1alpha1.VirtualCard {
	card := newCard()
	card.Finalizers = []string{v1alpha1.Finalizer}
	card.Status.ID, card.Status.Funded, card.Status.Held, card.Status.Network = "c-1", "0.00", "0.00", "Visa"
	card.Status.ObservedGeneration = 1
	for _, c := range change {
		c(card)
	}
	return card
}

// ordered is newCard when its order is under way.
func ordered(change ...func(*v1alpha1.VirtualCard)) *v1alpha1.VirtualCard {
	card := newCard()
	card.Finalizers = []string{v1alpha1.Finalizer}
	card.Status.ObservedGeneration = 1
	card.Status.Intent = creation(id.Token("fleet", "VirtualCard", "ads", "search", 0))
	for _, c := range change {
		c(card)
	}
	return card
}

func creation(token string) *v1alpha1.Intent {
	return &v1alpha1.Intent{ID: id.Creation(token), Action: v1alpha1.ActionCreate, ClaimedAt: metav1.NewMicroTime(epoch), Attempt: 1, Outcome: v1alpha1.OutcomeUnknown}
}

// movement is the intent of the first movement of a purpose on a remote object.
func movement(remote, purpose string, action v1alpha1.IntentAction) *v1alpha1.Intent {
	return &v1alpha1.Intent{ID: id.Movement(remote, purpose, 1), Action: action, Amount: "50.00", Sequence: 1,
		ClaimedAt: metav1.NewMicroTime(epoch), Attempt: 1, Outcome: v1alpha1.OutcomeUnknown}
}

func deleted(o metav1.Object) {
	at := metav1.NewTime(epoch)
	o.SetDeletionTimestamp(&at)
	o.SetFinalizers([]string{v1alpha1.Finalizer})
}

func newBudget(change ...func(*v1alpha1.Budget)) *v1alpha1.Budget {
	b := &v1alpha1.Budget{ObjectMeta: meta("search")}
	b.Spec.IssuerRef = ref
	for _, c := range change {
		c(b)
	}
	return b
}

func budgetName() string { return "ads/search-" + budgetToken() }

func budgetToken() string { return id.Token("fleet", "Budget", "ads", "search", 0) }

func remoteBudget(change ...func(*issuer.Budget)) issuer.Budget {
	b := issuer.Budget{ID: "b-1", Name: budgetName(), State: issuer.StateActive, BalanceID: "bal-1"}
	for _, c := range change {
		c(&b)
	}
	return b
}

// openBudget is newBudget when its budget is open and nothing is under way.
func openBudget(change ...func(*v1alpha1.Budget)) *v1alpha1.Budget {
	b := newBudget()
	b.Finalizers = []string{v1alpha1.Finalizer}
	b.Status.ID, b.Status.Funded, b.Status.ObservedGeneration = "b-1", "0.00", 1
	for _, c := range change {
		c(b)
	}
	return b
}

func newPayee(change ...func(*v1alpha1.Beneficiary)) *v1alpha1.Beneficiary {
	p := &v1alpha1.Beneficiary{ObjectMeta: meta("landlord")}
	p.Spec = v1alpha1.BeneficiarySpec{IssuerRef: ref, LastName: "Doe", Currency: "USD", AccountNumber: "1234567890", BankName: "Bank"}
	for _, c := range change {
		c(p)
	}
	return p
}

func remotePayee(state issuer.ReceiverState) issuer.Receiver {
	return issuer.Receiver{ID: "r-1", State: state, LastName: "Doe", Currency: "USD", AccountNumber: issuer.NewSensitive("1234567890")}
}

func newWithdrawal(change ...func(*v1alpha1.Withdrawal)) *v1alpha1.Withdrawal {
	wd := &v1alpha1.Withdrawal{ObjectMeta: meta("rent")}
	wd.Spec = v1alpha1.WithdrawalSpec{IssuerRef: ref, CardRef: v1alpha1.LocalReference{Name: "search"},
		BeneficiaryRef: v1alpha1.LocalReference{Name: "landlord"}, Amount: "50.00"}
	for _, c := range change {
		c(wd)
	}
	return wd
}

func paymentID() string { return id.Payment("fleet", "ads", "rent") }

// paid is how the issuer lists the payment of newWithdrawal.
func paid(status issuer.MovementStatus, change ...func(*issuer.Movement)) issuer.Movement {
	row := issuer.Movement{ID: "m-w", ClientID: paymentID(), CardID: "c-1", ReceiverID: "r-1", Kind: issuer.MovementOut, Amount: money.Must("50"), Status: status}
	for _, c := range change {
		c(&row)
	}
	return row
}
