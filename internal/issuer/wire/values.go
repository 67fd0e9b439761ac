package wire

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// Ident is an id: a JSON string, or a whole number taken for its digits; null is empty.
type Ident string

// UnmarshalJSON implements json.Unmarshaler.
func (i *Ident) UnmarshalJSON(b []byte) error {
	var s *string
	switch {
	case Digits(string(b)):
		*i = Ident(b)
	case json.Unmarshal(b, &s) != nil:
		return wrongType()
	case s != nil:
		*i = Ident(*s)
	}
	return nil
}

// Lenient is a field that neither identity nor money depends on: one that cannot be read
// is empty, and does not spoil its list.
type Lenient[T any] struct{ Value T }

// UnmarshalJSON implements json.Unmarshaler.
func (l *Lenient[T]) UnmarshalJSON(b []byte) error {
	var v T
	if json.Unmarshal(b, &v) == nil {
		l.Value = v
	}
	return nil
}

// Text is a JSON string, or a number taken for its digits; null is empty.
type Text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *Text) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		*t = ""
		return nil
	case len(b) > 0 && b[0] == '"':
		var s string
		if json.Unmarshal(b, &s) != nil {
			return ErrShape
		}
		*t = Text(Clip(s))
		return nil
	}
	var n json.Number
	if json.Unmarshal(b, &n) != nil {
		return ErrShape
	}
	*t = Text(n)
	return nil
}

// Word is a text that identity or money depends on. Its error becomes one that names the
// field.
type Word Text

// UnmarshalJSON implements json.Unmarshaler.
func (w *Word) UnmarshalJSON(b []byte) error {
	if (*Text)(w).UnmarshalJSON(b) != nil {
		return wrongType()
	}
	return nil
}

// Count is a whole JSON number, or a string holding one; null is unknown.
type Count struct {
	N     int64
	Known bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *Count) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	n, err := strconv.ParseInt(string(bytes.Trim(b, `"`)), 10, 64)
	if err != nil || n < 0 {
		return wrongType()
	}
	*c = Count{N: n, Known: true}
	return nil
}

// Instant is an ISO 8601 time, or seconds or milliseconds since 1970, as a number or in a
// string. What cannot be read, or lacks its zone, is the zero time: a guess could make a
// card look older than the object that it belongs to.
type Instant struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (i *Instant) UnmarshalJSON(b []byte) error {
	s := string(bytes.Trim(b, `"`))
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		i.Time = t.UTC()
	} else if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		i.Time = SinceEpoch(n)
	}
	return nil
}

// SinceEpoch tells seconds from milliseconds by their size: both are of 2001 to 2286. Any
// other number is the zero time.
func SinceEpoch(n int64) time.Time {
	const least, most = 1_000_000_000, 9_999_999_999
	switch {
	case n >= least && n <= most:
		return time.Unix(n, 0).UTC()
	case n >= least*1000 && n <= most*1000:
		return time.UnixMilli(n).UTC()
	}
	return time.Time{}
}

// Amount is a money amount that the document always gives, as a number or in a string: an
// absent one is not known, not 0.
type Amount struct {
	Value money.Amount
	Known bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *Amount) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	a.Known = true
	if a.Value.UnmarshalJSON(b) != nil {
		return wrongType()
	}
	return nil
}
