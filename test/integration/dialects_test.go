package integration

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const (
	v3Account    = "7f0c4a52-9c3e-4d0e-9f0f-5d5b3a1c2e01"
	v3Secret     = "canary-v3-secret-0123456789abcde"
	qitechAPIKey = "3b1f2d60-2c4e-4f6a-8b7d-0a1b2c3d4e5f"
	qitechHome   = "5294ed8d-08fc-4397-b15f-6d9aa07b0041"
	qitechCards  = "7d405c31-ec9a-46c1-8ac8-54bab209bf41"
)

// qitechKey is the operator's key pair at QI Tech: the private half for the Secret, the
// public one for the sandbox.
var qitechKey = newKeyPair()

// qitechIssuerKey is the issuer's own, with which it signs webhooks.
var qitechIssuerKey = newKeyPair()

type keyPair struct{ private, public string }

func newKeyPair() keyPair {
	key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		return keyPair{}
	}
	private, _ := x509.MarshalECPrivateKey(key)
	public, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	return keyPair{
		private: string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})),
		public:  string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
	}
}

// tenantOf makes a namespace with a CardIssuer of another dialect that is Ready.
func tenantOf(secret map[string]string, spec func(*v1alpha1.CardIssuerSpec)) string {
	GinkgoHelper()
	ns := newNamespace()
	s := credentials(ns)
	s.StringData = secret
	create(s)
	create(newIssuer(ns, func(ci *v1alpha1.CardIssuer) {
		ci.Spec.Qbit, ci.Spec.OwnerID = nil, ns
		spec(&ci.Spec)
	}))
	Eventually(condition(&v1alpha1.CardIssuer{}, ns, "bank", "Ready")).Should(beTrue())
	return ns
}

func interlaceTenant() string {
	GinkgoHelper()
	return tenantOf(map[string]string{"clientId": "v3-client", "clientSecret": v3Secret}, func(spec *v1alpha1.CardIssuerSpec) {
		spec.Interlace = &v1alpha1.InterlaceIssuer{BaseURL: address.URL, AccountID: v3Account}
	})
}

func qitechTenant() string {
	GinkgoHelper()
	return tenantOf(map[string]string{"apiKey": qitechAPIKey, "privateKey": qitechKey.private, "webhookPublicKey": qitechIssuerKey.public}, func(spec *v1alpha1.CardIssuerSpec) {
		spec.QITech = &v1alpha1.QITechIssuer{BaseURL: address.URL, AccountKey: qitechHome, ProgramKey: qitechCards}
	})
}

func withEmail(c *v1alpha1.VirtualCard) { c.Spec.Cardholder.Email = "ada@example.com" }

// printed is what a dialect without emails and BINs wants of a card.
func printed(c *v1alpha1.VirtualCard) { c.Spec.BIN = "" }

