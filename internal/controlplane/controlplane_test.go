package controlplane_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/internal/controlplane"
)

const (
	crds = "../../config/crd/bases"
	rbac = "../../config/rbac"
)

// running starts a control plane with the operator's CRDs and RBAC.
func running(t *testing.T) (*controlplane.ControlPlane, string) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs an API server")
	}
	dir, source, err := controlplane.Assets(t.Context(), t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %s", source, dir)
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	cp, err := controlplane.Start(t.Context(), controlplane.Options{Assets: dir, CRDs: crds, Kubeconfig: kubeconfig})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cp.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := controlplane.ApplyRBAC(t.Context(), cp.Admin, rbac); err != nil {
		t.Fatal(err)
	}
	return cp, kubeconfig
}

// TestTheManagersAccountMayDoWhatRBACGrants is about the whole way: a kubeconfig with a
// token, used as the manager uses it.
func TestTheManagersAccountMayDoWhatRBACGrants(t *testing.T) {
	cp, _ := running(t)
	cfg, err := cp.ServiceAccount(t.Context(), "card-operator-system", "card-operator-manager")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "manager.kubeconfig")
	if err := controlplane.WriteKubeconfig(path, cfg, "default"); err != nil {
		t.Fatal(err)
	}
	manager := connect(t, load(t, path))
	if err := manager.List(t.Context(), cardList()); err != nil {
		t.Errorf("the manager cannot list cards: %v", err)
	}
	forbidden(t, "list pods", manager.List(t.Context(), &corev1.PodList{}))
	forbidden(t, "create a ClusterRole", manager.Create(t.Context(), &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "mine"}}))
	forbidden(t, "delete a card", manager.Delete(t.Context(), card("nobody")))
}

// TestTheAdminsKubeconfigWorksAndIsPrivate is about the file that the demo gives out.
func TestTheAdminsKubeconfigWorksAndIsPrivate(t *testing.T) {
	_, kubeconfig := running(t)
	info, err := os.Stat(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("the kubeconfig has mode %o, want 600", mode)
	}
	if err := connect(t, load(t, kubeconfig)).List(t.Context(), &corev1.PodList{}); err != nil {
		t.Errorf("the admin cannot list pods: %v", err)
	}
}

// TestStartSaysWhatIsMissing starts from an empty directory.
func TestStartSaysWhatIsMissing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	t.Setenv("KUBEBUILDER_ASSETS", t.TempDir())
	if _, err := controlplane.Start(ctx, controlplane.Options{Assets: t.TempDir()}); err == nil {
		t.Error("a control plane started from nothing")
	}
}

func connect(t *testing.T, cfg *rest.Config) client.Client {
	t.Helper()
	c, err := client.New(cfg, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func load(t *testing.T, path string) *rest.Config {
	t.Helper()
	cfg, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func forbidden(t *testing.T, what string, err error) {
	t.Helper()
	if !apierrors.IsForbidden(err) {
		t.Errorf("the manager could %s: %v", what, err)
	}
}

var cardKind = schema.GroupVersionKind{Group: "card-operator.io", Version: "v1alpha1", Kind: "VirtualCard"}

func cardList() *unstructured.UnstructuredList {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(cardKind.GroupVersion().WithKind("VirtualCardList"))
	return list
}

func card(name string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(cardKind)
	object.SetNamespace("default")
	object.SetName(name)
	return object
}
