package cardsecret

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func otpCard() *v1alpha1.VirtualCard {
	card := search.DeepCopy()
	card.Spec.Secret = &v1alpha1.CardSecretSpec{Name: "pan", OTP: true}
	return card
}

func code(text, notice string) OTP {
	return OTP{Code: issuer.NewSensitive(text), Expires: noon.Add(5 * time.Minute), NoticeID: notice}
}

// otpSecretOf is a Secret with a code that ends at noon.
func otpSecretOf(uid types.UID) *corev1.Secret {
	s := secretOf(&v1alpha1.VirtualCard{ObjectMeta: metav1.ObjectMeta{UID: uid}})
	s.Name, s.UID, s.Type = "pan-otp", "s-2", OTPSecretType
	s.Annotations = map[string]string{AnnotationExpiresAt: noon.Format(time.RFC3339)}
	return s
}

func (v *vault) secret(name string) *corev1.Secret {
	v.t.Helper()
	var s corev1.Secret
	err := v.api.Get(ctx, client.ObjectKey{Namespace: "ads", Name: name}, &s)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return &s
}

func TestACodeIsWrittenBesideTheCardsSecret(t *testing.T) {
	v := newVault(t, secretOf(search))
	card := otpCard()
	if err := v.WriteOTP(ctx, card, code("123456", "n-1")); err != nil {
		t.Fatal(err)
	}
	s := v.secret("pan-otp")
	if s == nil || s.Type != "card-operator.io/otp" || string(s.Data["otp"]) != "123456" || string(s.Data["expiresAt"]) != "2026-11-01T12:05:00Z" || len(s.Data) != 2 {
		t.Fatalf("got %v", s)
	}
	owner := metav1.GetControllerOf(s)
	if owner == nil || owner.UID != card.UID || owner.Kind != "VirtualCard" || owner.APIVersion != "card-operator.io/v1alpha1" || s.Labels[v1alpha1.LabelManagedBy] != "true" {
		t.Errorf("owner %v, labels %v", owner, s.Labels)
	}
	if ends, marked := ExpiresAt(s); !marked || !ends.Equal(noon.Add(5*time.Minute)) {
		t.Errorf("it ends %v, %v", ends, marked)
	}
	if strings.Contains(fmt.Sprint(s.ObjectMeta), "123456") {
		t.Errorf("the code is in the metadata: %v", s.ObjectMeta)
	}

	if err := v.WriteOTP(ctx, card, code("654321", "n-2")); err != nil || string(v.secret("pan-otp").Data["otp"]) != "654321" {
		t.Errorf("the next one: %v, %v", err, v.secret("pan-otp").Data)
	}
	before := v.applied
	if err := v.WriteOTP(ctx, card, code("000000", "n-2")); err != nil || v.applied != before {
		t.Errorf("the same message was written again: %v", err)
	}
	if err := v.WriteOTP(ctx, card, code("123456", "n-1")); err != nil || v.applied != before || string(v.secret("pan-otp").Data["otp"]) != "654321" {
		t.Errorf("an old message replaced a newer code: %v", err)
	}
	for i := range 12 {
		if err := v.WriteOTP(ctx, card, code("1", fmt.Sprint("more-", i))); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(strings.Split(v.secret("pan-otp").Annotations[AnnotationNotice], ",")); n != maxNotices {
		t.Errorf("%d messages are remembered", n)
	}
	if string(v.stored()["theirs"]) != "keep" {
		t.Error("the card's own Secret was changed")
	}
}

// Whatever became of the names, a code that has ended goes, and nothing else does.
func TestTheJanitorRemovesWhatHasEnded(t *testing.T) {
	ended, later, number := otpSecretOf(search.UID), otpSecretOf(search.UID), secretOf(search)
	later.Name, later.Annotations[AnnotationExpiresAt] = "later-otp", noon.Add(time.Minute).Format(time.RFC3339)
	ended.Labels = map[string]string{v1alpha1.LabelManagedBy: "true", LabelOTP: "true"}
	later.Labels = ended.Labels
	v := newVault(t, ended, later, number)
	now := clock.NewFake(noon)
	j := &Janitor{Client: v.api, Clock: now}
	if err := j.Tidy(ctx); err != nil || v.secret("pan-otp") != nil || v.secret("later-otp") == nil || v.secret(number.Name) == nil {
		t.Errorf("%v, %v, %v, %v", err, v.secret("pan-otp"), v.secret("later-otp"), v.secret(number.Name))
	}
	now.Advance(time.Minute)
	fails := func(f interceptor.Funcs) { t.Helper(); j.Client = interceptor.NewClient(v.api, f) }
	fails(interceptor.Funcs{Delete: func(context.Context, client.WithWatch, client.Object, ...client.DeleteOption) error { return errAway }})
	if err := j.Tidy(ctx); !errors.Is(err, errAway) {
		t.Errorf("a removal that fails: %v", err)
	}
	fails(interceptor.Funcs{List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error { return errAway }})
	if err := j.Tidy(ctx); !errors.Is(err, errAway) {
		t.Errorf("a list that fails: %v", err)
	}
	var failures atomic.Int32
	fails(interceptor.Funcs{List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
		if failures.Add(1) < 3 {
			return errAway
		}
		return c.List(ctx, list, opts...)
	}})
	run, stop := context.WithCancel(ctx)
	ran := make(chan error, 1)
	go func() { ran <- j.Start(run) }()
	for v.secret("later-otp") != nil {
		now.Advance(janitorInterval)
		time.Sleep(time.Millisecond)
	}
	stop()
	if err := <-ran; err != nil {
		t.Errorf("%v", err)
	}
}

