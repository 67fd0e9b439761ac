package interlace_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
)

var now = issuertest.Epoch

// webhook is a message as the issuer would send it.
func webhook(event, resource string) issuer.Webhook {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte(resource))
	return signed(event, resource, base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

func signed(event, resource, signature string) issuer.Webhook {
	body, _ := json.Marshal(map[string]any{
		"id": "e-1", "eventType": event, "apiVersion": "v3", "code": "000000", "message": "success",
		"resource": resource, "createTime": now.Add(-10 * time.Second).UnixMilli(),
	})
	h := http.Header{}
	h.Set("Signature-Method", "HMAC-SHA256")
	h.Set("Signature", signature)
	h.Set("Timestamp", strconv.FormatInt(now.UnixMilli(), 10))
	return issuer.Webhook{Header: h, URI: "/", Body: body, Now: now}
}

func verifier(t *testing.T, settings ...setting) *world {
	return newWorld(t, says(500, ""), settings...)
}

func TestThePublishedSignature(t *testing.T) {
	const resource, signature = `{"id":"1234567890","status":"ACTIVE"}`, "9YzIiBPTklmOj7MKOFqRYE4KefdXzP5ZyxhhLMVFmao="
	w := verifier(t)
	notice, err := w.client.Verify(signed("CARD.UPDATED", resource, signature))
	if err != nil || notice != (issuer.Notice{ID: "e-1", CardID: "1234567890"}) || len(w.All()) != 0 {
		t.Errorf("%+v, %v", notice, err)
	}
	for _, other := range []string{resource + " ", strings.Replace(resource, "ACTIVE", "FROZEN", 1), ""} {
		if _, err := w.client.Verify(signed("CARD.UPDATED", other, signature)); !issuer.Is(err, issuer.Unauthorized) {
			t.Errorf("%s: %v", other, err)
		}
	}
}

// Every object of the document as the resource of an event: which card it is about.
func TestDocumentedResourcesOfEvents(t *testing.T) {
	for name, c := range map[string]struct{ event, card string }{
		"card":                 {"CARD.CREATED", documentedCard.ID},
		"card-transaction":     {"CARD_TRANSACTION.CREATED", documentedMovement.CardID},
		"budget-transaction":   {"BUDGET_TRANSACTION.CREATED", "1a9e92d7-1d12-4a6b-9b5b-9f2cb2d6a120"},
		"cardholder":           {"CARDHOLDER.UPDATED", ""},
		"budget":               {"BUDGET.UPDATED", ""},
		"wallet":               {"WALLET.UPDATED", ""},
		"3ds":                  {"CARD.3DS.OTP", "d8eda079-6ba7-409e-99c8-ab5f83566fbd"},
		"infinity-transaction": {"INFINITY.CREATED", ""},
		"physical-card":        {"PHYSICAL_CARD_ACTIVATED", "ba0a5c6d-ee96-4c44-82f1-dc306d325d8e"},
	} {
		resource := fixture(t, name)
		if name == "infinity-transaction" || name == "physical-card" {
			resource = part(t, name, "data")
		}
		notice, err := verifier(t).client.Verify(webhook(c.event, resource))
		if err != nil || notice.ID != "e-1" || notice.CardID != c.card || (notice.OTP != nil) != (name == "3ds") {
			t.Errorf("%s: %+v, %v", name, notice, err)
		}
	}
}

func TestOneTimeCodes(t *testing.T) {
	w := verifier(t)
	notice, err := w.client.Verify(webhook("CARD.3DS.OTP", fixture(t, "3ds")))
	if err != nil || notice.OTP == nil || notice.OTP.Code.Reveal() != "654321" || !notice.OTP.Expires.Equal(now.Add(290*time.Second)) {
		t.Errorf("%+v, %v", notice, err)
	}
	if strings.Contains(fmt.Sprintf("%v %+v %#v", notice, notice, *notice.OTP), "654321") {
		t.Error("the code prints")
	}
	again := webhook("CARD.3DS.OTP", fixture(t, "3ds"))
	again.Body = []byte(strings.Replace(string(again.Body), "e-1", "e-2", 1)) // the id is not signed
	if same, err := w.client.Verify(again); err != nil || same.ID == notice.ID || same.OTP.Signed != notice.OTP.Signed || same.OTP.Signed == "" {
		t.Errorf("%+v, %v", same, err)
	}
	for life, want := range map[string]time.Time{
		`"60"`: now.Add(50 * time.Second), `60`: now.Add(50 * time.Second), `null`: {}, `"soon"`: {}, `-1`: {}, `0`: {},
		`99999999999999`: now.Add(24*time.Hour - 10*time.Second),
	} {
		notice, err := w.client.Verify(webhook("card.3ds.otp", `{"cardId":"c-1","otp":123456,"expireTime":`+life+`}`))
		if err != nil || notice.OTP == nil || !notice.OTP.Expires.Equal(want) || notice.OTP.Code.Reveal() != "123456" {
			t.Errorf("%s: %+v, %v", life, notice, err)
		}
	}
	for _, resource := range []string{`{"cardId":"c-1"}`, `{"otp":"654321"}`, `{"cardId":"c-1","otp":"65 43"}`, `{"cardId":"c-1","otp":["x"]}`, `{"cardId":"a b","otp":"1"}`} {
		if notice, err := w.client.Verify(webhook("CARD.3DS.OTP", resource)); !issuer.Is(err, issuer.Malformed) || notice.OTP != nil {
			t.Errorf("%s: %+v, %v", resource, notice, err)
		}
	}
}

// An event that was made after it was sent counts from when it was sent.
func TestACodeOfAnEventWithoutATime(t *testing.T) {
	w := verifier(t)
	for _, made := range []string{"null", `"x"`, strconv.FormatInt(now.Add(time.Hour).UnixMilli(), 10)} {
		hook := webhook("CARD.3DS.OTP", `{"cardId":"c-1","otp":"1","expireTime":"60"}`)
		hook.Body = []byte(strings.Replace(string(hook.Body), strconv.FormatInt(now.Add(-10*time.Second).UnixMilli(), 10), made, 1))
		if notice, err := w.client.Verify(hook); err != nil || !notice.OTP.Expires.Equal(now.Add(time.Minute)) {
			t.Errorf("%s: %+v, %v", made, notice, err)
		}
	}
}

func TestMessagesThatAreNotTheIssuers(t *testing.T) {
	w := verifier(t)
	for name, change := range map[string]func(*issuer.Webhook){
		"no header":        func(h *issuer.Webhook) { h.Header = nil },
		"no timestamp":     func(h *issuer.Webhook) { h.Header.Del("Timestamp") },
		"two timestamps":   func(h *issuer.Webhook) { h.Header.Add("Timestamp", "1") },
		"timestamp a word": func(h *issuer.Webhook) { h.Header.Set("Timestamp", "now") },
		"timestamp small":  func(h *issuer.Webhook) { h.Header.Set("Timestamp", "17") },
		"timestamp huge":   func(h *issuer.Webhook) { h.Header.Set("Timestamp", strings.Repeat("9", 30)) },
		"too old":          func(h *issuer.Webhook) { h.Now = now.Add(5*time.Minute + time.Second) },
		"ahead":            func(h *issuer.Webhook) { h.Now = now.Add(-time.Minute - time.Second) },
		"no signature":     func(h *issuer.Webhook) { h.Header.Del("Signature") },
		"two signatures":   func(h *issuer.Webhook) { h.Header.Add("Signature", "x") },
		"no base64":        func(h *issuer.Webhook) { h.Header.Set("Signature", "!") },
		"another signature": func(h *issuer.Webhook) {
			h.Header.Set("Signature", base64.StdEncoding.EncodeToString(make([]byte, 32)))
		},
		"short signature":  func(h *issuer.Webhook) { h.Header.Set("Signature", h.Header.Get("Signature")[:40]) },
		"no method":        func(h *issuer.Webhook) { h.Header.Del("Signature-Method") },
		"another method":   func(h *issuer.Webhook) { h.Header.Set("Signature-Method", "none") },
		"empty":            func(h *issuer.Webhook) { h.Body = nil },
		"no JSON":          func(h *issuer.Webhook) { h.Body = []byte("<html>") },
		"cut":              func(h *issuer.Webhook) { h.Body = h.Body[:len(h.Body)-1] },
		"a list":           func(h *issuer.Webhook) { h.Body = []byte("[]") },
		"no resource":      func(h *issuer.Webhook) { h.Body = []byte(`{"id":"e-1"}`) },
		"resource no text": func(h *issuer.Webhook) { h.Body = []byte(`{"resource":{}}`) },
		"resource twice":   func(h *issuer.Webhook) { h.Body = append([]byte(`{"Resource":"x",`), h.Body[1:]...) },
		"too large":        func(h *issuer.Webhook) { h.Body = append(h.Body, make([]byte, 1<<20)...) },
	} {
		hook := webhook("CARD.3DS.OTP", fixture(t, "3ds"))
		change(&hook)
		notice, err := w.client.Verify(hook)
		if !issuer.Is(err, issuer.Unauthorized) || notice.OTP != nil || strings.Contains(err.Error(), "654321") {
			t.Errorf("%s: %+v, %v", name, notice, err)
		}
	}
	for _, edge := range []time.Duration{5 * time.Minute, -time.Minute} {
		hook := webhook("CARD.UPDATED", `{}`)
		hook.Now = now.Add(edge)
		if _, err := w.client.Verify(hook); err != nil {
			t.Errorf("%s: %v", edge, err)
		}
	}
}

// A message of the issuer that cannot be read is told from one that nobody vouches for.
func TestResourcesThatCannotBeRead(t *testing.T) {
	w := verifier(t)
	for _, resource := range []string{"", "x", "[]", `"x"`, "null1", `{"id":1,"ID":2}`, `{"id":`} {
		if _, err := w.client.Verify(webhook("CARD.UPDATED", resource)); !issuer.Is(err, issuer.Malformed) {
			t.Errorf("%q: %v", resource, err)
		}
	}
	hook := webhook("CARD.UPDATED", `{"id":["x"],"cardId":"a,b"}`)
	hook.Body = []byte(strings.Replace(string(hook.Body), `"e-1"`, `["e-1"]`, 1))
	if notice, err := w.client.Verify(hook); err != nil || notice != (issuer.Notice{}) {
		t.Errorf("%+v, %v", notice, err)
	}
}

func TestWebhooksNeedTheSecret(t *testing.T) {
	_, err := verifier(t, credentials(static(""))).client.Verify(webhook("CARD.UPDATED", `{}`))
	if !issuer.Is(err, issuer.Unauthorized) || !strings.Contains(err.Error(), "clientSecret") {
		t.Errorf("%v", err)
	}
}
