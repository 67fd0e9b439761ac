package issuer

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxMessage bounds, in bytes, an issuer's text that reaches a condition or an Event.
const MaxMessage = 256

var (
	longNumber = regexp.MustCompile(`\p{Nd}[\p{Nd} ._-]{10,}\p{Nd}`)
	longSecret = regexp.MustCompile(`[A-Za-z0-9_+/=]{32,}`)
)

// Clean makes an issuer's text fit for a person's eyes: one line of printable
// characters, at most MaxMessage bytes, with everything that could be a card number or
// a credential removed.
func Clean(text string) string {
	if len(text) > 8*MaxMessage {
		text = text[:8*MaxMessage]
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return -1
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	text = longNumber.ReplaceAllString(text, redacted)
	text = longSecret.ReplaceAllString(text, redacted)
	return Truncate(text, MaxMessage)
}

// Truncate cuts at a rune boundary and marks the cut.
func Truncate(text string, limit int) string {
	const mark = "…"
	if len(text) <= limit {
		return text
	}
	cut := limit - len(mark)
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + mark
}
