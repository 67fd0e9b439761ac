// Package controller_test runs the controllers over a fake API server, an issuer in memory
// and a clock that is told to move. *_branches_test.go let each of them fail, so that every
// error has an outcome that somebody asserts. mishap_*_test.go are mishaps that were once
// found to cost money or to wear the issuer out.
//
// A world is all that the controllers see; rounds and departures are tables of what happens
// to an object in one.
package controller_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
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
)

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

// world is all that the controllers see.
type world struct {
	*faults
	t     *testing.T
	clock *clock.Fake
	api   client.WithWatch
	bank  *bank
	// banks are those that credentials can be of, by their access token; bank is "ours".
	banks    map[string]*bank
	accounts *account.Registry
	counts   v1alpha1.CardIssuerCounts
	told     []string
	// audit has the transitions that were recorded: "parked Hold 20.00".
	audit []string
	run   map[string]reconcile.Reconciler
}

// newWorld has a CardIssuer with credentials in it, and what a test adds.
func newWorld(t *testing.T, objects ...client.Object) *world {
	t.Helper()
	f, c := newFaults(), clock.NewFake(epoch)
	w := &world{faults: f, t: t, clock: c, bank: newBank(f, c)}
	w.banks = map[string]*bank{"ours": w.bank}
	w.api = newAPI(t, append(objects, cardIssuer(), credentials("ours", epoch)))
	w.wire(interceptor.NewClient(w.api, w.interceptors()))
	return w
}

func newAPI(t *testing.T, objects []client.Object) client.WithWatch {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).
		WithIndex(cardsecret.Metadata(), cardsecret.IndexOwner, func(o client.Object) []string { return []string{cardsecret.OwnerBucket(o)} }).
		WithStatusSubresource(&v1alpha1.CardIssuer{}, &v1alpha1.Budget{}, &v1alpha1.VirtualCard{}, &v1alpha1.Beneficiary{}, &v1alpha1.Withdrawal{}).
		Build()
}

// wire puts the controllers together as the app does.
func (w *world) wire(api client.WithWatch) {
	eng := &engine.Engine{Client: api, Reader: api, Clock: w.clock, Events: w, Observe: func(r engine.Record) {
		w.audit = append(w.audit, strings.TrimSpace(string(r.Transition)+" "+string(r.Action)+" "+r.Amount))
	}}
	w.accounts = &account.Registry{Client: w.api, Secrets: w.api, Clock: w.clock,
		Dial: func(_ *v1alpha1.CardIssuer, creds account.Credentials, _ engine.Timing) (issuer.Issuer, error) {
			return w.banks[creds.AccessToken.Reveal()], w.ask("Dial")
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

// runFor makes rounds as they fall due, until the object is gone or rests or the time is
// over, and counts them.
func (w *world) runFor(d time.Duration, o client.Object) (rounds int) {
	w.t.Helper()
	for end := w.clock.Now().Add(d); w.clock.Now().Before(end); {
		after := w.round(o)
		rounds++
		if after == 0 {
			break
		}
		w.clock.Advance(after)
	}
	return rounds
}

// account is the connection that objects have.
func (w *world) account() *account.Account {
	w.t.Helper()
	acct, err := w.accounts.For(ctx, newCard())
	if err != nil {
		w.t.Fatal(err)
	}
	return acct
}
