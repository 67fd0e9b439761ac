package interlace_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/interlace"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
)

// loginThen lets anybody in, and answers other calls with next.
func loginThen(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/open-api/v3/oauth/authorize":
			says(200, data(`{"timestamp":1,"code":"0123abcd"}`))(w, r)
		case "/open-api/v3/oauth/access-token":
			says(200, data(`{"accessToken":"`+issuertest.CanaryLogin+`","refreshToken":"r","expiresIn":86400,"timestamp":1}`))(w, r)
		default:
			next(w, r)
		}
	}
}

// The secret is not sent, by any call.
func TestLoginRequests(t *testing.T) {
	w := newWorld(t, loginThen(says(200, data(`[]`))), login)
	if _, err := w.client.ListScenarios(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := w.All()
	if len(all) != 3 || all[0].Method+all[0].Path+all[0].Query != "GET/open-api/v3/oauth/authorizeclientId=client" ||
		all[1].Method+all[1].Path != "POST/open-api/v3/oauth/access-token" ||
		fmt.Sprint(issuertest.Object(t, all[1].Body)) != fmt.Sprint(map[string]any{"clientId": "client", "code": "0123abcd"}) ||
		all[2].Header.Get("x-access-token") != issuertest.CanaryLogin {
		t.Errorf("sent %+v", all)
	}
	for _, r := range all {
		if strings.Contains(fmt.Sprint(r), issuertest.CanarySecret) {
			t.Errorf("the secret is sent: %s %s", r.Method, r.Path)
		}
	}
}

// A login without a usable answer defers the order that wanted it; one that is refused
// rests, and names the Secret's key.
func TestLoginsThatFail(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   issuer.Class
	}{
		"500": {says(500, ""), unavailable}, "page": {says(200, issuertest.Page), unavailable}, "bare": {says(200, `{"code":"0123abcd"}`), unavailable},
		"no code": {says(200, `{"data":{"code":"0123abcd"}}`), unavailable}, "empty": {says(200, data(`{}`)), unavailable}, "null": {says(200, data(`null`)), unavailable},
		"refused": {says(200, `{"code":"010001","message":"unknown client"}`), issuer.Unauthorized}, "401": {says(401, ""), issuer.Unauthorized},
		"429": {says(429, ""), issuer.RateLimited},
	} {
		w := newWorld(t, c.answer, login)
		err := movers(t)["fund card"](w.client)
		if !issuer.Is(err, c.want) || issuer.OutcomeOf(err) != issuer.Deferred || len(w.Requests()) != 0 {
			t.Errorf("%s: %v, %d requests", name, err, len(w.Requests()))
		}
		if c.want == issuer.Unauthorized && !strings.Contains(err.Error(), "key clientId,") {
			t.Errorf("%s: %v", name, err)
		}
		showsNoCanary(t, err)
	}
}

// A permit that ended during the login sends nothing.
func TestPermitIsCheckedAfterTheLogin(t *testing.T) {
	var w *world
	w = newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		w.Clock.Advance(time.Minute)
		loginThen(says(500, ""))(rw, r)
	}, login)
	permit := issuer.Permit{NotAfter: w.Clock.Now().Add(5 * time.Second)}
	err := w.client.MoveCardFunds(t.Context(), permit, transfer("c-1", issuer.In, "1", "t-1"))
	if !issuer.Is(err, issuer.Expired) || len(w.Requests()) != 0 {
		t.Errorf("%v, %d requests", err, len(w.Requests()))
	}
}

func TestEchoesAreNotShown(t *testing.T) {
	for _, status := range issuertest.EchoStatuses {
		for _, body := range issuertest.Echoes(issuertest.CanarySecret, issuertest.CanaryLogin, issuertest.CanaryPAN) {
			w := newWorld(t, loginThen(says(status, body)), login)
			for op, call := range readers(t) {
				if op != "secrets" { // that secret is no key: nothing is asked
					showsNoCanary(t, call(w.client))
				}
			}
		}
		for _, body := range issuertest.Echoes(issuertest.CanaryToken, issuertest.CanaryPAN) {
			w := newWorld(t, says(status, body))
			showsNoCanary(t, movers(t)["fund card"](w.client))
			_, err := w.client.RevealCard(t.Context(), "c-1")
			showsNoCanary(t, err)
		}
		for _, body := range issuertest.Echoes(issuertest.CanaryMail, "canary-id-number") {
			w := newWorld(t, says(status, body), options(interlace.Options{CardholderFields: map[string]string{"nationalId": "canary-id-number"}}))
			showsNoCanary(t, movers(t)["create cardholder"](w.client))
		}
	}
}

func TestClientShowsNothing(t *testing.T) {
	for _, s := range []setting{login, credentials(static(issuertest.CanarySecret))} {
		w := newWorld(t, loginThen(says(200, data(`[]`))), s)
		_, _ = w.client.ListScenarios(t.Context())
		asJSON, _ := json.Marshal(map[string]any{"client": w.client})
		issuertest.HoldsNoCanary(t, fmt.Sprintf("%v %+v %#v %s %q %s", w.client, w.client, w.client, w.client, w.client, asJSON))
	}
}

func TestConfigThatCannotWork(t *testing.T) {
	h := issuertest.Connect(t, issuertest.NewWorld(t, says(500, "")).Wire())
	s := issuer.NewSensitive
	good := interlace.Config{HTTP: h, AccountID: account, Credentials: static("")}
	for name, c := range map[string]struct {
		change func(*interlace.Config)
		says   string
	}{
		"no transport":  {func(c *interlace.Config) { c.HTTP = nil }, "transport"},
		"no account":    {func(c *interlace.Config) { c.AccountID = "" }, "spec.interlace.accountId"},
		"account id":    {func(c *interlace.Config) { c.AccountID = "a b" }, "spec.interlace.accountId"},
		"page size":     {func(c *interlace.Config) { c.Options.PageSize = 101 }, "pageSize"},
		"negative page": {func(c *interlace.Config) { c.Options.PageSize = -1 }, "pageSize"},
		"method":        {func(c *interlace.Config) { c.Options.RenameMethod = "POST" }, "renameMethod"},
		"own field":     {func(c *interlace.Config) { c.Options.CardholderFields = map[string]string{"accountId": "x"} }, "cardholderFields"},
		"odd field":     {func(c *interlace.Config) { c.Options.CardholderFields = map[string]string{"a b": "x"} }, "cardholderFields"},
		"nothing":       {func(c *interlace.Config) { c.Credentials = interlace.Credentials{} }, "clientSecret"},
		"no secret":     {func(c *interlace.Config) { c.Credentials = interlace.Credentials{ClientID: "canary"} }, "clientSecret"},
		"line break":    {func(c *interlace.Config) { c.Credentials.ClientSecret = s("canary\n") }, "key clientSecret"},
	} {
		cfg := good
		c.change(&cfg)
		client, err := interlace.New(cfg)
		if err == nil || client != nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := interlace.New(good); err != nil {
		t.Error(err)
	}
}