var _ = Describe("Interlace v3", func() {
	It("keeps a card, its money, its limits and its Secret as asked", func() {
		ns := interlaceTenant()
		ci := get(&v1alpha1.CardIssuer{}, ns, "bank")
		Expect(ci.Status.Issuer).To(Equal("Interlace v3"))
		Expect(ci.Status.Scenarios).NotTo(BeEmpty())
		create(newCard(ns, "card", withSecret, withEmail, func(c *v1alpha1.VirtualCard) {
			c.Spec.Funding = "120.00"
			c.Spec.Limits = []v1alpha1.SpendingLimit{{Interval: "Day", Amount: "50"}, {Interval: "Month", Amount: "600"}}
		}))
		card := cardReady(ns, "card")
		Expect(card.Status.CardholderID).NotTo(BeEmpty())
		Expect(card.Status.Funded).To(Equal("120.00"))
		Expect(card.Status.Limits).To(HaveLen(2))
		Expect(string(secretOf(ns, "card").Data["pan"])).To(HaveSuffix(card.Status.LastFour))

		edit(card, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Funding, c.Spec.State = "70.00", v1alpha1.CardFrozen })
		Eventually(func() string {
			c := get(&v1alpha1.VirtualCard{}, ns, "card")
			return c.Status.State + " " + c.Status.Funded
		}).
			Should(Equal("Frozen 70.00"))
		remove(&v1alpha1.VirtualCard{}, ns, "card")
		Eventually(isGone(&v1alpha1.VirtualCard{}, ns, "card")).Should(BeTrue())
		Eventually(func() ledger.State { return remoteState(card.Status.ID) }).Should(Equal(ledger.StateInactive))
	})

	It("spends from a Budget", func() {
		ns := interlaceTenant()
		create(newBudget(ns, "pot", func(b *v1alpha1.Budget) { b.Spec.Funding = "300.00" }))
		create(newCard(ns, "card", withEmail, func(c *v1alpha1.VirtualCard) {
			c.Spec.Type, c.Spec.BudgetRef = v1alpha1.CardTypeBudget, &v1alpha1.LocalReference{Name: "pot"}
		}))
		cardReady(ns, "card")
		Eventually(condition(&v1alpha1.Budget{}, ns, "pot", "Ready")).Should(beTrue())
		Expect(get(&v1alpha1.Budget{}, ns, "pot").Status.Funded).To(Equal("300.00"))
	})

	It("chooses the BIN by what the card is for, and says why", func() {
		ns := interlaceTenant()
		scenario := get(&v1alpha1.CardIssuer{}, ns, "bank").Status.Scenarios[0]
		create(newCard(ns, "card", withEmail, func(c *v1alpha1.VirtualCard) { c.Spec.BIN, c.Spec.Scenario, c.Spec.Funding = "", scenario, "10" }))
		card := cardReady(ns, "card")
		Expect(card.Status.Product.Reason).To(ContainSubstring(scenario))
		Expect(card.Status.BIN).To(Equal(card.Status.Product.BIN))
	})

	It("registers a person once, however many cards ask", func() {
		ns := interlaceTenant()
		for i := range 4 {
			create(newCard(ns, fmt.Sprint("card-", i), func(c *v1alpha1.VirtualCard) { c.Spec.Cardholder.Email = ns + "@example.com" }))
		}
		ids := map[string]bool{}
		for i := range 4 {
			ids[cardReady(ns, fmt.Sprint("card-", i)).Status.CardholderID] = true
		}
		Expect(ids).To(HaveLen(1))
	})

	DescribeTable("says what it cannot do, by the field, before any call", func(field string, ask func(*v1alpha1.VirtualCard)) {
		ns := interlaceTenant()
		create(newCard(ns, "card", withEmail, ask))
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "Ready")).Should(beFor(v1alpha1.ReasonUnsupported, ContainSubstring(field)))
	},
		Entry(nil, "spec.hold", func(c *v1alpha1.VirtualCard) { c.Spec.Hold = "5" }),
		Entry(nil, "spec.cvvRotationInterval", func(c *v1alpha1.VirtualCard) { c.Spec.CVVRotationInterval = &metav1.Duration{Duration: time.Hour} }),
	)

	It("has no withdrawals", func() {
		ns := interlaceTenant()
		create(newPayee(ns, "payee"))
		Eventually(condition(&v1alpha1.Beneficiary{}, ns, "payee", "Ready")).Should(beFor(v1alpha1.ReasonUnsupported, ContainSubstring("Interlace v3")))
	})

	It("writes no Secret when the client secret is not the key of the card numbers", func() {
		ns := interlaceTenant()
		edit(&corev1.Secret{}, ns, "bank-credentials", func(s *corev1.Secret) {
			s.Data["clientSecret"] = []byte("another-secret-of-32-characters-")
		})
		annotate(&v1alpha1.CardIssuer{}, ns, "bank", v1alpha1.AnnotationReconcileAt, "now")
		Eventually(func() string { return get(&v1alpha1.CardIssuer{}, ns, "bank").Status.LastHandledReconcileAt }).Should(Equal("now"))
		create(newCard(ns, "card", withSecret, withEmail))
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", v1alpha1.ConditionSecretReady)).
			Should(HaveField("Message", ContainSubstring("clientSecret")))
		Consistently(isGone(&corev1.Secret{}, ns, "card")).Should(BeTrue())
	})
})

func remoteState(id string) ledger.State {
	for _, c := range issuer.Ledger().Snapshot().Cards {
		if c.ID == id {
			return c.State
		}
	}
	return ""
}

