package qitech

import (
	"crypto/md5" //nolint:gosec // the issuer's scheme; it is inside a signature of ES512
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Headers and the form of the claims (§2.2).
const (
	headerAPIKey = "API-CLIENT-KEY"
	headerToken  = "AUTHORIZATION"
	claimsTime   = "2006-01-02T15:04:05.000000Z"
)

var errSign = errors.New("the request cannot be signed; check the Secret's key privateKey")

// sign returns a function that signs a request of one method. Every attempt is signed anew:
// the issuer compares the time.
func (c *Client) sign(method string) func(http.Header, string, []byte) error {
	return func(header http.Header, uri string, body []byte) error {
		if c.options.SignedURI == SignPath {
			uri, _, _ = strings.Cut(uri, "?")
		}
		token, err := jwt.NewWithClaims(jwt.SigningMethodES512, jwt.MapClaims{
			"payload_md5": digest(body),
			"timestamp":   c.http.Clock().Now().UTC().Format(claimsTime),
			"method":      method,
			"uri":         uri,
		}).SignedString(c.private)
		if err != nil {
			return errSign
		}
		header.Set(headerAPIKey, c.apiKey.Reveal())
		header.Set(headerToken, token)
		return nil
	}
}

// digest is the MD5 of a body; of {} where there is none (§2.2).
func digest(body []byte) string {
	if len(body) == 0 {
		body = []byte("{}")
	}
	sum := md5.Sum(body) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

// parseTime reads the issuer's times; zero where it is none. A time without a zone is none:
// a guessed one could make a card look older than the object that it belongs to.
func parseTime(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return t
}
