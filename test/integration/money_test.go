package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/money"
)

func amountOf(s string) money.Amount {
	GinkgoHelper()
	a, err := money.Parse(s)
	Expect(err).NotTo(HaveOccurred())
	return a
}

var _ = Describe("A Budget", func() {
	var ns string
	BeforeEach(func() { ns = newTenant() })
	AfterEach(nothingWrong)

	remote := func(budgetID string) (name, available string) {
		GinkgoHelper()
		for _, b := range issuer.Report().Budgets {
			if b.ID == budgetID {
				return b.Name, b.Balances.Available.String()
			}
		}
		Fail("the issuer has no budget " + budgetID)
		return "", ""
	}

	It("is opened, funded up and down, and renamed", func() {
		create(newBudget(ns, "pot", func(b *v1alpha1.Budget) { b.Spec.Funding = "500" }))
		budget := budgetReady(ns, "pot")
		name, available := remote(budget.Status.ID)
		Expect(name).To(Equal(ns + "/pot-" + id.Token("fleet", "Budget", ns, "pot", 0)))
		Expect(available).To(Equal("500.00"))
		Expect(budget.Status.Funded).To(Equal("500.00"))
		Expect(budget.Status.State).To(Equal("Active"))

		edit(&v1alpha1.Budget{}, ns, "pot", func(b *v1alpha1.Budget) { b.Spec.Funding, b.Spec.DisplayName = "650.10", "Q4 search" })
		budgetReady(ns, "pot")
		name, available = remote(budget.Status.ID)
		Expect(name).To(Equal("Q4 search-" + id.Token("fleet", "Budget", ns, "pot", 0)))
		Expect(available).To(Equal("650.10"))

		edit(&v1alpha1.Budget{}, ns, "pot", func(b *v1alpha1.Budget) { b.Spec.Funding = "1" })
		budgetReady(ns, "pot")
		_, available = remote(budget.Status.ID)
		Expect(available).To(Equal("1.00"))
	})

	It("reports moves that others make and does not undo them", func() {
		create(newBudget(ns, "pot", func(b *v1alpha1.Budget) { b.Spec.Funding = "100" }))
		budget := budgetReady(ns, "pot")
		outsideMove("BudgetOut", "budgetId", budget.Status.ID, "30")
		Eventually(func() string { return get(&v1alpha1.Budget{}, ns, "pot").Status.Balance.Available }).Should(Equal("70.00"))
		Eventually(events(ns, "pot")).Should(ContainElement("Drift"))
		Consistently(func() string { _, a := remote(budget.Status.ID); return a }).Should(Equal("70.00"))
		Expect(budgetReady(ns, "pot").Status.Funded).To(Equal("100.00"))
	})

	It("stays at the issuer with Retain, and is found again", func() {
		create(newBudget(ns, "pot", func(b *v1alpha1.Budget) { b.Spec.Funding = "40" }))
		budget := budgetReady(ns, "pot")
		remove(&v1alpha1.Budget{}, ns, "pot")
		Eventually(isGone(&v1alpha1.Budget{}, ns, "pot")).Should(BeTrue())
		_, available := remote(budget.Status.ID)
		Expect(available).To(Equal("40.00"))
		create(newBudget(ns, "pot", func(b *v1alpha1.Budget) { b.Spec.Funding = "60" }))
		again := budgetReady(ns, "pot")
		Expect(again.Status.ID).To(Equal(budget.Status.ID))
		_, available = remote(budget.Status.ID)
		Expect(available).To(Equal("60.00"))
	})

	It("is drained and closed with Drain, once no card spends from it, and opened anew", func() {
		drain := func(b *v1alpha1.Budget) { b.Spec.Funding, b.Spec.DeletionPolicy = "90", v1alpha1.BudgetDrain }
		create(newBudget(ns, "pot", drain))
		budget := budgetReady(ns, "pot")
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) {
			c.Spec.Type, c.Spec.BudgetRef = v1alpha1.CardTypeBudget, &v1alpha1.LocalReference{Name: "pot"}
		}))
		cardReady(ns, "card")
		remove(&v1alpha1.Budget{}, ns, "pot")
		Eventually(condition(&v1alpha1.Budget{}, ns, "pot", "Ready")).Should(beFor("InUse", ContainSubstring("card")))
		remove(&v1alpha1.VirtualCard{}, ns, "card")
		Eventually(isGone(&v1alpha1.Budget{}, ns, "pot")).Should(BeTrue())
		name, available := remote(budget.Status.ID)
		Expect(available).To(Equal("0.00"))
		Expect(name).To(HaveSuffix("-closed"))
		create(newBudget(ns, "pot", drain))
		Expect(budgetReady(ns, "pot").Status.ID).NotTo(Equal(budget.Status.ID))
	})

	It("adopts the budget that externalId names and keeps its name", func() {
		create(newBudget(ns, "old"))
		old := budgetReady(ns, "old")
		create(newBudget(ns, "new", func(b *v1alpha1.Budget) { b.Spec.ExternalID, b.Spec.Funding = old.Status.ID, "7" }))
		Eventually(condition(&v1alpha1.Budget{}, ns, "new", "Ready")).Should(beFor("Conflict", ContainSubstring("another Budget")))
		remove(&v1alpha1.Budget{}, ns, "old")
		Eventually(isGone(&v1alpha1.Budget{}, ns, "old")).Should(BeTrue())
		annotate(&v1alpha1.Budget{}, ns, "new", v1alpha1.AnnotationReconcileAt, "now")
		Expect(budgetReady(ns, "new").Status.ID).To(Equal(old.Status.ID))
		_, available := remote(old.Status.ID)
		Expect(available).To(Equal("7.00"))
	})

	It("that is suspended shows its plan and opens nothing", func() {
		before := len(issuer.Report().Budgets)
		create(newBudget(ns, "pot", func(b *v1alpha1.Budget) { b.Spec.Suspend = true }))
		budget := &v1alpha1.Budget{}
		Eventually(condition(budget, ns, "pot", "Ready")).Should(beFor("Suspended", ContainSubstring("would open a budget")))
		Expect(budget.Status.Plan).NotTo(BeEmpty())
		Expect(issuer.Report().Budgets).To(HaveLen(before))
	})

	It("says what the issuer refused when the account has too little, and goes on when it has more", func() {
		ns := newTenant(func(ci *v1alpha1.CardIssuer) { ci.Spec.Qbit.AccountID = poorAccount }, poorCredentials)
		create(newBudget(ns, "pot", func(b *v1alpha1.Budget) { b.Spec.Funding = "11" }))
		Eventually(condition(&v1alpha1.Budget{}, ns, "pot", "Funded")).Should(beFor("Rejected", ContainSubstring("40010")))
		Eventually(func() *v1alpha1.Intent { return get(&v1alpha1.Budget{}, ns, "pot").Status.Intent }).Should(BeNil(), "no table explains the code, so it counts once nothing was listed")
		edit(&v1alpha1.Budget{}, ns, "pot", func(b *v1alpha1.Budget) { b.Spec.Funding = "4" })
		Expect(budgetReady(ns, "pot").Status.Funded).To(Equal("4.00"))
	})
})

