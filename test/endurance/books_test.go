package endurance

import (
	"maps"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/sandbox/inspect"
)

// books are both sides of the account: the objects, and what the issuer did.
type books struct {
	ns          string
	report      inspect.Report
	numbers     map[string]string // of open cards, by id
	cards       []v1alpha1.VirtualCard
	budgets     []v1alpha1.Budget
	payees      []v1alpha1.Beneficiary
	withdrawals []v1alpha1.Withdrawal
	issuers     []v1alpha1.CardIssuer
	secrets     map[string]corev1.Secret // card Secrets, by name
}

// readBooks reads the objects before the issuer's side.
func readBooks(ns string, b *bank) books {
	GinkgoHelper()
	all := readObjects(ns)
	all.report = b.report()
	for _, card := range all.openCards() {
		all.numbers[card.ID] = b.cardNumber(card.ID)
	}
	return all
}

func readObjects(ns string) books {
	GinkgoHelper()
	var (
		cards    v1alpha1.VirtualCardList
		budgets  v1alpha1.BudgetList
		payees   v1alpha1.BeneficiaryList
		payments v1alpha1.WithdrawalList
		issuers  v1alpha1.CardIssuerList
		secrets  corev1.SecretList
	)
	for _, list := range []client.ObjectList{&cards, &budgets, &payees, &payments, &issuers, &secrets} {
		Expect(k8s.List(ctx, list, client.InNamespace(ns))).To(Succeed())
	}
	all := books{
		ns: ns, numbers: map[string]string{}, secrets: map[string]corev1.Secret{},
		cards: cards.Items, budgets: budgets.Items, payees: payees.Items, withdrawals: payments.Items, issuers: issuers.Items,
	}
	for _, secret := range secrets.Items {
		if secret.Type == v1alpha1.CardSecretType {
			all.secrets[secret.Name] = secret
		}
	}
	return all
}

// objects are all that must come true.
func (b *books) objects() []v1alpha1.Object {
	var all []v1alpha1.Object
	for i := range b.issuers {
		all = append(all, &b.issuers[i])
	}
	for i := range b.budgets {
		all = append(all, &b.budgets[i])
	}
	for i := range b.payees {
		all = append(all, &b.payees[i])
	}
	for i := range b.cards {
		all = append(all, &b.cards[i])
	}
	for i := range b.withdrawals {
		all = append(all, &b.withdrawals[i])
	}
	return all
}

// unfinished says what an object still lacks; it is empty when it came true.
func unfinished(o v1alpha1.Object) string {
	if o.GetDeletionTimestamp() != nil {
		return "being deleted"
	}
	if o.Common().ObservedGeneration != o.GetGeneration() {
		return "not observed"
	}
	root := meta.FindStatusCondition(o.Common().Conditions, o.RootCondition())
	if root == nil || root.Status != metav1.ConditionTrue {
		return describe(root)
	}
	if stalled := meta.FindStatusCondition(o.Common().Conditions, v1alpha1.ConditionStalled); stalled != nil {
		return describe(stalled)
	}
	if lo, has := o.(v1alpha1.LedgerObject); has && lo.Ledger().Intent != nil {
		return "intent " + lo.Ledger().Intent.ID + " is still open"
	}
	return ""
}

func describe(c *metav1.Condition) string {
	if c == nil {
		return "no condition"
	}
	return c.Type + "=" + string(c.Status) + " " + c.Reason + ": " + c.Message
}

func (b *books) openCards() []inspect.Card {
	var open []inspect.Card
	for _, card := range b.report.Cards {
		if card.State != "Inactive" {
			open = append(open, card)
		}
	}
	return open
}

// findings are what an audit found wrong.
type findings map[string][]string

// The ways in which money is not safe.
const (
	duplicated = "duplicated"
	lost       = "lost"
	orphaned   = "orphaned"
	stuck      = "stuck"
)

func (f findings) add(what, detail string) { f[what] = append(f[what], detail) }

func (f findings) with(more findings) findings {
	sum := maps.Clone(f)
	for what, details := range more {
		sum[what] = append(sum[what], details...)
	}
	return sum
}
