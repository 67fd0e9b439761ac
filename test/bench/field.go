package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/internal/controlplane"
)

const (
	namespace     = "bench"
	otherTenant   = "bench-other"
	account       = "7e0b9d52-6c1f-4a53-9f7e-2b8d4e0c6a11"
	clientID      = "bench"
	clientSecret  = "bench-secret"
	token         = "bench-token"
	issuingDelay  = 200 * time.Millisecond
	managerSystem = "card-operator-system"
)

// field is where a round is played: a control plane and an issuer of its own.
type field struct {
	plane      *controlplane.ControlPlane
	issuer     *issuer
	client     client.WithWatch
	admin      *kubernetes.Clientset
	kubeconfig string
	logs       string
}

// issuer is the sandbox.
type issuer struct {
	*process
	url string
}

func newField(ctx context.Context, s settings, p programs, name string) (*field, error) {
	assets, _, err := controlplane.Assets(ctx, nil)
	if err != nil {
		return nil, err
	}
	f := &field{logs: filepath.Join(s.keep, name)}
	if f.plane, err = controlplane.Start(ctx, controlplane.Options{Assets: assets, CRDs: "config/crd/bases"}); err != nil {
		return nil, err
	}
	if err := inTurn(func() error { return f.connect(ctx, s) }, func() error { return f.startIssuer(ctx, s, p) }, func() error { return f.furnish(ctx, s) }); err != nil {
		f.leave()
		return nil, err
	}
	return f, nil
}

func (f *field) connect(ctx context.Context, s settings) error {
	admin := rest.CopyConfig(f.plane.Admin)
	admin.QPS, admin.Burst = -1, -1
	var err error
	if f.client, err = client.NewWithWatch(admin, client.Options{}); err != nil {
		return err
	}
	if f.admin, err = kubernetes.NewForConfig(admin); err != nil {
		return err
	}
	if err := controlplane.ApplyRBAC(ctx, admin, "config/rbac"); err != nil {
		return err
	}
	if s.crds != "" {
		if err := controlplane.InstallCRDs(admin, s.crds); err != nil {
			return err
		}
	}
	operator, err := f.plane.ServiceAccount(ctx, managerSystem, "card-operator-manager")
	if err != nil {
		return err
	}
	f.kubeconfig = filepath.Join(f.logs, "kubeconfig")
	if err := os.MkdirAll(f.logs, 0o750); err != nil {
		return err
	}
	return controlplane.WriteKubeconfig(f.kubeconfig, operator, "")
}

// startIssuer starts one that takes latency for each call and refuses what comes too fast.
func (f *field) startIssuer(ctx context.Context, s settings, p programs) error {
	address, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	f.issuer = &issuer{url: "http://" + address}
	f.issuer.process, err = start(f.logs, "sandbox", nil, p.sandbox, "--listen="+address, "--account-id="+account,
		"--client-id="+clientID, "--client-secret="+clientSecret, "--token="+token, "--opening-balance=100000000.00", "--dedup=none", "--seed=1",
		"--latency="+s.latency.String(), fmt.Sprintf("--rate-limit=%v", s.rate), fmt.Sprintf("--burst=%d", int(s.rate)), "--issuing-delay="+issuingDelay.String())
	if err != nil {
		return err
	}
	return eventually(ctx, 30*time.Second, func() error { _, err := get(ctx, f.issuer.url+"/sandbox/report"); return err })
}

// furnish makes the namespaces, the credentials and the CardIssuer.
func (f *field) furnish(ctx context.Context, s settings) error {
	objects, err := controlplane.ParseManifests(fmt.Appendf(nil, furniture, namespace, otherTenant, namespace, clientID, clientSecret,
		namespace, f.issuer.url, account, s.pageSize, s.rate, int(s.rate)/2))
	if err != nil {
		return err
	}
	return controlplane.Apply(ctx, f.plane.Admin, objects...)
}

// leave ends what was started.
func (f *field) leave() {
	if f.issuer != nil && f.issuer.process != nil {
		f.issuer.stop()
	}
	_ = f.plane.Stop()
}

func (f *field) metrics(ctx context.Context) (string, error) {
	text, err := f.admin.RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
	return string(text), err
}

const furniture = `
apiVersion: v1
kind: Namespace
metadata: {name: %s}
---
apiVersion: v1
kind: Namespace
metadata: {name: %s}
---
apiVersion: v1
kind: Secret
metadata: {name: bank, namespace: %s}
stringData: {clientId: %s, clientSecret: %s}
---
apiVersion: card-operator.io/v1alpha1
kind: CardIssuer
metadata: {name: bank, namespace: %s}
spec:
  ownerId: bench
  qbit: {baseURL: "%s", accountId: %s, pageSize: %d}
  credentialsRef: {name: bank}
  allowedNamespaces: {from: All}
  rateLimit: {requestsPerSecond: %v, burst: %d}
  syncInterval: 1m
`

func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// inTurn takes steps until one fails.
func inTurn(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func eventually(ctx context.Context, patience time.Duration, try func() error) error {
	deadline := wall.Now().Add(patience)
	for {
		err := try()
		if err == nil || wall.Now().After(deadline) {
			return err
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// numbered is object number i of a template.
func numbered(template *unstructured.Unstructured, space, name string) *unstructured.Unstructured {
	o := template.DeepCopy()
	o.SetNamespace(space)
	o.SetName(name)
	return o
}