var _ = Describe("A Withdrawal", func() {
	var ns string
	BeforeEach(func() {
		ns = newTenant()
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "100" }))
		create(newPayee(ns, "payee"))
	})
	AfterEach(nothingWrong)

	succeeded := func(name string) *v1alpha1.Withdrawal {
		GinkgoHelper()
		Eventually(condition(&v1alpha1.Withdrawal{}, ns, name, "Succeeded")).Should(beTrue())
		return get(&v1alpha1.Withdrawal{}, ns, name)
	}
	payments := func(paymentID string) int {
		n := 0
		for _, m := range issuer.Report().Movements {
			if m.ClientID == paymentID {
				n++
			}
		}
		return n
	}

	It("pays once and reports the payment", func() {
		create(newWithdrawal(ns, "pay", "25.50"))
		wd := succeeded("pay")
		Expect(wd.Status.State).To(Equal("Closed"))
		Expect(wd.Status.ID).NotTo(BeEmpty())
		Expect(wd.Status.PaymentID).To(Equal(id.Payment("fleet", ns, "pay")))
		Expect(wd.Status.Balance.Available).To(Equal("74.50"))
		Expect(wd.Status.CompletedAt).NotTo(BeNil())
		Expect(payments(wd.Status.PaymentID)).To(Equal(1))
	})

	It("waits for its card and for its beneficiary to be Passed", func() {
		create(newWithdrawal(ns, "pay", "5", func(w *v1alpha1.Withdrawal) {
			w.Spec.CardRef.Name, w.Spec.BeneficiaryRef.Name = "late-card", "late-payee"
		}))
		Eventually(condition(&v1alpha1.Withdrawal{}, ns, "pay", "Succeeded")).Should(beFor("WaitingForCard", ContainSubstring("late-card")))
		create(newCard(ns, "late-card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "10" }))
		Eventually(condition(&v1alpha1.Withdrawal{}, ns, "pay", "Succeeded")).Should(beFor("WaitingForBeneficiary", ContainSubstring("late-payee")))
		create(newPayee(ns, "late-payee"))
		succeeded("pay")
	})

	It("that is deleted and created again finds the old payment and pays nothing", func() {
		create(newWithdrawal(ns, "pay", "10"))
		first := succeeded("pay")
		remove(&v1alpha1.Withdrawal{}, ns, "pay")
		Eventually(isGone(&v1alpha1.Withdrawal{}, ns, "pay")).Should(BeTrue())
		create(newWithdrawal(ns, "pay", "10"))
		Expect(succeeded("pay").Status.ID).To(Equal(first.Status.ID))
		Expect(payments(first.Status.PaymentID)).To(Equal(1))
	})

	It("created again with another amount or card is a conflict, not a payment", func() {
		create(newWithdrawal(ns, "pay", "10"))
		first := succeeded("pay")
		create(newCard(ns, "other", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "50" }))
		cardReady(ns, "other")
		for _, change := range []func(*v1alpha1.Withdrawal){
			func(w *v1alpha1.Withdrawal) { w.Spec.Amount = "11" },
			func(w *v1alpha1.Withdrawal) { w.Spec.CardRef.Name = "other" },
		} {
			remove(&v1alpha1.Withdrawal{}, ns, "pay")
			Eventually(isGone(&v1alpha1.Withdrawal{}, ns, "pay")).Should(BeTrue())
			create(newWithdrawal(ns, "pay", "10", change))
			Eventually(condition(&v1alpha1.Withdrawal{}, ns, "pay", "Succeeded")).Should(beFor("Conflict", ContainSubstring("another name")))
		}
		Expect(payments(first.Status.PaymentID)).To(Equal(1))
	})

	It("uses spec.paymentId where there is one, so that two objects are one payment", func() {
		withID := func(w *v1alpha1.Withdrawal) { w.Spec.PaymentID = "invoice-" + ns }
		create(newWithdrawal(ns, "one", "10", withID))
		one := succeeded("one")
		Expect(one.Status.PaymentID).To(Equal("invoice-" + ns))
		create(newWithdrawal(ns, "two", "10", withID))
		Expect(succeeded("two").Status.ID).To(Equal(one.Status.ID))
		Expect(payments("invoice-" + ns)).To(Equal(1))
	})

	It("fails for good when the issuer refuses", func() {
		create(newWithdrawal(ns, "pay", "5000"))
		Eventually(condition(&v1alpha1.Withdrawal{}, ns, "pay", "Succeeded")).Should(beFor("Rejected", And(ContainSubstring("40010"), ContainSubstring("Nothing was paid"))))
		wd := get(&v1alpha1.Withdrawal{}, ns, "pay")
		Expect(wd.Status.State).To(Equal("Fail"))
		edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "6000" })
		cardReady(ns, "card")
		annotate(&v1alpha1.Withdrawal{}, ns, "pay", v1alpha1.AnnotationReconcileAt, "now")
		Consistently(func() int { return payments(wd.Status.PaymentID) }).Should(BeZero())
	})

	It("fails when the payment bounces", func() {
		create(newPayee(ns, "bouncer", func(p *v1alpha1.Beneficiary) { p.Spec.BankName = "BOUNCE bank" }))
		create(newWithdrawal(ns, "pay", "10", func(w *v1alpha1.Withdrawal) { w.Spec.BeneficiaryRef.Name = "bouncer" }))
		Eventually(condition(&v1alpha1.Withdrawal{}, ns, "pay", "Succeeded")).Should(beFor("Failed", ContainSubstring("failed the payment")))
		Expect(get(&v1alpha1.Withdrawal{}, ns, "pay").Status.State).To(Equal("Fail"))
	})

	It("that is suspended at birth waits for approval and shows its plan", func() {
		create(newWithdrawal(ns, "pay", "10", func(w *v1alpha1.Withdrawal) { w.Spec.Suspend = true }))
		wd := &v1alpha1.Withdrawal{}
		Eventually(condition(wd, ns, "pay", "Succeeded")).Should(beFor("Suspended", ContainSubstring("withdraw 10 from card card to beneficiary payee")))
		Expect(wd.Status.Plan).NotTo(BeEmpty())
		Consistently(func() int { return payments(wd.Status.PaymentID) }).Should(BeZero())
		edit(wd, ns, "pay", func(w *v1alpha1.Withdrawal) { w.Spec.Suspend = false })
		succeeded("pay")
	})

	It("that is deleted before it was sent was never made", func() {
		create(newWithdrawal(ns, "pay", "10", func(w *v1alpha1.Withdrawal) { w.Spec.Suspend = true }))
		Eventually(condition(&v1alpha1.Withdrawal{}, ns, "pay", "Succeeded")).Should(HaveField("Reason", "Suspended"))
		paymentID := get(&v1alpha1.Withdrawal{}, ns, "pay").Status.PaymentID
		remove(&v1alpha1.Withdrawal{}, ns, "pay")
		Eventually(isGone(&v1alpha1.Withdrawal{}, ns, "pay")).Should(BeTrue())
		Expect(payments(paymentID)).To(BeZero())
	})
})

