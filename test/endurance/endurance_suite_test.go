// Package endurance runs the operator as its users do: as processes of their own, under
// their own ServiceAccount with exactly config/rbac, against a real API server and the
// sandbox issuer over HTTP. It kills or pauses them for minutes while answers of the
// issuer get lost, and then asks the issuer's ledger, not the operator, what became of
// the money.
package endurance

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/card-operator/card-operator/internal/app"
	"github.com/card-operator/card-operator/internal/controlplane"
)

const (
	module          = "github.com/card-operator/card-operator"
	systemNamespace = "card-operator-system"
	// lastWords is what is left of the time of `go test` for ending all processes: its own
	// time-out ends this process without any clean-up.
	lastWords = 30 * time.Second
)

var (
	ctx        context.Context
	k8s        client.Client
	kubeconfig string
	programs   struct{ manager, sandbox string }
)

func TestEndurance(t *testing.T) {
	if testing.Short() {
		t.Skip("needs an API server")
	}
	RegisterFailHandler(Fail)
	suite, reporter := GinkgoConfiguration()
	if end, limited := t.Deadline(); limited {
		suite.Timeout = min(suite.Timeout, time.Until(end)-lastWords)
	}
	RunSpecs(t, "card-operator endurance", suite, reporter)
}

var _ = BeforeSuite(func() {
	var stop context.CancelFunc
	ctx, stop = context.WithCancel(context.Background())
	DeferCleanup(stop)
	log.SetLogger(zap.New(zap.WriteTo(GinkgoWriter)))
	sizes = readSizes()
	build()
	startPlane()
})

func build() {
	DeferCleanup(gexec.CleanupBuildArtifacts)
	var err error
	programs.manager, err = gexec.Build(module + "/cmd/manager")
	Expect(err).NotTo(HaveOccurred())
	programs.sandbox, err = gexec.Build(module + "/cmd/sandbox")
	Expect(err).NotTo(HaveOccurred())
}

func startPlane() {
	assets, _, err := controlplane.Assets(ctx, nil)
	Expect(err).NotTo(HaveOccurred())
	plane, err := controlplane.Start(ctx, controlplane.Options{Assets: assets, CRDs: "../../config/crd/bases"})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(plane.Stop()).To(Succeed()) })
	Expect(controlplane.ApplyRBAC(ctx, plane.Admin, "../../config/rbac")).To(Succeed())
	operator, err := plane.ServiceAccount(ctx, systemNamespace, "card-operator-manager")
	Expect(err).NotTo(HaveOccurred())
	kubeconfig = filepath.Join(GinkgoT().TempDir(), "kubeconfig")
	Expect(controlplane.WriteKubeconfig(kubeconfig, operator, "")).To(Succeed())

	scheme, err := app.Scheme()
	Expect(err).NotTo(HaveOccurred())
	admin := *plane.Admin
	admin.QPS, admin.Burst = -1, -1
	k8s, err = client.New(&admin, client.Options{Scheme: scheme, FieldOwner: "kubectl"})
	Expect(err).NotTo(HaveOccurred())
}

// evidence is a directory for what a failure has to be explained with. It is removed
// where nothing failed.
func evidence() string {
	dir, err := os.MkdirTemp("", "endurance-")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() {
		if CurrentSpecReport().Failed() {
			AddReportEntry("evidence: logs, the issuer's report and the objects are in "+dir, ReportEntryVisibilityAlways)
			return
		}
		_ = os.RemoveAll(dir)
	})
	return dir
}
