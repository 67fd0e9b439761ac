package apiserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/app"
	"github.com/card-operator/card-operator/test/simulation/apiserver"
)

// api is what the operator and people do to an API server.
type api interface {
	create(o client.Object) error
	get(o client.Object) error
	update(o client.Object) error
	updateStatus(o client.Object) error
	patch(before, after client.Object) error
	remove(o client.Object, uid types.UID) error
	apply(secret *corev1.Secret) error
}

// model is the simulation's.
type model struct{ *apiserver.Server }

func keep(o client.Object, stored client.Object, err error) error {
	if err == nil && stored != nil {
		apiserver.Assign(o, stored)
	}
	return err
}

func (m model) create(o client.Object) error { s, err := m.Create(o); return keep(o, s, err) }
func (m model) get(o client.Object) error {
	found := m.Find(apiserver.KeyOf(o))
	if found == nil {
		return apierrors.NewNotFound(v1alpha1.GroupVersion.WithResource("x").GroupResource(), o.GetName())
	}
	apiserver.Assign(o, found)
	return nil
}
func (m model) update(o client.Object) error { s, err := m.Update(o); return keep(o, s, err) }
func (m model) updateStatus(o client.Object) error {
	s, err := m.UpdateStatus(o)
	return keep(o, s, err)
}
func (m model) patch(before, after client.Object) error {
	data, err := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}).Data(after)
	if err != nil {
		return err
	}
	s, err := m.Patch(after, data)
	return keep(after, s, err)
}
func (m model) remove(o client.Object, uid types.UID) error { return m.Delete(apiserver.KeyOf(o), uid) }
func (m model) apply(secret *corev1.Secret) error {
	s, err := m.ApplySecret(secret)
	return keep(secret, s, err)
}

// real is kube-apiserver.
type real struct{ client.Client }

var ctx = context.Background()

func (r real) create(o client.Object) error       { return r.Create(ctx, o) }
func (r real) get(o client.Object) error          { return r.Get(ctx, client.ObjectKeyFromObject(o), o) }
func (r real) update(o client.Object) error       { return r.Update(ctx, o) }
func (r real) updateStatus(o client.Object) error { return r.Status().Update(ctx, o) }
func (r real) patch(before, after client.Object) error {
	return r.Patch(ctx, after, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
}
func (r real) remove(o client.Object, uid types.UID) error {
	if uid == "" {
		return r.Delete(ctx, o)
	}
	return r.Delete(ctx, o, client.Preconditions{UID: &uid})
}
func (r real) apply(secret *corev1.Secret) error {
	text, err := json.Marshal(secret)
	if err != nil {
		return err
	}
	config := &applycorev1.SecretApplyConfiguration{}
	if err := json.Unmarshal(text, config); err != nil {
		return err
	}
	config.WithKind("Secret").WithAPIVersion("v1")
	if err := r.Apply(ctx, config, client.FieldOwner("card-operator"), client.ForceOwnership); err != nil {
		return err
	}
	return r.get(secret)
}

// card is a card as people apply it.
func card(name string) *v1alpha1.VirtualCard {
	return &v1alpha1.VirtualCard{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name},
		Spec: v1alpha1.VirtualCardSpec{
			IssuerRef: v1alpha1.IssuerReference{Name: "bank"}, Type: v1alpha1.CardTypePrepaid, BIN: "493193",
			Cardholder: &v1alpha1.Cardholder{FirstName: "Ada", LastName: "Example"}, Funding: "10",
			State: v1alpha1.CardActive, DeletionPolicy: v1alpha1.CardClose,
		},
	}
}

// outcome is what a caller can tell after a call.
func outcome(before, after client.Object, err error) string {
	if err != nil {
		return "error " + string(apierrors.ReasonForError(err))
	}
	text := fmt.Sprintf("new version %t, generation +%d, finalizers %d, deleting %t",
		before.GetResourceVersion() != after.GetResourceVersion(), after.GetGeneration()-before.GetGeneration(),
		len(after.GetFinalizers()), after.GetDeletionTimestamp() != nil)
	if c, ok := after.(*v1alpha1.VirtualCard); ok {
		text += fmt.Sprintf(", id %q, funding %q", c.Status.ID, c.Spec.Funding)
	}
	if s, ok := after.(*corev1.Secret); ok {
		text += fmt.Sprintf(", data %q, type %s", s.Data["pan"], s.Type)
	}
	return text
}

