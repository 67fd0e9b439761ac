package account

import (
	"errors"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

var bankKey = types.NamespacedName{Namespace: "bank", Name: "qbit"}

// mute is an adapter whose issuer sends no webhooks, unless it does.
type mute struct {
	issuer.Issuer
	sends bool
}

func (m mute) Capabilities() issuer.Capabilities {
	return issuer.Capabilities{Features: map[issuer.Feature]bool{issuer.FeatureWebhooks: m.sends}}
}

func TestWhoVerifiesAWebhook(t *testing.T) {
	dials := func(sends bool, err error) Dial {
		return func(*v1alpha1.CardIssuer, Credentials, engine.Timing) (issuer.Issuer, error) {
			return mute{sends: sends}, err
		}
	}
	errHost := errors.New("host")
	for name, c := range map[string]struct {
		objects []client.Object
		dial    Dial
		found   bool
		err     bool
	}{
		"its adapter":                  {[]client.Object{newIssuer(), good()}, dials(true, nil), true, false},
		"nobody, there is none":        {nil, dials(true, nil), false, false},
		"nobody, it sends none":        {[]client.Object{newIssuer(), good()}, dials(false, nil), false, false},
		"nobody, without credentials":  {[]client.Object{newIssuer()}, dials(true, nil), false, true},
		"nobody, it cannot be dialled": {[]client.Object{newIssuer(), good()}, dials(true, errHost), false, true},
	} {
		r := &Registry{}
		api := cluster(t, c.objects...)
		r.Client, r.Secrets, r.Dial = api, api, c.dial
		got, err := r.Listener(ctx, bankKey)
		if (got != nil) != c.found || (err != nil) != c.err {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestWhoseCardsMayUseAnAccount(t *testing.T) {
	cards := []v1alpha1.VirtualCard{{ObjectMeta: metav1.ObjectMeta{Namespace: "bank"}}, {ObjectMeta: metav1.ObjectMeta{Namespace: "ads"}}}
	api := cluster(t, newIssuer(), namespace("ads", nil))
	r := &Registry{Client: api, Secrets: api}
	if got, err := r.Users(ctx, bankKey, cards); err != nil || len(got) != 1 || got[0].Namespace != "bank" {
		t.Errorf("by default those of its own namespace: %v, %v", got, err)
	}
	if got, err := r.Users(ctx, types.NamespacedName{Namespace: "bank", Name: "gone"}, cards); err != nil || len(got) != 0 {
		t.Errorf("nobody uses what is not there: %v, %v", got, err)
	}
	selective := newIssuer(func(ci *v1alpha1.CardIssuer) {
		ci.Spec.AllowedNamespaces = &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromSelector, Selector: &metav1.LabelSelector{}}
	})
	r.Client = without(cluster(t, selective, namespace("ads", nil)), func(o client.Object) bool { _, ok := o.(*metav1.PartialObjectMetadata); return ok })
	if _, err := r.Users(ctx, bankKey, cards); !errors.Is(err, errAPI) {
		t.Errorf("who may cannot be read: %v", err)
	}
}
