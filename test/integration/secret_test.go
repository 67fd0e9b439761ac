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

var _ = Describe("The card Secret", func() {
	var ns string
	BeforeEach(func() { ns = newTenant() })
	AfterEach(nothingWrong)

	ask := func(spec v1alpha1.CardSecretSpec) func(*v1alpha1.VirtualCard) {
		return func(c *v1alpha1.VirtualCard) { c.Spec.Secret, c.Spec.Funding = &spec, "50" }
	}

	It("can be paid with", func() {
		create(newCard(ns, "card", ask(v1alpha1.CardSecretSpec{Name: "pay"})))
		card := cardReady(ns, "card")
		Expect(card.Status.SecretName).To(Equal("pay"))
		secret := secretOf(ns, "pay")
		Expect(secret.Type).To(BeEquivalentTo("card-operator.io/card"))
		Expect(secret.Data).To(HaveLen(7))
		Expect(string(secret.Data["lastFour"])).To(Equal(card.Status.LastFour))
		Expect(string(secret.Data["pan"])).To(HaveSuffix(card.Status.LastFour))
		Expect(string(secret.Data["cardholder"])).To(Equal("Ada Example"))
		Expect(string(secret.Data["network"])).To(Equal("VISA"))
		Expect(metav1.GetControllerOf(secret).UID).To(Equal(card.UID))
		Expect(pay(secret.Data, "12.34")).To(HaveKeyWithValue("approved", true))
		Expect(remoteCard(card.Status.ID).Balances.Available.String()).To(Equal("37.66"))
		Eventually(func() string { return get(&v1alpha1.VirtualCard{}, ns, "card").Status.Balance.Available }).Should(Equal("37.66"))
		Expect(get(&v1alpha1.VirtualCard{}, ns, "card").Status.Funded).To(Equal("50.00"), "spending never makes the operator add money")
	})

	It("holds the keys that are asked for under the names that are asked for", func() {
		create(newCard(ns, "card", ask(v1alpha1.CardSecretSpec{Keys: map[string]v1alpha1.SecretKey{"pan": "CARD_NUMBER", "expYear": "YEAR"}})))
		cardReady(ns, "card")
		Expect(secretOf(ns, "card").Data).To(And(HaveLen(2), HaveKey("CARD_NUMBER"), HaveKey("YEAR")))
		edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) {
			c.Spec.Secret.Keys = map[string]v1alpha1.SecretKey{"cvv": "cvc"}
		})
		Eventually(func() map[string][]byte { return secretOf(ns, "card").Data }).Should(And(HaveLen(1), HaveKey("cvc")))
	})

	It("moves with spec.secret.name and goes when it is no longer asked for", func() {
		create(newCard(ns, "card", ask(v1alpha1.CardSecretSpec{Name: "one"})))
		cardReady(ns, "card")
		edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Secret.Name = "two" })
		Eventually(isGone(secretMeta(), ns, "one")).Should(BeTrue())
		Eventually(func() string { return cardReady(ns, "card").Status.SecretName }).Should(Equal("two"))
		secretOf(ns, "two")
		edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Secret = nil })
		Eventually(isGone(secretMeta(), ns, "two")).Should(BeTrue())
	})

	It("is mended when somebody deletes or changes it", func() {
		create(newCard(ns, "card", ask(v1alpha1.CardSecretSpec{})))
		cardReady(ns, "card")
		pan := secretOf(ns, "card").Data["pan"]
		Expect(k8s.Delete(ctx, secretOf(ns, "card"))).To(Succeed())
		Eventually(isGone(secretMeta(), ns, "card")).Should(BeFalse())
		edit(&corev1.Secret{}, ns, "card", func(s *corev1.Secret) { s.Data["pan"] = []byte("4000000000000000") })
		Eventually(func() []byte { return secretOf(ns, "card").Data["pan"] }).Should(Equal(pan))
	})

	It("of somebody else is never touched", func() {
		create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "taken"}, StringData: map[string]string{"pan": "mine"}})
		create(newCard(ns, "card", ask(v1alpha1.CardSecretSpec{Name: "taken"})))
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "SecretReady")).Should(beFor("SecretTaken", ContainSubstring(`"taken"`)))
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "Ready")).Should(beFor("SecretTaken", ContainSubstring("spec.secret.name")))

		create(newCard(ns, "rival", ask(v1alpha1.CardSecretSpec{Name: "shared"})))
		cardReady(ns, "rival")
		edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.Secret.Name = "shared" })
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "SecretReady")).Should(beFor("SecretTaken", ContainSubstring(`"shared"`)))
		remove(&v1alpha1.VirtualCard{}, ns, "card")
		Eventually(isGone(&v1alpha1.VirtualCard{}, ns, "card")).Should(BeTrue())
		Expect(string(secretOf(ns, "taken").Data["pan"])).To(Equal("mine"))
		Expect(secretOf(ns, "shared").Data).To(HaveLen(7))
	})

	It("is emptied after expireAfter and filled when it is asked for again", func() {
		create(newCard(ns, "card", ask(v1alpha1.CardSecretSpec{ExpireAfter: &metav1.Duration{Duration: 10 * time.Second}})))
		cardReady(ns, "card")
		Expect(secretOf(ns, "card").Data).NotTo(BeEmpty())
		Eventually(func() map[string][]byte { return secretOf(ns, "card").Data }).Should(BeEmpty())
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "SecretReady")).Should(And(beTrue(), HaveField("Reason", "Expired")))
		annotate(&v1alpha1.VirtualCard{}, ns, "card", v1alpha1.AnnotationReconcileAt, "again")
		Eventually(func() map[string][]byte { return secretOf(ns, "card").Data }).Should(HaveLen(7))
	})

	It("holds the widget's fingerprint and no number in mode Fingerprint", func() {
		create(newCard(ns, "card", ask(v1alpha1.CardSecretSpec{Mode: v1alpha1.SecretModeFingerprint})))
		cardReady(ns, "card")
		Expect(secretOf(ns, "card").Data).To(And(HaveKey("fingerprint"), Not(HaveKey("pan")), Not(HaveKey("cvv"))))
	})

	It("is fetched again on refreshInterval", func() {
		create(newCard(ns, "card", ask(v1alpha1.CardSecretSpec{
			Mode: v1alpha1.SecretModeFingerprint, RefreshInterval: &metav1.Duration{Duration: 10 * time.Second},
		})))
		cardReady(ns, "card")
		first := secretOf(ns, "card").Data["fingerprint"]
		Eventually(func() []byte { return secretOf(ns, "card").Data["fingerprint"] }).ShouldNot(Equal(first))
	})

	It("is kept while the card is frozen", func() {
		create(newCard(ns, "card", ask(v1alpha1.CardSecretSpec{})))
		cardReady(ns, "card")
		edit(&v1alpha1.VirtualCard{}, ns, "card", func(c *v1alpha1.VirtualCard) { c.Spec.State = v1alpha1.CardFrozen })
		cardReady(ns, "card")
		data := secretOf(ns, "card").Data
		Expect(pay(data, "1.00")).To(HaveKeyWithValue("approved", false))
	})

	It("is not written from an answer that is another card's", func() {
		withFault(fault.Rule{Path: "/open-api/v1/cards/info", Do: fault.Garbage})
		create(newCard(ns, "card", ask(v1alpha1.CardSecretSpec{})))
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "SecretReady")).Should(beFor("IssuerUnreadable", ContainSubstring("could not be understood")))
		Expect(isGone(secretMeta(), ns, "card")()).To(BeTrue())
		clearFaults()
		cardReady(ns, "card")
	})

	It("says when the account may not see card numbers", func() {
		withFault(fault.Rule{Path: "/open-api/v1/cards/info", Do: fault.Refuse, Status: 403})
		create(newCard(ns, "card", ask(v1alpha1.CardSecretSpec{})))
		Eventually(condition(&v1alpha1.VirtualCard{}, ns, "card", "SecretReady")).Should(beFor("Forbidden", ContainSubstring("mode: Fingerprint")))
	})
})
