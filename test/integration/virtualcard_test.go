package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/sandbox/fault"
)

var _ = Describe("A VirtualCard", func() {
	var ns string
	BeforeEach(func() { ns = newTenant() })
	AfterEach(nothingWrong)

	It("is ordered, funded and shown as the issuer has it", func() {
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) {
			c.Spec.Label, c.Spec.Funding, c.Spec.Usage = "search ads", "120.50", "advertising"
			c.Annotations = map[string]string{corev1.LastAppliedConfigAnnotation: "kubectl's own"}
		}))
		card := cardReady(ns, "card")
		remote := remoteCard(card.Status.ID)
		Expect(remote.Label).To(Equal("search ads-" + id.Token("fleet", "VirtualCard", ns, "card", 0)))
		Expect(remote.Balances.Available.String()).To(Equal("120.50"))
		Expect(card.Status.LastFour).To(Equal(remote.LastFour))
		Expect(card.Status.BIN).To(Equal("493193"))
		Expect(card.Status.Network).To(Equal("VISA"))
		Expect(card.Status.State).To(Equal("Active"))
		Expect(card.Status.Funded).To(Equal("120.50"))
		Eventually(func() string {
			if b := get(&v1alpha1.VirtualCard{}, ns, "card").Status.Balance; b != nil {
				return b.Available
			}
			return ""
		}).Should(Equal("120.50"))
		Expect(card.Status.Intent).To(BeNil())
		Expect(card.Finalizers).To(ConsistOf(v1alpha1.Finalizer))
		Expect(card.Annotations).To(HaveKeyWithValue(corev1.LastAppliedConfigAnnotation, "kubectl's own"), "left out of the cache, not of the object")
		for _, c := range []string{"Issued", "Funded", "Synced"} {
			Expect(condition(card, ns, "card", c)()).To(beTrue(), c)
		}
		Expect(events(ns, "card")()).To(ContainElements("Ready", "Moved"))
	})

	It("is created with the issuer's minimum where a BIN has one, and funded to the amount", func() {
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) {
			c.Spec.BIN, c.Spec.Funding = "414631", "80"
			c.Spec.Cardholder.Phone = &v1alpha1.Phone{CountryCode: "1", Number: "4155550100"}
			c.Spec.BillingAddress = &v1alpha1.Address{Line1: "1 Main St", City: "San Jose", State: "CA", PostalCode: "95131", Country: "US"}
		}))
		card := cardReady(ns, "card")
		Expect(remoteCard(card.Status.ID).Balances.Available.String()).To(Equal("80.00"))
		Expect(card.Status.Funded).To(Equal("80.00"))
	})

	It("is funded up and down when funding is edited, and left alone when it is removed", func() {
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "50" }))
		card := cardReady(ns, "card")
		for _, amount := range []string{"75.25", "10", "0"} {
			edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = v1alpha1.Amount(amount) })
			cardReady(ns, "card")
			Expect(remoteCard(card.Status.ID).Balances.Available.Equal(amountOf(amount))).To(BeTrue())
		}
		edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "20" })
		cardReady(ns, "card")
		edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "" })
		cardReady(ns, "card")
		Expect(remoteCard(card.Status.ID).Balances.Available.String()).To(Equal("20.00"))
	})

	It("sets an amount aside and releases it when hold is edited", func() {
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding, c.Spec.Hold = "50", "20" }))
		card := cardReady(ns, "card")
		Expect(card.Status.Held).To(Equal("20.00"))
		Expect(remoteCard(card.Status.ID).Balances.Frozen.String()).To(Equal("20.00"))
		edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Hold = "35" })
		cardReady(ns, "card")
		Expect(remoteCard(card.Status.ID).Balances.Frozen.String()).To(Equal("35.00"))
		edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Hold = "0" })
		cardReady(ns, "card")
		Expect(remoteCard(card.Status.ID).Balances.Frozen.IsZero()).To(BeTrue())
	})

	It("is frozen and unfrozen, and the drift of others is reported and undone", func() {
		create(newCard(ns, "card"))
		card := cardReady(ns, "card")
		edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.State = v1alpha1.CardFrozen })
		Eventually(func() string { return remoteCard(card.Status.ID).State }).Should(Equal("Frozen"))
		Expect(cardReady(ns, "card").Status.State).To(Equal("Frozen"))
		edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.State = v1alpha1.CardActive })
		cardReady(ns, "card")
		Expect(remoteCard(card.Status.ID).State).To(Equal("Active"))

		setRemoteState(card.Status.ID, "Frozen")
		Eventually(func() string { return remoteCard(card.Status.ID).State }).Should(Equal("Active"))
		Eventually(events(ns, "card")).Should(ContainElement("Drift"))
	})

	It("reports the issuer's own block and never fights it", func() {
		create(newCard(ns, "card"))
		card := cardReady(ns, "card")
		setRemoteState(card.Status.ID, "Control")
		Eventually(condition(card, ns, "card", "Ready")).Should(beFor("Controlled", ContainSubstring("ask the issuer")))
		Expect(condition(card, ns, "card", "Stalled")()).To(beTrue())
		Consistently(func() string { return remoteCard(card.Status.ID).State }).Should(Equal("Control"))
		setRemoteState(card.Status.ID, "Active")
		cardReady(ns, "card")
	})

	It("reports a card that was closed at the issuer and orders no other", func() {
		create(newCard(ns, "card", withSecret))
		card := cardReady(ns, "card")
		setRemoteState(card.Status.ID, "Inactive")
		Eventually(condition(card, ns, "card", "Ready")).Should(beFor("Closed", ContainSubstring("Delete this VirtualCard")))
		Eventually(isGone(secretMeta(), ns, "card")).Should(BeTrue())
		Consistently(func() int { return len(remoteCards("card-" + id.Token("fleet", "VirtualCard", ns, "card", 1))) }).Should(BeZero())
	})

	It("says that a label cannot be changed, and stays Ready", func() {
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Label = "before" }))
		cardReady(ns, "card")
		edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Label = "after" })
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "Synced")).Should(beFor("Unsupported", ContainSubstring("spec.label")))
		cardReady(ns, "card")
	})

	It("of type Budget waits for its Budget and spends from it", func() {
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) {
			c.Spec.Type, c.Spec.BudgetRef = v1alpha1.CardTypeBudget, &v1alpha1.LocalReference{Name: "pot"}
		}))
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "Issued")).Should(beFor("WaitingForBudget", ContainSubstring(`"pot"`)))
		create(newBudget(ns, "pot", func(b *v1alpha1.Budget) { b.Spec.Funding = "200" }))
		card := cardReady(ns, "card")
		Expect(remoteCard(card.Status.ID).BudgetID).To(Equal(budgetReady(ns, "pot").Status.ID))
		Expect(card.Status.Balance).To(BeNil())
	})

	It("adopts the card that externalId names, once", func() {
		create(newCard(ns, "first", func(c *v1alpha1.VirtualCard) { c.Spec.DeletionPolicy = v1alpha1.CardRetain }))
		first := cardReady(ns, "first")
		adopt := func(c *v1alpha1.VirtualCard) { c.Spec.ExternalID, c.Spec.Funding = first.Status.ID, "5" }
		create(newCard(ns, "second", adopt))
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "second", "Issued")).Should(beFor("Conflict", ContainSubstring("another VirtualCard")))

		remove(&v1alpha1.VirtualCard{}, ns, "first")
		Eventually(isGone(&v1alpha1.VirtualCard{}, ns, "first")).Should(BeTrue())
		annotate(&v1alpha1.VirtualCard{}, ns, "second", v1alpha1.AnnotationReconcileAt, "now")
		second := cardReady(ns, "second")
		Expect(second.Status.ID).To(Equal(first.Status.ID))
		Expect(second.Status.LastHandledReconcileAt).To(Equal("now"))
		Expect(second.Status.Funded).To(Equal("5.00"))
		Expect(remoteCard(first.Status.ID).Balances.Available.String()).To(Equal("5.00"))
	})

	It("says so when externalId names no card", func() {
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.ExternalID = "no-such-card" }))
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "Issued")).Should(beFor("Missing", ContainSubstring("no-such-card")))
	})

	It("that is suspended shows its plan and sends nothing", func() {
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Suspend, c.Spec.Funding = true, "10" }))
		card := &v1alpha1.VirtualCard{}
		Eventually(condition(card, ns, "card", "Ready")).Should(beFor("Suspended", ContainSubstring("would order a Prepaid card")))
		Expect(card.Status.Plan).To(ConsistOf(ContainSubstring("would order a Prepaid card")))
		Expect(condition(card, ns, "card", "Suspended")()).To(beTrue())
		Consistently(func() int { return len(remoteCards("card-" + id.Token("fleet", "VirtualCard", ns, "card", 0))) }).Should(BeZero())
		edit(card, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Suspend = false })
		Expect(cardReady(ns, "card").Status.Plan).To(BeEmpty())

		edit(card, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Suspend, c.Spec.Funding = true, "30" })
		Eventually(func() []string { return get(&v1alpha1.VirtualCard{}, ns, "card").Status.Plan }).Should(ConsistOf(ContainSubstring("would transfer 20.00 to the card")))
	})

	DescribeTable("leaves at the issuer what its deletionPolicy says", func(policy v1alpha1.CardDeletionPolicy, state string) {
		create(newCard(ns, "card", withSecret, func(c *v1alpha1.VirtualCard) { c.Spec.DeletionPolicy, c.Spec.Funding = policy, "25" }))
		card := cardReady(ns, "card")
		remove(&v1alpha1.VirtualCard{}, ns, "card")
		Eventually(isGone(&v1alpha1.VirtualCard{}, ns, "card")).Should(BeTrue())
		Expect(remoteCard(card.Status.ID).State).To(Equal(state))
		Eventually(isGone(secretMeta(), ns, "card")).Should(BeTrue())
	},
		Entry("Close closes it", v1alpha1.CardClose, "Inactive"),
		Entry("Freeze freezes it", v1alpha1.CardFreeze, "Frozen"),
		Entry("Retain leaves it", v1alpha1.CardRetain, "Active"),
	)

	It("that is created again under its name gets a new card after Close, and its old one after Retain", func() {
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "5" }))
		first := cardReady(ns, "card")
		remove(&v1alpha1.VirtualCard{}, ns, "card")
		Eventually(isGone(&v1alpha1.VirtualCard{}, ns, "card")).Should(BeTrue())

		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding, c.Spec.DeletionPolicy = "5", v1alpha1.CardRetain }))
		second := cardReady(ns, "card")
		Expect(second.Status.ID).NotTo(Equal(first.Status.ID))
		Expect(second.Status.Incarnation).To(BeEquivalentTo(1))
		remove(&v1alpha1.VirtualCard{}, ns, "card")
		Eventually(isGone(&v1alpha1.VirtualCard{}, ns, "card")).Should(BeTrue())

		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "5" }))
		third := cardReady(ns, "card")
		Expect(third.Status.ID).To(Equal(second.Status.ID))
		Expect(third.Status.Funded).To(Equal("5.00"))
		Expect(remoteCard(third.Status.ID).Balances.Available.String()).To(Equal("5.00"))
	})

	It("whose issuer closes no card with money set aside releases it first", func() {
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding, c.Spec.Hold = "50", "20" }))
		card := cardReady(ns, "card")
		withFault(fault.Rule{Method: "DELETE", Path: "/open-api/v1/cards", BodyContains: card.Status.ID, Do: fault.Refuse, Status: 400})
		remove(&v1alpha1.VirtualCard{}, ns, "card")
		Eventually(func() bool { return remoteCard(card.Status.ID).Balances.Frozen.IsZero() }).Should(BeTrue())
		Expect(remoteCard(card.Status.ID).State).To(Equal("Active"))
		clearFaults()
		Eventually(isGone(&v1alpha1.VirtualCard{}, ns, "card")).Should(BeTrue())
		Expect(remoteCard(card.Status.ID).State).To(Equal("Inactive"))
	})

	It("that has nothing at the issuer goes at once", func() {
		create(newCard(ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.BIN = "999999" }))
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "Issued")).Should(beFor("UnknownBIN", ContainSubstring("493193")))
		Expect(get(&v1alpha1.VirtualCard{}, ns, "card").Finalizers).To(BeEmpty())
		remove(&v1alpha1.VirtualCard{}, ns, "card")
		Eventually(isGone(&v1alpha1.VirtualCard{}, ns, "card")).Should(BeTrue())
	})

	It("can be selected by its fields", func() {
		create(newCard(ns, "card"))
		card := cardReady(ns, "card")
		var list v1alpha1.VirtualCardList
		Expect(k8s.List(ctx, &list, client.InNamespace(ns), client.MatchingFields{"status.lastFour": card.Status.LastFour, "spec.type": "Prepaid"})).To(Succeed())
		Expect(list.Items).To(HaveLen(1))
	})

	DescribeTable("names what is wrong with its spec before anything is ordered",
		func(change func(*v1alpha1.VirtualCard), reason, message string) {
			create(newCard(ns, "card", change))
			Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "Ready")).Should(beFor(reason, ContainSubstring(message)))
			Expect(remoteCards("card-" + id.Token("fleet", "VirtualCard", ns, "card", 0))).To(BeEmpty())
			Expect(get(&v1alpha1.VirtualCard{}, ns, "card").Status.Intent).To(BeNil())
		},
		Entry("unknown BIN", func(c *v1alpha1.VirtualCard) { c.Spec.BIN = "123456" }, "UnknownBIN", "it offers: "),
		Entry("no BIN", func(c *v1alpha1.VirtualCard) { c.Spec.BIN = "" }, "InvalidSpec", "spec.bin"),
		Entry("long names", func(c *v1alpha1.VirtualCard) {
			c.Spec.Cardholder.FirstName, c.Spec.Cardholder.LastName = "Wolfeschlegelsteinhausen", "Bergerdorff"
		}, "InvalidSpec", "spec.cardholder.firstName: FirstName and lastName length cannot exceed 26 characters"),
		Entry("no phone for 414631", func(c *v1alpha1.VirtualCard) { c.Spec.BIN, c.Spec.Funding = "414631", "10" }, "InvalidSpec", "spec.cardholder.phone"),
		Entry("no phone for 493728", func(c *v1alpha1.VirtualCard) { c.Spec.BIN, c.Spec.Funding = "493728", "10" }, "InvalidSpec", "spec.cardholder.phone"),
		Entry("too little funding", func(c *v1alpha1.VirtualCard) { c.Spec.BIN, c.Spec.Funding = "414631", "0.50" }, "InvalidSpec", "spec.funding"),
		Entry("limits", func(c *v1alpha1.VirtualCard) {
			c.Spec.Limits = []v1alpha1.SpendingLimit{{Interval: "Day", Amount: "10"}}
		}, "Unsupported", "spec.limits"),
		Entry("scenario", func(c *v1alpha1.VirtualCard) { c.Spec.BIN, c.Spec.Scenario = "", "TikTok" }, "Unsupported", "spec.scenario"),
		Entry("cardholderId", func(c *v1alpha1.VirtualCard) { c.Spec.Cardholder, c.Spec.CardholderID = nil, "ch-1" }, "Unsupported", "spec.cardholderId"),
		Entry("cvvRotationInterval", func(c *v1alpha1.VirtualCard) {
			c.Spec.CVVRotationInterval = &metav1.Duration{Duration: 72 * 3600e9}
		}, "Unsupported", "spec.cvvRotationInterval"),
		Entry("otp", func(c *v1alpha1.VirtualCard) { c.Spec.Secret = &v1alpha1.CardSecretSpec{OTP: true} }, "Unsupported", "spec.secret.otp"),
	)
})