var _ = Describe("QI Tech", func() {
	It("makes a card that spends the account, freezes it, and ends it", func() {
		ns := qitechTenant()
		create(newCard(ns, "card", withSecret, printed))
		card := cardReady(ns, "card")
		Expect(card.Status.LastFour).To(HaveLen(4))
		data := secretOf(ns, "card").Data
		Expect(string(data["pan"])).To(HaveSuffix(card.Status.LastFour))
		Expect(card.Status.Secret.ValidUntil).NotTo(BeNil())

		edit(card, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.State = v1alpha1.CardFrozen })
		Eventually(func() string { return get(&v1alpha1.VirtualCard{}, ns, "card").Status.State }).Should(Equal("Frozen"))
		edit(card, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.State = v1alpha1.CardActive })
		Eventually(func() string { return get(&v1alpha1.VirtualCard{}, ns, "card").Status.State }).Should(Equal("Active"))
		remove(&v1alpha1.VirtualCard{}, ns, "card")
		Eventually(isGone(&v1alpha1.VirtualCard{}, ns, "card")).Should(BeTrue())
		Expect(remoteState(card.Status.ID)).To(Equal(ledger.StateInactive))
	})

	DescribeTable("says what it cannot do, by the field, before any call", func(field string, ask func(*v1alpha1.VirtualCard)) {
		ns := qitechTenant()
		before := issuer.Report().Calls["POST /prepaid/card"]["201"]
		create(newCard(ns, "card", printed, ask))
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "Ready")).Should(beFor(v1alpha1.ReasonUnsupported, ContainSubstring(field)))
		Expect(issuer.Report().Calls["POST /prepaid/card"]["201"]).To(Equal(before))
	},
		Entry(nil, "spec.bin", func(c *v1alpha1.VirtualCard) { c.Spec.BIN = "493193" }),
		Entry(nil, "spec.funding", func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "5" }),
		Entry(nil, "spec.hold", func(c *v1alpha1.VirtualCard) { c.Spec.Hold = "5" }),
		Entry(nil, "spec.limits", func(c *v1alpha1.VirtualCard) {
			c.Spec.Limits = []v1alpha1.SpendingLimit{{Interval: "Day", Amount: "5"}}
		}),
		Entry(nil, "spec.label", func(c *v1alpha1.VirtualCard) { c.Spec.Label = "search ads" }),
		Entry(nil, "spec.billingAddress", func(c *v1alpha1.VirtualCard) { c.Spec.BillingAddress = &v1alpha1.Address{Line1: "1 Main St"} }),
	)

	It("objects to a name that cannot be printed, before any call", func() {
		ns := qitechTenant()
		create(newCard(ns, "card", printed, func(c *v1alpha1.VirtualCard) { c.Spec.Cardholder.LastName = "4711" }))
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "Ready")).Should(beFor(v1alpha1.ReasonInvalidSpec, ContainSubstring("spec.cardholder")))
	})

	It("refuses a key that is not its own, by the Secret's key", func() {
		ns := newNamespace()
		s := credentials(ns)
		s.StringData = map[string]string{"apiKey": qitechAPIKey, "privateKey": newKeyPair().private}
		create(s)
		create(newIssuer(ns, func(ci *v1alpha1.CardIssuer) {
			ci.Spec.Qbit = nil
			ci.Spec.QITech = &v1alpha1.QITechIssuer{BaseURL: address.URL, AccountKey: qitechHome, ProgramKey: qitechCards}
		}))
		Eventually(condition(&v1alpha1.CardIssuer{}, ns, "bank", "Ready")).
			Should(beFor(v1alpha1.ReasonCredentialsRefused, ContainSubstring("privateKey")))
	})

	It("finds the card of a lost answer", func() {
		ns := qitechTenant()
		create(newCard(ns, "card", printed, func(c *v1alpha1.VirtualCard) { c.Spec.Cardholder.FirstName = "UNSURE" }))
		Eventually(func() int { return openCardsOf(qitechHome, "UNSURE") }).Should(Equal(1))
		Eventually(func() string { return get(&v1alpha1.VirtualCard{}, ns, "card").Status.ID }).ShouldNot(BeEmpty())
		Consistently(func() int { return openCardsOf(qitechHome, "UNSURE") }).Should(Equal(1))
	})
})

// openCardsOf counts the open cards of an account whose holder's name has a word in it.
func openCardsOf(account, word string) int {
	n := 0
	for _, c := range issuer.Ledger().Snapshot().Cards {
		if c.Account == account && c.State != ledger.StateInactive && strings.Contains(c.Holder.FirstName+" "+c.Holder.LastName, word) {
			n++
		}
	}
	return n
}
