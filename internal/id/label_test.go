package id_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/card-operator/card-operator/internal/id"
)

func TestATokenIsFoundBehindAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		token := id.Token("o", "VirtualCard", "n", rapid.String().Draw(t, "name"), 0)
		text := rapid.String().Draw(t, "text")
		limit := rapid.IntRange(id.TokenLength+8, 80).Draw(t, "limit")
		for _, closed := range []bool{false, true} {
			label := id.Tag(text, token, limit)
			if closed {
				label = id.TagClosed(text, token, limit)
			}
			got, wasClosed, found := id.TokenIn(label)
			if !found || got != token || wasClosed != closed {
				t.Fatalf("TokenIn(%q) = %q, %v, %v", label, got, wasClosed, found)
			}
			if len(label) > limit && text != "" {
				t.Fatalf("%q is longer than %d bytes", label, limit)
			}
			if utf8.ValidString(text) && !utf8.ValidString(label) {
				t.Fatalf("%q was cut within a rune", label)
			}
		}
	})
}

func TestWithoutRoomForAWordTheTokenStandsAlone(t *testing.T) {
	token := id.Token("o", "VirtualCard", "n", "x", 0)
	for room, want := range map[int]string{0: token, 1: token, 3: token, 4: "sear-" + token} {
		if got := id.Tag("search ads", token, len(token)+1+room); got != want {
			t.Errorf("room for %d: %q", room, got)
		}
	}
}

func TestPlainLabelsHoldNoToken(t *testing.T) {
	for _, label := range []string{"", "marketing", "默认", "a-b-c", "Search International", strings.Repeat("\u212a", 13), strings.Repeat("\u017f", 13), "xabcdefghijklmn", "x-abcdefghijk18"} {
		if token, _, found := id.TokenIn(label); found {
			t.Errorf("TokenIn(%q) found %q", label, token)
		}
	}
}

// Issuers keep names in upper case, in the case of titles or at a fixed length.
func TestATokenIsFoundHoweverItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		token := id.Token("o", "VirtualCard", "n", rapid.String().Draw(t, "name"), 0)
		label, closed := id.Tag(rapid.String().Draw(t, "text"), token, 80), rapid.Bool().Draw(t, "closed")
		if closed {
			label = id.TagClosed("", token, 80)
		}
		var shown strings.Builder
		for _, c := range label {
			if c < utf8.RuneSelf && rapid.Bool().Draw(t, "upper") {
				c = unicode.ToUpper(c)
			}
			shown.WriteRune(c)
		}
		padded := rapid.SampledFrom([]string{"", " ", "\t"}).Draw(t, "before") + shown.String() + rapid.SampledFrom([]string{"", "  ", "\n"}).Draw(t, "after")
		got, wasClosed, found := id.TokenIn(padded)
		if !found || got != token || wasClosed != closed {
			t.Fatalf("TokenIn(%q) = %q, %v, %v", padded, got, wasClosed, found)
		}
		if utf8.ValidString(label) && !id.SameLabel(label, padded) {
			t.Fatalf("%q is shown as %q", label, padded)
		}
	})
}

// A word of a person's may have a token's form. It is no object's.
func TestAWordIsNobodysToken(t *testing.T) {
	for _, label := range []string{"ads-international", "ads-INTERNATIONAL", "International"} {
		if token, closed, found := id.TokenIn(label); !found || closed || token != "international" {
			t.Errorf("TokenIn(%q) = %q, %v, %v", label, token, closed, found)
		}
	}
	for _, label := range []string{"ads-closed", "CLOSED", "-closed", "ads-internationa1-closed"} {
		if token, closed, found := id.TokenIn(label); found || closed {
			t.Errorf("TokenIn(%q) = %q, %v, %v", label, token, closed, found)
		}
	}
	if id.SameLabel("search-abc", "search-abd") {
		t.Error("another label is another label")
	}
}
