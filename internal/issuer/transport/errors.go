package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"

	"github.com/card-operator/card-operator/internal/issuer"
)

// maxCode bounds an issuer's error code in a message.
const maxCode = 64

// Definite is a failure whose class says all about the effect.
func (r Request) Definite(class issuer.Class, status int, code, message string) *issuer.Error {
	code = issuer.Clean(code)
	if len(code) > maxCode {
		code = ""
	}
	return &issuer.Error{Class: class, Op: r.Op, Status: status, Code: code, Message: issuer.Clean(message)}
}

// Unclear is a failure that is of class onRead for a read and leaves the effect of a
// mutating call unknown.
func (r Request) Unclear(onRead issuer.Class, status int, message string) *issuer.Error {
	if r.Mutating {
		onRead = issuer.Ambiguous
	}
	return r.Definite(onRead, status, "", message)
}

// Refused classifies an answer in which the issuer said no in its own words, with a 2xx
// or a 4xx status. No document explains the words, so the refusal of a mutating call is
// Doubtful: it counts once nothing was listed for long enough. Three statuses refuse none:
// they may speak of a twin that is under way, or was accepted; to a read they say "not now".
func (r Request) Refused(status int, code, message string) *issuer.Error {
	class := issuer.Invalid
	switch status {
	case http.StatusForbidden:
		class = issuer.Forbidden
	case http.StatusNotFound:
		class = issuer.NotFound
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly:
		class = issuer.Unavailable
		if r.Mutating {
			class = issuer.Ambiguous
		}
	}
	e := r.Definite(class, status, code, message)
	e.Doubtful = r.Mutating && class == issuer.Invalid
	return e
}

// Unreadable classifies an answer that the dialect cannot read; message says in our own
// words why.
func (r Request) Unreadable(status int, message string) *issuer.Error {
	if status == http.StatusForbidden {
		return r.Unclear(issuer.Forbidden, status, message)
	}
	return r.Unclear(issuer.Malformed, status, message)
}

// named puts the operation on an error of the gate, which is made anew for each call.
func (r Request) named(err error) error {
	var e *issuer.Error
	if errors.As(err, &e) {
		e.Op = r.Op
	}
	return err
}

func (r Request) lateError() error {
	return r.Definite(issuer.Expired, 0, "", "nothing was sent")
}

// sendError classifies an exchange that brought no answer.
func (r Request) sendError(err error, once *onceBody) error {
	if once == nil {
		return r.Definite(issuer.Unavailable, 0, "", reason(err))
	}
	switch once.seal() {
	case bodyExpired:
		return r.lateError()
	case bodySealed:
		return r.Definite(issuer.Unavailable, 0, "", reason(err)+"; nothing was sent")
	}
	return r.Definite(issuer.Ambiguous, 0, "", reason(err))
}

// checkHeader refuses values that HTTP cannot carry before net/http does, whose message
// would quote them.
func (r Request) checkHeader() error {
	for _, values := range r.Header {
		for _, v := range values {
			if !HeaderSafe(v) {
				return r.Definite(issuer.Unauthorized, 0, "",
					"a credential holds a line break or another character that HTTP cannot carry; check the Secret")
			}
		}
	}
	return nil
}

// HeaderSafe reports whether a credential can travel in a header: printable ASCII.
func HeaderSafe(value string) bool {
	return !strings.ContainsFunc(value, func(c rune) bool { return c < 0x20 || c > 0x7e })
}

// reason says in our own words why an exchange failed; net/http's errors can quote URLs
// and headers.
func reason(err error) string {
	var (
		dns       *net.DNSError
		cert      *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		alert     tls.AlertError
		record    tls.RecordHeaderError
	)
	switch {
	case errors.Is(err, errInnerAddress):
		return errInnerAddress.Error()
	case errors.Is(err, context.Canceled):
		return "the call was given up"
	case isTimeout(err):
		return "no answer in time"
	case errors.As(err, &dns):
		return "the host name cannot be resolved"
	case errors.As(err, &cert), errors.As(err, &authority):
		return "the issuer's certificate is not trusted"
	case errors.As(err, &alert), errors.As(err, &record):
		return "no TLS connection could be made"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection broke off"
	}
	return "the exchange failed"
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &timeout) && timeout.Timeout()
}
