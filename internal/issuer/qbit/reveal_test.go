package qbit_test

import (
	"fmt"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
)

func TestSecretsInEverySpelling(t *testing.T) {
	for body, want := range map[string]string{
		`{"qbitCardNo":"4242424242424242","cvv":"123","expYear":"2030","expMonth":"01"}`:                                 "4242424242424242 123 2030 01",
		`{"data":{"cardNo":"4242 4242 4242 4242","cvv":"1234","expYear":30,"expMonth":9}}`:                               "4242424242424242 1234 30 9",
		`{"code":0,"message":"ok","data":{"cardNo":"424242424242","cvv":"000","expYear":"30","expMonth":"12","x":null}}`: "424242424242 000 30 12",
	} {
		s, err := newWorld(t, says(200, body)).client.RevealCard(t.Context(), "c")
		if got := fmt.Sprint(s.PAN.Reveal(), " ", s.CVV.Reveal(), " ", s.ExpYear.Reveal(), " ", s.ExpMonth.Reveal()); err != nil || got != want {
			t.Errorf("%s: %s, %v", body, got, err)
		}
	}
}

// A merchant must never be handed half a card.
func TestHalfACardIsMalformed(t *testing.T) {
	const row = `{"qbitCardNo":%q,"cvv":%q,"expYear":%q,"expMonth":%q}`
	for _, f := range [][4]any{
		{"", "123", "2030", "1"}, {"4242", "123", "2030", "1"}, {"42424242424242424242", "123", "2030", "1"},
		{"424242424242424x", "123", "2030", "1"}, {"4242424242424242", "", "2030", "1"}, {"4242424242424242", "12", "2030", "1"},
		{"4242424242424242", "12345", "2030", "1"}, {"4242424242424242", "12a", "2030", "1"}, {"4242424242424242", "123", "", "1"},
		{"4242424242424242", "123", "203", "1"}, {"4242424242424242", "123", "20x0", "1"}, {"4242424242424242", "123", "2030", ""},
		{"4242424242424242", "123", "2030", "0"}, {"4242424242424242", "123", "2030", "13"}, {"4242424242424242", "123", "2030", "001"},
	} {
		s, err := newWorld(t, says(200, fmt.Sprintf(row, f[0], f[1], f[2], f[3]))).client.RevealCard(t.Context(), "c")
		if !issuer.Is(err, issuer.Malformed) || !s.PAN.IsZero() || !s.CVV.IsZero() {
			t.Errorf("%v: %v", f, err)
		}
		showsNoCanary(t, err)
	}
	for _, body := range []string{`{"data":""}`, `{"data":"a b"}`, `{"data":7}`, `{"data":null}`, `{}`} {
		if s, err := newWorld(t, says(200, body)).client.CardFingerprint(t.Context(), "c"); !issuer.Is(err, issuer.Malformed) || !s.IsZero() {
			t.Errorf("fingerprint %s: %v", body, err)
		}
	}
}
