package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/sandbox/fault"
)

var _ = Describe("A CardIssuer", func() {
	AfterEach(nothingWrong)

	ready := func(ns string) func() metav1.Condition { return condition(&v1alpha1.CardIssuer{}, ns, "bank", "Ready") }

	It("publishes the account and what it offers", func() {
		ns := newTenant()
		ci := get(&v1alpha1.CardIssuer{}, ns, "bank")
		Expect(ci.Status.Issuer).To(Equal("Qbit v1"))
		Expect(ci.Status.AccountID).To(Equal(accountID))
		Expect(ci.Status.LastSyncTime).NotTo(BeNil())
		Expect(ci.Status.BINs).To(ContainElement(And(HaveField("BIN", "493193"), HaveField("Type", "Prepaid"), HaveField("Network", "VISA"))))
		create(newCard(ns, "card"))
		cardReady(ns, "card")
		Eventually(func() int32 { return get(ci, ns, "bank").Status.Counts.VirtualCards }).Should(BeEquivalentTo(1))
	})

	It("asks for its credentials Secret, and goes on when it is there", func() {
		ns := newNamespace()
		create(newIssuer(ns))
		create(newCard(ns, "card"))
		Eventually(ready(ns)).Should(beFor("CredentialsMissing", ContainSubstring(`"bank-credentials"`)))
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "Ready")).Should(beFor("CredentialsMissing", ContainSubstring("clientSecret")))
		create(credentials(ns))
		Eventually(ready(ns)).Should(beTrue())
		cardReady(ns, "card")
	})

	It("asks for the keys that its Secret lacks", func() {
		ns := newNamespace()
		create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "bank-credentials"}, StringData: map[string]string{"clientId": "x"}})
		create(newIssuer(ns))
		Eventually(ready(ns)).Should(beFor("CredentialsMissing", ContainSubstring("clientSecret")))
	})

	It("says when the credentials are refused, and notices that they were mended", func() {
		ns := newNamespace()
		wrong := credentials(ns)
		wrong.StringData["clientSecret"] = "canary-wrong-3c9a"
		create(wrong)
		create(newIssuer(ns))
		Eventually(ready(ns)).Should(beFor("CredentialsRefused", ContainSubstring("clientSecret")))
		edit(&corev1.Secret{}, ns, "bank-credentials", func(s *corev1.Secret) {
			s.StringData = map[string]string{"clientSecret": clientSecret}
		})
		Eventually(ready(ns), time.Minute).Should(beTrue())
	})

	It("works with a static access token", func() {
		ns := newNamespace()
		create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "bank-credentials"}, StringData: map[string]string{"accessToken": "canary-wrong-token-77aa"}})
		create(newIssuer(ns))
		Eventually(ready(ns)).Should(beFor("CredentialsRefused", ContainSubstring("accessToken")))
	})

	It("is refused a host that the operator does not allow", func() {
		ns := newNamespace()
		create(credentials(ns))
		for _, url := range []string{"https://evil.example.com", "http://169.254.169.254", "https://127.0.0.1.evil.example.com"} {
			ci := newIssuer(ns, func(ci *v1alpha1.CardIssuer) { ci.Name, ci.Spec.Qbit.BaseURL = "", url })
			ci.GenerateName = "bank-"
			create(ci)
			Eventually(condition(&v1alpha1.CardIssuer{}, ns, ci.Name, "Ready")).Should(beFor("HostNotAllowed", ContainSubstring("--allowed-issuer-hosts")), url)
		}
	})

	It("serves only the namespaces that it allows", func() {
		home := newTenant()
		away := newNamespace()
		create(newCard(away, "card", func(c *v1alpha1.VirtualCard) { c.Spec.IssuerRef.Namespace = home }))
		Eventually(condition(&v1alpha1.VirtualCard{}, away, "card", "Ready")).Should(beFor("NamespaceNotAllowed", ContainSubstring("spec.allowedNamespaces")))
		create(newCard(away, "blind", func(c *v1alpha1.VirtualCard) {
			c.Spec.IssuerRef = v1alpha1.IssuerReference{Name: "no-such", Namespace: home}
		}))
		Eventually(condition(&v1alpha1.VirtualCard{}, away, "blind", "Ready")).Should(HaveField("Reason", "NamespaceNotAllowed"), "existence is not revealed")

		edit(&v1alpha1.CardIssuer{}, home, "bank", func(ci *v1alpha1.CardIssuer) {
			ci.Spec.AllowedNamespaces = &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromSelector,
				Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": "growth"}}}
		})
		Consistently(condition(&v1alpha1.VirtualCard{}, away, "card", "Ready")).Should(HaveField("Reason", "NamespaceNotAllowed"))
		edit(&corev1.Namespace{}, "", away, func(n *corev1.Namespace) { n.Labels["team"] = "growth" })
		annotate(&v1alpha1.VirtualCard{}, away, "card", v1alpha1.AnnotationReconcileAt, "now")
		cardReady(away, "card")
		edit(&v1alpha1.CardIssuer{}, home, "bank", func(ci *v1alpha1.CardIssuer) {
			ci.Spec.AllowedNamespaces = &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromAll}
		})
		other := newNamespace()
		create(newCard(other, "card", func(c *v1alpha1.VirtualCard) { c.Spec.IssuerRef.Namespace = home }))
		cardReady(other, "card")
	})

	It("is waited for by its objects", func() {
		ns := newNamespace()
		create(newCard(ns, "card"))
		create(newBudget(ns, "pot"))
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "Ready")).Should(beFor("WaitingForIssuer", ContainSubstring(`"bank"`)))
		Eventually(condition(&v1alpha1.Budget{}, ns, "pot", "Ready")).Should(HaveField("Reason", "WaitingForIssuer"))
		create(credentials(ns))
		create(newIssuer(ns))
		cardReady(ns, "card")
		budgetReady(ns, "pot")
	})

	It("that is suspended stops everything that would be sent for its objects", func() {
		ns := newTenant()
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "5" }))
		card := cardReady(ns, "card")
		edit(&v1alpha1.CardIssuer{}, ns, "bank", func(ci *v1alpha1.CardIssuer) { ci.Spec.Suspend = true })
		edit(card, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding, c.Spec.State = "9", v1alpha1.CardFrozen })
		Eventually(func() []string { return get(&v1alpha1.VirtualCard{}, ns, "card").Status.Plan }).
			Should(ConsistOf(ContainSubstring("set the card's state to Frozen"), ContainSubstring("transfer 4.00 to the card")))
		Expect(remoteCard(card.Status.ID)).To(And(HaveField("State", "Active"), HaveField("Balances.Available", HaveField("String()", "5.00"))))
		edit(&v1alpha1.CardIssuer{}, ns, "bank", func(ci *v1alpha1.CardIssuer) { ci.Spec.Suspend = false })
		Eventually(func() string { return remoteCard(card.Status.ID).State }).Should(Equal("Frozen"))
		cardReady(ns, "card")
	})

	It("stays until nothing refers to it, so that a namespace's cards are closed first", func() {
		ns := newTenant()
		create(newCard(ns, "card"))
		card := cardReady(ns, "card")
		remove(&v1alpha1.CardIssuer{}, ns, "bank")
		Expect(k8s.Delete(ctx, credentials(ns))).To(Succeed())
		Eventually(ready(ns)).Should(beFor("InUse", ContainSubstring("1 VirtualCards")))
		remove(&v1alpha1.VirtualCard{}, ns, "card")
		Eventually(isGone(&v1alpha1.VirtualCard{}, ns, "card")).Should(BeTrue())
		Expect(remoteCard(card.Status.ID).State).To(Equal("Inactive"))
		Eventually(isGone(&v1alpha1.CardIssuer{}, ns, "bank")).Should(BeTrue())
	})

	It("whose issuer is gone for good lets its objects go by annotation", func() {
		ns := newTenant()
		create(newCard(ns, "card"))
		card := cardReady(ns, "card")
		withFault(fault.Rule{Path: "/open-api/**", Do: fault.Refuse, Status: 401})
		remove(&v1alpha1.VirtualCard{}, ns, "card")
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "Ready")).Should(HaveField("Message", ContainSubstring("card-operator.io/orphan=true")))
		annotate(&v1alpha1.VirtualCard{}, ns, "card", v1alpha1.AnnotationOrphan, "true")
		Eventually(isGone(&v1alpha1.VirtualCard{}, ns, "card")).Should(BeTrue())
		Expect(events(ns, "card")()).To(ContainElement("Orphaned"))
		Expect(remoteCard(card.Status.ID).State).To(Equal("Active"))
	})

	DescribeTable("says what its issuer does wrong, and goes on when it is right again",
		func(rule fault.Rule, reason string) {
			ns := newNamespace()
			create(credentials(ns))
			rule.Path = "/open-api/v1/**"
			withFault(rule)
			create(newIssuer(ns))
			create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "5" }))
			Eventually(ready(ns)).Should(HaveField("Reason", MatchRegexp(reason)))
			Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "Ready")).Should(HaveField("Reason", MatchRegexp(reason)))
			clearFaults()
			Eventually(ready(ns), time.Minute).Should(beTrue())
			Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "Ready"), time.Minute).Should(beTrue())
		},
		Entry("HTML", fault.Rule{Do: fault.HTML, SkipHandler: true}, "IssuerUnreadable"),
		Entry("401", fault.Rule{Do: fault.Refuse, Status: 401}, "CredentialsRefused"),
		Entry("403", fault.Rule{Do: fault.Refuse, Status: 403}, "Forbidden"),
		Entry("429", fault.Rule{Do: fault.Refuse, Status: 429, RetryAfter: 3}, "RateLimited"),
		Entry("500", fault.Rule{Do: fault.Refuse, Status: 500}, "IssuerUnavailable"),
		Entry("nothing at all", fault.Rule{Do: fault.Drop}, "IssuerUnavailable"),
		Entry("nothing for long", fault.Rule{Do: fault.Hang, Delay: fault.Duration(20 * time.Second)}, "IssuerUnavailable"),
		Entry("an empty body", fault.Rule{Do: fault.Empty, SkipHandler: true}, "IssuerUnreadable"),
		Entry("a truncated body", fault.Rule{Do: fault.Truncate}, "IssuerUnavailable"),
		Entry("a huge body", fault.Rule{Do: fault.Huge, SkipHandler: true, Bytes: 5 << 20}, "IssuerUnreadable|IssuerUnavailable"),
		Entry("a redirect", fault.Rule{Do: fault.Redirect, Location: "http://127.0.0.1:1/"}, "IssuerUnreadable"),
	)
})

