package integration

import (
	"os/exec"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/controlplane"
	"github.com/card-operator/card-operator/internal/sandbox/fault"
)

var _ = Describe("Killed with SIGKILL again and again", func() {
	It("the manager finishes what it began, each movement once, though answers are lost too", func() {
		manager, err := gexec.Build("github.com/card-operator/card-operator/cmd/manager")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(gexec.CleanupBuildArtifacts)
		kubeconfig := filepath.Join(GinkgoT().TempDir(), "kubeconfig")
		Expect(controlplane.WriteKubeconfig(kubeconfig, operator, "")).To(Succeed())
		start := func() *gexec.Session {
			cmd := exec.Command(manager, "--kubeconfig="+kubeconfig, "--allowed-issuer-hosts="+address.Listener.Addr().String(),
				"--health-probe-bind-address=0", "--metrics-bind-address=0", "--zap-log-level=10")
			session, err := gexec.Start(cmd, logs, logs)
			Expect(err).NotTo(HaveOccurred())
			return session
		}

		ns := newTenant()
		running.stop()
		DeferCleanup(func() { running = startOperator() })
		withFault(
			fault.Rule{Method: "POST", Path: "/open-api/v1/**", Do: fault.CommitDrop, Probability: 0.1},
			fault.Rule{Method: "POST", Path: "/open-api/v1/**", Do: fault.CommitError, Probability: 0.1},
		)
		create(newBudget(ns, "pot", func(b *v1alpha1.Budget) { b.Spec.Funding = "300" }))
		create(newPayee(ns, "payee"))
		for _, name := range []string{"card", "a", "b", "c", "d"} {
			create(newCard(ns, name, withSecret, func(c *v1alpha1.VirtualCard) { c.Spec.Funding, c.Spec.Hold = "100", "15" }))
		}
		create(newWithdrawal(ns, "pay", "10"))
		session := start()
		for i := range 14 {
			time.Sleep(time.Duration(350+i*67%500) * time.Millisecond)
			session.Kill().Wait()
			session = start()
		}
		DeferCleanup(func() { session.Kill().Wait() })

		Eventually(condition(&v1alpha1.Withdrawal{}, ns, "pay", "Succeeded"), time.Minute).Should(beTrue())
		Eventually(condition(&v1alpha1.Budget{}, ns, "pot", "Ready"), time.Minute).Should(beTrue())
		for _, name := range []string{"card", "a", "b", "c", "d"} {
			Eventually(condition(&v1alpha1.VirtualCard{}, ns, name, "Ready"), time.Minute).Should(beTrue())
			remote := remoteCard(get(&v1alpha1.VirtualCard{}, ns, name).Status.ID)
			paid := "85.00"
			if name == "card" {
				paid = "75.00"
			}
			Expect(remote.Balances.Available.String()).To(Equal(paid), name)
			Expect(remote.Balances.Frozen.String()).To(Equal("15.00"), name)
		}
		nothingWrong()
	})
})
