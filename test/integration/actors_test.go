package integration

import (
	"bytes"
	"encoding/json"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/cardsecret"
)

// post plays somebody else at the issuer: its staff, a merchant, a colleague.
func post(path string, body any) map[string]any {
	GinkgoHelper()
	text, err := json.Marshal(body)
	Expect(err).NotTo(HaveOccurred())
	answer, err := http.Post(address.URL+path, "application/json", bytes.NewReader(text))
	Expect(err).NotTo(HaveOccurred())
	defer func() { _ = answer.Body.Close() }()
	Expect(answer.StatusCode).To(BeNumerically("<", 300), path)
	var result map[string]any
	Expect(json.NewDecoder(answer.Body).Decode(&result)).To(Succeed())
	return result
}

func setRemoteState(cardID, state string) {
	GinkgoHelper()
	post("/sandbox/cards/"+cardID+"/state", map[string]string{"state": state})
}

func outsideMove(kind, field, id, amount string) {
	GinkgoHelper()
	post("/sandbox/outside-moves", map[string]string{"kind": kind, field: id, "amount": amount})
}

// pay pays at the merchant as a pod does that has mounted the Secret.
func pay(data map[string][]byte, amount string) map[string]any {
	GinkgoHelper()
	return post("/merchant/payments", map[string]string{
		"pan": string(data["pan"]), "cvv": string(data["cvv"]), "expMonth": string(data["expMonth"]), "expYear": string(data["expYear"]),
		"amount": amount, "merchant": "ads",
	})
}

func withSecret(c *v1alpha1.VirtualCard) { c.Spec.Secret = &v1alpha1.CardSecretSpec{} }

func secretMeta() *metav1.PartialObjectMetadata { return cardsecret.Metadata() }

func secretOf(ns, name string) *corev1.Secret {
	GinkgoHelper()
	return get(&corev1.Secret{}, ns, name)
}

func poorCredentials(ci *v1alpha1.CardIssuer) {
	edit(&corev1.Secret{}, ci.Namespace, "bank-credentials", func(s *corev1.Secret) {
		s.StringData = map[string]string{"clientId": "poor-client", "clientSecret": "poor-secret-91b2"}
	})
}
