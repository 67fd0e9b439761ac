package history

import (
	"cmp"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// Namespace is where everything happens.
const Namespace = "shop"

// CredentialsName is the Secret with which the operator logs in.
const CredentialsName = "bank-credentials"

// OwnerID is the fleet's name.
const OwnerID = "fleet"

func meta(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: Namespace, Name: name} }

var bank = v1alpha1.IssuerReference{Name: "bank"}

func (h History) issuer() *v1alpha1.CardIssuer {
	every := h.Sync
	if every == 0 {
		every = 12 * time.Hour
	}
	replay := v1alpha1.ReplayNever
	if h.Trust {
		replay = v1alpha1.ReplayAsDocumented
	}
	ci := &v1alpha1.CardIssuer{
		ObjectMeta: meta(bank.Name),
		Spec: v1alpha1.CardIssuerSpec{
			OwnerID:        OwnerID,
			CredentialsRef: v1alpha1.LocalReference{Name: CredentialsName},
			SyncInterval:   &metav1.Duration{Duration: every},
			RateLimit:      &v1alpha1.RateLimit{RequestsPerSecond: 1000, Burst: 1000},
			Assumptions:    &v1alpha1.Assumptions{Replay: replay},
		},
	}
	speechOf(h.World.Speaks).account(&ci.Spec)
	h.page(&ci.Spec)
	return ci
}

// page sets how many rows a page of the issuer's lists has, where that can be set.
func (h History) page(spec *v1alpha1.CardIssuerSpec) {
	if spec.Qbit != nil {
		spec.Qbit.PageSize = h.PageSize
	}
	if spec.Interlace != nil {
		spec.Interlace.PageSize = h.PageSize
	}
	if spec.QITech != nil {
		spec.QITech.PageSize = h.PageSize
	}
}

func newCard(name, value string) *v1alpha1.VirtualCard {
	funding, hold, _ := strings.Cut(value, "/")
	return &v1alpha1.VirtualCard{
		ObjectMeta: meta(name),
		Spec: v1alpha1.VirtualCardSpec{
			IssuerRef: bank, Type: v1alpha1.CardTypePrepaid, BIN: "493193",
			Cardholder: &v1alpha1.Cardholder{FirstName: "Ada", LastName: "Example"},
			Funding:    v1alpha1.Amount(funding), Hold: v1alpha1.Amount(hold), State: v1alpha1.CardActive,
			Secret: &v1alpha1.CardSecretSpec{}, DeletionPolicy: v1alpha1.CardClose,
		},
	}
}

func newBudgetCard(name, budget string) *v1alpha1.VirtualCard {
	card := newCard(name, "")
	card.Spec.Type = v1alpha1.CardTypeBudget
	card.Spec.BudgetRef = &v1alpha1.LocalReference{Name: budget}
	return card
}

func newBudget(name, funding string) *v1alpha1.Budget {
	return &v1alpha1.Budget{
		ObjectMeta: meta(name),
		Spec:       v1alpha1.BudgetSpec{IssuerRef: bank, Funding: v1alpha1.Amount(funding), DeletionPolicy: v1alpha1.BudgetDrain},
	}
}

// Bouncer is the payee whose bank sends payments back.
const Bouncer = "bouncer"

// banks are where payees are; what the sandbox does with a payment goes by the name.
var banks = map[string]string{Bouncer: "BOUNCE Bank"}

func newPayee(name string) *v1alpha1.Beneficiary {
	return &v1alpha1.Beneficiary{
		ObjectMeta: meta(name),
		Spec: v1alpha1.BeneficiarySpec{
			IssuerRef: bank, LastName: "Agency " + name, Currency: "USD", AccountNumber: "1234567890",
			AccountType: "Business", BankName: cmp.Or(banks[name], "Example Bank"),
		},
	}
}

func newWithdrawal(name, value string, suspended bool) *v1alpha1.Withdrawal {
	card, amount, _ := strings.Cut(value, "/")
	amount, payee, _ := strings.Cut(amount, "/")
	return &v1alpha1.Withdrawal{
		ObjectMeta: meta(name),
		Spec: v1alpha1.WithdrawalSpec{
			IssuerRef: bank, CardRef: v1alpha1.LocalReference{Name: card},
			BeneficiaryRef: v1alpha1.LocalReference{Name: cmp.Or(payee, "payee")}, Amount: v1alpha1.Amount(amount), Suspend: suspended,
		},
	}
}

func namespaceMeta() metav1.ObjectMeta { return metav1.ObjectMeta{Name: Namespace} }
