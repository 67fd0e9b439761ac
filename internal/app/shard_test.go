package app

import (
	"context"
	"errors"
	"testing"

	"k8s.io/apimachinery/pkg/labels"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

func selecting(t *testing.T, text string) labels.Selector {
	t.Helper()
	selector, err := labels.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return selector
}

func TestEachSelectorHasALeaseOfItsOwn(t *testing.T) {
	all, a, b := leaseName(selecting(t, "")), leaseName(selecting(t, "shard=a")), leaseName(selecting(t, "!shard"))
	if all != "card-operator.io" || a == b || a == all || b == all || a != leaseName(selecting(t, " shard = a ")) {
		t.Errorf("%s, %s, %s", all, a, b)
	}
}

func TestWhoseAnObjectIs(t *testing.T) {
	marked, plain := &v1alpha1.CardIssuer{ObjectMeta: named("ads", "marked")}, &v1alpha1.CardIssuer{ObjectMeta: named("ads", "plain")}
	marked.Labels = map[string]string{"shard": "a"}
	world := pokedCluster(t, marked, plain, pokedCard("of-marked", "marked", "", false), pokedCard("of-plain", "plain", "", false), pokedCard("of-nobody", "nobody", "", false))
	card, ci := client.Object(&v1alpha1.VirtualCard{}), client.Object(&v1alpha1.CardIssuer{})
	for _, c := range []struct {
		of        client.Object
		name      string
		inA, rest bool
	}{
		{ci, "marked", true, false}, {ci, "plain", false, true},
		{card, "of-marked", true, false}, {card, "of-plain", false, true},
		{card, "of-nobody", false, true},
		{card, "gone", true, true}, // everybody forgets it
	} {
		for text, want := range map[string]bool{"shard=a": c.inA, "!shard": c.rest, "": true} {
			worked := false
			run := shard{world, selecting(t, text)}.divided(Controller{For: c.of, Wakes: worthALook(),
				Run: reconcile.Func(func(context.Context, reconcile.Request) (ctrl.Result, error) {
					worked = true
					return ctrl.Result{}, nil
				})}).Run
			_, err := run.Reconcile(t.Context(), reconcile.Request{NamespacedName: client.ObjectKey{Namespace: "ads", Name: c.name}})
			if err != nil || worked != want {
				t.Errorf("%T %s in %q: worked on %v, %v", c.of, c.name, text, worked, err)
			}
		}
	}
}

func TestAShardThatCannotReadSaysSo(t *testing.T) {
	errAway := errors.New("away")
	for _, broken := range []int{1, 2} {
		gets := 0
		api := interceptor.NewClient(pokedCluster(t, pokedCard("card", "bank", "", false)), interceptor.Funcs{
			Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
				if gets++; gets == broken {
					return errAway
				}
				return c.Get(ctx, key, o, opts...)
			},
		})
		mine, err := shard{api, selecting(t, "!shard")}.mine(t.Context(), &v1alpha1.VirtualCard{}, client.ObjectKey{Namespace: "ads", Name: "card"})
		if mine || !errors.Is(err, errAway) {
			t.Errorf("get %d: %v, %v", broken, mine, err)
		}
	}
}

// A CardIssuer that changes its labels wakes all that refers to it, where that matters.
func TestWhatALabelWakes(t *testing.T) {
	was, is := &v1alpha1.CardIssuer{ObjectMeta: named("ads", "bank")}, &v1alpha1.CardIssuer{ObjectMeta: named("ads", "bank")}
	is.Labels = map[string]string{"shard": "a"}
	relabelled := event.UpdateEvent{ObjectOld: was, ObjectNew: is}
	for text, want := range map[string]bool{"": false, "shard": true} {
		for _, c := range Controllers(World{Issuers: selecting(t, text)}) {
			if c.Name == "cardissuer" && c.Wakes.Update(relabelled) != want {
				t.Errorf("%q: the CardIssuer itself", text)
			}
			for _, watch := range c.Watches {
				if _, isIssuer := watch.Object.(*v1alpha1.CardIssuer); isIssuer && watch.When.Update(relabelled) != want {
					t.Errorf("%q: %s", text, c.Name)
				}
			}
		}
	}
}
