package cardsecret

import (
	"context"
	"errors"
	"maps"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

var (
	ctx     = context.Background()
	errAway = errors.New("the API server is away")
	search  = &v1alpha1.VirtualCard{ObjectMeta: metav1.ObjectMeta{Namespace: "ads", Name: "search", UID: "uid-1"}}
	content = Content{FieldPAN: issuer.NewSensitive("4242424242424242")}
)

// vault is a keeper over a fake API server that a test can break.
type vault struct {
	*Keeper
	t        *testing.T
	api      client.WithWatch
	getErr   error
	applyErr error
	reads    int
	applied  int
}

func newVault(t *testing.T, secrets ...client.Object) *vault {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	v := &vault{t: t, api: fake.NewClientBuilder().WithScheme(scheme).WithObjects(secrets...).
		WithIndex(Metadata(), IndexOwner, func(o client.Object) []string { return []string{OwnerBucket(o)} }).Build()}
	reader := interceptor.NewClient(v.api, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			v.reads++
			if v.getErr != nil {
				return v.getErr
			}
			return c.Get(ctx, key, o, opts...)
		},
	})
	writer := interceptor.NewClient(v.api, interceptor.Funcs{
		Apply: func(ctx context.Context, c client.WithWatch, o runtime.ApplyConfiguration, opts ...client.ApplyOption) error {
			v.applied++
			if v.applyErr != nil {
				return v.applyErr
			}
			return c.Apply(ctx, o, opts...)
		},
	})
	v.Keeper = &Keeper{Client: writer, Reader: reader}
	return v
}

func secretOf(owner *v1alpha1.VirtualCard) *corev1.Secret {
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ads", Name: "pan", UID: "s-1"}, Type: v1alpha1.CardSecretType,
		Data: map[string][]byte{"theirs": []byte("keep")}}
	if owner != nil {
		yes := true
		s.OwnerReferences = []metav1.OwnerReference{{APIVersion: v1alpha1.GroupVersion.String(), Kind: "VirtualCard", Name: "search", UID: owner.UID, Controller: &yes}}
	}
	return s
}

// stored is the data of the Secret; nil when there is none.
func (v *vault) stored() map[string][]byte {
	v.t.Helper()
	var s corev1.Secret
	err := v.api.Get(ctx, client.ObjectKey{Namespace: "ads", Name: "pan"}, &s)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return s.Data
}

func isTaken(err error) bool {
	return err != nil && engine.Explain(err).Reason == v1alpha1.ReasonSecretTaken && engine.Explain(err).Severity >= engine.Refused
}

func TestASecretOfSomebodyElseIsNeverTouched(t *testing.T) {
	v := newVault(t, secretOf(nil))
	before := v.stored()
	if _, err := v.Version(ctx, search, "pan", ""); !isTaken(err) {
		t.Errorf("looking: %v", err)
	}
	if _, err := v.Write(ctx, search, "pan", content); !isTaken(err) || v.applied != 0 {
		t.Errorf("writing: %v, applied %d times", err, v.applied)
	}
	if err := v.Remove(ctx, search, "pan"); err != nil {
		t.Errorf("removing it is none of ours: %v", err)
	}
	if !maps.EqualFunc(before, v.stored(), func(a, b []byte) bool { return string(a) == string(b) }) {
		t.Errorf("it was changed: %v", v.stored())
	}
}

// Somebody took the name after the look: Kubernetes refuses the write, and so a name
// that is taken is what is reported.
func TestANameThatIsTakenMeanwhile(t *testing.T) {
	v := newVault(t)
	v.applyErr = apierrors.NewInvalid(schema.GroupKind{Kind: "Secret"}, "pan", nil)
	if _, err := v.Write(ctx, search, "pan", content); !isTaken(err) {
		t.Errorf("got %v", err)
	}
}