// script makes every kind of call, right and wrong, and tells what came of each.
func script(a api) []string {
	var told []string
	tell := func(what string, before, after client.Object, err error) {
		told = append(told, what+": "+outcome(before, after, err))
	}
	step := func(what string, o *v1alpha1.VirtualCard, change func(*v1alpha1.VirtualCard), call func(client.Object) error) *v1alpha1.VirtualCard {
		next := o.DeepCopy()
		change(next)
		err := call(next)
		tell(what, o, next, err)
		if err != nil {
			return o
		}
		return next
	}
	nothing := func(*v1alpha1.VirtualCard) {}
	c := card("a")
	c.Status.ID = "dropped"
	c = step("create drops the status", c, nothing, a.create)
	step("create again", c, func(c *v1alpha1.VirtualCard) { c.ResourceVersion, c.UID = "", "" }, a.create)
	old := c.DeepCopy()
	c = step("update the spec", c, func(c *v1alpha1.VirtualCard) { c.Spec.Funding, c.Status.ID = "20", "ignored" }, a.update)
	step("update an old copy", old, func(c *v1alpha1.VirtualCard) { c.Spec.Funding = "30" }, a.update)
	step("status of an old copy", old, func(c *v1alpha1.VirtualCard) { c.Status.ID = "x" }, a.updateStatus)
	c = step("status", c, func(c *v1alpha1.VirtualCard) { c.Status.ID, c.Spec.Funding = "card-1", "99" }, a.updateStatus)
	c = step("the same status", c, nothing, a.updateStatus)
	c = step("the same spec", c, nothing, a.update)
	c = step("status without a version", c, func(c *v1alpha1.VirtualCard) { c.ResourceVersion = ""; c.Status.ID = "card-2" }, a.updateStatus)
	step("status of another UID", c, func(c *v1alpha1.VirtualCard) { c.UID = "11111111-2222-4333-8444-555555555555" }, a.updateStatus)
	c = step("an annotation", c, func(c *v1alpha1.VirtualCard) { c.Annotations = map[string]string{"a": "b"} }, a.update)
	held := c.DeepCopy()
	held.Finalizers = []string{v1alpha1.Finalizer}
	tell("patch a finalizer on", c, held, a.patch(c, held))
	late := old.DeepCopy()
	late.Finalizers = []string{"card-operator.io/other"}
	tell("patch from an old copy", old, late, a.patch(old, late))
	tell("delete with another UID", held, held, a.remove(held, "11111111-2222-4333-8444-555555555555"))
	going := held.DeepCopy()
	tell("delete", held, going, a.remove(going, held.UID))
	_ = a.get(going)
	tell("it is held", held, going, nil)
	tell("delete again", going, going, a.remove(going, ""))
	c = step("status while it goes", going, func(c *v1alpha1.VirtualCard) { c.Status.ID = "card-3" }, a.updateStatus)
	free := c.DeepCopy()
	free.Finalizers = nil
	told = append(told, fmt.Sprint("patch the finalizer off: ", a.patch(c, free)))
	told = append(told, "it is gone: "+outcome(c, c, a.get(free.DeepCopy())))
	step("status of what is gone", c, nothing, a.updateStatus)
	return append(told, secrets(a)...)
}

func secrets(a api) []string {
	var told []string
	make := func(pan, owner string, change ...func(*corev1.Secret)) {
		yes := true
		s := &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "s", Labels: map[string]string{v1alpha1.LabelManagedBy: "true"}, OwnerReferences: []metav1.OwnerReference{{
				APIVersion: v1alpha1.GroupVersion.String(), Kind: "VirtualCard", Name: "a", UID: types.UID(owner), Controller: &yes, BlockOwnerDeletion: &yes,
			}}},
			Type: v1alpha1.CardSecretType, Data: map[string][]byte{"pan": []byte(pan)},
		}
		for _, c := range change {
			c(s)
		}
		before := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "s"}}
		_ = a.get(before)
		err := a.apply(s)
		told = append(told, "apply a Secret: "+outcome(before, s, err))
	}
	one, two := "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"
	make("1", one, func(s *corev1.Secret) { s.UID = types.UID(two) })
	make("1", one)
	make("1", one)
	make("2", one)
	make("3", two)
	make("3", one, func(s *corev1.Secret) { s.Type = "Opaque" })
	make("3", one, func(s *corev1.Secret) { s.UID = types.UID(two) })
	return told
}

func TestTheModelAnswersAsKubeApiserverDoes(t *testing.T) {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		t.Skip("needs KUBEBUILDER_ASSETS: run it with make test")
	}
	scheme, err := app.Scheme()
	if err != nil {
		t.Fatal(err)
	}
	env := &envtest.Environment{CRDDirectoryPaths: []string{filepath.Join("..", "..", "..", "config", "crd", "bases")}, ErrorIfCRDPathMissing: true}
	cfg, err := env.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = env.Stop() })
	k8s, err := client.New(cfg, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	want := script(real{k8s})
	got := script(model{apiserver.New(time.Now)})
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Errorf("kube-apiserver: %s\nthe model:      %s", want[i], got[min(i, len(got)-1)])
		}
	}
}
