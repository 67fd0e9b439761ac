package controller_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/cardsecret"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

func withSecret(c *v1alpha1.VirtualCard) { c.Spec.Secret = &v1alpha1.CardSecretSpec{} }

func withFingerprint(c *v1alpha1.VirtualCard) {
	c.Spec.Secret = &v1alpha1.CardSecretSpec{Mode: v1alpha1.SecretModeFingerprint}
}

// theirs is a Secret that has the name and belongs to nobody.
func theirs() *corev1.Secret { return &corev1.Secret{ObjectMeta: meta("search")} }

// secretData is the card's Secret as it is stored; nil when there is none.
func secretData(w *world) map[string][]byte {
	var s corev1.Secret
	if err := w.api.Get(ctx, client.ObjectKey{Namespace: "ads", Name: "search"}, &s); err != nil {
		return nil
	}
	return s.Data
}

func TestASecretThatCannotBeKept(t *testing.T) {
	renamed := func(c *v1alpha1.VirtualCard) { c.Status.SecretName = "before" }
	forbidden := &issuer.Error{Class: issuer.Forbidden}
	answered := func(class issuer.Class, status int) *issuer.Error { return &issuer.Error{Class: class, Status: status} }
	otherBIN := func(w *world) { w.bank.secrets.PAN = issuer.NewSensitive("4000000000004242") }
	taken := func(w *world) { w.create(theirs()) }
	stuck := func(w *world) { // at the beginning of the round, and again in its turn
		w.prepare(fails("get PartialObjectMetadata", 3, errAway), fails("get PartialObjectMetadata", 4, errAway))
	}
	otherNumber := func(w *world) { w.bank.secrets.PAN = issuer.NewSensitive("4931930000000002") }
	unkept := func(reason, says string) outcome {
		return outcome{reason: reason, step: v1alpha1.ConditionSecretReady, says: says}
	}
	rounds{
		"the name is taken":                   {issuedCard(withSecret), taken, unkept(v1alpha1.ReasonSecretTaken, "left as it is")},
		"whose it is cannot be read":          {issuedCard(withSecret), fails("get PartialObjectMetadata", 0, errAway), unkept(v1alpha1.ReasonReconcileError, "")},
		"the one of before cannot be removed": {issuedCard(withSecret, renamed), stuck, unkept(v1alpha1.ReasonReconcileError, "")},
		"the number cannot be read":           {issuedCard(withSecret), fails("RevealCard", 0, down()), unkept(v1alpha1.ReasonIssuerUnavailable, "")},
		"the account may not read numbers":    {issuedCard(withSecret), fails("RevealCard", 0, forbidden), unkept(v1alpha1.ReasonForbidden, "mode: Fingerprint")},
		"not with these credentials":          {issuedCard(withSecret), fails("RevealCard", 0, answered(issuer.Unauthorized, 401)), unkept(v1alpha1.ReasonCredentialsRefused, "mode: Fingerprint")},
		"refused in words":                    {issuedCard(withSecret), fails("RevealCard", 0, answered(issuer.Invalid, 200)), unkept(v1alpha1.ReasonRejected, "mode: Fingerprint")},
		"the number has another BIN":          {issuedCard(withSecret), otherBIN, unkept(v1alpha1.ReasonIssuerUnreadable, "BIN")},
		"the number is another card's":        {issuedCard(withSecret), otherNumber, unkept(v1alpha1.ReasonIssuerUnreadable, "last four")},
		"the fingerprint cannot be read":      {issuedCard(withFingerprint), fails("CardFingerprint", 0, down()), unkept(v1alpha1.ReasonIssuerUnavailable, "")},
		"it cannot be written":                {issuedCard(withFingerprint), fails("apply Secret", 0, errAway), unkept(v1alpha1.ReasonReconcileError, "")},
	}.run(t, cards(remoteCard()), func(w *world, _ v1alpha1.LedgerObject, _ time.Duration) {
		if got, _ := now(w, newCard()); got.Status.Secret != nil || len(secretData(w)) != 0 {
			w.t.Errorf("nothing was written: %+v, %v", got.Status.Secret, secretData(w))
		}
	})
}

