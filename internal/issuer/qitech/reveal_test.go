package qitech

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
)

func TestRevealing(t *testing.T) {
	answer := func(number, cvv, expiration string) string {
		return fmt.Sprintf(`{"printed_name":"A","card_number":%q,"cvv":%q,"expiration_date":%q,"valid_until":"2026-11-04T12:00:00Z"}`, number, cvv, expiration)
	}
	w := newWorld(t, says(200, answer(canaryPAN, "123", "09/31")))
	got, err := w.client.RevealCard(t.Context(), cardKey)
	if err != nil || got.PAN.Reveal() != canaryPAN || got.CVV.Reveal() != "123" || got.ExpMonth.Reveal() != "09" || got.ExpYear.Reveal() != "2031" ||
		!got.ValidUntil.Equal(epoch.Add(72*time.Hour)) {
		t.Errorf("%v", err)
	}
	for name, body := range map[string]string{
		"no number": answer("", "123", "09/31"), "letters": answer("4242abcd42424242", "123", "09/31"), "short": answer("42424242", "123", "09/31"),
		"long": answer(strings.Repeat("4", 20), "123", "09/31"), "no code": answer(canaryPAN, "", "09/31"), "code of letters": answer(canaryPAN, "12x", "09/31"),
		"month 13": answer(canaryPAN, "123", "13/31"), "month 00": answer(canaryPAN, "123", "00/31"), "no slash": answer(canaryPAN, "123", "0931x"),
		"no year": answer(canaryPAN, "123", "09/x1"), "empty": `{}`, "a list": `[]`,
	} {
		w := newWorld(t, says(200, body))
		if _, err := w.client.RevealCard(t.Context(), cardKey); !issuer.Is(err, issuer.Malformed) || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "4242") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.client.RevealCard(t.Context(), "x"); !issuer.Is(err, issuer.Invalid) {
		t.Error("a key that is none")
	}
	late := newWorld(t, says(200, strings.Replace(answer(canaryPAN, "123", "09/31"), "2026-11-04", "2027-11-04", 1)))
	if got, err := late.client.RevealCard(t.Context(), cardKey); err != nil || !got.ValidUntil.Equal(epoch.Add(72*time.Hour)) {
		t.Errorf("a code is believed for longer than the interval that cards are ordered with: %v, %v", got.ValidUntil, err)
	}
	none := newWorld(t, says(200, strings.Replace(answer(canaryPAN, "123", "09/31"), "2026-11-04T12:00:00Z", "soon", 1)))
	if got, err := none.client.RevealCard(t.Context(), cardKey); err != nil || !got.ValidUntil.IsZero() {
		t.Errorf("a time that cannot be read is none: %v", err)
	}
}

func TestIntervalsAreWholeHours(t *testing.T) {
	w := newWorld(t, says(200, `{}`))
	for wanted, want := range map[time.Duration]int64{0: 72, time.Minute: 1, time.Hour: 1, 90 * time.Minute: 2, 24 * time.Hour: 24} {
		if got := w.client.rotation(wanted); got != want {
			t.Errorf("%v: %d hours", wanted, got)
		}
	}
}

func TestTheProgramIsTheProduct(t *testing.T) {
	w := newWorld(t, says(500, ``))
	if bins, err := w.client.ListBINs(t.Context()); err != nil || len(bins) != 0 || len(w.requests()) != 0 {
		t.Errorf("%v, %v", bins, err)
	}
}
