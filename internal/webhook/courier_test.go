package webhook

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/cardsecret"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

const canary = "731946"

// post is a Courier over a Keeper and an API server that a test can break.
type post struct {
	*Courier
	t          *testing.T
	api        client.WithWatch
	err        error
	applied    int
	cards      []v1alpha1.VirtualCard
	deliveries []string
	complaints []string
}

func newPost(t *testing.T, secrets ...client.Object) *post {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	p := &post{t: t, api: fake.NewClientBuilder().WithScheme(scheme).WithObjects(secrets...).Build(), cards: []v1alpha1.VirtualCard{card("ads", "search")}}
	writer := interceptor.NewClient(p.api, interceptor.Funcs{
		Apply: func(ctx context.Context, c client.WithWatch, o runtime.ApplyConfiguration, opts ...client.ApplyOption) error {
			p.applied++
			if p.err != nil {
				return p.err
			}
			return c.Apply(ctx, o, opts...)
		},
	})
	keeper := &cardsecret.Keeper{Client: writer, Reader: p.api}
	p.Courier = &Courier{
		Clock: clock.NewFake(noon), Write: keeper.WriteOTP,
		Find: func(context.Context, types.NamespacedName, string) ([]v1alpha1.VirtualCard, error) {
			return p.cards, nil
		},
		Observe:  func(issuer, delivery string) { p.deliveries = append(p.deliveries, issuer+" "+delivery) },
		Complain: func(c *v1alpha1.VirtualCard, m string) { p.complaints = append(p.complaints, c.Name+": "+m) },
	}
	return p
}

// card is one of the CardIssuer cards/main that wants codes.
func card(namespace, name string) v1alpha1.VirtualCard {
	return v1alpha1.VirtualCard{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID("uid-" + name)},
		Spec: v1alpha1.VirtualCardSpec{
			IssuerRef: v1alpha1.IssuerReference{Namespace: "cards", Name: "main"}, Secret: &v1alpha1.CardSecretSpec{OTP: true},
		},
		Status: v1alpha1.VirtualCardStatus{ID: "c-1", State: "Active"},
	}
}

func notice(expires time.Time) issuer.Notice {
	return issuer.Notice{ID: "n-1", CardID: "c-1", OTP: &issuer.OTP{Code: issuer.NewSensitive(canary), Expires: expires}}
}

func (p *post) secret(namespace, name string) *corev1.Secret {
	p.t.Helper()
	var s corev1.Secret
	err := p.api.Get(context.Background(), client.ObjectKey{Namespace: namespace, Name: name}, &s)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return &s
}

// want delivers a notice and checks what became of it, and that the code is nowhere else.
func (p *post) want(n issuer.Notice, delivery Delivery, failed bool) {
	p.t.Helper()
	err := p.Deliver(context.Background(), first, n)
	if (err != nil) != failed {
		p.t.Errorf("the error is %v", err)
	}
	if got := p.deliveries[len(p.deliveries)-1]; got != "cards/main "+string(delivery) {
		p.t.Errorf("it was %s, want %s", got, delivery)
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", err, err, err), fmt.Sprint(p.deliveries), fmt.Sprint(p.complaints), fmt.Sprintf("%+v", n)} {
		if strings.Contains(text, canary) {
			p.t.Errorf("the code is in %q", text)
		}
	}
}

func TestACodeComesIntoTheCardsSecret(t *testing.T) {
	p := newPost(t)
	p.want(notice(time.Time{}), Delivered, false)
	s := p.secret("ads", "search-otp")
	if s == nil || string(s.Data["otp"]) != canary || string(s.Data["expiresAt"]) != "2026-11-01T12:05:00Z" {
		t.Fatalf("got %v", s)
	}
	p.want(notice(time.Time{}), Delivered, false) // by another replica, or after a restart
	if p.applied != 1 {
		t.Errorf("written %d times", p.applied)
	}
	later := notice(noon.Add(time.Hour))
	later.ID = "n-2"
	p.want(later, Delivered, false)
	if got := string(p.secret("ads", "search-otp").Data["expiresAt"]); got != "2026-11-01T12:15:00Z" {
		t.Errorf("it ends at %s", got)
	}
}