func TestACodeNeverGoesIntoAnotherSecret(t *testing.T) {
	foreign := secretOf(nil)
	foreign.Name = "pan-otp"
	other := otpSecretOf("uid-of-another-card")
	own := secretOf(search) // this card's, but the one with the number
	own.Name = "pan-otp"
	for name, s := range map[string]*corev1.Secret{"nobody's": foreign, "another card's": other, "the card's own": own} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t, s)
			before := v.secret("pan-otp").Data
			err := v.WriteOTP(ctx, otpCard(), code("123456", "n-1"))
			if !issuer.Is(err, issuer.Conflict) || !strings.Contains(err.Error(), `Secret pan-otp`) || v.applied != 0 {
				t.Errorf("writing: %v, applied %d times", err, v.applied)
			}
			if err := v.RemoveOTP(ctx, otpCard()); err != nil {
				t.Errorf("removing: %v", err)
			}
			if next, err := v.TidyOTP(ctx, otpCard(), noon.Add(time.Hour)); err != nil || !next.IsZero() {
				t.Errorf("tidying: %v, %v", next, err)
			}
			after := v.secret("pan-otp")
			if after == nil || !maps.EqualFunc(before, after.Data, func(a, b []byte) bool { return string(a) == string(b) }) {
				t.Errorf("it was changed: %v", after)
			}
		})
	}
}

func TestACodeThatCannotBeWritten(t *testing.T) {
	v := newVault(t)
	for name, text := range map[string]string{"empty": "", "long": strings.Repeat("7", 65)} {
		if err := v.WriteOTP(ctx, otpCard(), code(text, "n")); !issuer.Is(err, issuer.Malformed) || v.applied != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	v.applyErr = apierrors.NewInvalid(schema.GroupKind{Kind: "Secret"}, "pan-otp", nil)
	if err := v.WriteOTP(ctx, otpCard(), code("123456", "n")); !issuer.Is(err, issuer.Conflict) {
		t.Errorf("the name was taken meanwhile: %v", err)
	}
	v.applyErr = errAway
	if err := v.WriteOTP(ctx, otpCard(), code("123456", "n")); !errors.Is(err, errAway) {
		t.Errorf("applying: %v", err)
	}
	v.applyErr, v.getErr = nil, errAway
	if err := v.WriteOTP(ctx, otpCard(), code("123456", "n")); !errors.Is(err, errAway) {
		t.Errorf("looking: %v", err)
	}
	if err := v.RemoveOTP(ctx, otpCard()); !errors.Is(err, errAway) {
		t.Errorf("removing: %v", err)
	}
}

func TestACodeIsRemovedWhenItEnds(t *testing.T) {
	v := newVault(t, otpSecretOf(search.UID))
	if next, err := v.TidyOTP(ctx, otpCard(), noon.Add(-time.Second)); err != nil || !next.Equal(noon) || v.secret("pan-otp") == nil {
		t.Fatalf("before its end: %v, %v", next, err)
	}
	if next, err := v.TidyOTP(ctx, otpCard(), noon); err != nil || !next.IsZero() || v.secret("pan-otp") != nil {
		t.Errorf("at its end: %v, %v, %v", next, err, v.secret("pan-otp"))
	}
	if next, err := v.TidyOTP(ctx, otpCard(), noon); err != nil || !next.IsZero() || v.reads != 1 {
		t.Errorf("where there is none: %v, %v, after %d reads", next, err, v.reads)
	}
}

func TestACodeThatNobodyWantsAnyMoreIsRemoved(t *testing.T) {
	for name, change := range map[string]func(*v1alpha1.VirtualCard){
		"otp: false":      func(c *v1alpha1.VirtualCard) { c.Spec.Secret.OTP = false },
		"another name":    func(c *v1alpha1.VirtualCard) { c.Spec.Secret.Name, c.Status.SecretName = "new", "pan" },
		"no Secret":       func(c *v1alpha1.VirtualCard) { c.Spec.Secret, c.Status.SecretName = nil, "pan" },
		"unreadable time": nil,
	} {
		t.Run(name, func(t *testing.T) {
			s, card := otpSecretOf(search.UID), otpCard()
			if change == nil {
				s.Annotations[AnnotationExpiresAt] = "soon"
			} else {
				change(card)
			}
			v := newVault(t, s)
			if next, err := v.TidyOTP(ctx, card, noon.Add(-time.Minute)); err != nil || !next.IsZero() || v.secret("pan-otp") != nil {
				t.Errorf("%v, %v, %v", next, err, v.secret("pan-otp"))
			}
		})
	}
}

func TestRemovingACodeWhateverItsEnd(t *testing.T) {
	v := newVault(t, otpSecretOf(search.UID), secretOf(search))
	if err := v.RemoveOTP(ctx, otpCard()); err != nil || v.secret("pan-otp") != nil || v.stored() == nil {
		t.Errorf("%v, %v, %v", err, v.secret("pan-otp"), v.stored())
	}
}

// The cache shows the code that has ended; a new one was written since.
func TestANewCodeIsNotRemovedForTheOldOne(t *testing.T) {
	fresh := otpSecretOf(search.UID)
	fresh.Annotations[AnnotationExpiresAt] = noon.Add(time.Minute).Format(time.RFC3339)
	v := newVault(t, fresh)
	old := newVault(t, otpSecretOf(search.UID))
	writer := v.Client
	v.Client = interceptor.NewClient(old.api, interceptor.Funcs{
		Delete: func(ctx context.Context, _ client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
			return writer.Delete(ctx, o, opts...)
		},
	})
	if next, err := v.TidyOTP(ctx, otpCard(), noon); err != nil || !next.Equal(noon.Add(time.Minute)) || v.secret("pan-otp") == nil {
		t.Errorf("%v, %v, %v", next, err, v.secret("pan-otp"))
	}
	// And one that is written between the look and the removal makes the API server refuse.
	v = newVault(t, otpSecretOf(search.UID))
	v.Client = interceptor.NewClient(v.api, interceptor.Funcs{
		Delete: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
			newer := v.secret("pan-otp")
			newer.Data = map[string][]byte{"otp": []byte("111111")}
			if err := c.Update(ctx, newer); err != nil {
				return err
			}
			options := &client.DeleteOptions{}
			for _, opt := range opts {
				opt.ApplyToDelete(options)
			}
			if p := options.Preconditions; p == nil || p.ResourceVersion == nil || p.UID == nil || *p.ResourceVersion == newer.ResourceVersion {
				t.Errorf("preconditions %v", p)
			}
			return apierrors.NewConflict(schema.GroupResource{Resource: "secrets"}, "pan-otp", errAway)
		},
	})
	if _, err := v.TidyOTP(ctx, otpCard(), noon); !apierrors.IsConflict(err) || v.secret("pan-otp") == nil {
		t.Errorf("%v", err)
	}
}

