// Package money holds exact decimal amounts. There is no float anywhere between a
// manifest, the issuer's wire format and the ledger.
package money

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/shopspring/decimal"
)

// MaxDigits bounds the digits before the decimal point, and MaxScale those behind it.
// They are wide enough for every issuer document (eight places in Interlace balances)
// and narrow enough that no hostile number can exhaust memory.
const (
	MaxDigits = 15
	MaxScale  = 12
)

// ErrSyntax says that a text is not a plain decimal number within bounds. The error
// never quotes the text: it may come from an issuer's answer.
var ErrSyntax = errors.New("not a plain decimal amount")

var (
	plain   = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,12})?$`)
	literal = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?$`)
)

// Amount is an exact decimal number of currency units. The zero value is 0.
// Amounts are compared with Equal or Cmp, never with ==.
type Amount struct {
	d decimal.Decimal
}

// Zero is the amount 0.
var Zero = Amount{}

// Parse reads a plain decimal string such as "50.00": digits, at most one point, no
// exponent, no thousands separators.
func Parse(s string) (Amount, error) {
	if !plain.MatchString(s) {
		return Zero, ErrSyntax
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return Zero, ErrSyntax
	}
	return Amount{d}, nil
}

// ParseOptional is Parse, with the empty string standing for 0. Optional fields of the
// API use it.
func ParseOptional(s string) (Amount, error) {
	if s == "" {
		return Zero, nil
	}
	return Parse(s)
}

// Must is Parse for constants in code and tests; a malformed constant yields 0 and is
// caught by the test that uses it.
func Must(s string) Amount {
	a, err := Parse(s)
	if err != nil {
		return Zero
	}
	return a
}

// FromNumber reads the literal of a JSON number exactly, exponent included, within the
// bounds above; but for the noise of one that was computed with as a double.
func FromNumber(n json.Number) (Amount, error) {
	s := n.String()
	if !literal.MatchString(s) {
		return Zero, ErrSyntax
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return Zero, ErrSyntax
	}
	d = withoutNoise(d)
	if d.Abs().GreaterThanOrEqual(decimal.New(1, MaxDigits)) {
		return Zero, ErrSyntax
	}
	return Amount{d}, nil
}

const (
	// doubleDigits is how many significant digits a double keeps whatever the number.
	doubleDigits = 15
	// exactScale is how many places an issuer may mean: eight, in Interlace balances.
	exactScale = 8
)

// withoutNoise rounds what has more places than anybody means, and more digits than a double
// can tell apart, to those digits: 30.000000000000004 is 30.
func withoutNoise(d decimal.Decimal) decimal.Decimal {
	places := -d.Exponent()
	if places <= exactScale {
		return d
	}
	whole := int32(d.NumDigits()) - places // digits before the point; negative after 0.0…
	return d.Round(min(max(doubleDigits-whole, exactScale), MaxScale))
}

// Number is the amount as a JSON number literal, without exponent and without trailing
// zeros: 0.11, 10, 50.5.
func (a Amount) Number() json.Number { return json.Number(a.d.String()) }

// String is the amount with at least two decimal places: "50.00", "0.125".
func (a Amount) String() string {
	if a.d.Equal(a.d.Truncate(2)) {
		return a.d.StringFixed(2)
	}
	return a.d.String()
}

// UnmarshalJSON accepts a JSON number or a JSON string holding a number; issuers use
// both for the same field. null leaves the amount at 0.
func (a *Amount) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	s := string(b)
	if len(b) >= 2 && b[0] == '"' && b[len(b)-1] == '"' {
		s = string(b[1 : len(b)-1])
	}
	v, err := FromNumber(json.Number(s))
	if err != nil {
		return err
	}
	*a = v
	return nil
}

// MarshalJSON writes the JSON number literal.
func (a Amount) MarshalJSON() ([]byte, error) { return []byte(a.Number()), nil }

// Add returns a + b.
func (a Amount) Add(b Amount) Amount { return Amount{a.d.Add(b.d)} }

// Sub returns a - b.
func (a Amount) Sub(b Amount) Amount { return Amount{a.d.Sub(b.d)} }

// Neg returns -a.
func (a Amount) Neg() Amount { return Amount{a.d.Neg()} }

// Abs returns the amount without its sign.
func (a Amount) Abs() Amount { return Amount{a.d.Abs()} }

// Cmp is -1, 0 or 1 as a is less than, equal to or greater than b.
func (a Amount) Cmp(b Amount) int { return a.d.Cmp(b.d) }

// Equal compares numerically: 10 equals 10.00.
func (a Amount) Equal(b Amount) bool { return a.d.Equal(b.d) }

// LessThan reports a < b.
func (a Amount) LessThan(b Amount) bool { return a.d.LessThan(b.d) }

// GreaterThan reports a > b.
func (a Amount) GreaterThan(b Amount) bool { return a.d.GreaterThan(b.d) }

// IsZero reports a == 0.
func (a Amount) IsZero() bool { return a.d.IsZero() }

// IsPositive reports a > 0.
func (a Amount) IsPositive() bool { return a.d.IsPositive() }

// IsNegative reports a < 0.
func (a Amount) IsNegative() bool { return a.d.IsNegative() }

// GoString keeps %#v readable in test failures.
func (a Amount) GoString() string { return fmt.Sprintf("money.Must(%q)", a.d.String()) }
