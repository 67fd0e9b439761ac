package qbit

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/card-operator/card-operator/internal/money"
)

// Bounds of an issuer's texts.
const (
	maxID   = 128
	maxText = 512
	// maxShort bounds what is copied into the status of a CardIssuer a thousand times, and
	// maxCurrency is what the CRDs allow.
	maxShort    = 64
	maxCurrency = 8
	maxToken    = 4096
)

// errShape says that a JSON value is of another kind than documented. It never quotes
// the value.
var errShape = errors.New("a field of the answer is not of the documented type")

// wrongType is how a type of this package says so to encoding/json, which adds the name
// of the field for decode.
func wrongType() error {
	return &json.UnmarshalTypeError{Value: "value", Type: reflect.TypeFor[string]()}
}

// ident is an id: a JSON string, or a whole number taken for its digits; null is empty.
type ident string

// UnmarshalJSON implements json.Unmarshaler.
func (i *ident) UnmarshalJSON(b []byte) error {
	var s *string
	switch {
	case digits(string(b)):
		*i = ident(b)
	case json.Unmarshal(b, &s) != nil:
		return wrongType()
	case s != nil:
		*i = ident(*s)
	}
	return nil
}

// lenient is a field that neither identity nor money depends on: one that cannot be read
// is empty, and does not spoil its list.
type lenient[T any] struct{ value T }

// UnmarshalJSON implements json.Unmarshaler.
func (l *lenient[T]) UnmarshalJSON(b []byte) error {
	var v T
	if json.Unmarshal(b, &v) == nil {
		l.value = v
	}
	return nil
}

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

// word is a text that identity or money depends on. Its error becomes one that names the
// field.
type word text

// UnmarshalJSON implements json.Unmarshaler.
func (w *word) UnmarshalJSON(b []byte) error {
	if (*text)(w).UnmarshalJSON(b) != nil {
		return wrongType()
	}
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
		return wrongType()
	}
	*c = count{n: n, known: true}
	return nil
}

// instant is an ISO 8601 time (§3), or seconds or milliseconds since 1970. What cannot be
// read, or lacks its zone, is the zero time: a guess could make a card look older than
// the object that it belongs to.
type instant struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (i *instant) UnmarshalJSON(b []byte) error {
	s := string(bytes.Trim(b, `"`))
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		i.Time = t.UTC()
	} else if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		i.Time = sinceEpoch(n)
	}
	return nil
}

// sinceEpoch tells seconds from milliseconds by their size: both are of 2001 to 2286.
func sinceEpoch(n int64) time.Time {
	const least, most = 1_000_000_000, 9_999_999_999
	switch {
	case n >= least && n <= most:
		return time.Unix(n, 0).UTC()
	case n >= least*1000 && n <= most*1000:
		return time.UnixMilli(n).UTC()
	}
	return time.Time{}
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
		return wrongType()
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
func clip(s string) string { return clipTo(s, maxText) }

func clipTo(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "")
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
