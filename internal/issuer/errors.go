package issuer

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Class is what kind of failure an error is. Everything above the port decides by it.
type Class string

// Classes of error.
const (
	// Invalid: the issuer definitely refused the request as specified.
	Invalid Class = "Invalid"
	// Unauthorized: the credentials were refused, after one new login.
	Unauthorized Class = "Unauthorized"
	// Forbidden: the credentials are known but may not do this.
	Forbidden Class = "Forbidden"
	// NotFound: a read found no such object.
	NotFound Class = "NotFound"
	// RateLimited: refused for now, definitely without effect.
	RateLimited Class = "RateLimited"
	// Unavailable: no usable answer to a read, or a mutating call that never left.
	Unavailable Class = "Unavailable"
	// Malformed: an answer to a read that cannot be understood.
	Malformed Class = "Malformed"
	// TooLong: a list is longer than what is read of one.
	TooLong Class = "TooLong"
	// Unsupported: the issuer lacks this; no request was made.
	Unsupported Class = "Unsupported"
	// Expired: the Permit ended before the call was put on the wire.
	Expired Class = "Expired"
	// Ambiguous: a mutating call whose effect is unknown.
	Ambiguous Class = "Ambiguous"
	// Conflict: what was found contradicts what was asked; a person decides.
	Conflict Class = "Conflict"
)

// Error is a classified failure of a call to an issuer. Its text carries no part of the
// issuer's raw answer but the code and a cleaned, bounded message.
type Error struct {
	Class Class
	// Op is the operation in the port's terms, for example "create card".
	Op string
	// Status is the HTTP status, 0 where there was none.
	Status int
	// Code is the issuer's own code, empty where there was none.
	Code string
	// Message is the issuer's message, cleaned by Clean, or our own words.
	Message string
	// RetryAfter is how long the issuer asked to be left alone.
	RetryAfter time.Duration
	// Problems names the fields that the issuer objected to.
	Problems []FieldProblem
	// Advice is what to do about an answer to a read where the class's general advice does not
	// fit; empty where it does.
	Advice string
	// Doubtful: the issuer refused a mutating call in words that none of its documents
	// explains. Nothing may have happened, or it may speak of something that did; the
	// refusal counts once the issuer's records show nothing for long enough.
	Doubtful bool
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	b.WriteString(": ")
	b.WriteString(e.words())
	if e.Status != 0 {
		fmt.Fprintf(&b, " (HTTP %d", e.Status)
		if e.Code != "" {
			fmt.Fprintf(&b, ", code %s", e.Code)
		}
		b.WriteString(")")
	} else if e.Code != "" {
		fmt.Fprintf(&b, " (code %s)", e.Code)
	}
	if e.Message != "" {
		b.WriteString(": ")
		b.WriteString(e.Message)
	}
	return b.String()
}

// words are those of the class. An issuer that answers was reached.
func (e *Error) words() string {
	if e.Class == Unavailable && e.Status != 0 {
		return "the issuer cannot do this now"
	}
	return classWords[e.Class]
}

var classWords = map[Class]string{
	Invalid:      "the issuer refused",
	Unauthorized: "the issuer refused the credentials",
	Forbidden:    "the issuer forbids this to these credentials",
	NotFound:     "not found at the issuer",
	RateLimited:  "the issuer asked to slow down",
	Unavailable:  "the issuer could not be reached",
	Malformed:    "the issuer's answer could not be understood",
	TooLong:      "the list is too long to be read",
	Unsupported:  "this issuer cannot do it",
	Expired:      "the claim was too old to send",
	Ambiguous:    "the outcome is unknown",
	Conflict:     "the issuer's records contradict the manifest",
}

// ClassOf returns the class of err, or "" for nil and for errors that came from
// elsewhere.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return ""
}

// Is reports whether err is of the given class.
func Is(err error, class Class) bool { return err != nil && ClassOf(err) == class }

// NotOffered reports whether a read failed because the issuer has no such call, or none
// that can be understood: asking again will not help.
func NotOffered(err error) bool {
	switch ClassOf(err) {
	case NotFound, Unsupported, Malformed, Invalid, Forbidden:
		return true
	default:
		return false
	}
}

// IsDoubtful reports whether err is a refusal that may hide an effect.
func IsDoubtful(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Doubtful
}

// Outcome is what is known about a mutating call.
type Outcome string

// Outcomes. Only Accepted and Rejected end an intent. Deferred is a definite no that
// says nothing against asking again: nothing happened, nothing is wrong with the order.
const (
	Accepted Outcome = "Accepted"
	Rejected Outcome = "Rejected"
	Deferred Outcome = "Deferred"
	Unknown  Outcome = "Unknown"
)

// OutcomeOf tells what the error of a mutating call says about its effect. An error
// that is not of this package is Unknown: whoever cannot classify must look.
func OutcomeOf(err error) Outcome {
	if err == nil {
		return Accepted
	}
	switch ClassOf(err) {
	case Invalid, Forbidden, NotFound, Unsupported, Conflict:
		return Rejected
	case RateLimited, Unauthorized, Unavailable, Expired:
		return Deferred
	case Ambiguous, Malformed, TooLong:
		return Unknown
	default:
		return Unknown
	}
}