func TestCodesThatNobodyGets(t *testing.T) {
	changed := func(change func(*v1alpha1.VirtualCard)) func(*post) {
		return func(p *post) { change(&p.cards[0]) }
	}
	gone := metav1.NewTime(noon)
	for name, c := range map[string]struct {
		change func(*post)
		want   Delivery
	}{
		"not asked for":           {changed(func(c *v1alpha1.VirtualCard) { c.Spec.Secret.OTP = false }), Unwanted},
		"no Secret at all":        {changed(func(c *v1alpha1.VirtualCard) { c.Spec.Secret = nil }), Unwanted},
		"another card":            {changed(func(c *v1alpha1.VirtualCard) { c.Status.ID = "c-2" }), Unwanted},
		"another CardIssuer":      {changed(func(c *v1alpha1.VirtualCard) { c.Spec.IssuerRef.Name = "second" }), Unwanted},
		"another's namesake":      {changed(func(c *v1alpha1.VirtualCard) { c.Spec.IssuerRef.Namespace = "" }), Unwanted},
		"going":                   {changed(func(c *v1alpha1.VirtualCard) { c.DeletionTimestamp = &gone }), Unwanted},
		"closed":                  {changed(func(c *v1alpha1.VirtualCard) { c.Status.State = "Inactive" }), Unwanted},
		"no card of ours":         {func(p *post) { p.cards = nil }, Unwanted},
		"claimed by two":          {func(p *post) { p.cards = append(p.cards, card("thief", "search")) }, Contested},
		"claimed by a silent one": {func(p *post) { p.cards = append(p.cards, card("x", "y")); p.cards[1].Spec.Secret = nil }, Contested},
		"none of two wants it": {func(p *post) {
			p.cards = append(p.cards, card("x", "y"))
			p.cards[0].Spec.Secret, p.cards[1].Spec.Secret = nil, nil
		}, Unwanted},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			c.change(p)
			p.want(notice(time.Time{}), c.want, false)
			var all corev1.SecretList
			if err := p.api.List(context.Background(), &all); err != nil || len(all.Items) != 0 || p.applied != 0 {
				t.Errorf("%v, %v, applied %d times", err, all.Items, p.applied)
			}
			if want := c.want == Contested; (len(p.complaints) > 0) != want {
				t.Errorf("complaints %v", p.complaints)
			}
		})
	}
	p := newPost(t)
	p.want(notice(noon), Expired, false)
	p.want(issuer.Notice{ID: "n", CardID: "c-1"}, Unwanted, false)
	nobodys := notice(time.Time{})
	nobodys.CardID = ""
	p.cards[0].Status.ID = "" // a card that is not issued yet is not every card without an id
	p.want(nobodys, Unwanted, false)
}

func TestACardOfTheIssuersOwnNamespace(t *testing.T) {
	p := newPost(t)
	p.cards = []v1alpha1.VirtualCard{card("cards", "local")}
	p.cards[0].Spec.IssuerRef.Namespace = ""
	p.want(notice(time.Time{}), Delivered, false)
	if p.secret("cards", "local-otp") == nil {
		t.Error("not written")
	}
}

func TestASecretOfSomebodyElseGetsNoCode(t *testing.T) {
	p := newPost(t, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ads", Name: "search-otp"}, Data: map[string][]byte{"theirs": []byte("keep")}})
	p.want(notice(time.Time{}), Taken, false)
	if s := p.secret("ads", "search-otp"); string(s.Data["theirs"]) != "keep" || len(s.Data) != 1 || len(p.complaints) != 1 {
		t.Errorf("%v, %v", s.Data, p.complaints)
	}
	p.Complain = nil
	p.want(notice(time.Time{}), Taken, false)
}

func TestACodeThatCouldNotBeWrittenIsAskedForAgain(t *testing.T) {
	p := newPost(t)
	p.err = errAway
	p.want(notice(time.Time{}), Undelivered, true)
	p.err = nil
	p.want(notice(time.Time{}), Delivered, false)
	p.Find = func(context.Context, types.NamespacedName, string) ([]v1alpha1.VirtualCard, error) {
		return nil, errAway
	}
	p.want(notice(time.Time{}), Undelivered, true)
	p.Observe = nil
	if p.Deliver(context.Background(), first, notice(time.Time{})) == nil {
		t.Error("no error")
	}
}

// From the socket to the Secret, with everything logged at the highest level.
func TestFromTheSocketToTheSecret(t *testing.T) {
	var logs bytes.Buffer
	log.SetLogger(zap.New(zap.WriteTo(&logs), zap.UseDevMode(true)))
	p := newPost(t)
	b := newBench(t, func(o *Options) { o.Deliver = p.Deliver })
	m := message{ID: "n-1", Card: "c-1", OTP: canary}
	p.err = errAway
	one := b.send(first, m)
	p.err = nil
	two := b.send(first, m)
	three := b.send(first, m)
	if one.status != 503 || two.status != 200 || three.status != 200 || p.applied != 2 {
		t.Errorf("%d, %d, %d, applied %d times", one.status, two.status, three.status, p.applied)
	}
	if s := p.secret("ads", "search-otp"); s == nil || string(s.Data["otp"]) != canary {
		t.Errorf("got %v", s)
	}
	if all := logs.String() + one.body + two.body + three.body + fmt.Sprint(b.results, p.complaints); strings.Contains(all, canary) {
		t.Errorf("the code is in %s", all)
	}
}
