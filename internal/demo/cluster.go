package demo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/internal/controlplane"
)

// The ServiceAccount that config/rbac makes for the manager.
const (
	managerNamespace = "card-operator-system"
	managerAccount   = "card-operator-manager"
)

// cluster is where the objects live.
type cluster struct {
	admin  *rest.Config
	client client.Client
	// kubeconfig is the file for the user to look in with; empty when it is the
	// user's own.
	kubeconfig string
}

// startCluster starts a control plane, or takes the user's, and installs the operator's
// CRDs and RBAC there.
func (s *show) startCluster(ctx context.Context) error {
	open := s.ownCluster
	if s.Cluster == ClusterExisting {
		open = s.existingCluster
	}
	c, err := open(ctx)
	if err != nil {
		return err
	}
	if c.client, err = client.New(c.admin, client.Options{}); err != nil {
		return fmt.Errorf("connecting to the cluster: %w", err)
	}
	s.cluster = c
	return controlplane.ApplyRBAC(ctx, c.admin, rbacDir)
}

func (s *show) ownCluster(ctx context.Context) (*cluster, error) {
	s.screen.step("A control plane: kube-apiserver and etcd")
	dir, source, err := controlplane.Assets(ctx, s.told)
	if err != nil {
		return nil, err
	}
	s.told("%s, in %s", source, dir)
	c := &cluster{kubeconfig: filepath.Join(workDir, "kubeconfig")}
	running, err := controlplane.Start(ctx, controlplane.Options{Assets: dir, CRDs: crdDir, Kubeconfig: c.kubeconfig})
	if err != nil {
		return nil, err
	}
	s.atEnd(func(context.Context) error { return running.Stop() })
	c.admin = running.Admin
	s.told("serving on %s", c.admin.Host)
	return c, nil
}

func (s *show) existingCluster(context.Context) (*cluster, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{})
	admin, err := loader.ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig (set KUBECONFIG, or leave CLUSTER=existing out): %w", err)
	}
	raw, err := loader.RawConfig()
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	s.screen.step("Your cluster: context %q, %s", raw.CurrentContext, admin.Host)
	return &cluster{admin: admin}, controlplane.InstallCRDs(admin, crdDir)
}

// told reports a detail of the present step.
func (s *show) told(format string, args ...any) {
	s.screen.say("  %s", s.screen.dim(fmt.Sprintf(format, args...)))
}

// errSandboxGone ends the demo: the ledger was in the sandbox's memory.
var errSandboxGone = errors.New("the sandbox issuer died, and its ledger with it: see .demo/sandbox.log")
