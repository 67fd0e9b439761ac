package qbit_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/qbit"
)

type grant struct {
	AccessToken, RefreshToken string
	ExpiresIn                 int64
}

func (w *world) code() string {
	w.t.Helper()
	got := read[struct{ State, Code string }](w, w.call("GET", "/open-api/oauth/authorize?clientId=client&state=abc", ""))
	if got.State != "abc" {
		w.t.Errorf("state is %q", got.State)
	}
	return got.Code
}

func (w *world) exchange(secret, code string) answer {
	return w.call("POST", "/open-api/oauth/access-token",
		fmt.Sprintf(`{"clientId":"client","clientSecret":%q,"code":%q}`, secret, code))
}

func TestLogin(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.qbit.TokenLifetime = time.Hour })
	code := w.code()
	first := read[grant](w, w.exchange("secret", code))
	if len(first.AccessToken) != 40 || first.ExpiresIn != 3600 {
		t.Errorf("%+v", first)
	}
	w.refused(w.exchange("secret", code), qbit.CodeGrant)
	if got := w.as(first.AccessToken, "GET", "/cards", ""); got.status != http.StatusOK {
		t.Errorf("the token does not work: %v", got)
	}
	w.clock.Advance(time.Hour)
	w.refused(w.as(first.AccessToken, "GET", "/cards", ""), qbit.CodeToken)
	refreshed := read[grant](w, w.call("POST", "/open-api/oauth/refresh-token",
		fmt.Sprintf(`{"clientId":"client","refreshToken":%q}`, first.RefreshToken)))
	if refreshed.RefreshToken != "" {
		t.Error("a refresh gives no new refresh token")
	}
	if got := w.as(refreshed.AccessToken, "GET", "/cards", ""); got.status != http.StatusOK {
		t.Errorf("the refreshed token does not work: %v", got)
	}
}

func TestLoginRefusals(t *testing.T) {
	w := newWorld(t)
	w.refused(w.call("GET", "/open-api/oauth/authorize?clientId=nobody", ""), qbit.CodeClient)
	w.refused(w.call("GET", "/open-api/oauth/authorize?clientId=client&state=a-b", ""), qbit.CodeParameter)
	w.refused(w.exchange("wrong", w.code()), qbit.CodeClient)
	late := w.code()
	w.clock.Advance(10 * time.Minute)
	w.refused(w.exchange("secret", late), qbit.CodeGrant)
	w.refused(w.call("POST", "/open-api/oauth/refresh-token", `{"clientId":"client","refreshToken":"x"}`), qbit.CodeGrant)
	for _, bad := range []string{"", "unknown"} {
		w.refused(w.as(bad, "GET", "/cards", ""), qbit.CodeToken)
	}
}

func TestTokenIsReadFromEveryPrintedHeader(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"x-qbit-access-token", "x-ipeakoin-access-token", "x-access-token"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/open-api/v1/cards", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(name, token)
		if got := w.send(r); got.status != http.StatusOK {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestUnknownEndpointAndHugeBody(t *testing.T) {
	w := newWorld(t)
	w.refused(w.call("GET", "/nothing", ""), qbit.CodeNoEndpoint)
	w.refused(w.call("PATCH", "/cards", ""), qbit.CodeNoEndpoint)
	w.refused(w.call("POST", "/budget", `{"name":"`+string(make([]byte, 2<<20))), qbit.CodeUnreadable)
}
