// Package signing reads the messages that an issuer sends by itself, and whose signature
// is an HMAC-SHA256 under the client's secret. Until that was checked a message is
// nobody's: whatever is wrong with it, it is refused.
package signing

import (
	"crypto/hmac"
	"crypto/sha256"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// MaxBody is the longest message that is read, in bytes.
const MaxBody = 1 << 20

const op = "verify webhook"

// Refuse is the error of a message that nobody vouches for.
func Refuse(message string) error {
	return &issuer.Error{Class: issuer.Unauthorized, Op: op, Message: message}
}

// Unreadable is the error of a message that is the issuer's and cannot be read.
func Unreadable(message string) error {
	return &issuer.Error{Class: issuer.Malformed, Op: op, Message: message}
}

// Read decodes a message before its signature is checked, bounded and strictly.
func Read(body []byte, into any) error {
	if len(body) > MaxBody {
		return Refuse("the message is larger than 1 MiB")
	}
	if transport.CheckJSON(body) != nil || wire.Decode(body, into) != nil {
		return Refuse("the message is not of the documented form")
	}
	return nil
}

// Check compares a signature, in constant time, with that of a text under a secret.
func Check(secret issuer.Sensitive, text string, signature []byte) error {
	if secret.IsZero() {
		return Refuse("the Secret has no key clientSecret, which webhooks are signed with")
	}
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	_, _ = mac.Write([]byte(text)) // a hash never fails
	if !hmac.Equal(mac.Sum(nil), signature) {
		return Refuse("the signature is not that of this client; if the issuer renewed the client's secret, renew the Secret's key clientSecret")
	}
	return nil
}

// ID keeps what a message calls its id if it can be one.
func ID(id wire.Lenient[wire.Text]) string {
	if wire.ValidID(string(id.Value)) {
		return string(id.Value)
	}
	return ""
}
