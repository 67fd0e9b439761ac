package account

import (
	"context"
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
)

var errAPI = errors.New("the API server is away")

// without is an API server that cannot read one kind.
func without(api client.WithWatch, fails func(client.Object) bool) client.WithWatch {
	return interceptor.NewClient(api, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			if fails(o) {
				return errAPI
			}
			return c.Get(ctx, key, o, opts...)
		},
	})
}

// What cannot be read neither allows nor refuses: no connection, and no word of a
// missing or forbidden CardIssuer that would make somebody change what is right.
func TestAnAPIServerThatIsAwayIsNoAnswer(t *testing.T) {
	open := func(ci *v1alpha1.CardIssuer) {
		ci.Spec.AllowedNamespaces = &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromSelector, Selector: &metav1.LabelSelector{}}
	}
	for name, fails := range map[string]func(client.Object) bool{
		"CardIssuer": func(o client.Object) bool { _, ok := o.(*v1alpha1.CardIssuer); return ok },
		"Namespace":  func(o client.Object) bool { _, ok := o.(*metav1.PartialObjectMetadata); return ok },
		"Secret":     func(o client.Object) bool { _, ok := o.(*corev1.Secret); return ok },
	} {
		r, dials := bank(without(cluster(t, newIssuer(open), good(), namespace("ads", nil)), fails))
		acct, err := r.For(ctx, objectIn("ads", v1alpha1.IssuerReference{Namespace: "bank", Name: "qbit"}))
		if acct != nil || !errors.Is(err, errAPI) || *dials != 0 {
			t.Errorf("%s: %v, %d dials", name, err, *dials)
		}
		if p := engine.Explain(err); p.Reason != v1alpha1.ReasonReconcileError || p.Severity != engine.Transient {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestAnObjectThatMayNotUseTheAccountGetsNoConnection(t *testing.T) {
	r, dials := bank(cluster(t, newIssuer(), good(), namespace("ads", nil)))
	acct, err := r.For(ctx, objectIn("ads", v1alpha1.IssuerReference{Namespace: "bank", Name: "qbit"}))
	if acct != nil || err == nil || engine.Explain(err).Reason != v1alpha1.ReasonNamespaceNotAllowed || *dials != 0 {
		t.Errorf("%v, %d dials", err, *dials)
	}
}
