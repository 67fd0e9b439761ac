package qitech

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// openToken verifies a token without the library that made it: raw R and S over SHA-512.
func openToken(t *testing.T, token string, key *ecdsa.PublicKey) (head, said map[string]string) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	raw := base64.RawURLEncoding
	signature, err := raw.DecodeString(parts[2])
	if err != nil || len(signature) != 132 {
		t.Fatalf("%d bytes, %v", len(signature), err)
	}
	digest := sha512.Sum512([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(signature[:66]), new(big.Int).SetBytes(signature[66:])) {
		t.Fatal("the signature is not the key's")
	}
	for i, into := range []*map[string]string{&head, &said} {
		text, err := raw.DecodeString(parts[i])
		if err != nil || json.Unmarshal(text, into) != nil {
			t.Fatalf("part %d: %s", i, text)
		}
	}
	return head, said
}

func TestEveryRequestIsSigned(t *testing.T) {
	for name, c := range map[string]struct {
		call  func(*world) error
		uri   string
		owned string
	}{
		"a list":   {func(w *world) error { _, err := w.client.page(t.Context(), 0); return err }, "/prepaid/card?account_key=" + accountKey + "&page=0&size=50", SignPathAndQuery},
		"by path":  {func(w *world) error { _, err := w.client.page(t.Context(), 0); return err }, "/prepaid/card", SignPath},
		"a read":   {func(w *world) error { _, err := w.client.GetCard(t.Context(), cardKey); return err }, "/prepaid/card/" + cardKey, ""},
		"a change": {func(w *world) error { return w.client.CloseCard(t.Context(), cardKey, "") }, "/prepaid/card/" + cardKey, ""},
		"an order": {func(w *world) error { return w.client.CreateCard(t.Context(), w.permit, order()) }, "/prepaid/card", ""},
	} {
		w := newWorld(t, says(200, `{"data":[]}`), func(cfg *Config) { cfg.Options.SignedURI = c.owned })
		_ = c.call(w)
		r := w.requests()[0]
		head, said := openToken(t, r.header.Get("Authorization"), &ours.key.PublicKey)
		body := r.body
		if len(body) == 0 {
			body = []byte("{}")
		}
		sum := md5.Sum(body)
		want := map[string]string{"payload_md5": hex.EncodeToString(sum[:]), "timestamp": "2026-11-01T12:00:00.000000Z", "method": r.method, "uri": c.uri}
		if fmt.Sprint(said) != fmt.Sprint(want) || head["alg"] != "ES512" || head["typ"] != "JWT" || r.header.Get("Api-Client-Key") != apiKey {
			t.Errorf("%s: %v %v, want %v", name, head, said, want)
		}
	}
	if got := digest(nil); got != "99914b932bd37a50b983c5e7c90ae93b" {
		t.Errorf("the MD5 of {} is %s", got)
	}
}

// A request that waited for its turn is signed when it goes: the issuer compares the time.
func TestASignatureIsFresh(t *testing.T) {
	w := newWorld(t, says(200, row(cardKey, "a", "active")))
	for range 2 {
		w.clock.Advance(time.Hour)
		if _, err := w.client.GetCard(t.Context(), cardKey); err != nil {
			t.Fatal(err)
		}
	}
	_, first := openToken(t, w.requests()[0].header.Get("Authorization"), &ours.key.PublicKey)
	_, second := openToken(t, w.requests()[1].header.Get("Authorization"), &ours.key.PublicKey)
	if first["timestamp"] == second["timestamp"] {
		t.Error("the same time twice")
	}
}

func TestARequestThatCannotBeSignedIsNotSent(t *testing.T) {
	w := newWorld(t, says(200, `{}`))
	w.client.private = newPair(elliptic.P256()).key // ES512 does not take it
	if err := w.client.CreateCard(t.Context(), w.permit, order()); !issuer.Is(err, issuer.Unauthorized) || len(w.requests()) != 0 {
		t.Errorf("%v, %d requests", err, len(w.requests()))
	}
}

func TestCredentialsAreRefusedByTheSecretsKey(t *testing.T) {
	p256 := newPair(elliptic.P256())
	for want, change := range map[string]func(*Config){
		"no transport":     func(c *Config) { c.HTTP = nil },
		"accountKey":       func(c *Config) { c.AccountKey = "mine" },
		"programKey":       func(c *Config) { c.ProgramKey = "" },
		"pageSize must":    func(c *Config) { c.Options.PageSize = 101 },
		"pageSize ":        func(c *Config) { c.Options.PageSize = -1 },
		"apiKey":           func(c *Config) { c.Credentials.APIKey = issuer.NewSensitive("canary\n") },
		"privateKey":       func(c *Config) { c.Credentials.PrivateKey = issuer.NewSensitive("canary") },
		"P-521":            func(c *Config) { c.Credentials.PrivateKey = issuer.NewSensitive(p256.private) },
		"privateKey ":      func(c *Config) { c.Credentials.PrivateKey = issuer.NewSensitive(ours.public) },
		"webhookPublicKey": func(c *Config) { c.Credentials.WebhookPublicKey = issuer.NewSensitive("canary") },
		"on P-521":         func(c *Config) { c.Credentials.WebhookPublicKey = issuer.NewSensitive(p256.public) },
	} {
		cfg := Config{HTTP: newWorld(t, says(200, ``)).client.http, AccountKey: accountKey, ProgramKey: programKey, Credentials: credentials()}
		change(&cfg)
		client, err := New(cfg)
		if client != nil || err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", want, err)
		}
	}
	newWorld(t, says(200, ``), func(c *Config) { c.Credentials.PrivateKey = issuer.NewSensitive(ours.pkcs8) })
}

