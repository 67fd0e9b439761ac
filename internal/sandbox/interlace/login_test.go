package interlace_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/sandbox/interlace"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

type grant struct {
	AccessToken, RefreshToken string
	ExpiresIn                 int64
}

func (w *world) code() string {
	w.t.Helper()
	return read[struct{ Code string }](w, w.as("", "GET", "/oauth/authorize?clientId=client", "")).Code
}

func (w *world) exchange(code string) answer {
	w.t.Helper()
	return w.as("", "POST", "/oauth/access-token", fmt.Sprintf(`{"clientId":"client","code":%q}`, code))
}

func TestLoginNeedsNoSecretAndItsCodeWorksOnce(t *testing.T) {
	w := with(t, func(o *interlace.Options) { o.TokenLifetime = time.Hour })
	code := w.code()
	first := read[grant](w, w.exchange(code))
	if first.ExpiresIn != 3600 || first.RefreshToken == "" {
		t.Errorf("%+v", first)
	}
	w.refused(w.exchange(code), interlace.CodeGrant)
	if got := w.as(first.AccessToken, "GET", "/budgets", ""); got.status != http.StatusOK {
		t.Errorf("the token does not work: %v", got)
	}
	w.clock.Advance(time.Hour)
	w.refused(w.as(first.AccessToken, "GET", "/budgets", ""), interlace.CodeToken)
	again := read[grant](w, w.as("", "POST", "/oauth/refresh-token", fmt.Sprintf(`{"clientId":"client","refreshToken":%q}`, first.RefreshToken)))
	if again.RefreshToken != "" {
		t.Error("a refresh gives no new refresh token")
	}
	if got := w.as(again.AccessToken, "GET", "/budgets", ""); got.status != http.StatusOK {
		t.Errorf("the refreshed token does not work: %v", got)
	}
	w.handler.Expire()
	w.refused(w.as(again.AccessToken, "GET", "/budgets", ""), interlace.CodeToken)
}

func TestLoginRefusals(t *testing.T) {
	w := newWorld(t)
	late := w.code()
	w.clock.Advance(10 * time.Minute)
	w.refused(w.exchange(late), interlace.CodeGrant)
	w.refused(w.as("", "GET", "/oauth/authorize?clientId=nobody", ""), interlace.CodeClient)
	w.refused(w.as("", "GET", "/oauth/authorize?clientId=client&state=a-b", ""), interlace.CodeParameter)
	w.refused(w.as("", "POST", "/oauth/access-token", `{"clientId":"nobody","code":"x"}`), interlace.CodeClient)
	w.refused(w.as("", "POST", "/oauth/refresh-token", `{"clientId":"nobody"}`), interlace.CodeClient)
	w.refused(w.as("", "POST", "/oauth/refresh-token", `{"clientId":"client","refreshToken":"x"}`), interlace.CodeGrant)
	for _, path := range []string{"/oauth/access-token", "/oauth/refresh-token"} {
		w.refused(w.as("", "POST", path, `{`), interlace.CodeUnreadable)
	}
	for _, bad := range []string{"", "unknown"} {
		w.refused(w.as(bad, "GET", "/card-list?accountId="+account, ""), interlace.CodeToken)
	}
}

// Errors have a code of their own, and nothing of what was sent.
func TestErrorsDoNotLeak(t *testing.T) {
	w := newWorld(t)
	w.refused(w.call("GET", "/nothing", ""), interlace.CodeNoEndpoint)
	w.refused(w.call("POST", "/budgets", `{"name":"`+strings.Repeat("x", 2<<20)), interlace.CodeTooLarge)
	for _, sent := range []string{`{"hush`, `{"name":"hush","amount":{"hush":1}}`, `{"name":["hush"]}`, `{"accountId":"hush","name":"n"}`} {
		got := w.call("POST", "/budgets", sent)
		if got.status != http.StatusBadRequest || strings.Contains(got.text, "hush") {
			t.Errorf("%s: %d %s", sent, got.status, got.text)
		}
	}
}

func TestErrorsCanBeSpeltOtherwise(t *testing.T) {
	w := with(t, func(o *interlace.Options) { o.NumericErrors, o.ErrorsOK = true, true })
	for path, want := range map[string]string{
		"/budgets/nobody":             `200 {"code":400021,"message":"budget does not exist"}`,
		"/budgets?accountId=" + other: `200 {"code":10021,"message":"account does not exist"}`,
		"/nothing":                    `404 {"code":404000,"message":"no such endpoint"}`,
	} {
		if got := w.call("GET", path, ""); fmt.Sprint(got.status, " ", got.text) != want {
			t.Errorf("%s: %d %s", path, got.status, got.text)
		}
	}
	if got := w.as("", "GET", "/budgets", ""); got.status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", got.status)
	}
}

func TestASecretMustBeAKey(t *testing.T) {
	l, err := ledger.New(ledger.Options{Clock: clock.NewFake(start), Accounts: []ledger.Account{{ID: account}}})
	if err != nil {
		t.Fatal(err)
	}
	for length, good := range map[int]bool{0: false, 15: false, 16: true, 24: true, 31: false, 32: true} {
		_, err := interlace.New(l, interlace.Options{Clients: []interlace.Client{{ID: "c", Secret: secret[:length], AccountID: account}}})
		if (err == nil) != good {
			t.Errorf("%d bytes: %v", length, err)
		}
		if err != nil && length > 0 && strings.Contains(err.Error(), secret[:length]) {
			t.Errorf("the error quotes the secret: %v", err)
		}
	}
	if _, err := interlace.New(l, interlace.Options{}); err != nil {
		t.Errorf("without clients: %v", err)
	}
}
