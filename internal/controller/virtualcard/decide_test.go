package virtualcard

import (
	"context"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/mirror"
	"github.com/card-operator/card-operator/internal/money"
)

func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	return engine.Explain(err).Reason
}

func TestDecideState(t *testing.T) {
	active, frozen := v1alpha1.CardActive, v1alpha1.CardFrozen
	for name, c := range map[string]struct {
		why    string
		wanted v1alpha1.CardState
		seen   issuer.State
		want   StateStep
		reason string
	}{
		"active as asked":       {"nothing to do", active, issuer.StateActive, StateKeep, ""},
		"active, asked frozen":  {"a freeze is sent", frozen, issuer.StateActive, StateFreeze, ""},
		"frozen as asked":       {"nothing to do", frozen, issuer.StateFrozen, StateKeep, ""},
		"frozen, asked active":  {"the freeze is lifted", active, issuer.StateFrozen, StateUnfreeze, ""},
		"frozen, nothing asked": {"Active is the default", "", issuer.StateFrozen, StateUnfreeze, ""},
		"active, nothing asked": {"Active is the default", "", issuer.StateActive, StateKeep, ""},
		"blocked":               {"the issuer's own block is never fought", active, issuer.StateControl, StateKeep, v1alpha1.ReasonControlled},
		"blocked, asked frozen": {"the issuer's own block is never fought", frozen, issuer.StateControl, StateKeep, v1alpha1.ReasonControlled},
		"closed":                {"nothing is ordered in its place", active, issuer.StateInactive, StateKeep, v1alpha1.ReasonClosed},
		"closed, asked frozen":  {"nothing is sent to a closed card", frozen, issuer.StateInactive, StateKeep, v1alpha1.ReasonClosed},
		"pending":               {"it is not there yet", frozen, issuer.StatePending, StateKeep, v1alpha1.ReasonPending},
		"a state of tomorrow":   {"what is not understood is not acted on", frozen, issuer.StateOther, StateKeep, v1alpha1.ReasonConflict},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decideState(c.wanted, c.seen)
			if got != c.want || reasonOf(err) != c.reason {
				t.Errorf("%s: got %s, %v", c.why, got, err)
			}
		})
	}
}

func TestDecideRetirement(t *testing.T) {
	for _, c := range []struct {
		why    string
		policy v1alpha1.CardDeletionPolicy
		seen   issuer.State
		want   string
	}{
		{"closing is the default", "", issuer.StateActive, retireClose},
		{"an active card is closed", v1alpha1.CardClose, issuer.StateActive, retireClose},
		{"a frozen card still holds money", v1alpha1.CardClose, issuer.StateFrozen, retireClose},
		{"a blocked card still holds money", v1alpha1.CardClose, issuer.StateControl, retireClose},
		{"a card that is to be may not stay", v1alpha1.CardClose, issuer.StatePending, retireClose},
		{"closed is done", v1alpha1.CardClose, issuer.StateInactive, retireDone},
		{"an active card is frozen", v1alpha1.CardFreeze, issuer.StateActive, retireFreeze},
		{"frozen is done", v1alpha1.CardFreeze, issuer.StateFrozen, retireDone},
		{"blocked can pay as little as frozen", v1alpha1.CardFreeze, issuer.StateControl, retireDone},
		{"a closed card cannot be frozen", v1alpha1.CardFreeze, issuer.StateInactive, retireDone},
		{"an unknown state may be able to pay", v1alpha1.CardFreeze, issuer.StateOther, retireFreeze},
		{"it stays as it is", v1alpha1.CardRetain, issuer.StateActive, retireDone},
	} {
		if got := decideRetirement(c.policy, c.seen); got != c.want {
			t.Errorf("%s (%s, %s): got %s, want %s", c.why, c.policy, c.seen, got, c.want)
		}
	}
}

// list is a directory with cards and nothing else.
type list struct {
	mirror.Source
	cards []issuer.Card
}

func (l list) ListCards(context.Context) ([]issuer.Card, error) { return l.cards, nil }

func picture(t *testing.T, cards ...issuer.Card) mirror.Cards {
	t.Helper()
	pic, err := mirror.New(list{cards: cards}, clock.NewFake(time.Unix(100, 0))).Cards(context.Background(), time.Unix(100, 0))
	if err != nil {
		t.Fatal(err)
	}
	return pic
}

func token(incarnation int64) string {
	return id.Token("fleet", "VirtualCard", "ads", "search", incarnation)
}

func tagged(cardID string, incarnation int64, state issuer.State) issuer.Card {
	return issuer.Card{ID: cardID, State: state, Label: id.Tag("search", token(incarnation), 64)}
}

