package notify

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

func (s *stage) post(body string) (int, string) {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.Admin().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/sandbox/webhooks", strings.NewReader(body)))
	return w.Code, w.Body.String()
}

func TestTheAdminEndpoint(t *testing.T) {
	s := newStage(t, Interlace, func(o *Options) { o.Queue = 3 })
	card := s.issue()
	s.Flush(context.Background())
	for name, c := range map[string]struct {
		body string
		want int
	}{
		"no JSON":          {"{", 400},
		"unknown field":    {`{"event":"otp","pin":"1"}`, 400},
		"too large":        {`{"event":"` + strings.Repeat("x", maxRequest) + `"}`, 400},
		"unknown fault":    {`{"event":"otp","cardId":"` + card.ID + `","fault":"lie"}`, 400},
		"unknown card":     {`{"event":"otp","cardId":"x"}`, 400},
		"unknown event":    {`{"event":"x","cardId":"` + card.ID + `"}`, 400},
		"no duration":      {`{"event":"otp","cardId":"` + card.ID + `","expiresIn":"soon"}`, 400},
		"negative":         {`{"event":"otp","cardId":"` + card.ID + `","expiresIn":"-5m"}`, 400},
		"a code":           {`{"event":"otp","cardId":"` + card.ID + `","expiresIn":"5m"}`, 202},
		"a card, unsigned": {`{"event":"card","cardId":"` + card.ID + `","fault":"unsigned"}`, 202},
	} {
		if status, body := s.post(c.body); status != c.want {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	before := len(s.box.all())
	s.Flush(context.Background())
	if got := len(s.box.all()) - before; got != 2 {
		t.Errorf("%d came", got)
	}
	for range 3 {
		s.post(`{"event":"card","cardId":"` + card.ID + `"}`)
	}
	if status, body := s.post(`{"event":"card","cardId":"` + card.ID + `"}`); status != http.StatusServiceUnavailable {
		t.Errorf("%d %s", status, body)
	}
	w := httptest.NewRecorder()
	s.Admin().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/sandbox/webhooks", nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"dropped":1`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	l, err := ledger.New(ledger.Options{Accounts: []ledger.Account{{ID: "a", Opening: money.Must("1")}}})
	if err != nil {
		t.Fatal(err)
	}
	small, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const url = "http://127.0.0.1/"
	for name, o := range map[string]Options{
		"no URL":            {Dialect: Qbit, Secret: "s"},
		"another scheme":    {Dialect: Qbit, Secret: "s", URL: "ftp://x/"},
		"unreadable URL":    {Dialect: Qbit, Secret: "s", URL: "http://%zz"},
		"no secret":         {Dialect: Interlace, URL: url},
		"no dialect":        {URL: url},
		"no key":            {Dialect: QITech, URL: url},
		"no PEM of a key":   {Dialect: QITech, URL: url, PrivateKey: "-----BEGIN X-----\nAAAA\n-----END X-----\n"},
		"another curve":     {Dialect: QITech, URL: url, PrivateKey: pemOf(t, small)},
		"unknown fault":     {Dialect: Qbit, Secret: "s", URL: url, Chances: map[Fault]float64{"lie": 1}},
		"impossible chance": {Dialect: Qbit, Secret: "s", URL: url, Chances: map[Fault]float64{Delay: 2}},
	} {
		if _, err := New(l, o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	large, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(large)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParsePrivateKey(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))); err != nil {
		t.Errorf("PKCS #8: %v", err)
	}
}
