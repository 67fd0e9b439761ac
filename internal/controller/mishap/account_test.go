package mishap

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/controller/cardissuer"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

// connected is a bench whose CardIssuer, also named x, is reconciled as well, and whose
// accounts are handed out by the real Registry. The credentials say which bank they are of.
func connected(t *testing.T, o *v1alpha1.VirtualCard) (b *bench, issuers step, banks map[string]*bank) {
	t.Helper()
	o.Spec.IssuerRef.Name = key.Name
	ci := &v1alpha1.CardIssuer{ObjectMeta: named(v1alpha1.Finalizer), Spec: v1alpha1.CardIssuerSpec{
		OwnerID: "fleet", Qbit: &v1alpha1.QbitIssuer{}, CredentialsRef: v1alpha1.LocalReference{Name: "credentials"},
	}}
	ci.UID = "the-issuer"
	b = newBench(t, o, ci)
	if err := corev1.AddToScheme(b.api.Scheme()); err != nil {
		t.Fatal(err)
	}
	banks = map[string]*bank{"ours": b.bank, "theirs": {clock: b.clock, calls: map[string]int{}}}
	registry := &account.Registry{Client: b.api, Secrets: b.api, Clock: b.clock,
		Dial: func(_ *v1alpha1.CardIssuer, creds account.Credentials, _ engine.Timing) (issuer.Issuer, error) {
			return banks[creds.AccessToken.Reveal()], nil
		}}
	b.accounts = registry
	rec := &cardissuer.Reconciler{Engine: b.engine, Connections: registry, Count: func(context.Context, *v1alpha1.CardIssuer) (v1alpha1.CardIssuerCounts, error) {
		return v1alpha1.CardIssuerCounts{VirtualCards: 1}, nil
	}}
	return b, runs(b, func() *v1alpha1.CardIssuer { return &v1alpha1.CardIssuer{} }, rec.Sync), banks
}

// credentials writes the Secret anew.
func (b *bench) credentials(of string) {
	b.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ads", Name: "credentials"}}
	_ = b.api.Delete(ctx, secret)
	secret.UID = types.UID(of + b.clock.Now().String())
	secret.Data = map[string][]byte{account.KeyAccessToken: []byte(of)}
	if err := b.api.Create(ctx, secret); err != nil {
		b.Fatal(err)
	}
}

// An order with a lost answer must not be missed in another account, and sent there.
func TestCredentialsOfAnotherAccountSendNothing(t *testing.T) {
	for name, theirs := range map[string][]issuer.Card{
		"with cards": {{ID: "card-9", AccountID: "theirs", State: issuer.StateActive}},
		"empty":      nil,
	} {
		t.Run(name, func(t *testing.T) {
			b, issuers, banks := connected(t, newCard(v1alpha1.CardActive))
			b.credentials("ours")
			banks["ours"].cards = []issuer.Card{{ID: "card-1", AccountID: "ours", State: issuer.StateActive}}
			banks["theirs"].cards = theirs
			issuers()
			ci := &v1alpha1.CardIssuer{}
			if b.says(ci, "Ready=True"); ci.Status.AccountID != "ours" {
				t.Fatalf("got %q", ci.Status.AccountID)
			}
			cards := b.cards()
			b.credentials("theirs")
			b.clock.Advance(2 * time.Minute)
			issuers()
			b.says(ci, "Ready=False", "Conflict", "account ours", `"credentials"`)
			o := &v1alpha1.VirtualCard{}
			b.runFor(10*time.Minute, cards)
			b.says(o, "Ready=False", "Conflict")
			if banks["theirs"].calls["CreateCard"]+banks["ours"].calls["CreateCard"] != 0 {
				t.Error("nothing is ordered anywhere")
			}
			b.credentials("ours")
			issuers()
			b.says(ci, "Ready=True")
			b.runFor(10*time.Minute, cards)
			b.says(o, "Ready=True")
		})
	}
}

// A process that starts with them has no connection of before to compare with.
func TestCredentialsOfAnotherAccountSendNothingAfterARestart(t *testing.T) {
	b, issuers, banks := connected(t, newCard(v1alpha1.CardActive))
	banks["theirs"].cards = []issuer.Card{{ID: "card-9", AccountID: "theirs", State: issuer.StateActive}}
	b.credentials("theirs")
	ci := &v1alpha1.CardIssuer{}
	b.x(ci)
	ci.Status.AccountID = "ours"
	if err := b.api.Status().Update(ctx, ci); err != nil {
		t.Fatal(err)
	}
	b.runFor(10*time.Minute, b.cards()) // before the CardIssuer was looked at
	issuers()
	b.says(&v1alpha1.VirtualCard{}, "Conflict")
	b.says(ci, "Conflict")
	if banks["theirs"].calls["CreateCard"] != 0 {
		t.Error("nothing is ordered there")
	}
}

// A namespace is deleted: its Secret goes, the CardIssuer is looked at, and only then are
// the card and the CardIssuer known to go.
func TestACardIsClosedAlthoughItsCredentialsWentFirst(t *testing.T) {
	b, issuers, banks := connected(t, issued(v1alpha1.CardActive))
	b.credentials("ours")
	banks["ours"].cards = []issuer.Card{remote(issuer.StateActive)}
	issuers()
	cards := b.cards()
	cards()
	b.delete(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ads", Name: "credentials"}})
	b.clock.Advance(time.Minute)
	issuers()
	b.says(&v1alpha1.CardIssuer{}, "CredentialsMissing")
	o := &v1alpha1.VirtualCard{}
	b.x(o)
	b.delete(o)
	b.runFor(time.Second, cards)
	if banks["ours"].calls["CloseCard"] == 0 {
		t.Errorf("left open: %s", root(o))
	}
}
