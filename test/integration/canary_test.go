package integration

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/yaml"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

func keyOf(o client.Object) client.ObjectKey { return client.ObjectKeyFromObject(o) }

// tokenWatch remembers the access tokens that the operator sends.
type tokenWatch struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (w *tokenWatch) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if token := cmp.Or(r.Header.Get("x-qbit-access-token"), r.Header.Get("x-access-token"), r.Header.Get("Authorization")); token != "" {
			w.mu.Lock()
			w.seen[token] = true
			w.mu.Unlock()
		}
		next.ServeHTTP(rw, r)
	})
}

const bankAccount = "998877665544332211"

var _ = Describe("At the highest log level", func() {
	It("no card number, code, token or credential is anywhere but in Secret data", func() {
		ns := newTenant()
		create(newCard(ns, "card", withSecret, func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "50" }))
		create(newPayee(ns, "payee", func(p *v1alpha1.Beneficiary) { p.Spec.AccountNumber = bankAccount }))
		create(newWithdrawal(ns, "pay", "5"))
		cardReady(ns, "card")
		Eventually(condition(&v1alpha1.Withdrawal{}, ns, "pay", "Succeeded")).Should(beTrue())
		noSecretLeaked()
	})
})

// canaries are the values that may be in Secret data only.
func canaries() map[string]string {
	GinkgoHelper()
	values := map[string]string{
		"client secret": clientSecret, "wrong secret": "canary-wrong-3c9a", "wrong token": "canary-wrong-token-77aa", "other secret": "poor-secret-91b2",
		"v3 secret": v3Secret, "private key": strings.Split(qitechKey.private, "\n")[1],
	}
	var secrets corev1.SecretList
	Expect(k8s.List(ctx, &secrets)).To(Succeed())
	for _, s := range secrets.Items {
		for key, value := range s.Data {
			if s.Type == v1alpha1.CardSecretType && len(value) >= 13 && key != "cardholder" {
				values[s.Namespace+"/"+s.Name+" "+key] = string(value)
			}
		}
	}
	tokens.mu.Lock()
	defer tokens.mu.Unlock()
	for token := range tokens.seen {
		values["access token "+token[:4]] = token
	}
	return values
}

func noSecretLeaked() {
	GinkgoHelper()
	text := everythingPublic()
	Expect(len(text)).To(BeNumerically(">", 10_000), "there is something to search in")
	for name, value := range canaries() {
		for _, form := range []string{value, base64.StdEncoding.EncodeToString([]byte(value)), hex.EncodeToString([]byte(value))} {
			Expect(strings.Contains(text, form)).To(BeFalse(), "%s leaked", name)
		}
	}
	Expect(strings.Contains(logs.String(), bankAccount)).To(BeFalse(), "a bank account was logged")
}

// everythingPublic is all that people without access to Secrets can read.
func everythingPublic() string {
	GinkgoHelper()
	var b strings.Builder
	b.WriteString(logs.String())
	for _, kind := range []string{"CardIssuer", "Budget", "VirtualCard", "Withdrawal", "Beneficiary"} {
		list := &unstructured.UnstructuredList{}
		list.SetAPIVersion("card-operator.io/v1alpha1")
		list.SetKind(kind + "List")
		Expect(k8s.List(ctx, list)).To(Succeed())
		text, err := yaml.Marshal(list)
		Expect(err).NotTo(HaveOccurred())
		b.Write(text)
	}
	var events eventsv1.EventList
	Expect(k8s.List(ctx, &events)).To(Succeed())
	for _, e := range events.Items {
		fmt.Fprintln(&b, e.Reason, e.Note, e.Annotations)
	}
	var secrets corev1.SecretList
	Expect(k8s.List(ctx, &secrets)).To(Succeed())
	for _, s := range secrets.Items {
		if s.Type == v1alpha1.CardSecretType {
			fmt.Fprintln(&b, s.Annotations, s.Labels)
		}
	}
	families, err := metrics.Registry.Gather()
	Expect(err).NotTo(HaveOccurred())
	for _, f := range families {
		b.WriteString(f.String())
	}
	return b.String()
}