var _ = Describe("A Beneficiary", func() {
	var ns string
	BeforeEach(func() { ns = newTenant() })
	AfterEach(nothingWrong)

	It("is registered once, even by two objects", func() {
		create(newPayee(ns, "payee"))
		Eventually(condition(&v1alpha1.Beneficiary{}, ns, "payee", "Ready")).Should(beTrue())
		first := get(&v1alpha1.Beneficiary{}, ns, "payee")
		Expect(first.Status.State).To(Equal("Passed"))
		create(newPayee(ns, "same", func(p *v1alpha1.Beneficiary) { p.Spec.LastName = first.Spec.LastName }))
		Eventually(condition(&v1alpha1.Beneficiary{}, ns, "same", "Ready")).Should(beTrue())
		Expect(get(&v1alpha1.Beneficiary{}, ns, "same").Status.ID).To(Equal(first.Status.ID))
		remove(&v1alpha1.Beneficiary{}, ns, "payee")
		Eventually(isGone(&v1alpha1.Beneficiary{}, ns, "payee")).Should(BeTrue())
	})

	It("takes the account number from a Secret, and waits for it", func() {
		create(newPayee(ns, "payee", func(p *v1alpha1.Beneficiary) {
			p.Spec.AccountNumber = ""
			p.Spec.AccountNumberFrom = &v1alpha1.SecretKeyReference{Name: "account", Key: "number"}
		}))
		Eventually(condition(&v1alpha1.Beneficiary{}, ns, "payee", "Ready")).Should(beFor("InvalidSpec", ContainSubstring("spec.accountNumberFrom")))
		create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "account"}, StringData: map[string]string{"number": "DE445566778899"}})
		Eventually(condition(&v1alpha1.Beneficiary{}, ns, "payee", "Ready"), 30*time.Second).Should(beTrue())
	})

	DescribeTable("reports what the issuer says about it", func(bank, state, reason string) {
		create(newPayee(ns, "payee", func(p *v1alpha1.Beneficiary) { p.Spec.BankName = bank }))
		Eventually(condition(&v1alpha1.Beneficiary{}, ns, "payee", "Ready")).Should(beFor(reason, Not(BeEmpty())))
		Expect(get(&v1alpha1.Beneficiary{}, ns, "payee").Status.State).To(Equal(state))
	},
		Entry("refused", "REFUSE bank", "Canceled", "Failed"),
		Entry("more information wanted", "REQUEST bank", "Request", "Failed"),
	)

	It("that is suspended shows its plan", func() {
		create(newPayee(ns, "payee", func(p *v1alpha1.Beneficiary) { p.Spec.Suspend = true }))
		Eventually(condition(&v1alpha1.Beneficiary{}, ns, "payee", "Ready")).Should(beFor("Suspended", ContainSubstring("would register")))
	})
})
