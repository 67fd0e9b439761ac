package interlace_test

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
)

// private is a CardPrivateInfo; the published vectors unless changed.
func private(change map[string]any) string {
	row := map[string]any{
		"pan": "85d68cc502b7a6c91414d85e2fdd89b18aa36241fde8df054dc325c6c695b89e", "cvv": "bca928a79e8d22aed7d3dc80add9af7b",
		"expYear": "7a71954afbdf04adfb833e959699eed3", "expMonth": "ecda9e1a496f44d35866b75409400922",
		"bin": "411111", "cardLastFour": "1111",
	}
	for k, v := range change {
		row[k] = v
	}
	text, _ := json.Marshal(row)
	return data(string(text))
}

// seal encrypts what the issuer would; pad replaces the padding where it is not nil.
func seal(t *testing.T, key, text string, pad []byte) string {
	t.Helper()
	block, err := aes.NewCipher([]byte(key))
	issuertest.Must(t, err)
	if pad == nil {
		n := aes.BlockSize - len(text)%aes.BlockSize
		pad = bytes.Repeat([]byte{byte(n)}, n)
	}
	plain := append([]byte(text), pad...)
	for at := 0; at < len(plain); at += aes.BlockSize {
		block.Encrypt(plain[at:], plain[at:at+aes.BlockSize])
	}
	return hex.EncodeToString(plain)
}

func TestThePublishedVectors(t *testing.T) {
	upper := strings.ToUpper("85d68cc502b7a6c91414d85e2fdd89b18aa36241fde8df054dc325c6c695b89e")
	for _, answer := range []string{private(nil), private(map[string]any{"pan": upper}), private(map[string]any{"bin": "41111111"})} {
		s, err := newWorld(t, says(200, answer)).client.RevealCard(t.Context(), "c-1")
		got := s.PAN.Reveal() + " " + s.CVV.Reveal() + " " + s.ExpYear.Reveal() + " " + s.ExpMonth.Reveal()
		if err != nil || got != "4111111111111111 123 2028 09" || !s.ValidUntil.IsZero() {
			t.Errorf("%v: %s", err, got)
		}
		if text := fmt.Sprintf("%v %+v %#v", s, s, s); strings.Contains(text, "4111") {
			t.Error("the number prints")
		}
	}
}

// Keys of every length that AES has.
func TestKeysOfEveryLength(t *testing.T) {
	for _, n := range []int{16, 24, 32} {
		key := strings.Repeat("k", n)
		answer := private(map[string]any{
			"pan": seal(t, key, "4111111111111111111", nil), "cvv": seal(t, key, "1234", nil),
			"expYear": seal(t, key, "28", nil), "expMonth": seal(t, key, "9", nil),
		})
		w := newWorld(t, says(200, answer), credentials(static(key)))
		if s, err := w.client.RevealCard(t.Context(), "c-1"); err != nil || s.PAN.Len() != 19 {
			t.Errorf("%d: %v", n, err)
		}
	}
}

// A secret that is no key, or the wrong one, is a matter of the credentials, and the
// Secret's key is named. The issuer is not asked where that is clear beforehand.
func TestSecretsThatAreNotTheKey(t *testing.T) {
	for name, c := range map[string]struct {
		secret string
		asked  int
	}{
		"none": {"", 0}, "too short": {"canary", 0}, "too long": {"canary" + strings.Repeat("k", 30), 0}, "wrong": {strings.Repeat("canary42", 4), 1},
	} {
		w := newWorld(t, says(200, private(nil)), credentials(static(c.secret)))
		s, err := w.client.RevealCard(t.Context(), "c-1")
		if !issuer.Is(err, issuer.Unauthorized) || !strings.Contains(err.Error(), "clientSecret") || len(w.All()) != c.asked || !s.PAN.IsZero() {
			t.Errorf("%s: %v after %d requests", name, err, len(w.All()))
		}
		showsNoCanary(t, err)
	}
}

// What decrypts to no digits, or has a padding that is none, was under another key.
func TestWhatDoesNotDecrypt(t *testing.T) {
	block := bytes.Repeat([]byte{aes.BlockSize}, aes.BlockSize)
	for name, cvv := range map[string]string{
		"letters": seal(t, secret, "12a", nil), "nothing": seal(t, secret, "", nil), "space": seal(t, secret, "12 ", nil),
		"padding 0":        seal(t, secret, "1234567890123", []byte{0, 0, 0}),
		"padding too long": seal(t, secret, "123", bytes.Repeat([]byte{17}, 13)),
		"padding mixed":    seal(t, secret, "1234567890123", []byte{2, 3, 3}),
		"padding short":    seal(t, secret, "123456789012345", []byte{2}),
		"two blocks pad":   seal(t, secret, "", append(block, block...)),
	} {
		s, err := newWorld(t, says(200, private(map[string]any{"cvv": cvv}))).client.RevealCard(t.Context(), "c-1")
		if !issuer.Is(err, issuer.Unauthorized) || !s.PAN.IsZero() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A merchant must never be handed half a card, nor another one.
func TestHalfACardIsMalformed(t *testing.T) {
	sealed := func(text string) string { return seal(t, secret, text, nil) }
	for name, change := range map[string]map[string]any{
		"no number": {"pan": nil}, "not hexadecimal": {"pan": strings.Repeat("g", 64)}, "odd": {"pan": strings.Repeat("a", 63)},
		"half a block": {"cvv": strings.Repeat("a", 16)}, "empty": {"cvv": ""}, "three blocks": {"pan": strings.Repeat("a", 96)},
		"a list": {"pan": []string{"a"}}, "short number": {"pan": sealed("41111111111")}, "long number": {"pan": sealed("41111111111111111111")},
		"short code": {"cvv": sealed("12")}, "long code": {"cvv": sealed("12345")}, "month 13": {"expMonth": sealed("13")}, "month 0": {"expMonth": sealed("0")},
		"year of 3": {"expYear": sealed("203")}, "other BIN": {"bin": "422222"}, "other end": {"cardLastFour": "1112"},
		"no BIN": {"bin": nil}, "short BIN": {"bin": "41111"}, "long BIN": {"bin": "411111111"}, "no end": {"cardLastFour": ""}, "end of 3": {"cardLastFour": "111"},
		"letters at the end": {"cardLastFour": "111x"},
	} {
		s, err := newWorld(t, says(200, private(change))).client.RevealCard(t.Context(), "c-1")
		if !issuer.Is(err, issuer.Malformed) || !s.PAN.IsZero() || !s.CVV.IsZero() || strings.Contains(err.Error(), "411111") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFingerprints(t *testing.T) {
	s, err := newWorld(t, says(200, data(`{"accessToken":"one-time"}`))).client.CardFingerprint(t.Context(), "c-1")
	if err != nil || s.Reveal() != "one-time" {
		t.Errorf("%v", err)
	}
	for _, answer := range []string{`{"accessToken":""}`, `{"accessToken":"a b"}`, `{"accessToken":7}`, `{}`, `null`, `"one-time"`} {
		if s, err := newWorld(t, says(200, data(answer))).client.CardFingerprint(t.Context(), "c-1"); !issuer.Is(err, issuer.Malformed) || !s.IsZero() {
			t.Errorf("%s: %v", answer, err)
		}
	}
}
