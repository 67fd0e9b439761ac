package session_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/issuer/oauth"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// open connects a session whose dialect a test chooses.
func open(t *testing.T, answer http.HandlerFunc, d session.Dialect) (*issuertest.World, *session.Session) {
	t.Helper()
	w := issuertest.NewWorld(t, answer)
	h := issuertest.Connect(t, w.Wire())
	d.Prefix, d.TokenHeader = "/v9", "x-token"
	k := oauth.New(h, oauth.Credentials{AccessToken: issuer.NewSensitive(issuertest.CanaryToken)}, oauth.Dialect{Read: oauth.ReadBare})
	return w, session.New(h, k, "a-1", d)
}

func pay(body any) session.Call {
	k := session.Mutate("pay", http.MethodPost, "/pay", issuer.Permit{}, body)
	k.Key = "key-1"
	return k
}

// An order that cannot be written is not sent.
func TestAnOrderThatCannotBeWritten(t *testing.T) {
	w, s := open(t, issuertest.Says(200, `{"data":true}`), session.Dialect{})
	err := s.Do(t.Context(), pay(func() {}), envelope.WantTrue)
	if !issuer.Is(err, issuer.Invalid) || issuer.OutcomeOf(err) != issuer.Rejected || len(w.All()) != 0 {
		t.Errorf("%v after %d requests", err, len(w.All()))
	}
}

func TestWhatTravelsWithACall(t *testing.T) {
	w, s := open(t, issuertest.Says(200, `{"data":true}`), session.Dialect{})
	issuertest.Must(t, s.Do(t.Context(), pay(map[string]string{"a": "b"}), envelope.WantTrue))
	r := w.Last()
	if r.Path != "/v9/pay" || r.Body != `{"a":"b"}` || r.Header.Get("x-token") != issuertest.CanaryToken || r.Header.Get("Idempotency-Key") != "key-1" {
		t.Errorf("sent %+v", r)
	}
	if got := strings.Join(s.Secrets(), "|"); !strings.Contains(got, issuertest.CanaryToken) {
		t.Error("the token is not among the secrets")
	}
}

// A dialect may refuse the form of an answer, and may doubt a refusal of a call with an
// effect; a read's refusal stays one.
func TestDialectsJudgeAnswers(t *testing.T) {
	no := issuertest.Says(200, `{"code":7,"message":"twin"}`)
	twin := session.Dialect{Twin: func(k session.Call, a envelope.Answer) bool { return k.Key != "" && a.Message == "twin" }}
	_, s := open(t, no, twin)
	err := s.Do(t.Context(), pay(nil), envelope.WantTrue)
	if !issuer.Is(err, issuer.Ambiguous) || !strings.Contains(err.Error(), "code 7") || !strings.Contains(err.Error(), "twin") {
		t.Errorf("a payment: %v", err)
	}
	read := session.Read("look", "/look", nil)
	read.Key = "key-1"
	if err := s.Do(t.Context(), read, envelope.WantTrue); !issuer.Is(err, issuer.Invalid) {
		t.Errorf("a read: %v", err)
	}
	_, s = open(t, no, session.Dialect{Admits: func(session.Call, envelope.Answer) error { return errors.New("not so") }})
	if err := s.Do(t.Context(), pay(nil), envelope.WantTrue); !issuer.Is(err, issuer.Ambiguous) {
		t.Errorf("not admitted: %v", err)
	}
	if err := s.Do(t.Context(), read, envelope.WantTrue); !issuer.Is(err, issuer.Malformed) {
		t.Errorf("not admitted: %v", err)
	}
}

// Some issuers say with another status than 401 that a token is no good. Of a call with an
// effect such words prove nothing.
func TestARefusalThatIsAboutTheToken(t *testing.T) {
	for _, message := range []string{"access token is invalid or expired", "Invalid access token", "TOKEN 已过期"} {
		_, s := open(t, issuertest.Says(200, `{"code":10401,"message":"`+message+`"}`), session.Dialect{})
		if err := s.Do(t.Context(), session.Read("look", "/look", nil), envelope.WantTrue); !issuer.Is(err, issuer.Unauthorized) {
			t.Errorf("%s, a read: %v", message, err)
		}
		_, s = open(t, issuertest.Says(200, `{"code":10401,"message":"`+message+`"}`), session.Dialect{})
		if err := s.Do(t.Context(), pay(nil), envelope.WantTrue); !issuer.Is(err, issuer.Invalid) || !issuer.IsDoubtful(err) {
			t.Errorf("%s, a payment: %v", message, err)
		}
	}
	_, s := open(t, issuertest.Says(200, `{"code":7,"message":"the token field of the form is too long"}`), session.Dialect{})
	if err := s.Do(t.Context(), session.Read("look", "/look", nil), envelope.WantTrue); !issuer.Is(err, issuer.Invalid) {
		t.Errorf("another complaint: %v", err)
	}
}

