package qbit_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/issuer/qbit"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

func TestEchoedCredentialsAreNotShown(t *testing.T) {
	for _, status := range issuertest.EchoStatuses {
		for _, body := range issuertest.Echoes(canarySecret, canaryLogin, canaryPAN) {
			w := newWorld(t, loginThen(says(status, body)), login)
			for _, call := range readers(t) {
				showsNoCanary(t, call(w.client))
			}
		}
		for _, body := range issuertest.Echoes(canaryToken, canaryPAN) {
			w := newWorld(t, says(status, body))
			showsNoCanary(t, w.client.FreezeCard(t.Context(), "c"))
		}
	}
}

func TestEchoedOrdersAreNotShown(t *testing.T) {
	const mail = "canary@example.com"
	for _, status := range issuertest.EchoStatuses {
		for _, body := range issuertest.Echoes(canaryAccount, canaryPAN, mail) {
			w := newWorld(t, says(status, body))
			_, err := w.client.CreateReceiver(t.Context(), issuer.Permit{}, issuer.ReceiverOrder{
				AccountNumber: issuer.NewSensitive(canaryAccount), IBAN: issuer.NewSensitive(canaryPAN), BusinessNo: issuer.NewSensitive(mail),
			})
			showsNoCanary(t, err)
		}
		for _, body := range issuertest.Echoes(canaryPAN, mail) {
			w := newWorld(t, says(status, body))
			showsNoCanary(t, w.client.CreateCard(t.Context(), issuer.Permit{}, issuer.CardOrder{
				Type: issuer.Prepaid, BIN: "493193", Label: "l", Cardholder: issuer.Cardholder{Email: mail, Phone: canaryPAN},
			}))
		}
	}
}

// loginThen lets anybody in, and answers other calls with next.
func loginThen(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/open-api/oauth/authorize":
			says(200, `{"timestamp":1,"code":"0123abcd"}`)(w, r)
		case "/open-api/oauth/access-token":
			says(200, `{"accessToken":"`+canaryLogin+`","refreshToken":"r","expiresIn":86400,"timestamp":1}`)(w, r)
		default:
			next(w, r)
		}
	}
}

func TestEchoedSecretsInChecks(t *testing.T) {
	w := newWorld(t, says(200, `{"data":[{"key":"`+canaryPAN+`","reason":"`+canaryToken+` `+canaryPAN+`"}]}`))
	problems, err := w.client.CheckCard(t.Context(), issuer.CardOrder{Type: issuer.Prepaid, BIN: "493193"})
	if text := fmt.Sprint(problems); err != nil || strings.Contains(text, canaryPAN) || strings.Contains(text, canaryToken) {
		t.Errorf("%v, %v", text, err)
	}
}

func TestClientShowsNothing(t *testing.T) {
	for _, s := range [][]setting{nil, {login}} {
		w := newWorld(t, loginThen(says(200, `{"data":[]}`)), s...)
		_, _ = w.client.ListBINs(t.Context())
		asJSON, _ := json.Marshal(map[string]any{"client": w.client})
		text := fmt.Sprintf("%v %+v %#v %s %q %s", w.client, w.client, w.client, w.client, w.client, asJSON)
		issuertest.HoldsNoCanary(t, text)
	}
}

func TestCredentialsThatCannotBeSent(t *testing.T) {
	hosts, _ := transport.ParseAllowList([]string{"127.0.0.1"})
	h, _ := transport.New(transport.Config{BaseURL: "http://127.0.0.1", Allow: hosts})
	s := issuer.NewSensitive
	for key, c := range map[string]qbit.Credentials{
		"clientId":     {ClientID: "canary\n", ClientSecret: s("x")},
		"clientSecret": {ClientID: "x", ClientSecret: s("canary\x00")},
		"accessToken":  {AccessToken: s("canár canary")},
		"or access":    {ClientID: "canary"},
	} {
		_, err := qbit.New(qbit.Config{HTTP: h, Credentials: c})
		if !issuer.Is(err, issuer.Unauthorized) || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
		showsNoCanary(t, err)
	}
}