// The money has to wait, and the Secret is taken: both are said, and the money's problem
// is the card's.
func TestASecretIsKeptWhileTheMoneyWaits(t *testing.T) {
	for _, taken := range []bool{false, true} {
		card := issuedCard(withSecret, funding("50"))
		w := newWorld(t, card)
		w.bank.cards = []issuer.Card{remoteCard()}
		w.breaks("MoveCardFunds", 0, refusal())
		want := v1alpha1.ReasonWritten
		if taken {
			w.create(theirs())
			want = v1alpha1.ReasonSecretTaken
		}
		w.round(card)
		expect(w, card, outcome{reason: v1alpha1.ReasonRejected, step: v1alpha1.ConditionFunded, sent: []string{"MoveCardFunds In 50.00"}})
		got, _ := now(w, card)
		if c := engine.ConditionOf(got, v1alpha1.ConditionSecretReady); c == nil || c.Reason != want {
			t.Errorf("taken %v: %+v", taken, c)
		}
	}
}

// written is a card whose Secret was written at the epoch, and expires after a minute.
func written(t *testing.T) (*world, *v1alpha1.VirtualCard) {
	t.Helper()
	card := issuedCard(withSecret, func(c *v1alpha1.VirtualCard) { c.Spec.Secret.ExpireAfter = &metav1.Duration{Duration: time.Minute} })
	w := newWorld(t, card)
	w.bank.cards = []issuer.Card{remoteCard()}
	w.round(card)
	if got, _ := now(w, card); got.Status.Secret == nil || string(secretData(w)[cardsecret.FieldPAN]) != "4931930000004242" {
		t.Fatalf("%+v, %v", got.Status, secretData(w))
	}
	return w, card
}

// A Secret's time ends whatever becomes of the issuer; where even the API server fails,
// the status does not say that it was emptied.
func TestASecretsTimeEnds(t *testing.T) {
	for name, c := range map[string]struct {
		world   func(*world)
		emptied bool
		reason  string
	}{
		"all is well":                     {func(*world) {}, true, v1alpha1.ReasonReady},
		"the issuer is away":              {fails("ListCards", 0, down()), true, v1alpha1.ReasonIssuerUnavailable},
		"the issuer and the API are away": {func(w *world) { w.prepare(fails("ListCards", 0, down()), fails("apply Secret", 0, errAway)) }, false, v1alpha1.ReasonIssuerUnavailable},
		"the API server alone is away":    {fails("apply Secret", 0, errAway), false, v1alpha1.ReasonReconcileError},
	} {
		t.Run(name, func(t *testing.T) {
			w, card := written(t)
			w.clock.Advance(2 * time.Minute)
			c.world(w)
			w.round(card)
			expect(w, card, outcome{reason: c.reason})
			got, _ := now(w, card)
			if got.Status.Secret.Expired != c.emptied || (len(secretData(w)) == 0) != c.emptied {
				t.Errorf("expired %v, %d keys", got.Status.Secret.Expired, len(secretData(w)))
			}
		})
	}
}

// A closed card's Secret goes; where that fails the status goes on naming it.
func TestAClosedCardsSecretGoes(t *testing.T) {
	for _, fail := range []error{nil, errAway} {
		w, card := written(t)
		w.bank.cards[0].State = issuer.StateInactive
		w.clock.Advance(2 * time.Minute)
		change(w, card, func(c *v1alpha1.VirtualCard) { c.Spec.Secret.ExpireAfter = nil })
		w.breaks("get PartialObjectMetadata", 0, fail)
		w.round(card)
		expect(w, card, outcome{reason: v1alpha1.ReasonClosed})
		got, _ := now(w, card)
		if kept := fail != nil; (got.Status.SecretName != "") != kept || (secretData(w) != nil) != kept {
			t.Errorf("%v: %q, %d keys", fail, got.Status.SecretName, len(secretData(w)))
		}
	}
}

// What is written and in time is not read from the issuer again.
func TestASecretThatIsFineIsLeftAlone(t *testing.T) {
	w, card := written(t)
	w.clock.Advance(10 * time.Second)
	w.round(card)
	expect(w, card, outcome{reason: v1alpha1.ReasonReady})
	if w.asked["RevealCard"] != 1 || w.asked["apply Secret"] != 1 {
		t.Errorf("read %d times, written %d times", w.asked["RevealCard"], w.asked["apply Secret"])
	}
}

