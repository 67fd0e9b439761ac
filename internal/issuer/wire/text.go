package wire

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of an issuer's texts, in bytes.
const (
	maxID = 128
	// MaxText is the longest text that is kept. Nothing that this operator looks for is
	// longer.
	MaxText = 512
	// maxShort bounds what is copied into the status of a CardIssuer a thousand times, and
	// maxCurrency is what the CRDs allow.
	maxShort    = 64
	maxCurrency = 8
	maxToken    = 4096
)

// ValidID admits what may come back to the issuer in a path, a query or a list of ids.
func ValidID(id string) bool {
	return id != "" && id != "." && id != ".." && len(id) <= maxID && utf8.ValidString(id) &&
		!strings.ContainsFunc(id, func(r rune) bool { return r == ',' || unicode.IsSpace(r) || !unicode.IsPrint(r) })
}

// OptionalID is ValidID for ids that an object may lack.
func OptionalID(id string) bool { return id == "" || ValidID(id) }

// IDField is an id and the field that it came in.
type IDField struct {
	name string
	id   Ident
}

// Optional is an id that a row may lack, for RowIDs.
func Optional(name string, id Ident) IDField { return IDField{name, id} }

// NeedID refuses an id that could not be sent back. The error names the field.
func NeedID(field string, id Ident) error {
	if !ValidID(string(id)) {
		return BadField(field)
	}
	return nil
}

// RowIDs checks the id of a row, and those that it may lack.
func RowIDs(id Ident, others ...IDField) error {
	for _, o := range others {
		if !OptionalID(string(o.id)) {
			return BadField(o.name)
		}
	}
	return NeedID("id", id)
}

// ValidToken admits credentials, codes and tokens: printable ASCII without spaces.
func ValidToken(s string) bool {
	return s != "" && len(s) <= maxToken &&
		!strings.ContainsFunc(s, func(r rune) bool { return r <= 0x20 || r > 0x7e })
}

// Clip bounds a text to MaxText.
func Clip(s string) string { return clipTo(s, MaxText) }

// Short bounds a text of which many are copied into one status.
func Short(s string) string { return clipTo(s, maxShort) }

// Currency bounds a currency's code.
func Currency(s string) string { return clipTo(s, maxCurrency) }

func clipTo(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "")
}

// LastFour keeps the last four digits of whatever the issuer calls so: a whole card number
// must not slip through.
func LastFour(s string) string {
	if len(s) < 4 {
		return ""
	}
	s = s[len(s)-4:]
	if !Digits(s) {
		return ""
	}
	return s
}

// maxBIN is how many digits a BIN has at most.
const maxBIN = 8

// BIN keeps what an issuer calls so, unless it has more digits than a BIN: it is shown, and a card
// number must not be.
func BIN(s string) string {
	digits := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	if digits > maxBIN {
		return ""
	}
	return Short(s)
}

// Digits reports whether s is made of the digits 0 to 9, at least one.
func Digits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// Scrub removes what we know to be secret from an issuer's message. Short texts are left
// alone: removing them would tell where they stood.
func Scrub(message string, secrets []string) string {
	for _, s := range secrets {
		if len(s) >= 4 {
			message = strings.ReplaceAll(message, s, "[redacted]")
		}
	}
	return message
}