// Refused credentials rest, so that they burn no quota; a call that is not granted does not
// stop the others.
func TestRefusedCredentialsRest(t *testing.T) {
	w := newWorld(t, refuses(http.StatusUnauthorized, "GDF000014"))
	for range 3 {
		if _, err := w.client.RevealCard(t.Context(), cardKey); !issuer.Is(err, issuer.Unauthorized) || !strings.Contains(err.Error(), "privateKey") {
			t.Fatal(err)
		}
	}
	if n := len(w.requests()); n != 3 {
		t.Errorf("%d calls: revealing may just not be granted", n)
	}
	for range 3 {
		_, err := w.client.ListCards(t.Context())
		var e *issuer.Error
		if !errors.As(err, &e) || e.Class != issuer.Unauthorized {
			t.Fatal(err)
		}
	}
	if n := len(w.requests()); n != 4 {
		t.Errorf("%d calls", n)
	}
	w.clock.Advance(time.Minute)
	if _, err := w.client.ListCards(t.Context()); !issuer.Is(err, issuer.Unauthorized) || len(w.requests()) != 5 {
		t.Errorf("%v, %d calls", err, len(w.requests()))
	}
}

func TestNothingPrintsTheKeys(t *testing.T) {
	w := newWorld(t, says(200, ``))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if text := fmt.Sprintf(verb, w.client); strings.Contains(text, apiKey) || len(text) > 40 {
			t.Errorf("%s prints %q", verb, text)
		}
	}
	_ = transport.HeaderSafe("")
}

// webhook is one as the issuer signs it, unless a test changes something.
func webhook(t *testing.T, body string, change ...func(jwt.MapClaims, *issuer.Webhook)) issuer.Webhook {
	t.Helper()
	w := issuer.Webhook{Header: http.Header{}, URI: "/webhooks/ads/bank", Body: []byte(body), Now: epoch}
	said := jwt.MapClaims{"payload_md5": digest(w.Body), "timestamp": "2026-11-01T12:00:00.000000Z", "method": "POST", "uri": w.URI}
	for _, c := range change {
		c(said, &w)
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodES512, said).SignedString(theirs.key)
	if err != nil {
		t.Fatal(err)
	}
	if w.Header.Get(headerToken) == "" {
		w.Header.Set(headerToken, token)
	}
	if w.Header.Get(headerAPIKey) == "" {
		w.Header.Set(headerAPIKey, apiKey)
	}
	return w
}

// documented is the webhook of the document's page.
const documented = `{"webhook_type":"baas.prepaid_card.card","event_datetime":"2023-07-24T12:00:00.000Z","data":{"card_key":"9bd93e97-bb6d-410f-8981-06b2765f12a1",
"account_key":"595e08f0-da4e-40f7-8db4-f9a25c829818","program_key":"bf74df61-557a-45cb-914f-41e127a6e18c","status":"created","type":"virtual"}}`

func TestTheDocumentedWebhookIsBelievedToBeAHint(t *testing.T) {
	client := newWorld(t, says(200, ``)).client
	got, err := client.Verify(webhook(t, documented))
	if err != nil || got.CardID != "9bd93e97-bb6d-410f-8981-06b2765f12a1" || len(got.ID) != 64 || got.OTP != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := client.Verify(webhook(t, documented, func(c jwt.MapClaims, _ *issuer.Webhook) { c["timestamp"] = "2026-11-01T11:55:01.000000Z" })); err != nil {
		t.Errorf("within the window: %v", err)
	}
	rewritten := newWorld(t, says(200, ``), func(c *Config) { c.Options.WebhookURI = "/public/qitech" }).client
	if _, err := rewritten.Verify(webhook(t, documented, func(c jwt.MapClaims, _ *issuer.Webhook) { c["uri"] = "/public/qitech" })); err != nil {
		t.Errorf("a path that an ingress rewrites: %v", err)
	}
}

