package cardsecret

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

func secrets(pan, cvv, month, year string) issuer.CardSecrets {
	return issuer.CardSecrets{PAN: issuer.NewSensitive(pan), CVV: issuer.NewSensitive(cvv), ExpMonth: issuer.NewSensitive(month), ExpYear: issuer.NewSensitive(year)}
}

const pan = "4111111111111234"

func TestCheckTakesTheCardThatWasAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		secrets       issuer.CardSecrets
		lastFour, bin string
	}{
		"16 digits":                 {secrets(pan, "987", "12", "2029"), "1234", "411111"},
		"a BIN of eight":            {secrets(pan, "987", "12", "2029"), "1234", "41111111"},
		"a product for a BIN":       {secrets(pan, "987", "12", "2029"), "1234", "Mystery"},
		"short month and year":      {secrets(pan, "987", "1", "29"), "1234", ""},
		"15 digits and four of CVV": {secrets("378282246310005", "9876", "12", "29"), "0005", "378282"},
		"the issuer never said":     {secrets(pan, "987", "12", "29"), "", ""},
	} {
		if err := Check(c.secrets, c.lastFour, c.bin); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckRefusesWithoutQuoting(t *testing.T) {
	for name, c := range map[string]struct {
		why     string
		secrets issuer.CardSecrets
	}{
		"no number":         {"an empty Secret would look like a card", secrets("", "987", "12", "2029")},
		"a masked number":   {"a masked number cannot pay", secrets("411111******1234", "987", "12", "2029")},
		"too short":         {"no card number is that short", secrets("41111111234", "987", "12", "2029")},
		"too long":          {"no card number is that long", secrets("41111111111111111234", "987", "12", "2029")},
		"with spaces":       {"a form would refuse it", secrets("4111 1111 1111 1234", "987", "12", "2029")},
		"another card":      {"somebody else's card must not be handed out", secrets("4111111111119999", "987", "12", "2029")},
		"another BIN":       {"it is another card with the same end", secrets("4222221111111234", "987", "12", "2029")},
		"no code":           {"a card without its code cannot pay", secrets(pan, "", "12", "2029")},
		"a long code":       {"no code is that long", secrets(pan, "98765", "12", "2029")},
		"a code of letters": {"no code has letters", secrets(pan, "9x7", "12", "2029")},
		"no month":          {"a card without its expiry cannot pay", secrets(pan, "987", "", "2029")},
		"a date for month":  {"the fields were mixed up", secrets(pan, "987", "12/29", "2029")},
		"no year":           {"a card without its expiry cannot pay", secrets(pan, "987", "12", "")},
		"a long year":       {"no year is that long", secrets(pan, "987", "12", "20290")},
	} {
		t.Run(name, func(t *testing.T) {
			err := Check(c.secrets, "1234", "411111")
			if err == nil || !issuer.Is(err, issuer.Malformed) {
				t.Fatalf("%s: %v", c.why, err)
			}
			for _, part := range []issuer.Sensitive{c.secrets.PAN, c.secrets.CVV, c.secrets.ExpMonth, c.secrets.ExpYear} {
				if text := part.Reveal(); len(text) > 2 && strings.Contains(err.Error(), text) {
					t.Errorf("the error quotes %q: %v", text, err)
				}
			}
		})
	}
}

func TestContentIsSelectedAndRenamed(t *testing.T) {
	card := FromCard(secrets(pan, "987", "12", "2029"), "Ada Lovelace", "VISA")
	for name, c := range map[string]struct {
		why  string
		keys map[string]v1alpha1.SecretKey
		want map[string]string
	}{
		"all of them":  {"left out, all are written under their own names", nil, map[string]string{"pan": pan, "cvv": "987", "expMonth": "12", "expYear": "2029", "lastFour": "1234", "cardholder": "Ada Lovelace", "network": "VISA"}},
		"one, renamed": {"what is not named is not written", map[string]v1alpha1.SecretKey{"pan": "CARD_NUMBER"}, map[string]string{"CARD_NUMBER": pan}},
		"two, swapped": {"names may be anything", map[string]v1alpha1.SecretKey{"pan": "cvv", "cvv": "pan"}, map[string]string{"cvv": pan, "pan": "987"}},
		"not there":    {"a card has no fingerprint", map[string]v1alpha1.SecretKey{"fingerprint": "f", "lastFour": "l"}, map[string]string{"l": "1234"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[string]string{}
			for key, value := range card.data(c.keys) {
				got[key] = string(value)
			}
			if !maps.Equal(got, c.want) {
				t.Errorf("%s: keys %q", c.why, slices.Sorted(maps.Keys(got)))
			}
		})
	}
	if len(Content(nil).data(map[string]v1alpha1.SecretKey{"pan": "x"})) != 0 {
		t.Error("an emptied Secret is empty")
	}
}

func TestAFingerprintIsNoCard(t *testing.T) {
	got := FromFingerprint(issuer.NewSensitive("f-1"), "1234", "Ada", "VISA")
	for _, field := range []string{FieldPAN, FieldCVV, FieldExpMonth, FieldExpYear} {
		if _, there := got[field]; there {
			t.Errorf("mode Fingerprint never reveals %s", field)
		}
	}
	if got[FieldFingerprint].Reveal() != "f-1" || got[FieldLastFour].Reveal() != "1234" {
		t.Error("what the widget needs is there")
	}
}
