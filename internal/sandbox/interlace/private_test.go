package interlace_test

import (
	"crypto/aes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/sandbox/interlace"
)

// open decrypts as the developer pages say.
func open(t *testing.T, key, text string) string {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw)%aes.BlockSize != 0 || text != strings.ToLower(text) {
		t.Fatalf("%q is not encrypted", text)
	}
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(raw); at += aes.BlockSize {
		block.Decrypt(raw[at:], raw[at:at+aes.BlockSize])
	}
	return string(raw[:len(raw)-int(raw[len(raw)-1])])
}

func TestACardIsRevealedUnderTheSecret(t *testing.T) {
	w := newWorld(t)
	id := w.card("ref", "10")
	card, err := w.book.Card(id)
	if err != nil {
		t.Fatal(err)
	}
	logged := read[grant](w, w.exchange(w.code())).AccessToken
	for _, with := range []string{token, logged} {
		got := w.as(with, "GET", "/cards/"+id+"?accountId="+account, "")
		row := read[map[string]string](w, got)
		for field, want := range map[string]string{
			"pan": card.PAN.Reveal(), "cvv": card.CVV.Reveal(), "expYear": "2029", "expMonth": "11",
		} {
			if plain := open(t, secret, row[field]); plain != want {
				t.Errorf("%s is %q, want %q", field, plain, want)
			}
		}
		if row["bin"] != "493193" || row["cardLastFour"] != card.LastFour || strings.Contains(got.text, card.PAN.Reveal()) {
			t.Errorf("row is %v", row)
		}
	}
	if got := read[map[string]string](w, w.call("GET", "/cards/"+id+"/private-info/access-token?accountId="+account, "")); len(got["accessToken"]) != 40 {
		t.Errorf("the token is %v", got)
	}
	w.call("DELETE", "/cards/"+id, "")
	w.refused(w.call("GET", "/cards/"+id, ""), interlace.CodeCardInactive)
	w.refused(w.call("GET", "/cards/"+id+"/private-info/access-token", ""), interlace.CodeCardInactive)
}

func TestWithoutASecretNothingIsRevealed(t *testing.T) {
	w := with(t, func(o *interlace.Options) { o.Clients = nil })
	got := w.call("GET", "/cards/"+w.card("ref", "10"), "")
	w.refused(got, interlace.CodeParameter)
}
