package integration

import (
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/notify"
)

// slowly makes the operator look by itself once an hour, so that what is seen sooner was
// hinted at.
func slowly(ns string) {
	GinkgoHelper()
	edit(&v1alpha1.CardIssuer{}, ns, "bank", func(ci *v1alpha1.CardIssuer) {
		ci.Spec.SyncInterval = &metav1.Duration{Duration: time.Hour}
	})
	Eventually(condition(&v1alpha1.CardIssuer{}, ns, "bank", "Ready")).Should(beTrue())
}

func webhookURL(ns string) string {
	return "http://" + webhookAddress + get(&v1alpha1.CardIssuer{}, ns, "bank").Status.WebhookPath
}

// sender sends the issuer's webhooks about one account to a CardIssuer.
func sender(ns string, o notify.Options) *notify.Notifier {
	GinkgoHelper()
	o.URL = webhookURL(ns)
	n, err := notify.New(issuer.Ledger(), o)
	Expect(err).NotTo(HaveOccurred())
	n.Start()
	DeferCleanup(n.Close)
	return n
}

var _ = Describe("Webhooks", func() {
	DescribeTable("make a change at the issuer seen within seconds", func(tenant func() string, o notify.Options, change func(*v1alpha1.VirtualCard)) {
		ns := tenant()
		o.PrivateKey, o.APIKey = qitechIssuerKey.private, qitechAPIKey
		create(newCard(ns, "card", withEmail, change))
		card := cardReady(ns, "card")
		slowly(ns)
		cardReady(ns, "card")
		sender(ns, o)
		Expect(issuer.Ledger().SetCardState(card.Status.ID, ledger.StateControl)).To(Succeed())
		Eventually(func() string { return get(&v1alpha1.VirtualCard{}, ns, "card").Status.State }).Should(Equal("Control"))
	},
		Entry("of Qbit", func() string { return newTenant() }, notify.Options{Dialect: notify.Qbit, Secret: clientSecret, Account: accountID}, func(*v1alpha1.VirtualCard) {}),
		Entry("of Interlace", interlaceTenant, notify.Options{Dialect: notify.Interlace, Secret: v3Secret, Account: v3Account}, func(*v1alpha1.VirtualCard) {}),
		Entry("of QI Tech", qitechTenant, notify.Options{Dialect: notify.QITech, Account: qitechHome}, printed),
	)

	It("that nobody vouches for change nothing, and are told nothing", func() {
		ns := newTenant()
		create(newCard(ns, "card"))
		cardReady(ns, "card")
		slowly(ns)
		url := webhookURL(ns)
		for _, to := range []string{url, strings.Replace(url, "/bank", "/nobody", 1)} {
			response, err := http.Post(to, "application/json", strings.NewReader(`{"data":{"id":"x"},"sign":"x"}`))
			Expect(err).NotTo(HaveOccurred())
			Expect(response.StatusCode).To(Equal(http.StatusUnauthorized))
			Expect(response.Body.Close()).To(Succeed())
		}
		Consistently(func() string { return get(&v1alpha1.CardIssuer{}, ns, "bank").Annotations[v1alpha1.AnnotationHintedAt] }).Should(BeEmpty())
	})

	It("bring a one-time code to the card that asked for it, and to no other", func() {
		ns := interlaceTenant()
		create(newCard(ns, "asked", withEmail, func(c *v1alpha1.VirtualCard) { c.Spec.Secret = &v1alpha1.CardSecretSpec{OTP: true} }))
		create(newCard(ns, "silent", withSecret, withEmail))
		asked, silent := cardReady(ns, "asked"), cardReady(ns, "silent")
		n := sender(ns, notify.Options{Dialect: notify.Interlace, Secret: v3Secret, Account: v3Account})
		for _, card := range []*v1alpha1.VirtualCard{asked, silent} {
			_, err := n.Send(notify.Request{Event: "otp", CardID: card.Status.ID, Code: "424242", ExpiresIn: 8 * time.Second})
			Expect(err).NotTo(HaveOccurred())
		}
		Eventually(func() string {
			var s corev1.Secret
			_ = k8s.Get(ctx, client.ObjectKey{Namespace: ns, Name: "asked-otp"}, &s)
			return string(s.Data["otp"])
		}).Should(Equal("424242"))
		Expect(isGone(&corev1.Secret{}, ns, "silent-otp")()).To(BeTrue())
		Eventually(isGone(&corev1.Secret{}, ns, "asked-otp")).Should(BeTrue(), "it goes when it ends")
	})
})
