package integration

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	gomegatypes "github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/sandbox/fault"
	"github.com/card-operator/card-operator/internal/sandbox/inspect"
)

// capture keeps everything that the operator logs.
type capture struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (c *capture) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(p)
}

func (c *capture) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// newNamespace makes a namespace of its own for one spec. Its objects stay, since all are
// searched for secrets in the end, but they are looked after once a day: a suite whose every
// spec leaves objects that are read once a second slows down to nothing.
func newNamespace() string {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "spec-"}}
	Expect(k8s.Create(ctx, ns)).To(Succeed())
	DeferCleanup(func() { retire(ns.Name) })
	return ns.Name
}

// retire lets the issuers of a namespace look once a day.
func retire(ns string) {
	var issuers v1alpha1.CardIssuerList
	Expect(k8s.List(ctx, &issuers, client.InNamespace(ns))).To(Succeed())
	daily := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"syncInterval":"24h"}}`))
	for i := range issuers.Items {
		Expect(client.IgnoreNotFound(k8s.Patch(ctx, &issuers.Items[i], daily))).To(Succeed())
	}
}

// newTenant makes a namespace with a CardIssuer that is Ready.
func newTenant(change ...func(*v1alpha1.CardIssuer)) string {
	ns := newNamespace()
	create(credentials(ns))
	create(newIssuer(ns, change...))
	Eventually(condition(&v1alpha1.CardIssuer{}, ns, "bank", "Ready")).Should(beTrue())
	return ns
}

func credentials(ns string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "bank-credentials"},
		StringData: map[string]string{"clientId": clientID, "clientSecret": clientSecret},
	}
}

func newIssuer(ns string, change ...func(*v1alpha1.CardIssuer)) *v1alpha1.CardIssuer {
	ci := &v1alpha1.CardIssuer{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "bank"},
		Spec: v1alpha1.CardIssuerSpec{
			OwnerID:        "fleet",
			Qbit:           &v1alpha1.QbitIssuer{BaseURL: address.URL, AccountID: accountID},
			CredentialsRef: v1alpha1.LocalReference{Name: "bank-credentials"},
			RateLimit:      &v1alpha1.RateLimit{RequestsPerSecond: 1000, Burst: 1000},
			SyncInterval:   &metav1.Duration{Duration: time.Second},
			Assumptions: &v1alpha1.Assumptions{
				CallTimeout: &metav1.Duration{Duration: time.Second},
				ListingLag:  &metav1.Duration{Duration: 500 * time.Millisecond},
				IssuingLag:  &metav1.Duration{Duration: time.Second},
			},
		},
	}
	for _, c := range change {
		c(ci)
	}
	return ci
}

func newCard(ns, name string, change ...func(*v1alpha1.VirtualCard)) *v1alpha1.VirtualCard {
	card := &v1alpha1.VirtualCard{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name},
		Spec: v1alpha1.VirtualCardSpec{
			IssuerRef:  v1alpha1.IssuerReference{Name: "bank"},
			Type:       v1alpha1.CardTypePrepaid,
			BIN:        "493193",
			Cardholder: &v1alpha1.Cardholder{FirstName: "Ada", LastName: "Example"},
		},
	}
	for _, c := range change {
		c(card)
	}
	return card
}

func newBudget(ns, name string, change ...func(*v1alpha1.Budget)) *v1alpha1.Budget {
	b := &v1alpha1.Budget{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name},
		Spec:       v1alpha1.BudgetSpec{IssuerRef: v1alpha1.IssuerReference{Name: "bank"}},
	}
	for _, c := range change {
		c(b)
	}
	return b
}

func newPayee(ns, name string, change ...func(*v1alpha1.Beneficiary)) *v1alpha1.Beneficiary {
	p := &v1alpha1.Beneficiary{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name},
		Spec: v1alpha1.BeneficiarySpec{
			IssuerRef: v1alpha1.IssuerReference{Name: "bank"},
			LastName:  "Agency " + ns + " " + name, Currency: "USD", AccountNumber: "1234567890", BankName: "Example Bank",
		},
	}
	for _, c := range change {
		c(p)
	}
	return p
}

func newWithdrawal(ns, name, amount string, change ...func(*v1alpha1.Withdrawal)) *v1alpha1.Withdrawal {
	wd := &v1alpha1.Withdrawal{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name},
		Spec: v1alpha1.WithdrawalSpec{
			IssuerRef:      v1alpha1.IssuerReference{Name: "bank"},
			CardRef:        v1alpha1.LocalReference{Name: "card"},
			BeneficiaryRef: v1alpha1.LocalReference{Name: "payee"},
			Amount:         v1alpha1.Amount(amount),
		},
	}
	for _, c := range change {
		c(wd)
	}
	return wd
}

func create(o client.Object) { GinkgoHelper(); Expect(k8s.Create(ctx, o)).To(Succeed()) }

// get reads an object into o.
func get[T client.Object](o T, ns, name string) T {
	GinkgoHelper()
	Expect(k8s.Get(ctx, client.ObjectKey{Namespace: ns, Name: name}, o)).To(Succeed())
	return o
}

// edit changes an object as kubectl edit does, over conflicts.
func edit[T client.Object](o T, ns, name string, change func(T)) {
	GinkgoHelper()
	Eventually(func() error {
		if err := k8s.Get(ctx, client.ObjectKey{Namespace: ns, Name: name}, o); err != nil {
			return err
		}
		change(o)
		return k8s.Update(ctx, o)
	}).Should(Succeed())
}

func annotate[T client.Object](o T, ns, name, key, value string) {
	GinkgoHelper()
	edit(o, ns, name, func(o T) {
		all := o.GetAnnotations()
		if all == nil {
			all = map[string]string{}
		}
		all[key] = value
		o.SetAnnotations(all)
	})
}

func remove(o client.Object, ns, name string) {
	GinkgoHelper()
	o.SetNamespace(ns)
	o.SetName(name)
	Expect(k8s.Delete(ctx, o)).To(Succeed())
}

func isGone(o client.Object, ns, name string) func() bool {
	return func() bool {
		return apierrors.IsNotFound(k8s.Get(ctx, client.ObjectKey{Namespace: ns, Name: name}, o))
	}
}

// condition reads one condition of an object, for Eventually.
func condition(o v1alpha1.Object, ns, name, kind string) func() metav1.Condition {
	return func() metav1.Condition {
		if err := k8s.Get(ctx, client.ObjectKey{Namespace: ns, Name: name}, o); err != nil {
			return metav1.Condition{Message: err.Error()}
		}
		if o.Common().ObservedGeneration != o.GetGeneration() {
			return metav1.Condition{Message: "not observed yet"}
		}
		if c := meta.FindStatusCondition(o.Common().Conditions, kind); c != nil {
			return *c
		}
		return metav1.Condition{Message: "no such condition"}
	}
}

func beTrue() gomegatypes.GomegaMatcher {
	return WithTransform(func(c metav1.Condition) string {
		return fmt.Sprintf("%s %s: %s", c.Status, c.Reason, c.Message)
	}, HavePrefix("True "))
}

// beFor matches a condition that is not True for a reason, with a message.
func beFor(reason string, message gomegatypes.GomegaMatcher) gomegatypes.GomegaMatcher {
	return And(HaveField("Status", Not(Equal(metav1.ConditionTrue))), HaveField("Reason", reason), HaveField("Message", message))
}

func cardReady(ns, name string) *v1alpha1.VirtualCard {
	GinkgoHelper()
	Eventually(condition(&v1alpha1.VirtualCard{}, ns, name, "Ready")).Should(beTrue())
	return get(&v1alpha1.VirtualCard{}, ns, name)
}

func budgetReady(ns, name string) *v1alpha1.Budget {
	GinkgoHelper()
	Eventually(condition(&v1alpha1.Budget{}, ns, name, "Ready")).Should(beTrue())
	return get(&v1alpha1.Budget{}, ns, name)
}

// remoteCards lists the sandbox's cards whose label begins with a text.
func remoteCards(prefix string) []inspect.Card {
	var cards []inspect.Card
	for _, card := range issuer.Report().Cards {
		if strings.HasPrefix(card.Label, prefix) {
			cards = append(cards, card)
		}
	}
	return cards
}

func remoteCard(id string) inspect.Card {
	GinkgoHelper()
	for _, card := range issuer.Report().Cards {
		if card.ID == id {
			return card
		}
	}
	Fail("the issuer has no card " + id)
	return inspect.Card{}
}

// withFault puts a fault in force for the rest of the spec.
func withFault(rules ...fault.Rule) {
	GinkgoHelper()
	_, err := issuer.Faults().Add(rules...)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(clearFaults)
}

func clearFaults() {
	for _, hit := range issuer.Faults().Hits() {
		issuer.Faults().Remove(hit.ID)
	}
}

// events lists the reasons of an object's Events.
func events(ns, name string) func() []string {
	return func() []string {
		var list eventsv1.EventList
		if err := k8s.List(ctx, &list, client.InNamespace(ns)); err != nil {
			return nil
		}
		var reasons []string
		for _, e := range list.Items {
			if e.Regarding.Name == name {
				reasons = append(reasons, e.Reason)
			}
		}
		return reasons
	}
}

// nothingWrong is what every spec ends with.
func nothingWrong() {
	GinkgoHelper()
	report := issuer.Report()
	Expect(report.Conservation.Holds).To(BeTrue(), "money was lost or made: %v", report.Conservation)
	Expect(report.Duplicates).To(BeEmpty(), "something was done twice")
}
