package issuer

import (
	"net/http"
	"time"
)

// Webhook is a message as it came, with its body unparsed.
type Webhook struct {
	Header http.Header
	// URI is the path, and the query if any, that the sender called.
	URI  string
	Body []byte
	// Now is the time by which a time-stamp in the message is judged.
	Now time.Time
}

// Notice is what a verified webhook says. All of it is a hint.
type Notice struct {
	// ID tells one message from another: the issuer's event id, or a digest.
	ID string
	// CardID is the card that it is about, if any.
	CardID string
	// OTP is a one-time code for a payment that is under way, if it carries one.
	OTP *OTP
}

// OTP is a one-time code of 3-D Secure.
type OTP struct {
	Code Sensitive
	// Signed is a digest of what the issuer signed of the message: it tells a code that is
	// sent once more, even where the message's id is not signed.
	Signed string
	// Expires is when the code ends; zero means that the issuer does not say.
	Expires time.Time
}
