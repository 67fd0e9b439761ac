package issuer

import (
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Sensitive is a text that no log, error, event or document may show: a card number, a
// code, a token, a credential, a bank account. It prints as [redacted] under every verb
// and in every encoding; Reveal is the only way to its content. The content is behind a
// pointer because fmt looks into structs past their Formatter (%p, %w, unexported fields)
// but never through a pointer within. Sensitives are not compared with ==.
type Sensitive struct{ text *string }

// NewSensitive wraps a text.
func NewSensitive(text string) Sensitive { return Sensitive{&text} }

// Reveal returns the content. Callers hand it to the wire or to Secret data, nowhere
// else.
func (s Sensitive) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no content.
func (s Sensitive) IsZero() bool { return s.Reveal() == "" }

// Len is the length of the content in bytes.
func (s Sensitive) Len() int { return len(s.Reveal()) }

// Format implements fmt.Formatter for every verb.
func (s Sensitive) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// String implements fmt.Stringer.
func (s Sensitive) String() string { return redacted }

// GoString implements fmt.GoStringer.
func (s Sensitive) GoString() string { return redacted }

// MarshalText keeps the content out of JSON, YAML and map keys.
func (s Sensitive) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue implements slog.LogValuer.
func (s Sensitive) LogValue() slog.Value { return slog.StringValue(redacted) }

// UnmarshalText takes the content from a decoder.
func (s *Sensitive) UnmarshalText(b []byte) error {
	text := string(b)
	s.text = &text
	return nil
}
