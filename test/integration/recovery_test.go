package integration

import (
	"fmt"
	"sort"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/sandbox/fault"
)

// ledgerOf lists every movement that our ids made, for comparison.
func ledgerOf() []string {
	var rows []string
	for _, m := range issuer.Report().Movements {
		rows = append(rows, fmt.Sprintf("%s %s %s", m.ClientID, m.Kind, m.Amount))
	}
	sort.Strings(rows)
	return rows
}

var _ = Describe("After a loss", func() {
	var ns string
	BeforeEach(func() { ns = newTenant() })
	AfterEach(nothingWrong)

	everything := func() {
		GinkgoHelper()
		create(newBudget(ns, "pot", func(b *v1alpha1.Budget) { b.Spec.Funding = "300" }))
		create(newCard(ns, "card", withSecret, func(c *v1alpha1.VirtualCard) { c.Spec.Funding, c.Spec.Hold = "100", "15" }))
		create(newCard(ns, "spender", func(c *v1alpha1.VirtualCard) {
			c.Spec.Type, c.Spec.BudgetRef = v1alpha1.CardTypeBudget, &v1alpha1.LocalReference{Name: "pot"}
		}))
		create(newPayee(ns, "payee"))
		create(newWithdrawal(ns, "pay", "10"))
	}
	allWell := func() {
		GinkgoHelper()
		cardReady(ns, "card")
		cardReady(ns, "spender")
		budgetReady(ns, "pot")
		Eventually(condition(&v1alpha1.Beneficiary{}, ns, "payee", "Ready")).Should(beTrue())
		Eventually(condition(&v1alpha1.Withdrawal{}, ns, "pay", "Succeeded")).Should(beTrue())
	}
	ids := func() []string {
		return []string{
			get(&v1alpha1.VirtualCard{}, ns, "card").Status.ID, get(&v1alpha1.VirtualCard{}, ns, "spender").Status.ID,
			get(&v1alpha1.Budget{}, ns, "pot").Status.ID, get(&v1alpha1.Beneficiary{}, ns, "payee").Status.ID,
			get(&v1alpha1.Withdrawal{}, ns, "pay").Status.ID,
		}
	}

	It("of every status, the same things are found and nothing moves", func() {
		everything()
		allWell()
		before, cards, ledger := ids(), len(issuer.Report().Cards), ledgerOf()
		wipe := client.RawPatch("application/merge-patch+json", []byte(`{"status":null}`))
		for _, o := range []client.Object{
			newCard(ns, "card"), newCard(ns, "spender"), newBudget(ns, "pot"), newPayee(ns, "payee"), newWithdrawal(ns, "pay", "10"),
		} {
			Expect(k8s.Status().Patch(ctx, o, wipe)).To(Succeed())
		}
		allWell()
		Expect(ids()).To(Equal(before))
		card := get(&v1alpha1.VirtualCard{}, ns, "card")
		Expect(card.Status.Funded).To(Equal("100.00"))
		Expect(card.Status.Held).To(Equal("15.00"))
		Consistently(ledgerOf, 3*time.Second).Should(Equal(ledger))
		Expect(issuer.Report().Cards).To(HaveLen(cards))

		edit(card, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding, c.Spec.Hold = "130", "5" })
		card = cardReady(ns, "card")
		Expect(card.Status.SettlingSince).To(BeNil())
		remote := remoteCard(card.Status.ID)
		Expect(remote.Balances.Available.Add(remote.Balances.Frozen).String()).To(Equal("120.00"))
		Expect(remote.Balances.Frozen.String()).To(Equal("5.00"))
	})

	It("of the cluster, the same manifests find the same things", func() {
		everything()
		allWell()
		before, ledger := ids(), ledgerOf()
		running.stop()
		Expect(k8s.Delete(ctx, secretOf(ns, "card"))).To(Succeed())
		for _, o := range []v1alpha1.Object{&v1alpha1.VirtualCard{}, &v1alpha1.Budget{}, &v1alpha1.Beneficiary{}, &v1alpha1.Withdrawal{}} {
			forget(o, ns)
		}
		running = startOperator()
		everything()
		allWell()
		Expect(ids()).To(Equal(before))
		Consistently(ledgerOf, 3*time.Second).Should(Equal(ledger))
	})

	It("of the operator at any moment, it finishes what it began", func() {
		everything()
		for range 6 {
			time.Sleep(150 * time.Millisecond)
			running.stop()
			running = startOperator()
		}
		allWell()
		Expect(remoteCard(get(&v1alpha1.VirtualCard{}, ns, "card").Status.ID).Balances.Available.String()).To(Equal("75.00"))
	})
})

// forget removes objects as a cluster that burns down does: nobody tells the issuer.
func forget(kind v1alpha1.Object, ns string) {
	GinkgoHelper()
	for _, name := range []string{"card", "spender", "pot", "payee", "pay"} {
		o, ok := kind.DeepCopyObject().(v1alpha1.Object)
		Expect(ok).To(BeTrue())
		if k8s.Get(ctx, client.ObjectKey{Namespace: ns, Name: name}, o) != nil {
			continue
		}
		edit(o, ns, name, func(o v1alpha1.Object) { o.SetFinalizers(nil) })
		Expect(k8s.Delete(ctx, o)).To(Succeed())
	}
}