func TestOwnCard(t *testing.T) {
	open, closed := issuer.StateActive, issuer.StateInactive
	for name, c := range map[string]struct {
		why       string
		cards     []issuer.Card
		from      int64
		recreated bool
		want      int64
		mine      string
		reason    string
	}{
		"none":                           {"it has to be ordered", nil, 0, true, 0, "", ""},
		"others' cards":                  {"another label is another's", []issuer.Card{{ID: "x", Label: "by hand"}}, 0, true, 0, "", ""},
		"one":                            {"it is found again", []issuer.Card{tagged("a", 0, open)}, 0, true, 0, "a", ""},
		"a frozen one":                   {"frozen is not closed", []issuer.Card{tagged("a", 0, issuer.StateFrozen)}, 0, true, 0, "a", ""},
		"a closed one, created again":    {"another card is wanted", []issuer.Card{tagged("a", 0, closed)}, 0, true, 1, "", ""},
		"a closed one, status lost":      {"nothing is ordered in its place", []issuer.Card{tagged("a", 0, closed)}, 0, false, 0, "a", ""},
		"closed, then open":              {"the later one is the one", []issuer.Card{tagged("a", 0, closed), tagged("b", 1, open)}, 0, false, 1, "b", ""},
		"closed twice, created again":    {"the next one", []issuer.Card{tagged("a", 0, closed), tagged("b", 1, closed)}, 0, true, 2, "", ""},
		"closed twice, status lost":      {"it keeps the last one", []issuer.Card{tagged("a", 0, closed), tagged("b", 1, closed)}, 0, false, 1, "b", ""},
		"from a later one":               {"earlier ones are history", []issuer.Card{tagged("a", 0, open)}, 1, true, 1, "", ""},
		"two open ones":                  {"which of them is for a person", []issuer.Card{tagged("a", 0, open), tagged("b", 0, open)}, 0, true, 0, "", v1alpha1.ReasonConflict},
		"one open, one closed, the same": {"the open one is the one", []issuer.Card{tagged("a", 0, closed), tagged("b", 0, open)}, 0, true, 0, "b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			incarnation, mine, err := ownCard(picture(t, c.cards...), token, c.from, c.recreated)
			got := ""
			if mine != nil {
				got = mine.ID
			}
			if incarnation != c.want || got != c.mine || reasonOf(err) != c.reason {
				t.Errorf("%s: incarnation %d, card %q, %v", c.why, incarnation, got, err)
			}
		})
	}
}

func TestAClosedCardOfAnEarlierObjectMakesRoom(t *testing.T) {
	created := time.Unix(10_000, 0)
	made := func(cardID string, incarnation int64, state issuer.State, age time.Duration) issuer.Card {
		card := tagged(cardID, incarnation, state)
		card.CreatedAt = created.Add(-age)
		return card
	}
	open, closed := issuer.StateActive, issuer.StateInactive
	for name, c := range map[string]struct {
		why   string
		cards []issuer.Card
		want  int64
		mine  string
	}{
		"its own":                {"nothing is ordered in its place", []issuer.Card{made("a", 0, closed, -time.Minute)}, 0, "a"},
		"an earlier one's":       {"this object never had a card", []issuer.Card{made("a", 0, closed, time.Minute)}, 1, ""},
		"nearly the same time":   {"clocks differ; in doubt it is its own", []issuer.Card{made("a", 0, closed, 4*time.Second)}, 0, "a"},
		"a time that nobody has": {"in doubt it is its own", []issuer.Card{tagged("a", 0, closed)}, 0, "a"},
		"an open one":            {"it was left by deletionPolicy Retain and is found again", []issuer.Card{made("a", 0, open, time.Hour)}, 0, "a"},
		"earlier, then its own":  {"it keeps its own", []issuer.Card{made("a", 0, closed, time.Hour), made("b", 1, closed, -time.Minute)}, 1, "b"},
		"two earlier ones":       {"the next one", []issuer.Card{made("a", 0, closed, time.Hour), made("b", 1, closed, time.Minute)}, 2, ""},
		"one of two is its own":  {"in doubt it is its own", []issuer.Card{made("a", 0, closed, time.Hour), made("b", 0, closed, -time.Minute)}, 0, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			card := &v1alpha1.VirtualCard{ObjectMeta: metav1.ObjectMeta{Namespace: "ads", Name: "search", CreationTimestamp: metav1.NewTime(created)}}
			rd := &round{card: card, account: &account.Account{OwnerID: "fleet"}}
			incarnation, mine, err := rd.ownCard(picture(t, c.cards...), false)
			got := ""
			if mine != nil {
				got = mine.ID
			}
			if incarnation != c.want || got != c.mine || err != nil {
				t.Errorf("%s: incarnation %d, card %q, %v", c.why, incarnation, got, err)
			}
		})
	}
}

