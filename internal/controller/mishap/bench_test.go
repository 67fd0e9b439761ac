package mishap

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/cardsecret"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/controller/beneficiary"
	"github.com/card-operator/card-operator/internal/controller/budget"
	"github.com/card-operator/card-operator/internal/controller/virtualcard"
	"github.com/card-operator/card-operator/internal/controller/withdrawal"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/mirror"
)

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	key   = client.ObjectKey{Namespace: "ads", Name: "x"}
	ref   = v1alpha1.IssuerReference{Name: "bank"}
)

// bench is one object named x, its reconciler, an API server and an issuer.
type bench struct {
	*testing.T
	clock    *clock.Fake
	api      client.WithWatch
	bank     *bank
	account  *account.Account
	engine   *engine.Engine
	accounts account.Finder
}

// For implements account.Finder.
func (b *bench) For(context.Context, v1alpha1.LedgerObject) (*account.Account, error) {
	return b.account, nil
}

type silent struct{}

func (silent) Eventf(runtime.Object, runtime.Object, string, string, string, string, ...any) {}

func newBench(t *testing.T, objects ...client.Object) *bench {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	kinds := []client.Object{&v1alpha1.VirtualCard{}, &v1alpha1.Budget{}, &v1alpha1.Withdrawal{}, &v1alpha1.Beneficiary{}, &v1alpha1.CardIssuer{}}
	b := &bench{T: t, clock: clock.NewFake(epoch)}
	b.api = fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).WithStatusSubresource(kinds...).Build()
	b.bank = &bank{clock: b.clock, calls: map[string]int{}}
	b.account = &account.Account{
		Issuer: b.bank, Mirror: mirror.New(b.bank, b.clock), OwnerID: "fleet", Timing: engine.DefaultTiming, SyncInterval: time.Minute,
	}
	b.engine = &engine.Engine{Client: b.api, Reader: b.api, Clock: b.clock, Events: silent{}}
	b.accounts = b
	return b
}

// step makes one round and returns when the next one is due.
type step func() time.Duration

func runs[T v1alpha1.Object](b *bench, empty func() T, sync func(context.Context, T) (time.Duration, error)) step {
	runner := &engine.Runner[T]{Engine: b.engine, New: empty, Sync: sync}
	return func() time.Duration {
		result, err := runner.Reconcile(ctx, reconcile.Request{NamespacedName: key})
		if err != nil {
			b.Fatal(err)
		}
		b.clock.Advance(time.Millisecond)
		return result.RequeueAfter
	}
}

func (b *bench) cards() step {
	rec := &virtualcard.Reconciler{Engine: b.engine, Accounts: b.accounts, Secrets: &cardsecret.Keeper{Client: b.api, Reader: b.api}}
	return runs(b, func() *v1alpha1.VirtualCard { return &v1alpha1.VirtualCard{} }, rec.Sync)
}

func (b *bench) budgets() step {
	rec := &budget.Reconciler{Engine: b.engine, Accounts: b.accounts}
	return runs(b, func() *v1alpha1.Budget { return &v1alpha1.Budget{} }, rec.Sync)
}

func (b *bench) payees() step {
	rec := &beneficiary.Reconciler{Engine: b.engine, Accounts: b.accounts, Secrets: b.api}
	return runs(b, func() *v1alpha1.Beneficiary { return &v1alpha1.Beneficiary{} }, rec.Sync)
}

func (b *bench) withdrawals() step {
	rec := &withdrawal.Reconciler{Engine: b.engine, Accounts: b.accounts}
	return runs(b, func() *v1alpha1.Withdrawal { return &v1alpha1.Withdrawal{} }, rec.Sync)
}

// runFor makes rounds as they fall due, until the object rests or the time is over, and
// counts them.
func (b *bench) runFor(d time.Duration, next step) int {
	end, rounds := b.clock.Now().Add(d), 0
	for b.clock.Now().Before(end) {
		after := next()
		rounds++
		if after == 0 {
			break
		}
		b.clock.Advance(after)
	}
	return rounds
}

// x reads the object into o and reports whether it is there.
func (b *bench) x(o client.Object) bool {
	err := b.api.Get(ctx, key, o)
	if client.IgnoreNotFound(err) != nil {
		b.Fatal(err)
	}
	return !apierrors.IsNotFound(err)
}

func (b *bench) delete(o client.Object) {
	if err := b.api.Delete(ctx, o); err != nil {
		b.Fatal(err)
	}
}

// again creates an object of the same name; it asks for the same.
func (b *bench) again(o client.Object) {
	meta := named()
	meta.UID, meta.CreationTimestamp = "second", metav1.NewTime(b.clock.Now())
	o.SetUID(meta.UID)
	o.SetName(meta.Name)
	o.SetNamespace(meta.Namespace)
	o.SetGeneration(1)
	o.SetCreationTimestamp(meta.CreationTimestamp)
	if err := b.api.Create(ctx, o); err != nil {
		b.Fatal(err)
	}
}

func named(finalizers ...string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: key.Namespace, Name: key.Name, UID: "first", Generation: 1, CreationTimestamp: metav1.NewTime(epoch), Finalizers: finalizers,
	}
}

// root is what the object says about itself: "Ready=False Conflict: …".
func root(o v1alpha1.Object) string {
	c := engine.ConditionOf(o, o.RootCondition())
	if c == nil {
		return "nothing"
	}
	return fmt.Sprintf("%s=%s %s: %s", c.Type, c.Status, c.Reason, c.Message)
}

func (b *bench) says(o v1alpha1.Object, words ...string) {
	b.Helper()
	b.x(o)
	for _, word := range words {
		if !strings.Contains(root(o), word) {
			b.Errorf("%q is missing: %s", word, root(o))
		}
	}
}
