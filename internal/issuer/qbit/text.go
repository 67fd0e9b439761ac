package qbit

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/card-operator/card-operator/internal/money"
)

// Bounds of an issuer's texts.
const (
	maxID    = 128
	maxText  = 512
	maxToken = 4096
)

// errShape says that a JSON value is of another kind than documented. It never quotes
// the value.
var errShape = errors.New("a field of the answer is not of the documented type")

// text is a JSON string, or a number taken for its digits; null is empty.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		*t = ""
		return nil
	case len(b) > 0 && b[0] == '"':
		var s string
		if json.Unmarshal(b, &s) != nil {
			return errShape
		}
		*t = text(clip(s))
		return nil
	}
	var n json.Number
	if json.Unmarshal(b, &n) != nil {
		return errShape
	}
	*t = text(n)
	return nil
}

// count is a whole JSON number, or a string holding one; null is unknown.
type count struct {
	n     int64
	known bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *count) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	n, err := strconv.ParseInt(string(bytes.Trim(b, `"`)), 10, 64)
	if err != nil || n < 0 {
		return errShape
	}
	*c = count{n: n, known: true}
	return nil
}

// instant is an ISO 8601 time (§3); null and "" are the zero time, and so is a text that
// is none: nothing is decided by it, and it must not spoil a list.
type instant struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (i *instant) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil {
		return errShape
	}
	if s == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err == nil {
		i.Time = t.UTC()
	}
	return nil
}

// amount is a money amount that the document always gives: an absent one is an error,
// not 0.
type amount struct {
	value money.Amount
	known bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *amount) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	a.known = true
	if a.value.UnmarshalJSON(b) != nil {
		return errShape
	}
	return nil
}

// validID admits what may come back to the issuer in a path, a query or a list of ids.
func validID(id string) bool {
	return id != "" && id != "." && id != ".." && len(id) <= maxID && utf8.ValidString(id) &&
		!strings.ContainsFunc(id, func(r rune) bool { return r == ',' || unicode.IsSpace(r) || !unicode.IsPrint(r) })
}

// optionalID is validID for ids that an object may lack.
func optionalID(id string) bool { return id == "" || validID(id) }

// validToken admits credentials, codes and tokens: printable ASCII without spaces.
func validToken(s string) bool {
	return s != "" && len(s) <= maxToken &&
		!strings.ContainsFunc(s, func(r rune) bool { return r <= 0x20 || r > 0x7e })
}

// clip bounds a text. Nothing that this operator looks for is longer.
func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "")
}

// lastFour keeps the last four digits of whatever the issuer calls so: a whole card
// number must not slip through.
func lastFour(s string) string {
	if len(s) < 4 {
		return ""
	}
	s = s[len(s)-4:]
	if !digits(s) {
		return ""
	}
	return s
}

func digits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// scrub removes what we know to be secret from an issuer's message. Short texts are left
// alone: removing them would tell where they stood.
func scrub(message string, secrets []string) string {
	for _, s := range secrets {
		if len(s) >= 4 {
			message = strings.ReplaceAll(message, s, "[redacted]")
		}
	}
	return message
}
