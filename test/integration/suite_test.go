// Package integration drives the whole operator as its users do: manifests go into a
// real API server, the operator runs under its own ServiceAccount with exactly
// config/rbac, and the sandbox issuer answers over HTTP.
package integration

import (
	"context"
	"flag"
	"net"
	"net/http/httptest"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/card-operator/card-operator/internal/app"
	"github.com/card-operator/card-operator/internal/controlplane"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox"
	"github.com/card-operator/card-operator/internal/sandbox/interlace"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qbit"
	"github.com/card-operator/card-operator/internal/sandbox/qitech"
)

const (
	clientID     = "client-0f9d6c52b7"
	clientSecret = "canary-secret-5b1f77c0d3a94e2f"
	accountID    = "c110e2aa-322b-4f3f-a795-f441955844ed"
	poorAccount  = "d37deed7-f0e7-4635-a43a-781af0cb59f0"
)

var (
	ctx      context.Context
	plane    *controlplane.ControlPlane
	operator *rest.Config
	k8s      client.Client
	issuer   *sandbox.Server
	address  *httptest.Server
	logs     = &capture{}
	tokens   = &tokenWatch{seen: map[string]bool{}}
	running  *process
	// webhookAddress is where the operator serves webhooks.
	webhookAddress = freeAddress()
)

func freeAddress() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "0"
	}
	defer l.Close()
	return l.Addr().String()
}

func TestIntegration(t *testing.T) {
	if testing.Short() {
		t.Skip("needs an API server")
	}
	RegisterFailHandler(Fail)
	RunSpecs(t, "card-operator")
}

var _ = BeforeSuite(func() {
	var stop context.CancelFunc
	ctx, stop = context.WithCancel(context.Background())
	DeferCleanup(stop)
	SetDefaultEventuallyTimeout(30 * time.Second)
	SetDefaultEventuallyPollingInterval(50 * time.Millisecond)
	SetDefaultConsistentlyDuration(time.Second)

	app.SetLogger(options("--zap-log-level=10"))
	startPlane()
	startIssuer()
	running = startOperator()
	DeferCleanup(func() { running.stop() })
})

// After everything: the suite's secrets were canaries all along.
var _ = AfterSuite(func() {
	if running != nil {
		noSecretLeaked()
	}
})

func startPlane() {
	assets, _, err := controlplane.Assets(ctx, nil)
	Expect(err).NotTo(HaveOccurred())
	plane, err = controlplane.Start(ctx, controlplane.Options{Assets: assets, CRDs: "../../config/crd/bases"})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(plane.Stop()).To(Succeed()) })
	Expect(controlplane.ApplyRBAC(ctx, plane.Admin, "../../config/rbac")).To(Succeed())
	operator, err = plane.ServiceAccount(ctx, "card-operator-system", "card-operator-manager")
	Expect(err).NotTo(HaveOccurred())

	scheme, err := app.Scheme()
	Expect(err).NotTo(HaveOccurred())
	k8s, err = client.New(plane.Admin, client.Options{Scheme: scheme, FieldOwner: "kubectl"})
	Expect(err).NotTo(HaveOccurred())
}

func startIssuer() {
	var err error
	issuer, err = sandbox.New(sandbox.Options{
		Seed: uint64(GinkgoRandomSeed()),
		Ledger: ledger.Options{
			Accounts: []ledger.Account{
				{ID: accountID, Name: "rich", Opening: money.Must("1000000.00")},
				{ID: poorAccount, Name: "poor", Opening: money.Must("10.00")},
				{ID: v3Account, Name: "v3", Opening: money.Must("1000000.00")},
				{ID: qitechHome, Name: "qitech", Opening: money.Must("1000000.00")},
			},
			IssuingDelay: 150 * time.Millisecond,
			Reversals:    true,
		},
		Qbit: qbit.Options{Clients: []qbit.Client{
			{ID: clientID, Secret: clientSecret, AccountID: accountID},
			{ID: "poor-client", Secret: "poor-secret-91b2", AccountID: poorAccount},
		}},
		Interlace: interlace.Options{Clients: []interlace.Client{{ID: "v3-client", Secret: v3Secret, AccountID: v3Account}}},
		QITech: qitech.Options{Clients: []qitech.Client{
			{APIKey: qitechAPIKey, PublicKey: qitechKey.public, AccountID: qitechHome, Programs: []string{qitechCards}},
		}},
	})
	Expect(err).NotTo(HaveOccurred())
	address = httptest.NewServer(tokens.wrap(issuer))
	DeferCleanup(func() { address.Close(); issuer.Close() })
}

// process is one run of the operator inside this test binary.
type process struct {
	cancel context.CancelFunc
	done   chan error
}

// options are the manager's, from its command line.
func options(args ...string) app.Options {
	var o app.Options
	fs := flag.NewFlagSet("manager", flag.ContinueOnError)
	o.AddFlags(fs)
	Expect(fs.Parse(args)).To(Succeed())
	zap.WriteTo(logs)(&o.Zap)
	return o
}

// startOperator runs the operator as the manager binary does; args come after the suite's.
func startOperator(args ...string) *process {
	o := options(append([]string{"--allowed-issuer-hosts=" + address.Listener.Addr().String() + ",127.0.0.1",
		"--health-probe-bind-address=0", "--metrics-bind-address=0", "--webhook-bind-address=" + webhookAddress}, args...)...)
	runCtx, cancel := context.WithCancel(ctx)
	p := &process{cancel: cancel, done: make(chan error, 1)}
	go func() { p.done <- app.Run(runCtx, operator, o) }()
	return p
}

func (p *process) stop() {
	p.cancel()
	Eventually(p.done).Should(Receive(BeNil()))
}
