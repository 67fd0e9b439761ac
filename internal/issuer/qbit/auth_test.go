package qbit_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
)

// tokens is a login server whose tokens the test can void.
type tokens struct {
	mu       sync.Mutex
	lifetime string
	made     int
	voided   int
	during   func()
	next     http.HandlerFunc
	// no is how a token is refused; default 401.
	no http.HandlerFunc
}

func (s *tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.URL.Path {
	case "/open-api/oauth/authorize":
		says(200, `{"timestamp":1,"code":"0123abcd"}`)(w, r)
	case "/open-api/oauth/access-token":
		s.made++
		if s.during != nil {
			s.during()
		}
		says(200, fmt.Sprintf(`{"accessToken":"token-%d","expiresIn":%s}`, s.made, s.lifetime))(w, r)
	default:
		var n int
		if _, err := fmt.Sscanf(r.Header.Get("x-qbit-access-token"), "token-%d", &n); err != nil || n <= s.voided {
			s.no(w, r)
			return
		}
		s.next(w, r)
	}
}

func (s *tokens) void() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.voided = s.made
}

func (s *tokens) logins() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.made
}

func tokenWorld(t *testing.T) (*world, *tokens) {
	s := &tokens{lifetime: "86400", next: says(200, `{"data":[]}`), no: says(401, `{"code":401,"message":"token"}`)}
	return newWorld(t, s.ServeHTTP, login), s
}

func TestLoginRequests(t *testing.T) {
	w, _ := tokenWorld(t)
	if _, err := w.client.ListBINs(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := w.All()
	if len(all) != 3 || all[0].Method != http.MethodGet || all[0].Path != "/open-api/oauth/authorize" || all[0].Query != "clientId=client" ||
		all[1].Method != http.MethodPost || all[1].Path != "/open-api/oauth/access-token" ||
		fmt.Sprint(object(t, all[1].Body)) != fmt.Sprint(map[string]any{"clientId": "client", "clientSecret": canarySecret, "code": "0123abcd"}) {
		t.Errorf("sent %+v", all)
	}
}

func TestTokenIsKeptAndRenewedInTime(t *testing.T) {
	for lifetime, renewed := range map[string]time.Duration{
		"86400": 24*time.Hour - 10*time.Minute, "900": 450 * time.Second, `"900"`: 450 * time.Second,
		"0": 50 * time.Minute, "null": 50 * time.Minute, "99999999999": 30*24*time.Hour - 10*time.Minute,
	} {
		w, s := tokenWorld(t)
		s.lifetime = lifetime
		for range 3 {
			_, _ = w.client.ListBINs(t.Context())
		}
		w.Clock.Advance(renewed - time.Second)
		_, _ = w.client.ListBINs(t.Context())
		if s.logins() != 1 {
			t.Errorf("%s: %d logins before the renewal is due", lifetime, s.logins())
		}
		w.Clock.Advance(time.Second)
		if _, err := w.client.ListBINs(t.Context()); err != nil || s.logins() != 2 {
			t.Errorf("%s: %d logins after %v, %v", lifetime, s.logins(), renewed, err)
		}
	}
}

func TestLivingTokenOutlastsABrokenLogin(t *testing.T) {
	w, s := tokenWorld(t)
	_, _ = w.client.ListBINs(t.Context())
	w.Answer = func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/open-api/oauth/") {
			says(500, "")(rw, r)
			return
		}
		s.ServeHTTP(rw, r)
	}
	w.Clock.Advance(24*time.Hour - time.Minute)
	if _, err := w.client.ListBINs(t.Context()); err != nil {
		t.Errorf("a minute before the end: %v", err)
	}
	w.Clock.Advance(time.Minute)
	if _, err := w.client.ListBINs(t.Context()); !issuer.Is(err, issuer.Unavailable) {
		t.Errorf("after the end: %v", err)
	}
}

