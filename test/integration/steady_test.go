package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

var _ = Describe("When nothing changes", func() {
	It("nothing is written and nothing is sent, and a lost peace is found again", func() {
		ns := newTenant()
		create(newBudget(ns, "pot", func(b *v1alpha1.Budget) { b.Spec.Funding = "300" }))
		create(newCard(ns, "card", withSecret, func(c *v1alpha1.VirtualCard) { c.Spec.Funding, c.Spec.Hold = "100", "15" }))
		create(newCard(ns, "wrong", func(c *v1alpha1.VirtualCard) { c.Spec.BIN = "123456" }))
		create(newPayee(ns, "payee"))
		create(newWithdrawal(ns, "pay", "10"))
		cardReady(ns, "card")
		budgetReady(ns, "pot")
		Eventually(condition(&v1alpha1.Withdrawal{}, ns, "pay", "Succeeded")).Should(beTrue())
		versions := func() []string {
			return []string{
				get(&v1alpha1.CardIssuer{}, ns, "bank").ResourceVersion, get(&v1alpha1.Budget{}, ns, "pot").ResourceVersion,
				get(&v1alpha1.VirtualCard{}, ns, "card").ResourceVersion, get(&v1alpha1.VirtualCard{}, ns, "wrong").ResourceVersion,
				get(&v1alpha1.Beneficiary{}, ns, "payee").ResourceVersion, get(&v1alpha1.Withdrawal{}, ns, "pay").ResourceVersion,
				secretOf(ns, "card").ResourceVersion,
			}
		}
		time.Sleep(3 * time.Second) // the balances of the last movements, and the counts
		before, movements := versions(), ledgerOf()
		Consistently(versions, 5*time.Second, 500*time.Millisecond).Should(Equal(before))
		Expect(ledgerOf()).To(Equal(movements))
		nothingWrong()
	})
})