var _ = Describe("An issuer that speaks as the document's samples do", func() {
	It("is spoken to so, by the options of its CardIssuer", func() {
		before := callsSoFar()
		ns := newTenant(func(ci *v1alpha1.CardIssuer) {
			q := ci.Spec.Qbit
			q.TransferMethod, q.ReceiverPath, q.ReceiversPath, q.ReceiverNames = "PUT", "/benefiaries", "/benefiaries", "Sample"
			q.BudgetTransactions, q.BalanceChunk = "OfBudget", 10
		})
		create(newBudget(ns, "pot", func(b *v1alpha1.Budget) { b.Spec.Funding = "20" }))
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding, c.Spec.Hold = "30", "5" }))
		create(newPayee(ns, "payee"))
		create(newWithdrawal(ns, "pay", "3"))
		cardReady(ns, "card")
		budgetReady(ns, "pot")
		Eventually(condition(&v1alpha1.Withdrawal{}, ns, "pay", "Succeeded")).Should(beTrue())
		for _, endpoint := range []string{"PUT /open-api/v1/cards/transfer/in", "PUT /open-api/v1/cards/frozen", "POST /open-api/v1/benefiaries", "GET /open-api/v1/benefiaries"} {
			Expect(callsSoFar()[endpoint]).To(BeNumerically(">", before[endpoint]), endpoint)
		}
		nothingWrong()
	})

	It("is refused what no document names", func() {
		ns := newNamespace()
		for _, spoil := range []func(*v1alpha1.QbitIssuer){
			func(q *v1alpha1.QbitIssuer) { q.TransferMethod = "GET" },
			func(q *v1alpha1.QbitIssuer) { q.ReceiverPath = "/elsewhere" },
			func(q *v1alpha1.QbitIssuer) { q.ReceiverNames = "Any" },
			func(q *v1alpha1.QbitIssuer) { q.BalanceChunk = 1000 },
		} {
			Expect(k8s.Create(ctx, newIssuer(ns, func(ci *v1alpha1.CardIssuer) { spoil(ci.Spec.Qbit) }))).To(MatchError(ContainSubstring("spec.qbit.")))
		}
	})
})

// callsSoFar is how often each endpoint of the issuer was called.
func callsSoFar() map[string]int {
	calls := map[string]int{}
	for endpoint, answers := range issuer.Report().Calls {
		for _, n := range answers {
			calls[endpoint] += n
		}
	}
	return calls
}
