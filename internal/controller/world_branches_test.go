// Package controller_test runs the controllers over a fake API server and an issuer in
// memory, each of which fails where a test wants it to: every error has an outcome that
// somebody asserts.
package controller_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/cardsecret"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/controller/beneficiary"
	"github.com/card-operator/card-operator/internal/controller/budget"
	"github.com/card-operator/card-operator/internal/controller/cardissuer"
	"github.com/card-operator/card-operator/internal/controller/virtualcard"
	"github.com/card-operator/card-operator/internal/controller/withdrawal"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

var (
	ctx     = context.Background()
	epoch   = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	errAway = errors.New("the API server is away")
)

func down() error        { return &issuer.Error{Class: issuer.Unavailable, Op: "ask"} }
func refusal() error     { return &issuer.Error{Class: issuer.Invalid, Op: "ask", Message: "no"} }
func lost() error        { return &issuer.Error{Class: issuer.Ambiguous, Op: "ask"} }
func unsupported() error { return &issuer.Error{Class: issuer.Unsupported, Op: "ask"} }

func conflict() error {
	return apierrors.NewConflict(schema.GroupResource{Resource: "objects"}, "search", nil)
}

func notFound() error {
	return apierrors.NewNotFound(schema.GroupResource{Resource: "objects"}, "search")
}

// world is all that the controllers see.
type world struct {
	*faults
	t        *testing.T
	clock    *clock.Fake
	api      client.WithWatch
	bank     *bank
	accounts *account.Registry
	counts   v1alpha1.CardIssuerCounts
	told     []string
	run      map[string]reconcile.Reconciler
}

// newWorld has a CardIssuer with credentials in it, and what a test adds.
func newWorld(t *testing.T, objects ...client.Object) *world {
	t.Helper()
	f := &faults{asked: map[string]int{}, errs: map[string]map[int]error{}, on: map[string]func(int){}}
	w := &world{faults: f, t: t, clock: clock.NewFake(epoch), bank: &bank{
		faults: f, bins: []issuer.BIN{{BIN: "493193", Type: issuer.Prepaid, Network: "Visa"}, {BIN: "493193", Type: issuer.BudgetCard}},
		balances: map[string]issuer.Balance{"bal-1": {ID: "bal-1", Available: money.Must("7"), Currency: "USD"}},
		secrets: issuer.CardSecrets{PAN: issuer.NewSensitive("4000000000004242"), CVV: issuer.NewSensitive("123"),
			ExpMonth: issuer.NewSensitive("12"), ExpYear: issuer.NewSensitive("2030")},
	}}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	creds := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ads", Name: "creds", UID: "s-1"},
		Data: map[string][]byte{account.KeyAccessToken: []byte("t")}}
	w.api = fake.NewClientBuilder().WithScheme(scheme).WithObjects(append(objects, cardIssuer(), creds)...).
		WithStatusSubresource(&v1alpha1.CardIssuer{}, &v1alpha1.Budget{}, &v1alpha1.VirtualCard{}, &v1alpha1.Beneficiary{}, &v1alpha1.Withdrawal{}).
		Build()
	w.bank.people.faults = f
	w.wire(interceptor.NewClient(w.api, w.interceptors()))
	return w
}

// wire puts the controllers together as the app does.
func (w *world) wire(api client.WithWatch) {
	eng := &engine.Engine{Client: api, Reader: api, Clock: w.clock, Events: w}
	w.accounts = &account.Registry{Client: w.api, Secrets: w.api, Clock: w.clock,
		Dial: func(*v1alpha1.CardIssuer, account.Credentials, engine.Timing) (issuer.Issuer, error) {
			return w.bank, w.ask("Dial")
		}}
	issuers := &cardissuer.Reconciler{Engine: eng, Connections: w.accounts,
		Count: func(context.Context, *v1alpha1.CardIssuer) (v1alpha1.CardIssuerCounts, error) {
			return w.counts, w.ask("Count")
		}}
	budgets := &budget.Reconciler{Engine: eng, Accounts: w.accounts}
	cards := &virtualcard.Reconciler{Engine: eng, Accounts: w.accounts, Secrets: &cardsecret.Keeper{Client: api, Reader: api}}
	payees := &beneficiary.Reconciler{Engine: eng, Accounts: w.accounts, Secrets: api}
	withdrawals := &withdrawal.Reconciler{Engine: eng, Accounts: w.accounts}
	w.run = map[string]reconcile.Reconciler{
		"CardIssuer":  &engine.Runner[*v1alpha1.CardIssuer]{Engine: eng, New: empty[v1alpha1.CardIssuer], Sync: issuers.Sync},
		"Budget":      &engine.Runner[*v1alpha1.Budget]{Engine: eng, New: empty[v1alpha1.Budget], Sync: budgets.Sync},
		"VirtualCard": &engine.Runner[*v1alpha1.VirtualCard]{Engine: eng, New: empty[v1alpha1.VirtualCard], Sync: cards.Sync},
		"Beneficiary": &engine.Runner[*v1alpha1.Beneficiary]{Engine: eng, New: empty[v1alpha1.Beneficiary], Sync: payees.Sync},
		"Withdrawal":  &engine.Runner[*v1alpha1.Withdrawal]{Engine: eng, New: empty[v1alpha1.Withdrawal], Sync: withdrawals.Sync},
	}
}

