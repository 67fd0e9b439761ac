package integration

import (
	"crypto/tls"
	"io"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var _ = Describe("Metrics that are served securely", func() {
	It("are for clients with the metrics reader's role alone", func() {
		address := freeAddress()
		served := startOperator("--issuer-selector=nobody=works", "--webhook-bind-address=0", "--metrics-bind-address="+address)
		DeferCleanup(served.stop)
		ns := newTenant()
		scrape := func(token string) (int, string) {
			client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
			defer client.CloseIdleConnections()
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+"/metrics", http.NoBody)
			Expect(err).NotTo(HaveOccurred())
			if token != "" {
				request.Header.Set("Authorization", "Bearer "+token)
			}
			answer, err := client.Do(request)
			if err != nil {
				return 0, ""
			}
			defer func() { _ = answer.Body.Close() }()
			text, err := io.ReadAll(answer.Body)
			Expect(err).NotTo(HaveOccurred())
			return answer.StatusCode, string(text)
		}
		status := func(token string) func() int {
			return func() int { code, _ := scrape(token); return code }
		}
		tokenOf := func(name string) string {
			account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name}}
			Expect(k8s.Create(ctx, account)).To(Succeed())
			request := &authenticationv1.TokenRequest{}
			Expect(k8s.SubResource("token").Create(ctx, account, request)).To(Succeed())
			return request.Status.Token
		}
		stranger, prometheus := tokenOf("stranger"), tokenOf("prometheus")
		Expect(k8s.Create(ctx, &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: ns + "-scrapes"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "card-operator-metrics-reader"},
			Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: ns, Name: "prometheus"}},
		})).To(Succeed())

		Eventually(status("")).Should(Equal(http.StatusUnauthorized))
		Expect(status("made.up.token")()).To(Equal(http.StatusUnauthorized))
		Expect(status(stranger)()).To(Equal(http.StatusForbidden))
		Eventually(status(prometheus)).Should(Equal(http.StatusOK))
		_, text := scrape(prometheus)
		Expect(text).To(ContainSubstring("card_operator_"))
	})
})