// A login that failed says nothing of what the account may see, and an issuer without a
// fingerprint is no place to ask for one.
func TestAHintThatWouldNotHelpIsNotGiven(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		lacks issuer.Feature
	}{
		"no login":       {&issuer.Error{Class: issuer.Unauthorized}, ""},
		"no fingerprint": {&issuer.Error{Class: issuer.Forbidden, Status: 403}, issuer.FeatureFingerprint},
		"another day":    {down(), ""},
	} {
		card := issuedCard(withSecret)
		w := newWorld(t, card)
		w.bank.cards, w.bank.lacks = []issuer.Card{remoteCard()}, map[issuer.Feature]bool{c.lacks: true}
		w.breaks("RevealCard", 0, c.err)
		w.round(card)
		got, _ := now(w, card)
		if told := engine.ConditionOf(got, v1alpha1.ConditionSecretReady); told == nil || strings.Contains(told.Message, "Fingerprint") {
			t.Errorf("%s: %+v", name, told)
		}
	}
}

// A card for a cardholder who is named by id has the name that the issuer lists.
func TestTheNameOnACardOfACardholderID(t *testing.T) {
	card := issuedCard(withSecret)
	card.Spec.Cardholder, card.Spec.CardholderID = nil, "h-9"
	w := newWorld(t, card)
	keepsPeople()(w)
	w.bank.cards = []issuer.Card{remoteCard(func(c *issuer.Card) { c.Holder = "John Doe" })}
	w.round(card)
	if got := string(secretData(w)[cardsecret.FieldCardholder]); got != "John Doe" {
		t.Errorf("%q", got)
	}
}

// What an issuer tells about the end of a code is presumed to be that; its interval bounds it.
func TestACodeIsAskedForAfterItsIntervalAtTheLatest(t *testing.T) {
	hours := func(n time.Duration) *metav1.Duration { return &metav1.Duration{Duration: n * time.Hour} }
	for name, c := range map[string]struct {
		interval   *metav1.Duration
		told, want time.Duration
	}{
		"told late":              {nil, 100, 100},
		"told late, of 72 hours": {hours(72), 100, 72},
		"told early":             {hours(72), 48, 48},
		"told nothing":           {nil, 0, 24},
		"told nothing, of 72":    {hours(72), 0, 24},
		"told nothing, of 5":     {hours(5), 0, 5},
	} {
		card := issuedCard(withSecret)
		card.Spec.CVVRotationInterval = c.interval
		w := newWorld(t, card)
		w.bank.cards, w.bank.also = []issuer.Card{remoteCard()}, []issuer.Feature{issuer.FeatureCVVRotation}
		if c.told > 0 {
			w.bank.secrets.ValidUntil = w.clock.Now().Add(c.told * time.Hour)
		}
		w.round(card)
		got, _ := now(w, card)
		if until := got.Status.Secret; until == nil || until.ValidUntil == nil || until.ValidUntil.Sub(w.clock.Now()).Round(time.Hour) != c.want*time.Hour {
			t.Errorf("%s: %+v", name, until)
		}
	}
}

// A number is written once it is known to be that card's, though the list tells no digits.
func TestANumberIsCheckedAgainstACardReadAlone(t *testing.T) {
	for name, c := range map[string]struct {
		world   func(*world)
		written bool
	}{
		"it is the card's":    {func(w *world) { w.bank.alone = remoteCard() }, true},
		"it is another one's": {func(w *world) { w.bank.alone = remoteCard(func(c *issuer.Card) { c.LastFour = "0007" }) }, false},
		"it cannot be read":   {fails("GetCard", 0, down()), false},
		"nobody tells digits": {func(*world) {}, true},
	} {
		t.Run(name, func(t *testing.T) {
			card := issuedCard(withSecret)
			w := newWorld(t, card)
			w.bank.cards = []issuer.Card{remoteCard(func(c *issuer.Card) { c.LastFour = "" })}
			c.world(w)
			w.round(card)
			if data := secretData(w); (len(data) != 0) != c.written || c.written && string(data[cardsecret.FieldLastFour]) != "4242" {
				t.Errorf("%v", data)
			}
		})
	}
}