func TestTidyingWhileTheCacheIsAway(t *testing.T) {
	v := newVault(t, otpSecretOf(search.UID))
	v.Client = interceptor.NewClient(v.api, interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			return errAway
		},
	})
	renamed := otpCard()
	renamed.Status.SecretName = "former"
	for _, card := range []*v1alpha1.VirtualCard{otpCard(), renamed} {
		if _, err := v.TidyOTP(ctx, card, noon); !errors.Is(err, errAway) {
			t.Errorf("got %v", err)
		}
	}
}

func TestTheNameOfACodesSecret(t *testing.T) {
	card := otpCard()
	if got := OTPSecretName(card); got != "pan-otp" {
		t.Errorf("beside a named one: %s", got)
	}
	card.Spec.Secret.Name = ""
	if got := OTPSecretName(card); got != "search-otp" {
		t.Errorf("beside the default: %s", got)
	}
	card.Spec.Secret = nil
	if got := OTPSecretName(card); got != "search-otp" || WantsOTP(card) {
		t.Errorf("without any: %s", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.StringMatching(`[a-z][a-z.-]{0,251}[a-z]`).Draw(t, "a")
		b := rapid.StringMatching(`[a-z][a-z.-]{0,251}[a-z]`).Draw(t, "b")
		if name := otpNameBeside(a); len(name) > 253 || !strings.HasSuffix(name, "-otp") || (a != b && name == otpNameBeside(b)) {
			t.Fatalf("%s and %s become %s", a, b, name)
		}
	})
	long := strings.Repeat("a", 252)
	if x, y := otpNameBeside(long+"x"), otpNameBeside(long+"y"); x == y || len(x) != 253 {
		t.Errorf("%s, %s", x, y)
	}
}

func TestHowLongACodeIsKept(t *testing.T) {
	for name, c := range map[string]struct{ named, want time.Time }{
		"no end named":    {time.Time{}, noon.Add(5 * time.Minute)},
		"in time":         {noon.Add(time.Minute), noon.Add(time.Minute)},
		"the very latest": {noon.Add(15 * time.Minute), noon.Add(15 * time.Minute)},
		"for ever":        {noon.Add(1000 * time.Hour), noon.Add(15 * time.Minute)},
		"over":            {noon.Add(-time.Second), time.Time{}},
		"just over":       {noon, time.Time{}},
	} {
		if got, live := OTPExpiry(c.named, noon); !got.Equal(c.want) || live == c.want.IsZero() {
			t.Errorf("%s: %v, %v", name, got, live)
		}
	}
}

func TestOtherSecretsHaveNoEnd(t *testing.T) {
	if at, marked := ExpiresAt(secretOf(search)); marked || !at.IsZero() {
		t.Errorf("%v, %v", at, marked)
	}
}