func TestAWebhookThatIsNotTheIssuersSaysNothing(t *testing.T) {
	client := newWorld(t, says(200, ``)).client
	sign := func(method jwt.SigningMethod, key any) func(jwt.MapClaims, *issuer.Webhook) {
		return func(said jwt.MapClaims, w *issuer.Webhook) {
			token, err := jwt.NewWithClaims(method, said).SignedString(key)
			if err != nil {
				t.Fatal(err)
			}
			w.Header.Set(headerToken, token)
		}
	}
	claim := func(name, value string) func(jwt.MapClaims, *issuer.Webhook) {
		return func(said jwt.MapClaims, _ *issuer.Webhook) { said[name] = value }
	}
	for name, change := range map[string]func(jwt.MapClaims, *issuer.Webhook){
		"no signature":         func(_ jwt.MapClaims, w *issuer.Webhook) { w.Header.Set(headerToken, "x") },
		"no algorithm":         sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
		"HMAC with the public": sign(jwt.SigningMethodHS256, []byte(theirs.public)),
		"our own key":          sign(jwt.SigningMethodES512, ours.key),
		"another API key":      func(_ jwt.MapClaims, w *issuer.Webhook) { w.Header.Set(headerAPIKey, "other") },
		"a changed body":       func(_ jwt.MapClaims, w *issuer.Webhook) { w.Body = append(w.Body, ' ') },
		"a shorter body":       func(_ jwt.MapClaims, w *issuer.Webhook) { w.Body = w.Body[:len(w.Body)-1] },
		"another path":         func(_ jwt.MapClaims, w *issuer.Webhook) { w.URI = "/webhooks/ads/other" },
		"another method":       claim("method", "GET"),
		"too old":              claim("timestamp", "2026-11-01T11:54:59.000000Z"),
		"from the future":      claim("timestamp", "2026-11-01T12:01:01.000000Z"),
		"no time":              claim("timestamp", "now"),
		"another digest":       claim("payload_md5", strings.Repeat("0", 32)),
	} {
		w := webhook(t, documented, change)
		if _, err := client.Verify(w); !issuer.Is(err, issuer.Unauthorized) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASignedWebhookThatCannotBeRead(t *testing.T) {
	client := newWorld(t, says(200, ``)).client
	for _, body := range []string{``, `{`, `{"data":7}`, `{"a":1,"a":2}`, `[]`} {
		if _, err := client.Verify(webhook(t, body)); !issuer.Is(err, issuer.Malformed) {
			t.Errorf("%q: %v", body, err)
		}
	}
	got, err := client.Verify(webhook(t, `{"data":{"card_key":"../x"}}`))
	if err != nil || got.CardID != "" {
		t.Errorf("a key that is none: %+v, %v", got, err)
	}
	blind := newWorld(t, says(200, ``), func(c *Config) { c.Credentials.WebhookPublicKey = issuer.Sensitive{} }).client
	if _, err := blind.Verify(webhook(t, documented)); !issuer.Is(err, issuer.Unsupported) || !strings.Contains(err.Error(), "webhookPublicKey") {
		t.Errorf("%v", err)
	}
	if blind.Capabilities().Has(issuer.FeatureWebhooks) || !client.Capabilities().Has(issuer.FeatureWebhooks) {
		t.Error("webhooks are had with the issuer's key, and not without")
	}
}

func FuzzVerify(f *testing.F) {
	client := &Client{public: &theirs.key.PublicKey, apiKey: issuer.NewSensitive(apiKey)}
	f.Add("a.b.c", documented, "/webhooks/ads/bank")
	f.Fuzz(func(t *testing.T, token, body, uri string) {
		w := issuer.Webhook{Header: http.Header{}, URI: uri, Body: []byte(body), Now: epoch}
		w.Header.Set(headerAPIKey, apiKey)
		w.Header.Set(headerToken, token)
		if notice, err := client.Verify(w); err == nil {
			t.Errorf("believed %+v", notice)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(row(cardKey, "a", "active")))
	f.Add([]byte(`{"code":"CARD000009"}`))
	f.Add([]byte(`{"card_number":"4242424242424242","cvv":"123","expiration_date":"01/30"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		_ = codeOf(body)
		var card wireCard
		if decode(body, &card) == nil {
			if got, err := card.port(); err == nil && (!validKey(got.ID) || got.State == "") {
				t.Errorf("%+v", got)
			}
		}
		var secrets wireSecrets
		if decode(body, &secrets) == nil {
			if got, err := secrets.port(); err == nil && got.PAN.Len() < 12 {
				t.Error("a short number")
			}
		}
	})
}

// What a genuine webhook says is read from its body alone.
func FuzzNotice(f *testing.F) {
	f.Add([]byte(documented))
	f.Add([]byte(`{"data":{"card_key":"` + cardKey + `"},"DATA":null}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		notice, readable := noticeOf(body)
		if readable != (notice.ID != "") || notice.CardID != "" && !validKey(notice.CardID) || notice.OTP != nil {
			t.Errorf("%+v", notice)
		}
	})
}

// A page of any form is one of cards, or none.
func FuzzPage(f *testing.F) {
	f.Add([]byte(`{"data":[` + row(cardKey, "a", "active") + `],"pagination":{"rows_per_page":1}}`))
	f.Add([]byte(`{"data":null}`))
	f.Add([]byte(`{"data":[null],"pagination":{"rows_per_page":-1}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := readPage(body, defaultPageSize)
		if err != nil && len(p.cards) != 0 {
			t.Errorf("%v, and %d cards", err, len(p.cards))
		}
		r := reading{known: map[string]bool{}}
		if fresh, _, err := r.take(p); err == nil && len(fresh) > len(p.cards) {
			t.Errorf("%d of %d cards are new", len(fresh), len(p.cards))
		}
	})
}
