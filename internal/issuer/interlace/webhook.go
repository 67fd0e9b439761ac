package interlace

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/signing"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// How far the time of a message may lie from ours (§8).
const (
	maxAge   = 5 * time.Minute
	maxAhead = time.Minute
	// maxOTPLife bounds the life that a one-time code may claim.
	maxOTPLife = 24 * time.Hour
)

const (
	signatureMethod = "HMAC-SHA256"
	otpEvent        = "CARD.3DS.OTP"
	cardEvents      = "CARD."
)

// message is the body of a webhook. Its resource is JSON in a string, and all of it that
// is signed.
type message struct {
	ID         wire.Lenient[wire.Text] `json:"id"`
	EventType  wire.Lenient[wire.Text] `json:"eventType"`
	Resource   *string                 `json:"resource"`
	CreateTime wire.Instant            `json:"createTime"`
}

// resource is what is read of what an event is about, or of a 3DS object.
type resource struct {
	ID     wire.Lenient[wire.Text]  `json:"id"`
	CardID wire.Lenient[wire.Text]  `json:"cardId"`
	OTP    wire.Text                `json:"otp"`
	Life   wire.Lenient[wire.Count] `json:"expireTime"`
}

// Verify implements issuer.Listener: Signature is the base64 of the HMAC-SHA256, under the
// client's secret, of the resource as it stands after the body was read as JSON (§8). The
// time-stamp and the event's id are not signed.
func (c *Client) Verify(webhook issuer.Webhook) (issuer.Notice, error) {
	sent, err := freshness(webhook)
	if err != nil {
		return issuer.Notice{}, err
	}
	signature, err := signatureOf(webhook.Header)
	if err != nil {
		return issuer.Notice{}, err
	}
	var m message
	if err := signing.Read(webhook.Body, &m); err != nil {
		return issuer.Notice{}, err
	}
	if m.Resource == nil {
		return issuer.Notice{}, signing.Refuse("the message has no resource")
	}
	if err := signing.Check(c.secret, *m.Resource, signature); err != nil {
		return issuer.Notice{}, err
	}
	return m.notice(sent)
}

// freshness refuses a message that does not say when it was sent, or not lately.
func freshness(webhook issuer.Webhook) (time.Time, error) {
	text, err := only(webhook.Header, "Timestamp")
	if err != nil {
		return time.Time{}, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	sent := wire.SinceEpoch(n)
	if err != nil || sent.IsZero() {
		return time.Time{}, signing.Refuse("the header Timestamp is not in milliseconds since 1970")
	}
	if age := webhook.Now.Sub(sent); age > maxAge || age < -maxAhead {
		return time.Time{}, signing.Refuse("the message is too old, or ahead of its time; check this machine's clock if all are")
	}
	return sent, nil
}

func signatureOf(h http.Header) ([]byte, error) {
	method, err := only(h, "Signature-Method")
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(method, signatureMethod) {
		return nil, signing.Refuse("the header Signature-Method is not HMAC-SHA256")
	}
	text, err := only(h, "Signature")
	if err != nil {
		return nil, err
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, signing.Refuse("the header Signature is not base64")
	}
	return signature, nil
}

// only is the value of a header that must be there once.
func only(h http.Header, name string) (string, error) {
	values := h.Values(name)
	if len(values) != 1 || values[0] == "" {
		return "", signing.Refuse("the header " + name + " is missing, or there twice")
	}
	return values[0], nil
}

// notice reads a message that is the issuer's.
func (m message) notice(sent time.Time) (issuer.Notice, error) {
	var about resource
	if err := signing.Read([]byte(*m.Resource), &about); err != nil {
		return issuer.Notice{}, signing.Unreadable("the resource is not of the documented form")
	}
	event := strings.ToUpper(string(m.EventType.Value))
	notice := issuer.Notice{ID: signing.ID(m.ID), CardID: signing.ID(about.CardID)}
	if notice.CardID == "" && strings.HasPrefix(event, cardEvents) {
		notice.CardID = signing.ID(about.ID)
	}
	if event != otpEvent {
		return notice, nil
	}
	if !wire.ValidToken(string(about.OTP)) || notice.CardID == "" {
		return issuer.Notice{}, signing.Unreadable("the one-time code or its card is missing")
	}
	notice.OTP = &issuer.OTP{
		Code: issuer.NewSensitive(string(about.OTP)), Expires: m.expires(sent, about.Life.Value), Signed: digest(*m.Resource),
	}
	return notice, nil
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// expires counts the life of a code, in seconds, from when the event was made, or, where
// that is not told or is later, from when it was sent.
func (m message) expires(sent time.Time, life wire.Count) time.Time {
	if life.N == 0 {
		return time.Time{}
	}
	from := sent
	if made := m.CreateTime.Time; !made.IsZero() && made.Before(sent) {
		from = made
	}
	return from.Add(time.Duration(min(life.N, int64(maxOTPLife/time.Second))) * time.Second)
}
