package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/id"
)

var _ = Describe("Two operators that share the CardIssuers by --issuer-selector", func() {
	var marked, others *process

	BeforeEach(func() {
		running.stop()
		marked = startOperator("--issuer-selector=shard=a")
		others = startOperator("--issuer-selector=!shard", "--webhook-bind-address=0")
		DeferCleanup(func() {
			marked.stop()
			others.stop()
			running = startOperator()
		})
	})
	inShardA := func(ci *v1alpha1.CardIssuer) { ci.Labels = map[string]string{"shard": "a"} }
	// alone: whatever is ready of a tenant, one card was made for it.
	alone := func(ns string) {
		GinkgoHelper()
		Expect(remoteCards("card-" + id.Token("fleet", "VirtualCard", ns, "card", 0))).To(HaveLen(1))
	}

	It("work for their own, and what refers to them", func() {
		a, b := newTenant(inShardA), newTenant()
		create(newCard(a, "card", withSecret))
		create(newCard(b, "card", withSecret))
		cardReady(a, "card")
		cardReady(b, "card")
		alone(a)
		alone(b)
	})

	It("leave what is another's alone, though nobody works for it", func() {
		a, b := newTenant(inShardA), newTenant()
		marked.stop()
		marked = startOperator("--issuer-selector=shard=c")
		create(newCard(a, "card"))
		create(newCard(b, "card"))
		cardReady(b, "card")
		Consistently(func() v1alpha1.VirtualCardStatus { return get(&v1alpha1.VirtualCard{}, a, "card").Status }, time.Second).Should(BeZero())
		Expect(get(&v1alpha1.VirtualCard{}, a, "card").Finalizers).To(BeEmpty())
	})

	It("hand over a CardIssuer that is labelled otherwise", func() {
		a := newTenant(inShardA)
		create(newCard(a, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "50" }))
		cardReady(a, "card")
		marked.stop()
		marked = startOperator("--issuer-selector=shard=c")
		edit(&v1alpha1.CardIssuer{}, a, "bank", func(ci *v1alpha1.CardIssuer) { ci.Labels = nil })
		edit(&v1alpha1.VirtualCard{}, a, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "60" })
		Eventually(func() string { return get(&v1alpha1.VirtualCard{}, a, "card").Status.Funded }).Should(Equal("60.00"))
		alone(a)
		nothingWrong()
	})
})