func TestAListWhoseFormIsUnknownIsAnError(t *testing.T) {
	_, s := open(t, issuertest.Says(200, `{"data":{}}`), session.Dialect{PageSize: 10, MaxPages: 3, ListForm: func(envelope.Answer) (json.RawMessage, wire.Count, error) {
		return nil, wire.Count{}, errors.New("no list")
	}})
	rows, err := session.All(t.Context(), s, session.List[string]{Op: "list", Path: "/list", Rows: wire.RowsOf(func(s string) (string, error) { return s, nil }), ID: func(s string) string { return s }})
	if !issuer.Is(err, issuer.Malformed) || rows != nil {
		t.Errorf("%v, %v", rows, err)
	}
}

// A refused token is renewed for a read, once, and for the next payment, never for this
// one.
func TestOnlyAReadIsMadeAgain(t *testing.T) {
	var voided, paid, read int
	w := issuertest.NewWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		answer := issuertest.Says(200, `{"data":true}`)
		switch {
		case strings.HasSuffix(r.URL.Path, "/oauth/authorize"):
			answer = issuertest.Says(200, `{"code":"0123abcd"}`)
		case strings.HasSuffix(r.URL.Path, "/oauth/token"):
			answer = issuertest.Says(200, `{"accessToken":"t","expiresIn":86400}`)
		case voided > 0:
			voided--
			answer = issuertest.Says(401, "")
		}
		switch r.URL.Path {
		case "/v9/pay":
			paid++
		case "/v9/look":
			read++
		}
		answer(rw, r)
	})
	h := issuertest.Connect(t, w.Wire())
	k := oauth.New(h, oauth.Credentials{ClientID: "c", ClientSecret: issuer.NewSensitive("s")}, oauth.Dialect{
		AuthorizePath: "/oauth/authorize", TokenPath: "/oauth/token", Read: oauth.ReadBare,
	})
	s := session.New(h, k, "", session.Dialect{Prefix: "/v9", TokenHeader: "x-token"})
	look := session.Read("look", "/look", nil)
	issuertest.Must(t, s.Do(t.Context(), look, envelope.WantTrue))
	voided = 1
	if err := s.Do(t.Context(), pay(nil), envelope.WantTrue); !issuer.Is(err, issuer.Unauthorized) || paid != 1 {
		t.Errorf("%v after %d payments", err, paid)
	}
	issuertest.Must(t, s.Do(t.Context(), pay(nil), envelope.WantTrue))
	voided = 1
	if err := s.Do(t.Context(), look, envelope.WantTrue); err != nil || read != 3 || paid != 2 {
		t.Errorf("%v after %d reads and %d payments", err, read, paid)
	}
}

// Nothing tells a security code from another number, so the words about a card's secrets have none.
func TestARefusalToRevealIsToldWithoutDigits(t *testing.T) {
	_, s := open(t, issuertest.Says(200, `{"code":"10025","message":"no PCI access for 12/31, 987"}`), session.Dialect{})
	k := session.Read("reveal card", "/look", nil)
	for _, reveals := range []bool{false, true} {
		k.Reveals = reveals
		err := s.Do(t.Context(), k, envelope.WantTrue)
		if !issuer.Is(err, issuer.Invalid) || !strings.Contains(err.Error(), "10025") || strings.Contains(err.Error(), "987") == reveals {
			t.Errorf("reveals %v: %v", reveals, err)
		}
	}
}

