package controller_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/cardsecret"
	"github.com/card-operator/card-operator/internal/issuer"
)

func wantsCodes(c *v1alpha1.VirtualCard) { c.Spec.Secret = &v1alpha1.CardSecretSpec{OTP: true} }

// oneTimeCode is the Secret that a webhook has left for newCard.
func oneTimeCode(ends time.Duration) *corev1.Secret {
	s := &corev1.Secret{ObjectMeta: meta("search-otp"), Data: map[string][]byte{"otp": []byte("424242")}}
	s.Annotations = map[string]string{cardsecret.AnnotationExpiresAt: epoch.Add(ends).Format(time.RFC3339)}
	s.OwnerReferences = []metav1.OwnerReference{{APIVersion: v1alpha1.GroupVersion.String(), Kind: "VirtualCard", Name: "search", UID: "uid-search", Controller: new(true)}}
	return s
}

func (w *world) hasCode() bool {
	w.t.Helper()
	err := w.api.Get(ctx, client.ObjectKey{Namespace: "ads", Name: "search-otp"}, &corev1.Secret{})
	if client.IgnoreNotFound(err) != nil {
		w.t.Fatal(err)
	}
	return err == nil
}

// A one-time code goes when it ends, on the minute, whatever else is going on with its card.
func TestAOneTimeCodeGoesWhenItEnds(t *testing.T) {
	for name, breaks := range map[string]func(*world){
		"all is well":        func(*world) {},
		"the issuer is down": fails("ListCards", 0, down()),
		"it is being paid":   fails("MoveCardFunds", 0, lost()),
	} {
		t.Run(name, func(t *testing.T) {
			card := issuedCard(wantsCodes, funding("50"))
			w := newWorld(t, card)
			w.bank.also = []issuer.Feature{issuer.FeatureOTP}
			w.bank.cards = []issuer.Card{remoteCard()}
			w.create(oneTimeCode(90 * time.Second))
			breaks(w)
			for w.clock.Now().Before(epoch.Add(90 * time.Second)) {
				after := w.round(card)
				if !w.hasCode() {
					t.Fatal("it went before its end")
				}
				if left := epoch.Add(90 * time.Second).Sub(w.clock.Now()); after > left {
					t.Fatalf("looked at after %v, and it ends in %v", after, left)
				}
				w.clock.Advance(after)
			}
			w.round(card)
			if w.hasCode() {
				t.Error("it stays after its end")
			}
		})
	}
}

func TestAOneTimeCodeThatIsNoLongerWantedGoes(t *testing.T) {
	for name, change := range map[string]func(*v1alpha1.VirtualCard){
		"not asked for any more": func(c *v1alpha1.VirtualCard) { c.Spec.Secret.OTP = false },
		"the card is deleted":    func(c *v1alpha1.VirtualCard) { deleted(c) },
	} {
		t.Run(name, func(t *testing.T) {
			card := issuedCard(wantsCodes, change)
			w := newWorld(t, card)
			w.bank.also = []issuer.Feature{issuer.FeatureOTP}
			w.bank.cards = []issuer.Card{remoteCard()}
			w.create(oneTimeCode(time.Hour))
			w.round(card)
			if w.hasCode() {
				t.Error("it stays")
			}
		})
	}
}

func TestACodeThatCannotBeRemovedIsTriedAgainSoon(t *testing.T) {
	card := issuedCard(wantsCodes)
	w := newWorld(t, card)
	w.bank.also = []issuer.Feature{issuer.FeatureOTP}
	w.bank.cards = []issuer.Card{remoteCard()}
	w.create(oneTimeCode(-time.Second))
	w.breaks("get PartialObjectMetadata", 1, errAway)
	if after := w.round(card); after > 10*time.Second {
		t.Errorf("again after %v", after)
	}
	w.round(card)
	if w.hasCode() {
		t.Error("it stays")
	}
	gone := issuedCard(wantsCodes, func(c *v1alpha1.VirtualCard) { deleted(c) })
	away := newWorld(t, gone)
	away.bank.cards = []issuer.Card{remoteCard()}
	away.breaks("get PartialObjectMetadata", 0, errAway)
	away.round(gone)
	if _, left := now(away, gone); left {
		t.Error("a card whose code may be there does not go")
	}
}
