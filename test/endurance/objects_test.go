package endurance

import (
	"fmt"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

const (
	owner = "endurance"
	// payees is how many bank accounts the withdrawals go to.
	payees = 3
	// pots is how many Budgets the cards of type Budget spend from.
	pots = 2
	sync = 5 * time.Second
)

func seconds(n int) *metav1.Duration {
	return &metav1.Duration{Duration: time.Duration(n) * time.Second}
}

func named(ns, name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: ns, Name: name} }

func newNamespace() string {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "endurance-"}}
	Expect(k8s.Create(ctx, ns)).To(Succeed())
	return ns.Name
}

func newCredentials(ns string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: named(ns, "bank"),
		StringData: map[string]string{"clientId": clientID, "clientSecret": clientSecret},
	}
}

// newIssuer assumes more time than the sandbox takes: startBank.
func newIssuer(ns, url string) *v1alpha1.CardIssuer {
	return &v1alpha1.CardIssuer{
		ObjectMeta: named(ns, "bank"),
		Spec: v1alpha1.CardIssuerSpec{
			OwnerID: owner, Qbit: &v1alpha1.QbitIssuer{BaseURL: url, AccountID: accountID},
			CredentialsRef: v1alpha1.LocalReference{Name: "bank"},
			RateLimit:      &v1alpha1.RateLimit{RequestsPerSecond: 1000, Burst: 1000},
			SyncInterval:   &metav1.Duration{Duration: sync},
			Assumptions: &v1alpha1.Assumptions{
				CallTimeout: seconds(2), ListingLag: seconds(3), IssuingLag: seconds(4), Replay: sizes.replay,
			},
		},
	}
}

var bankRef = v1alpha1.IssuerReference{Name: "bank"}

func newBudget(ns string, n int) *v1alpha1.Budget {
	return &v1alpha1.Budget{
		ObjectMeta: named(ns, fmt.Sprintf("pot-%d", n)),
		Spec:       v1alpha1.BudgetSpec{IssuerRef: bankRef, Funding: "300.00", DeletionPolicy: v1alpha1.BudgetDrain},
	}
}

func newPayee(ns string, n int) *v1alpha1.Beneficiary {
	return &v1alpha1.Beneficiary{
		ObjectMeta: named(ns, fmt.Sprintf("payee-%d", n)),
		Spec: v1alpha1.BeneficiarySpec{
			IssuerRef: bankRef, LastName: fmt.Sprintf("Agency %d", n), Currency: "USD",
			AccountNumber: fmt.Sprintf("12345678%02d", n), BankName: "Example Bank",
		},
	}
}

// newCard is the n-th card. The first ones pay the withdrawals; of the others a third
// spends from a Budget, and a third is deleted and made again and again.
func newCard(ns string, n int) *v1alpha1.VirtualCard {
	card := &v1alpha1.VirtualCard{
		ObjectMeta: named(ns, cardName(n)),
		Spec: v1alpha1.VirtualCardSpec{
			IssuerRef: bankRef, Type: v1alpha1.CardTypePrepaid, BIN: "493193",
			Cardholder: &v1alpha1.Cardholder{FirstName: "Ada", LastName: "Example"},
		},
	}
	if n%3 != 1 {
		card.Spec.Secret = &v1alpha1.CardSecretSpec{}
	}
	if onBudget(n) {
		card.Spec.Type, card.Spec.BudgetRef = v1alpha1.CardTypeBudget, &v1alpha1.LocalReference{Name: fmt.Sprintf("pot-%d", n%pots)}
		return card
	}
	card.Spec.Funding = "80.00"
	if n%4 == 1 { // a product that cannot be opened empty
		card.Spec.BIN = "414631"
		card.Spec.Cardholder.Phone = &v1alpha1.Phone{CountryCode: "1", Number: "4155550100"}
		card.Spec.BillingAddress = &v1alpha1.Address{Line1: "1 Main St", City: "San Jose", State: "CA", PostalCode: "95131", Country: "US"}
	}
	if n%2 == 0 {
		card.Spec.Hold = "10.00"
	}
	return card
}

func cardName(n int) string { return fmt.Sprintf("card-%03d", n) }

func onBudget(n int) bool { return n >= sizes.withdrawals && n%3 == 0 }

func comesAndGoes(n int) bool { return n >= sizes.withdrawals && n%3 == 2 }

// newWithdrawal is the payment from the n-th card. Each has an amount of its own, so that
// no two can be taken for each other.
func newWithdrawal(ns string, n int) *v1alpha1.Withdrawal {
	return &v1alpha1.Withdrawal{
		ObjectMeta: named(ns, fmt.Sprintf("pay-%03d", n)),
		Spec: v1alpha1.WithdrawalSpec{
			IssuerRef: bankRef, CardRef: v1alpha1.LocalReference{Name: cardName(n)},
			BeneficiaryRef: v1alpha1.LocalReference{Name: fmt.Sprintf("payee-%d", n%payees)},
			Amount:         v1alpha1.Amount(fmt.Sprintf("%d.%02d", 5+n/100, n%100)),
		},
	}
}

func create(objects ...client.Object) {
	for _, o := range objects {
		Expect(k8s.Create(ctx, o)).To(Succeed())
	}
}
