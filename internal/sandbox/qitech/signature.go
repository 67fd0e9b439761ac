package qitech

import (
	"crypto/md5" //nolint:gosec // the document signs an MD5 of the body
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	algorithm = "ES512"
	tokenType = "JWT"
	// timestampLayout is UTC with exactly six decimals.
	timestampLayout = "2006-01-02T15:04:05.000000Z"
	noBody          = "{}"
)

// verifier checks the second signature scheme: AUTHORIZATION is a bare compact JWS by
// ES512 whose claims bind the body's MD5, the time, the method and the uri to it.
type verifier struct {
	skew     time.Duration
	pathOnly bool
	trust    bool
}

// verify returns why a request is not its client's, as a failure, or nil.
func (v verifier) verify(r *http.Request, body []byte, c *client, now time.Time) error {
	claims, err := v.claims(r.Header.Get("Authorization"), c)
	if err != nil {
		return fail(CodeUnauthorized, "Failed while decoding the authentication token")
	}
	uri := r.URL.RequestURI()
	if v.pathOnly {
		uri = r.URL.EscapedPath()
	}
	for _, bound := range []struct{ name, is string }{{"payload_md5", digest(body)}, {"method", r.Method}, {"uri", uri}} {
		if claims[bound.name] != bound.is {
			return fail(CodeUnauthorized, bound.name+" is not that of the request")
		}
	}
	return v.timely(claims["timestamp"], now)
}

func (v verifier) timely(timestamp any, now time.Time) error {
	text, _ := timestamp.(string) // a claim of another type is no timestamp
	signed, err := time.Parse(timestampLayout, text)
	if err != nil {
		return fail(CodeUnauthorized, "timestamp is not UTC with microseconds")
	}
	if now.Sub(signed).Abs() > v.skew {
		return fail(CodeUnauthorized, "timestamp is too far from the issuer's clock")
	}
	return nil
}

// claims reads a token. Its algorithm and type are fixed: "none" or an HMAC over a public
// key must not pass for a signature.
func (v verifier) claims(token string, c *client) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{algorithm}), jwt.WithoutClaimsValidation())
	parsed, err := v.parse(parser, token, claims, c)
	if err != nil {
		return nil, err
	}
	if parsed.Method.Alg() != algorithm || parsed.Header["typ"] != tokenType {
		return nil, fmt.Errorf("want alg %s and typ %s", algorithm, tokenType)
	}
	return claims, nil
}

func (v verifier) parse(parser *jwt.Parser, token string, claims jwt.MapClaims, c *client) (*jwt.Token, error) {
	if v.trust {
		parsed, _, err := parser.ParseUnverified(token, claims)
		return parsed, err
	}
	return parser.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return c.key, nil })
}

// digest is the lower-case hexadecimal MD5 of the bytes that were sent; without a body,
// that of an empty object.
func digest(body []byte) string {
	if len(body) == 0 {
		body = []byte(noBody)
	}
	sum := md5.Sum(body) //nolint:gosec // the document wants an MD5
	return hex.EncodeToString(sum[:])
}
