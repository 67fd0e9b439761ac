package issuer_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/card-operator/card-operator/internal/issuer"
)

func TestClean(t *testing.T) {
	for name, c := range map[string]struct{ why, in, want string }{
		"plain words":       {"words stay", "insufficient funds (code 17)", "insufficient funds (code 17)"},
		"a card number":     {"no condition shows a card number", "card 4111111111111111 declined", "card [redacted] declined"},
		"with dashes":       {"nor one written with dashes", "card 4111-1111-1111-1111 declined", "card [redacted] declined"},
		"with spaces":       {"nor one written with spaces", "card 4111 1111 1111 1111 declined", "card [redacted] declined"},
		"with odd spaces":   {"nor one hidden behind odd spaces", "4111\u00a01111\t1111\n1111", "[redacted]"},
		"with zero widths":  {"nor one hidden behind invisible characters", "4111\u200b1111\u200b1111\u200b1111", "[redacted]"},
		"with broken bytes": {"nor one hidden behind broken bytes", "4111\xff1111\xff1111\xff1111", "[redacted]"},
		"twelve digits":     {"the shortest card number has twelve", "411111111111", "[redacted]"},
		"eleven digits":     {"what is shorter may be said", "41111111111", "41111111111"},
		"a BIN":             {"a BIN is public", "BIN 493193", "BIN 493193"},
		"a long secret":     {"a token is no message", "token " + strings.Repeat("aB3_", 8), "token [redacted]"},
		"31 characters":     {"words may be long", strings.Repeat("a", 31), strings.Repeat("a", 31)},
		"a UUID":            {"ids are for asking the issuer", "id 599a83b8-b1d8-4da9-b7e6-44e37b4dc25d", "id 599a83b8-b1d8-4da9-b7e6-44e37b4dc25d"},
		"control bytes":     {"a terminal must not be told what to do", "a\x1b[31mb\x00c\x7f", "a[31mbc"},
		"many lines":        {"one line", " a\r\n\n b\t c ", "a b c"},
		"another script":    {"the issuer may be Chinese", "余额不足", "余额不足"},
		"nothing":           {"nothing stays nothing", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := issuer.Clean(c.in); got != c.want {
				t.Errorf("%s: Clean(%q) = %q, want %q", c.why, c.in, got, c.want)
			}
		})
	}
}

// Whatever an issuer sends: one short line that a terminal and the API server take, and
// nothing in it that could be a card number or a credential. Cleaning twice is cleaning
// once.
func TestCleanHoldsForAnyText(t *testing.T) {
	number, secret := regexp.MustCompile(`[0-9]([ -]?[0-9]){11,}`), regexp.MustCompile(`[A-Za-z0-9_+/=]{32,}`)
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9 -]{0,24}`), rapid.StringMatching(`[A-Za-z0-9_+/=]{0,60}`), rapid.Just("\xff\x00\n"))
		text := strings.Join(rapid.SliceOfN(part, 0, 30).Draw(t, "parts"), "")
		got := issuer.Clean(text)
		switch {
		case len(got) > issuer.MaxMessage:
			t.Fatalf("%d bytes", len(got))
		case !utf8.ValidString(got):
			t.Fatalf("%q is no UTF-8", got)
		case strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }):
			t.Fatalf("%q is not printable", got)
		case number.MatchString(got):
			t.Fatalf("%q holds a number", got)
		case secret.MatchString(got):
			t.Fatalf("%q holds a secret", got)
		case issuer.Clean(got) != got:
			t.Fatalf("%q becomes %q", got, issuer.Clean(got))
		}
	})
}

func TestTruncateCutsBetweenRunes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, limit := rapid.String().Draw(t, "text"), rapid.IntRange(3, 40).Draw(t, "limit")
		got := issuer.Truncate(text, limit)
		if len(got) > limit || !utf8.ValidString(got) {
			t.Fatalf("Truncate(%q, %d) = %q", text, limit, got)
		}
		if len(text) <= limit && got != text {
			t.Fatalf("%q fits and became %q", text, got)
		}
		if len(text) > limit && (!strings.HasSuffix(got, "…") || !strings.HasPrefix(text, strings.TrimSuffix(got, "…"))) {
			t.Fatalf("the cut of %q is not marked: %q", text, got)
		}
	})
}