func TestOffered(t *testing.T) {
	bins := []issuer.BIN{{BIN: "493193", ID: "p-2", Type: issuer.Prepaid}, {BIN: "414631", Type: issuer.BudgetCard}, {BIN: "400000", Type: issuer.Prepaid}, {BIN: "493193", ID: "p-1", Type: issuer.Prepaid}}
	if got, err := offered(bins, issuer.Prepaid, "493193"); err != nil || got.BIN != "493193" || got.ID != "p-1" {
		t.Errorf("it is offered, and of two products of one BIN always the same is taken: %+v, %v", got, err)
	}
	_, err := offered(bins, issuer.Prepaid, "414631")
	if reasonOf(err) != v1alpha1.ReasonUnknownBIN || !strings.HasSuffix(err.Error(), "it offers: 400000, 493193") {
		t.Errorf("a BIN of another type of card is not offered; the choice is said once and in order: %v", err)
	}
	if _, err := offered(nil, issuer.Prepaid, "493193"); reasonOf(err) != v1alpha1.ReasonUnknownBIN {
		t.Error("nothing offered is nothing to order")
	}
}

func TestUnsupportedNamesTheField(t *testing.T) {
	for field, c := range map[string]struct {
		feature issuer.Feature
		spec    v1alpha1.VirtualCardSpec
	}{
		"spec.type: Prepaid":            {issuer.FeaturePrepaidCards, v1alpha1.VirtualCardSpec{Type: v1alpha1.CardTypePrepaid}},
		"spec.type: Budget":             {issuer.FeatureBudgetCards, v1alpha1.VirtualCardSpec{Type: v1alpha1.CardTypeBudget}},
		"spec.funding":                  {issuer.FeatureFunding, v1alpha1.VirtualCardSpec{Funding: "0"}},
		"spec.hold":                     {issuer.FeatureHolds, v1alpha1.VirtualCardSpec{Hold: "1"}},
		"spec.limits":                   {issuer.FeatureLimits, v1alpha1.VirtualCardSpec{Limits: []v1alpha1.SpendingLimit{{}}}},
		"spec.scenario":                 {issuer.FeatureScenarios, v1alpha1.VirtualCardSpec{Scenario: "TikTok"}},
		"spec.cardholderId":             {issuer.FeatureCardholderIDs, v1alpha1.VirtualCardSpec{CardholderID: "x"}},
		"spec.cvvRotationInterval":      {issuer.FeatureCVVRotation, v1alpha1.VirtualCardSpec{CVVRotationInterval: &metav1.Duration{}}},
		"spec.state: Frozen":            {issuer.FeatureFreeze, v1alpha1.VirtualCardSpec{State: v1alpha1.CardFrozen}},
		"spec.secret.otp":               {issuer.FeatureOTP, v1alpha1.VirtualCardSpec{Secret: &v1alpha1.CardSecretSpec{OTP: true}}},
		"spec.secret.mode: Fingerprint": {issuer.FeatureFingerprint, v1alpha1.VirtualCardSpec{Secret: &v1alpha1.CardSecretSpec{Mode: v1alpha1.SecretModeFingerprint}}},
		"spec.secret:":                  {issuer.FeatureReveal, v1alpha1.VirtualCardSpec{Secret: &v1alpha1.CardSecretSpec{}}},
		"spec.secret: ":                 {issuer.FeatureReveal, v1alpha1.VirtualCardSpec{Secret: &v1alpha1.CardSecretSpec{Mode: v1alpha1.SecretModeCard}}},
	} {
		t.Run(field, func(t *testing.T) {
			everything := map[issuer.Feature]bool{}
			for _, f := range []issuer.Feature{issuer.FeaturePrepaidCards, issuer.FeatureBudgetCards, issuer.FeatureFunding, issuer.FeatureHolds, issuer.FeatureLimits,
				issuer.FeatureScenarios, issuer.FeatureCardholderIDs, issuer.FeatureCVVRotation, issuer.FeatureFreeze, issuer.FeatureOTP, issuer.FeatureFingerprint, issuer.FeatureReveal} {
				everything[f] = true
			}
			can := issuer.Capabilities{Name: "Qbit v1", Features: everything}
			if err := unsupported(c.spec, can); err != nil {
				t.Errorf("an issuer that can do it is asked: %v", err)
			}
			everything[c.feature] = false
			err := unsupported(c.spec, can)
			if reasonOf(err) != v1alpha1.ReasonUnsupported || !strings.HasPrefix(err.Error(), strings.TrimSpace(field)) || !strings.Contains(err.Error(), "Qbit v1") {
				t.Errorf("field and issuer are named before any call is made: %v", err)
			}
		})
	}
	if err := unsupported(v1alpha1.VirtualCardSpec{State: v1alpha1.CardActive}, issuer.Capabilities{}); err != nil {
		t.Errorf("what is not asked for is not missed: %v", err)
	}
}