func TestAnAPIServerThatIsAwayWritesAndRemovesNothing(t *testing.T) {
	v := newVault(t, secretOf(search))
	v.getErr = errAway
	if version, err := v.Version(ctx, search, "pan", ""); version != "" || !errors.Is(err, errAway) {
		t.Errorf("looking: %q, %v", version, err)
	}
	if _, err := v.Write(ctx, search, "pan", content); !errors.Is(err, errAway) || v.applied != 0 {
		t.Errorf("writing: %v, applied %d times", err, v.applied)
	}
	if err := v.Remove(ctx, search, "pan"); !errors.Is(err, errAway) || v.stored() == nil {
		t.Errorf("removing: %v", err)
	}
	v.getErr, v.applyErr = nil, errAway
	if version, err := v.Write(ctx, search, "pan", content); version != "" || !errors.Is(err, errAway) || isTaken(err) {
		t.Errorf("applying: %q, %v", version, err)
	}
}

func TestTheCachesWordIsTakenOnlyForTheKnownVersion(t *testing.T) {
	v := newVault(t, secretOf(search))
	current, err := v.Version(ctx, search, "pan", "")
	if err != nil || current == "" || v.reads != 1 {
		t.Fatalf("%q, %v after %d reads", current, err, v.reads)
	}
	if got, err := v.Version(ctx, search, "pan", current); got != current || err != nil || v.reads != 1 {
		t.Errorf("the cache confirms it: %q, %v after %d reads", got, err, v.reads)
	}
	if got, err := v.Version(ctx, search, "pan", "older"); got != current || err != nil || v.reads != 2 {
		t.Errorf("the API server is asked: %q, %v after %d reads", got, err, v.reads)
	}
	if got, err := v.Version(ctx, search, "gone", current); got != "" || err != nil || v.reads != 3 {
		t.Errorf("none there: %q, %v after %d reads", got, err, v.reads)
	}
}

func TestItsOwnSecretIsWrittenAndRemoved(t *testing.T) {
	v := newVault(t)
	if _, err := v.Write(ctx, search, "pan", content); err != nil || string(v.stored()[FieldPAN]) != "4242424242424242" {
		t.Fatalf("got %v, stored %v", err, v.stored())
	}
	version, err := v.Version(ctx, search, "pan", "")
	if err != nil || version == "" {
		t.Fatalf("it is its own: %q, %v", version, err)
	}
	if again, err := v.Write(ctx, search, "pan", Content{}); err != nil || again == version || len(v.stored()) != 0 {
		t.Errorf("emptied: %q, %v, %v", again, err, v.stored())
	}
	for range 2 { // the second time there is none
		if err := v.Remove(ctx, search, "pan"); err != nil || v.stored() != nil {
			t.Errorf("removed: %v, %v", err, v.stored())
		}
	}
	if err := v.Remove(ctx, search, ""); err != nil {
		t.Error(err)
	}
}

// Tidy finds the card's Secrets by their owner, reads only what it is about to remove, and
// knows its own from others' and from one-time codes.
func TestTidyingRemovesWhatIsTheCardsAlone(t *testing.T) {
	named := func(name string, owner *v1alpha1.VirtualCard, labels map[string]string) *corev1.Secret {
		s := secretOf(owner)
		s.Name, s.UID, s.Labels = name, "s-"+types.UID(name), labels
		return s
	}
	own, code := map[string]string{v1alpha1.LabelManagedBy: "true"}, map[string]string{v1alpha1.LabelManagedBy: "true", LabelOTP: "true"}
	another := &v1alpha1.VirtualCard{ObjectMeta: metav1.ObjectMeta{UID: "uid-2"}}
	v := newVault(t, named("wanted", search, own), named("old", search, own), named("code", search, code),
		named("not-ours", search, nil), named("others", another, own), named("nobodys", nil, own))
	if err := v.Tidy(ctx, search, "wanted"); err != nil || v.reads != 1 {
		t.Fatalf("%v after %d reads", err, v.reads)
	}
	var left corev1.SecretList
	if err := v.api.List(ctx, &left); err != nil || len(left.Items) != 5 {
		t.Fatalf("%d are left, %v", len(left.Items), err)
	}
	if err := v.Tidy(ctx, search, "wanted"); err != nil || v.reads != 1 {
		t.Errorf("nothing to do: %v after %d reads", err, v.reads)
	}
	v.getErr = errAway
	if err := v.Tidy(ctx, search, ""); !errors.Is(err, errAway) {
		t.Errorf("got %v", err)
	}
}