var _ = Describe("When an answer is lost", func() {
	var ns string
	BeforeEach(func() { ns = newTenant() })
	AfterEach(nothingWrong)

	const api = "/open-api/v1"
	once := func(method, path string, do fault.Action, change ...func(*fault.Rule)) fault.Rule {
		rule := fault.Rule{Method: method, Path: api + path, Do: do, Times: 1}
		for _, c := range change {
			c(&rule)
		}
		return rule
	}
	faults := []fault.Action{fault.CommitDrop, fault.CommitError, fault.Truncate, fault.HTML, fault.Garbage, fault.Empty, fault.Drop}

	for _, do := range faults {
		It("of any call ("+string(do)+"), each effect happens once", func() {
			withFault(
				once("POST", "/budget", do), once("POST", "/budget/add", do), once("POST", "/cards", do),
				once("POST", "/cards/transfer/in", do), once("POST", "/cards/frozen", do),
				once("POST", "/cards/receiver", do), once("POST", "/cards/withdraw", do), once("PUT", "/cards/suspend", do),
			)
			create(newBudget(ns, "pot", func(b *v1alpha1.Budget) { b.Spec.Funding = "300" }))
			create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding, c.Spec.Hold = "100", "15" }))
			create(newPayee(ns, "payee"))
			create(newWithdrawal(ns, "pay", "10"))
			Eventually(condition(&v1alpha1.Withdrawal{}, ns, "pay", "Succeeded"), time.Minute).Should(beTrue())
			Eventually(condition(&v1alpha1.Budget{}, ns, "pot", "Ready"), time.Minute).Should(beTrue())
			card := cardReady(ns, "card")
			remote := remoteCard(card.Status.ID)
			Expect(remote.Balances.Available.String()).To(Equal("75.00"))
			Expect(remote.Balances.Frozen.String()).To(Equal("15.00"))
			edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.State = v1alpha1.CardFrozen })
			Eventually(func() string { return remoteCard(card.Status.ID).State }).Should(Equal("Frozen"))
		})
	}

	It("and the issuer commits only after it was given up, the transfer happens once", func() {
		withFault(once("POST", "/cards/transfer/in", fault.DelayedCommit, func(r *fault.Rule) {
			r.Delay = fault.Duration(300 * time.Millisecond)
		}))
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "100" }))
		card := cardReady(ns, "card")
		Expect(remoteCard(card.Status.ID).Balances.Available.String()).To(Equal("100.00"))
	})

	It("of an order, deleting the card waits until it is known, and leaves none behind", func() {
		withFault(once("POST", "/cards", fault.CommitDrop))
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Label = "orphan of " + ns }))
		Eventually(func() *v1alpha1.Intent { return get(&v1alpha1.VirtualCard{}, ns, "card").Status.Intent }).ShouldNot(BeNil())
		remove(&v1alpha1.VirtualCard{}, ns, "card")
		Eventually(isGone(&v1alpha1.VirtualCard{}, ns, "card"), time.Minute).Should(BeTrue())
		for _, card := range remoteCards("orphan of " + ns) {
			Expect(card.State).To(Equal("Inactive"))
		}
	})

	It("a freeze does not wait for the money", func() {
		create(newCard(ns, "card"))
		card := cardReady(ns, "card")
		withFault(fault.Rule{Method: "POST", Path: api + "/cards/transfer/in", Do: fault.Drop})
		edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "50" })
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "Funded")).Should(HaveField("Reason", "OutcomeUnknown"))
		edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.State = v1alpha1.CardFrozen })
		Eventually(func() string { return remoteCard(card.Status.ID).State }, 5*time.Second).Should(Equal("Frozen"))
		Expect(get(&v1alpha1.VirtualCard{}, ns, "card").Status.Intent).NotTo(BeNil())
	})

	It("and the order never shows, a person is asked, and can settle it", func() {
		ns := newTenant(func(ci *v1alpha1.CardIssuer) {
			ci.Spec.Assumptions.Patience = &metav1.Duration{Duration: 10 * time.Second}
		})
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Cardholder.LastName = "REFUSE" }))
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "Issued"), 40*time.Second).
			Should(beFor("NeedsDecision", And(ContainSubstring("card-operator.io/settle="), ContainSubstring("kubectl"))))
		in := get(&v1alpha1.VirtualCard{}, ns, "card").Status.Intent
		Expect(in).NotTo(BeNil())
		annotate(&v1alpha1.VirtualCard{}, ns, "card", v1alpha1.AnnotationSettle, in.ID+"/1=never")
		Eventually(func() *v1alpha1.Intent { return get(&v1alpha1.VirtualCard{}, ns, "card").Status.Intent }).
			Should(And(HaveField("Attempt", BeEquivalentTo(2)), HaveField("Outcome", v1alpha1.OutcomeAccepted)))
		orders := func() int { return issuer.Report().Calls["POST /open-api/v1/cards"]["200"] }
		sent := orders()
		Consistently(orders, 5*time.Second).Should(Equal(sent), "a word that was given once is not taken twice")
	})
})