func TestCheckOpening(t *testing.T) {
	for _, c := range []struct {
		why              string
		funding, opening string
		ok               bool
	}{
		{"nothing asked, nothing needed", "", "0", true},
		{"exactly as much", "10", "10.00", true},
		{"more", "10.01", "10", true},
		{"a cent too little", "9.99", "10", false},
		{"money that was left out would be put in unasked", "", "10", false},
		{"no amount", "ten", "0", false},
	} {
		err := checkOpening(v1alpha1.VirtualCardSpec{Funding: v1alpha1.Amount(c.funding)}, "493193", money.Must(c.opening))
		if (err == nil) != c.ok || !c.ok && (reasonOf(err) != v1alpha1.ReasonInvalidSpec || !strings.HasPrefix(err.Error(), "spec.funding:")) {
			t.Errorf("%s: %v", c.why, err)
		}
	}
}

func TestObjectionsNameEveryField(t *testing.T) {
	err := objections([]issuer.FieldProblem{{Field: "spec.cardholder.firstName", Reason: "100% too long"}, {Field: "spec.bin", Reason: "sold out"}})
	if err.Error() != "spec.cardholder.firstName: 100% too long; spec.bin: sold out" || reasonOf(err) != v1alpha1.ReasonInvalidSpec {
		t.Errorf("an issuer's text is no format: %v", err)
	}
}

func TestLabelDiffers(t *testing.T) {
	cannot, can := issuer.Capabilities{MaxLabel: 64}, issuer.Capabilities{MaxLabel: 64, Features: map[issuer.Feature]bool{issuer.FeatureRelabel: true}}
	for name, c := range map[string]struct {
		why    string
		label  string
		extern string
		remote string
		can    issuer.Capabilities
		want   bool
	}{
		"as ordered":                   {"it is the object's name", "", "", id.Tag("search", token(0), 64), cannot, false},
		"label changed":                {"the issuer cannot change it", "new", "", id.Tag("search", token(0), 64), cannot, true},
		"label changed, issuer can":    {"then it is changed", "new", "", id.Tag("search", token(0), 64), can, false},
		"label as asked":               {"it is as asked", "new", "", id.Tag("new", token(0), 64), cannot, false},
		"in the issuer's upper case":   {"it is as asked", "new", "", strings.ToUpper(id.Tag("new", token(0), 64)) + " ", cannot, false},
		"upper case, label changed":    {"the issuer cannot change it", "new", "", strings.ToUpper(id.Tag("search", token(0), 64)), cannot, true},
		"another's token":              {"it is not ours to name", "new", "", id.Tag("search", token(7), 64), cannot, false},
		"no token":                     {"it is not ours to name", "new", "", "by hand", cannot, false},
		"adopted, no label asked":      {"an adopted card keeps its label", "", "x", "by hand", cannot, false},
		"adopted, another label":       {"the issuer cannot change it", "new", "x", "by hand", cannot, true},
		"adopted, that very label":     {"it is as asked", "by hand", "x", "by hand", cannot, false},
		"adopted, another, issuer can": {"then it is changed", "new", "x", "by hand", can, false},
	} {
		t.Run(name, func(t *testing.T) {
			card := &v1alpha1.VirtualCard{ObjectMeta: metav1.ObjectMeta{Namespace: "ads", Name: "search"}}
			card.Spec.Label, card.Spec.ExternalID = c.label, c.extern
			rd := &round{card: card, account: &account.Account{OwnerID: "fleet"}, remote: issuer.Card{Label: c.remote}}
			if got := rd.labelDiffers(c.can); got != c.want {
				t.Errorf("%s: got %v", c.why, got)
			}
		})
	}
}

func TestSecretNameIsTheCardsUnlessTheSpecSaysSo(t *testing.T) {
	card := &v1alpha1.VirtualCard{ObjectMeta: metav1.ObjectMeta{Name: "search"}}
	if secretName(card) != "" {
		t.Error("no Secret is asked for")
	}
	card.Spec.Secret = &v1alpha1.CardSecretSpec{}
	if secretName(card) != "search" {
		t.Error("the card's name is the default")
	}
	card.Spec.Secret.Name = "pay"
	if secretName(card) != "pay" {
		t.Error("the spec says so")
	}
}
