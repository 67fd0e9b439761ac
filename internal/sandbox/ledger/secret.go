package ledger

import "fmt"

const redacted = "[redacted]"

// Secret is a card number or a security code. It prints as [redacted] under every fmt
// verb and in every encoding; Reveal is the only way to its content.
type Secret struct{ text string }

// NewSecret wraps a text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the content, for the two places that may have it: the call that hands a
// card to its owner, and the merchant's comparison.
func (s Secret) Reveal() string { return s.text }

// Format implements fmt.Formatter for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText keeps the content out of JSON and out of log attributes.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText takes the content from a decoder.
func (s *Secret) UnmarshalText(b []byte) error {
	s.text = string(b)
	return nil
}
