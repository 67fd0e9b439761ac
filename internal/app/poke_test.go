package app

import (
	"context"
	"errors"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/mirror"
)

func pokedCard(name, issuerName, remote string, ready bool) *v1alpha1.VirtualCard {
	c := &v1alpha1.VirtualCard{ObjectMeta: named("ads", name)}
	c.Spec.IssuerRef.Name, c.Status.ID = issuerName, remote
	if ready {
		engine.OK(c, v1alpha1.ConditionReady, v1alpha1.ReasonReady, "fine")
	}
	return c
}

func pokedCluster(t *testing.T, objects ...client.Object) client.WithWatch {
	t.Helper()
	scheme, err := Scheme()
	if err != nil {
		t.Fatal(err)
	}
	b := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...)
	for _, index := range Indexes() {
		b = b.WithIndex(index.Object, index.Field, func(o client.Object) []string {
			if v := index.Value(o); v != "" {
				return []string{v}
			}
			return nil
		})
	}
	return b.Build()
}

// A hint wakes the objects of what has changed in that account and those that wait for the
// issuer, and nobody else.
func TestWhomAChangeAtTheIssuerWakes(t *testing.T) {
	stalled := pokedCard("stalled", "bank", "", false)
	stalled.Status.Conditions = append(stalled.Status.Conditions, metav1.Condition{Type: v1alpha1.ConditionStalled, Status: metav1.ConditionTrue})
	paid, open := &v1alpha1.Withdrawal{ObjectMeta: named("ads", "paid")}, &v1alpha1.Withdrawal{ObjectMeta: named("ads", "open")}
	paid.Spec.IssuerRef.Name, open.Spec.IssuerRef.Name = "bank", "bank"
	engine.OK(paid, v1alpha1.ConditionSucceeded, v1alpha1.ReasonPaid, "paid")
	api := pokedCluster(t, pokedCard("same", "bank", "c-1", true), pokedCard("changed", "bank", "c-2", true), pokedCard("waiting", "bank", "", false),
		pokedCard("elsewhere", "other", "c-2", true), stalled, paid, open)
	var woken []string
	w := waker{api, func(_ context.Context, controller string, o client.ObjectKey) {
		woken = append(woken, controller+" "+o.Name)
	}}
	ci := &v1alpha1.CardIssuer{ObjectMeta: named("ads", "bank")}
	if err := w.wake(t.Context(), ci, mirror.Changes{Cards: []string{"c-2", "c-9"}}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(woken)
	if want := []string{"virtualcard changed", "virtualcard waiting", "withdrawal open"}; !slices.Equal(woken, want) {
		t.Errorf("woken %q, want %q", woken, want)
	}
	woken = nil
	if err := w.wake(t.Context(), ci, mirror.Changes{All: true}); err != nil || len(woken) != 6 {
		t.Errorf("where nobody knows what has changed all of the issuer are woken: %q, %v", woken, err)
	}
	if err := (waker{api, nil}).wake(t.Context(), ci, mirror.Changes{Cards: []string{"c-2"}}); err != nil {
		t.Errorf("where nobody can be woken nothing goes wrong: %v", err)
	}
}

func TestAWakingThatCannotListSaysSo(t *testing.T) {
	errAway := errors.New("away")
	for _, nth := range []int{1, 2} {
		lists := 0
		api := interceptor.NewClient(pokedCluster(t), interceptor.Funcs{
			List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
				if lists++; lists == nth {
					return errAway
				}
				return c.List(ctx, list, opts...)
			},
		})
		w := waker{api, func(context.Context, string, client.ObjectKey) {}}
		if err := w.wake(t.Context(), &v1alpha1.CardIssuer{}, mirror.Changes{Cards: []string{"c-1"}}); !errors.Is(err, errAway) {
			t.Errorf("list %d: %v", nth, err)
		}
	}
}

func TestPokesReachTheirController(t *testing.T) {
	p := newPokes()
	key := client.ObjectKey{Namespace: "ads", Name: "search"}
	p.poke(t.Context(), "virtualcard", key)
	if e := <-p.of("virtualcard"); client.ObjectKeyFromObject(e.Object) != key {
		t.Errorf("%v", e.Object)
	}
	for range pokeBuffer {
		p.poke(t.Context(), "budget", key)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	p.poke(ended, "budget", key) // a full buffer holds up nobody who has to stop
}