func TestReadLogsInAgainOnce(t *testing.T) {
	w, s := tokenWorld(t)
	_, _ = w.client.ListBINs(t.Context())
	s.void()
	if _, err := w.client.ListBINs(t.Context()); err != nil || s.logins() != 2 {
		t.Errorf("%d logins, %v", s.logins(), err)
	}
}

func TestConcurrentRefusalsCauseOneLogin(t *testing.T) {
	w, s := tokenWorld(t)
	var wg sync.WaitGroup
	all := func() {
		for range 16 {
			wg.Go(func() {
				if _, err := w.client.ListBINs(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	all()
	if s.logins() != 1 {
		t.Errorf("%d logins at the start", s.logins())
	}
	s.void()
	all()
	if s.logins() != 2 {
		t.Errorf("%d logins after the token was voided", s.logins())
	}
}

// An issuer may refuse a token with a code of its own. A call with an effect is not sent
// again, but the next one has a new token.
func TestATokenThatIsRefusedWithoutA401(t *testing.T) {
	w, s := tokenWorld(t)
	s.no = says(200, `{"code":10401,"message":"access token is invalid or expired"}`)
	_, _ = w.client.ListBINs(t.Context())
	s.void()
	if _, err := w.client.ListBINs(t.Context()); err != nil || s.logins() != 2 {
		t.Errorf("a read: %v after %d logins", err, s.logins())
	}
	s.next = says(200, `{"data":true}`)
	s.void()
	sent := len(w.Requests())
	if err := w.client.FreezeCard(t.Context(), "c"); err == nil || len(w.Requests()) != sent+1 {
		t.Errorf("%v after %d requests", err, len(w.Requests())-sent)
	}
	if err := w.client.FreezeCard(t.Context(), "c"); err != nil || s.logins() != 3 {
		t.Errorf("the next one: %v after %d logins", err, s.logins())
	}
}

func TestMutatingCallIsNotSentAgainAfter401(t *testing.T) {
	for name, call := range movers(t) {
		w, s := tokenWorld(t)
		_, _ = w.client.ListBINs(t.Context())
		s.next = says(200, `{"data":true}`)
		s.void()
		err := call(w.client)
		if !issuer.Is(err, issuer.Unauthorized) || len(w.Requests()) != 2 || s.logins() != 1 {
			t.Errorf("%s: %v after %d requests and %d logins", name, err, len(w.Requests()), s.logins())
		}
		_ = call(w.client)
		if len(w.Requests()) != 3 || s.logins() != 2 {
			t.Errorf("%s: the next call made %d requests and %d logins", name, len(w.Requests())-2, s.logins()-1)
		}
	}
}

func TestRefusedLogin(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"401": says(401, ""), "403": says(403, page), "400": says(400, `{"code":40101,"message":"unknown client"}`),
		"business code": says(200, `{"code":40101,"message":"unknown client"}`), "422": says(422, `{"code":1,"message":"m"}`),
	} {
		w := newWorld(t, answer, login)
		err := w.client.FreezeCard(t.Context(), "c")
		if !issuer.Is(err, issuer.Unauthorized) || !strings.Contains(err.Error(), "clientId and clientSecret") {
			t.Errorf("%s: %v", name, err)
		}
		showsNoCanary(t, err)
		asked := len(w.All())
		for range 5 {
			if _, err = w.client.ListCards(t.Context()); !issuer.Is(err, issuer.Unauthorized) {
				t.Errorf("%s: %v", name, err)
			}
		}
		var e *issuer.Error
		if errors.As(err, &e); e.RetryAfter != 30*time.Second || len(w.All()) != asked {
			t.Errorf("%s: asked %d times more, retry after %v", name, len(w.All())-asked, e.RetryAfter)
		}
		w.Clock.Advance(30 * time.Second)
		_, _ = w.client.ListCards(t.Context())
		if len(w.All()) == asked {
			t.Errorf("%s: never tried again", name)
		}
	}
}

// A login that brings no token says of the call that wanted it that it was not made.
func TestBrokenLoginDefersMutatingCalls(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   issuer.Class
	}{
		"500": {says(500, ""), unavailable}, "page": {says(200, page), unavailable}, "404": {says(404, no), unavailable},
		"empty": {says(200, ""), unavailable}, "no code": {says(200, `{"timestamp":1}`), unavailable},
		"bad code": {says(200, `{"code":"a b\n"}`), unavailable}, "reset": {hijack("", true), unavailable},
		"redirect": {redirect, unavailable}, "429": {says(429, ""), issuer.RateLimited}, "400 page": {says(400, page), unavailable},
	} {
		w := newWorld(t, c.answer, login)
		err := movers(t)["move card"](w.client)
		if !issuer.Is(err, c.want) || issuer.OutcomeOf(err) != issuer.Deferred || len(w.Requests()) != 0 {
			t.Errorf("%s: %v, %d requests", name, err, len(w.Requests()))
		}
		if !strings.HasPrefix(err.Error(), "take from card: log in: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A login that is not found does not mean that there is no check.
func TestCheckNeedsALogin(t *testing.T) {
	w := newWorld(t, says(404, no), login)
	if _, err := w.client.CheckCard(t.Context(), issuer.CardOrder{Type: issuer.Prepaid, BIN: "493193"}); !issuer.Is(err, unavailable) {
		t.Error(err)
	}
}

func TestRefusedStaticTokenRests(t *testing.T) {
	w := newWorld(t, says(401, ""))
	_, err := w.client.ListCards(t.Context())
	if !issuer.Is(err, issuer.Unauthorized) || !strings.Contains(err.Error(), "accessToken") || len(w.All()) != 1 {
		t.Errorf("%v after %d requests", err, len(w.All()))
	}
	err = w.client.FreezeCard(t.Context(), "c")
	if !issuer.Is(err, issuer.Unauthorized) || len(w.All()) != 1 {
		t.Errorf("%v after %d requests", err, len(w.All()))
	}
	w.Answer = says(200, `{"data":true}`)
	w.Clock.Advance(30 * time.Second)
	if err := w.client.FreezeCard(t.Context(), "c"); err != nil {
		t.Error(err)
	}
}

// New tokens that are refused at once are not fetched again and again.
func TestUselessTokensRest(t *testing.T) {
	w, s := tokenWorld(t)
	s.voided = 1 << 30
	for range 5 {
		if _, err := w.client.ListCards(t.Context()); !issuer.Is(err, issuer.Unauthorized) {
			t.Error(err)
		}
		if err := w.client.FreezeCard(t.Context(), "c"); !issuer.Is(err, issuer.Unauthorized) {
			t.Error(err)
		}
	}
	if s.logins() != 1 {
		t.Errorf("%d logins", s.logins())
	}
}

// The login may take long; the permit is looked at after it.
func TestPermitIsCheckedAfterTheLogin(t *testing.T) {
	w, s := tokenWorld(t)
	s.during = func() { w.Clock.Advance(time.Minute) }
	permit := issuer.Permit{NotAfter: w.Clock.Now().Add(5 * time.Second)}
	err := w.client.MoveCardFunds(t.Context(), permit, transfer("c", issuer.In, "1", "t"))
	if !issuer.Is(err, issuer.Expired) || len(w.Requests()) != 0 {
		t.Errorf("%v, %d requests", err, len(w.Requests()))
	}
}

func TestEnvelopedLoginIsUnderstood(t *testing.T) {
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/authorize"):
			says(200, `{"code":0,"message":"ok","data":{"code":"0123abcd"}}`)(w, r)
		case strings.HasSuffix(r.URL.Path, "/access-token"):
			says(200, `{"code":0,"data":{"accessToken":"t","expiresIn":60}}`)(w, r)
		default:
			says(200, `{"data":true}`)(w, r)
		}
	}, login)
	if err := w.client.FreezeCard(t.Context(), "c"); err != nil || w.Last().Header.Get("x-qbit-access-token") != "t" {
		t.Error(err)
	}
}