func empty[T any]() *T { return new(T) }

// kindOf is the name of an object's type: "VirtualCard".
func kindOf(o any) string {
	name := fmt.Sprintf("%T", o)
	return name[strings.LastIndex(name, ".")+1:]
}

// interceptors ask the faults before the API server: "get Budget", "status VirtualCard".
func (w *world) interceptors() interceptor.Funcs {
	return interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			if err := w.ask("get " + kindOf(o)); err != nil {
				return err
			}
			return c.Get(ctx, key, o, opts...)
		},
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
			if err := w.ask("list " + kindOf(list)); err != nil {
				return err
			}
			return c.List(ctx, list, opts...)
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			if err := w.ask("patch " + kindOf(o)); err != nil {
				return err
			}
			return c.Patch(ctx, o, p, opts...)
		},
		Apply: func(ctx context.Context, c client.WithWatch, o runtime.ApplyConfiguration, opts ...client.ApplyOption) error {
			if err := w.ask("apply Secret"); err != nil {
				return err
			}
			return c.Apply(ctx, o, opts...)
		},
		SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, o client.Object, opts ...client.SubResourceUpdateOption) error {
			if err := w.ask("status " + kindOf(o)); err != nil {
				return err
			}
			return c.SubResource(sub).Update(ctx, o, opts...)
		},
	}
}

// Eventf implements engine.Events.
func (w *world) Eventf(_, _ runtime.Object, _, reason, _, note string, args ...any) {
	w.told = append(w.told, reason+": "+fmt.Sprintf(note, args...))
}

// round reconciles an object once and says when it is looked at again.
func (w *world) round(o client.Object) time.Duration {
	w.t.Helper()
	result, err := w.run[kindOf(o)].Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(o)})
	if err != nil {
		w.t.Fatalf("delays are ours, not the queue's: %v", err)
	}
	return result.RequeueAfter
}

// now is an object as the API server has it; gone says that it is not there any more.
func now[T v1alpha1.Object](w *world, o T) (stored T, gone bool) {
	w.t.Helper()
	stored, ok := o.DeepCopyObject().(T)
	if !ok {
		w.t.Fatalf("%T", o)
	}
	err := w.api.Get(ctx, client.ObjectKeyFromObject(o), stored)
	if client.IgnoreNotFound(err) != nil {
		w.t.Fatal(err)
	}
	return stored, err != nil
}

// change changes the stored object as a person would.
func change[T v1alpha1.Object](w *world, o T, f func(T)) {
	w.t.Helper()
	stored, _ := now(w, o)
	f(stored)
	if err := w.api.Update(ctx, stored); err != nil {
		w.t.Fatal(err)
	}
}

// outcome is what a round must come to.
type outcome struct {
	// reason of the root condition; empty means that nothing was written.
	reason string
	// step is a condition that must say the same reason, "" for none.
	step string
	// says is part of the root condition's message.
	says string
	// sent are the calls with an effect; nil means none.
	sent []string
}

// expect compares an object, and what was sent, with what must have come of a round.
func expect[T v1alpha1.Object](w *world, o T, want outcome) {
	w.t.Helper()
	stored, gone := now(w, o)
	if gone {
		w.t.Fatal("the object is gone")
	}
	reason, message := "", ""
	if root := engine.ConditionOf(stored, stored.RootCondition()); root != nil {
		reason, message = root.Reason, root.Message
	}
	if reason != want.reason || !strings.Contains(message, want.says) {
		w.t.Errorf("%s: %q, want %s: %q", reason, message, want.reason, want.says)
	}
	if want.step != "" {
		if c := engine.ConditionOf(stored, want.step); c == nil || c.Reason != want.reason {
			w.t.Errorf("condition %s: %+v, want reason %s", want.step, c, want.reason)
		}
	}
	if !slices.Equal(w.bank.sent, want.sent) {
		w.t.Errorf("sent %q, want %q", w.bank.sent, want.sent)
	}
}

// create adds an object, its status too.
func (w *world) create(o client.Object) {
	w.t.Helper()
	full, ok := o.DeepCopyObject().(client.Object)
	if !ok {
		w.t.Fatalf("%T", o)
	}
	if err := w.api.Create(ctx, o); err != nil {
		w.t.Fatal(err)
	}
	if _, ours := o.(v1alpha1.Object); !ours {
		return
	}
	full.SetResourceVersion(o.GetResourceVersion())
	if err := w.api.Status().Update(ctx, full); err != nil {
		w.t.Fatal(err)
	}
}
