package qitech

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// How far a webhook's time may be off (§6).
const (
	oldest = 5 * time.Minute
	newest = time.Minute
)

// claims are those of a signed webhook: the form of a request with the roles swapped (§6).
type claims struct {
	PayloadMD5 string `json:"payload_md5"`
	Timestamp  string `json:"timestamp"`
	Method     string `json:"method"`
	URI        string `json:"uri"`
	jwt.RegisteredClaims
}

// Verify implements issuer.Listener. MD5 is weak, so a verified webhook is no more than a
// hint, as everywhere.
func (c *Client) Verify(w issuer.Webhook) (issuer.Notice, error) {
	const op = "verify webhook"
	if c.public == nil {
		return issuer.Notice{}, &issuer.Error{Class: issuer.Unsupported, Op: op, Message: "the Secret has no key webhookPublicKey, the issuer's public key"}
	}
	if !c.genuine(w) {
		return issuer.Notice{}, &issuer.Error{Class: issuer.Unauthorized, Op: op, Message: "the webhook is not the issuer's"}
	}
	notice, readable := noticeOf(w.Body)
	if !readable {
		return issuer.Notice{}, &issuer.Error{Class: issuer.Malformed, Op: op, Message: "the webhook cannot be read"}
	}
	return notice, nil
}

// noticeOf reads what a genuine webhook says.
func noticeOf(body []byte) (issuer.Notice, bool) {
	var said struct {
		Data struct {
			CardKey string `json:"card_key"`
		} `json:"data"`
	}
	if transport.CheckJSON(body) != nil || json.Unmarshal(body, &said) != nil {
		return issuer.Notice{}, false
	}
	sum := sha256.Sum256(body)
	notice := issuer.Notice{ID: hex.EncodeToString(sum[:])}
	if validKey(said.Data.CardKey) {
		notice.CardID = said.Data.CardKey
	}
	return notice, true
}

// genuine checks everything that the signature is to prove. The algorithm is pinned.
func (c *Client) genuine(w issuer.Webhook) bool {
	ours := []byte(c.apiKey.Reveal())
	if subtle.ConstantTimeCompare([]byte(w.Header.Get(headerAPIKey)), ours) != 1 {
		return false
	}
	var said claims
	token, err := jwt.ParseWithClaims(w.Header.Get(headerToken), &said, func(*jwt.Token) (any, error) { return c.public, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodES512.Alg()}), jwt.WithoutClaimsValidation())
	if err != nil || !token.Valid {
		return false
	}
	sent := parseTime(said.Timestamp)
	age := w.Now.Sub(sent)
	return !sent.IsZero() && age <= oldest && age >= -newest &&
		strings.EqualFold(said.Method, "POST") && said.URI == c.expectedURI(w.URI) &&
		subtle.ConstantTimeCompare([]byte(strings.ToLower(said.PayloadMD5)), []byte(digest(w.Body))) == 1
}

func (c *Client) expectedURI(called string) string {
	if c.options.WebhookURI != "" {
		return c.options.WebhookURI
	}
	return called
}