// One call that is not granted is refused alone: it neither stops the others nor costs a login
// each time. A token that was voided is told from it, since another helps.
func TestACallThatIsNotGrantedIsRefusedAlone(t *testing.T) {
	var logins int
	refuse := map[string]bool{"/v9/reveal": true, "/v9/freeze": true}
	w := issuertest.NewWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		answer := issuertest.Says(200, `{"data":true}`)
		switch {
		case strings.HasSuffix(r.URL.Path, "/oauth/authorize"):
			answer = issuertest.Says(200, `{"code":"0123abcd"}`)
		case strings.HasSuffix(r.URL.Path, "/oauth/token"):
			logins++
			answer = issuertest.Says(200, `{"accessToken":"t`+strings.Repeat("x", logins)+`","expiresIn":86400}`)
		case refuse[r.URL.Path]:
			answer = issuertest.Says(401, "")
		}
		answer(rw, r)
	})
	k := oauth.New(issuertest.Connect(t, w.Wire()), oauth.Credentials{ClientID: "c", ClientSecret: issuer.NewSensitive("s")}, oauth.Dialect{
		AuthorizePath: "/oauth/authorize", TokenPath: "/oauth/token", Read: oauth.ReadBare,
	})
	s := session.New(issuertest.Connect(t, w.Wire()), k, "", session.Dialect{Prefix: "/v9", TokenHeader: "x-token"})
	list := session.Read("list", "/list", nil)
	list.Vital = true
	call := map[string]session.Call{
		"reveal": session.Read("reveal", "/reveal", nil), "list": list,
		"freeze": session.Mutate("freeze", http.MethodPost, "/freeze", issuer.Permit{}, nil),
	}
	try := func(op string, granted bool, wantLogins int) {
		t.Helper()
		err := s.Do(t.Context(), call[op], envelope.WantTrue)
		if granted != (err == nil) || err != nil && !issuer.Is(err, issuer.Unauthorized) || logins != wantLogins {
			t.Errorf("%s: %v after %d logins, want %d", op, err, logins, wantLogins)
		}
	}
	try("reveal", false, 1) // before anything has proven the token
	try("list", true, 1)
	try("reveal", false, 2) // the token may have been at fault
	try("list", true, 2)
	try("freeze", false, 2) // not made again, and so not known to be of no use
	try("list", true, 3)
	for range 3 {
		try("reveal", false, 3)
		try("freeze", false, 3)
		try("list", true, 3)
	}
	w.Clock.Advance(10 * time.Minute)
	try("reveal", false, 4)
	try("list", true, 4)
	refuse = map[string]bool{"/v9/list": true}
	try("reveal", true, 4)
	try("list", false, 5) // a new token, which nothing has proven: the credentials rest
	try("reveal", false, 5)
	refuse = nil
	w.Clock.Advance(30 * time.Second)
	try("reveal", true, 6)
	refuse = map[string]bool{"/v9/reveal": true} // voided, and then another one works
	try("reveal", false, 7)
	refuse = nil
	try("reveal", true, 7)
}

// A call that sets a state, and that the issuer does not have, is refused for certain, in words
// that say what to change. Of an order nobody knows: something else may have answered.
func TestACallThatTheIssuerDoesNotHave(t *testing.T) {
	set := session.Repeat("set", http.MethodPut, "/set", nil)
	named := set
	named.Option = "try spec.x.method"
	for _, c := range []struct {
		call  session.Call
		class issuer.Class
		says  string
	}{
		{set, issuer.Invalid, "it takes no PUT for this; ask it which call does this"},
		{named, issuer.Invalid, "it takes no PUT for this; try spec.x.method"},
		{pay(nil), issuer.Ambiguous, ""},
	} {
		for _, status := range []int{http.StatusMethodNotAllowed, http.StatusNotImplemented} {
			for _, body := range []string{"", "<html>no</html>", `{"code":405,"message":"no"}`} {
				_, s := open(t, issuertest.Says(status, body), session.Dialect{})
				err := s.Do(t.Context(), c.call, envelope.WantTrue)
				want := c.class
				if status == http.StatusMethodNotAllowed && strings.HasPrefix(body, "{") {
					want = issuer.Invalid // in the issuer's own words, an order's too
				}
				if !issuer.Is(err, want) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s, %d %q: %v", c.call.Op, status, body, err)
				}
			}
		}
	}
	_, s := open(t, issuertest.Says(http.StatusInternalServerError, ""), session.Dialect{})
	if err := s.Do(t.Context(), set, envelope.WantTrue); !issuer.Is(err, issuer.Ambiguous) {
		t.Errorf("any other trouble stays unclear: %v", err)
	}
}

// The turn comes with a login: credentials that the issuer refuses are refused before anything
// is claimed, and by one login for all.
func TestATurnLogsInFirst(t *testing.T) {
	w := issuertest.NewWorld(t, issuertest.Says(401, `{"code":401,"message":"no"}`))
	k := oauth.New(issuertest.Connect(t, w.Wire()), oauth.Credentials{ClientID: "c", ClientSecret: issuer.NewSensitive("s")}, oauth.Dialect{Read: oauth.ReadBare, Keys: "keys"})
	s := session.New(issuertest.Connect(t, w.Wire()), k, "", session.Dialect{TokenHeader: "x-token"})
	for range 3 {
		if turn, err := s.Turn(t.Context()); !issuer.Is(err, issuer.Unauthorized) || turn != nil || !strings.HasPrefix(err.Error(), "wait for a turn: log in: ") {
			t.Errorf("%v, %v", turn, err)
		}
	}
	if n := len(w.All()); n != 1 {
		t.Errorf("%d logins", n)
	}
	_, s = open(t, issuertest.Says(200, `{"data":true}`), session.Dialect{})
	turn, err := s.Turn(t.Context())
	issuertest.Must(t, err)
	issuertest.Must(t, s.Do(turn, pay(nil), envelope.WantTrue))
}
