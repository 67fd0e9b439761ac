package demo

import (
	"context"
	"fmt"
	"path/filepath"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/internal/controlplane"
)

// probePort is where the manager says that it is ready, where it can be had.
const probePort = 8081

// startManager runs the operator as its own ServiceAccount, which may do what config/rbac
// grants and nothing else.
func (s *show) startManager(ctx context.Context) error {
	if err := s.refuseSecondManager(ctx); err != nil {
		return err
	}
	kubeconfig := filepath.Join(workDir, "manager.kubeconfig")
	cfg, err := controlplane.ServiceAccount(ctx, s.cluster.admin, managerNamespace, managerAccount)
	if err != nil {
		return err
	}
	if err := controlplane.WriteKubeconfig(kubeconfig, cfg, managerNamespace); err != nil {
		return err
	}
	port, err := freePort(ctx, probePort)
	if err != nil {
		return err
	}
	s.screen.step("The operator, as ServiceAccount %s/%s with exactly %s", managerNamespace, managerAccount, rbacDir)
	return s.supervise(ctx, kubeconfig, fmt.Sprintf("127.0.0.1:%d", port))
}

func (s *show) supervise(ctx context.Context, kubeconfig, probes string) error {
	s.manager = &supervisor{name: "The manager", clock: s.Clock, say: s.screen.say, start: func(ctx context.Context) (*process, error) {
		return start(ctx, filepath.Join(workDir, "manager.log"), managerBin,
			"--kubeconfig="+kubeconfig, "--allowed-issuer-hosts="+s.sandbox.address,
			"--health-probe-bind-address="+probes, "--metrics-bind-address=0", "--leader-elect=false", "--zap-log-level=info")
	}}
	if err := s.manager.run(ctx); err != nil {
		return err
	}
	s.atEnd(s.manager.stop)
	never := func() bool { return false }
	if err := awaitAnswer(ctx, s.Clock, "http://"+probes+"/readyz", never); err != nil {
		return fmt.Errorf("the manager does not become ready: %w", err)
	}
	s.told("pid %d; it is started again if it dies: try kill -9", s.manager.alive.Load())
	return nil
}

// refuseSecondManager keeps two managers from working on the same objects.
func (s *show) refuseSecondManager(ctx context.Context) error {
	var deployed appsv1.Deployment
	err := s.cluster.client.Get(ctx, client.ObjectKey{Namespace: managerNamespace, Name: managerAccount}, &deployed)
	if apierrors.IsNotFound(err) || (err == nil && deployed.Spec.Replicas != nil && *deployed.Spec.Replicas == 0) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for an operator that runs already: %w", err)
	}
	return fmt.Errorf("an operator runs in this cluster already: kubectl -n %s scale deployment %s --replicas=0, then try again",
		managerNamespace, managerAccount)
}
