// Package controlplane starts a real kube-apiserver and etcd for the demo and the tests,
// with the operator's CRDs installed, and gives out credentials for them: the
// administrator's, and a ServiceAccount's that can do no more than RBAC grants.
package controlplane

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/card-operator/card-operator/internal/controlplane/assets"
)

// Options says what to start.
type Options struct {
	// Assets is the directory of kube-apiserver and etcd, as Assets returns it.
	Assets string
	// CRDs is the directory of the CustomResourceDefinitions to install, usually
	// config/crd/bases.
	CRDs string
	// Kubeconfig is the file to write the administrator's kubeconfig to. Optional.
	Kubeconfig string
}

// ControlPlane is a running kube-apiserver with its etcd.
type ControlPlane struct {
	// Admin connects as the administrator.
	Admin *rest.Config

	env *envtest.Environment
}

// startTimeout is generous: a machine that builds something else at the same time is slow.
const startTimeout = 2 * time.Minute

// Assets returns the directory of kube-apiserver and etcd and says where they come from,
// fetching or building them first where nothing has them yet.
func Assets(ctx context.Context, progress assets.Progress) (dir, source string, err error) {
	finder, err := assets.New(progress)
	if err != nil {
		return "", "", err
	}
	return finder.ControlPlane(ctx)
}

// Start starts a control plane and installs the CRDs. The caller ends it with Stop.
func Start(ctx context.Context, opts Options) (*ControlPlane, error) {
	off := false
	env := &envtest.Environment{
		BinaryAssetsDirectory:    opts.Assets,
		CRDDirectoryPaths:        crdPaths(opts.CRDs),
		ErrorIfCRDPathMissing:    true,
		UseExistingCluster:       &off,
		ControlPlaneStartTimeout: startTimeout,
	}
	admin, err := env.Start()
	cp := &ControlPlane{Admin: admin, env: env}
	if err != nil {
		err = fmt.Errorf("starting kube-apiserver and etcd from %s: %w", opts.Assets, err)
		return nil, errors.Join(err, cp.Stop())
	}
	if err := errors.Join(ctx.Err(), writeAdmin(opts.Kubeconfig, admin)); err != nil {
		return nil, errors.Join(err, cp.Stop())
	}
	return cp, nil
}

// Stop ends kube-apiserver and etcd and removes their data.
func (cp *ControlPlane) Stop() error {
	if err := cp.env.Stop(); err != nil {
		return fmt.Errorf("stopping kube-apiserver and etcd: %w", err)
	}
	return nil
}

// ServiceAccount connects as a ServiceAccount of this control plane.
func (cp *ControlPlane) ServiceAccount(ctx context.Context, namespace, name string) (*rest.Config, error) {
	return ServiceAccount(ctx, cp.Admin, namespace, name)
}

// InstallCRDs installs or updates the CRDs of a directory in any cluster and waits until
// the API server serves them.
func InstallCRDs(cfg *rest.Config, dir string) error {
	if _, err := envtest.InstallCRDs(cfg, envtest.CRDInstallOptions{Paths: []string{dir}, ErrorIfPathMissing: true}); err != nil {
		return fmt.Errorf("installing the CRDs of %s: %w", dir, err)
	}
	return nil
}

func crdPaths(dir string) []string {
	if dir == "" {
		return nil
	}
	return []string{dir}
}

func writeAdmin(path string, admin *rest.Config) error {
	if path == "" {
		return nil
	}
	return WriteKubeconfig(path, admin, "default")
}
