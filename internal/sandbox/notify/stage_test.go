package notify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const secret = "0123456789abcdef0123456789abcdef"

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// arrival is a message as it came.
type arrival struct {
	header http.Header
	uri    string
	body   []byte
}

// mailbox receives webhooks.
type mailbox struct {
	*httptest.Server
	mu       sync.Mutex
	arrivals []arrival
	// answer of the n-th arrival, from 1; nil takes all.
	answer func(n int) (int, string)
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	m := &mailbox{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		m.mu.Lock()
		m.arrivals = append(m.arrivals, arrival{r.Header, r.URL.RequestURI(), body})
		status, text := 200, `{"received": true}`
		if m.answer != nil {
			status, text = m.answer(len(m.arrivals))
		}
		m.mu.Unlock()
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *mailbox) all() []arrival {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.arrivals)
}

// stage is a ledger with a notifier under a virtual clock.
type stage struct {
	*Notifier
	t     *testing.T
	book  ledger.Book
	box   *mailbox
	clock *clock.Fake
	key   *ecdsa.PrivateKey
}

func newStage(t *testing.T, dialect Dialect, change ...func(*Options)) *stage {
	t.Helper()
	s := &stage{t: t, box: newMailbox(t), clock: clock.NewFake(noon)}
	l, err := ledger.New(ledger.Options{Clock: s.clock, Accounts: []ledger.Account{{ID: "acc-1", Opening: money.Must("1000")}, {ID: "acc-2", Opening: money.Must("1000")}}})
	if err != nil {
		t.Fatal(err)
	}
	if s.book, err = l.Book("acc-1"); err != nil {
		t.Fatal(err)
	}
	opts := Options{Dialect: dialect, URL: s.box.URL + "/webhooks/cards/main?a=b", Secret: secret, Clock: s.clock, Account: "acc-1"}
	if dialect == QITech {
		if s.key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader); err != nil {
			t.Fatal(err)
		}
		opts.Secret, opts.PrivateKey, opts.APIKey, opts.AccountKey = "", pemOf(t, s.key), "api-key", "account-key"
	}
	for _, c := range change {
		c(&opts)
	}
	if s.Notifier, err = New(l, opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func pemOf(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
}

func (s *stage) issue() ledger.Card {
	s.t.Helper()
	card, err := s.book.IssueCard(ledger.CardOrder{
		Type: ledger.Prepaid, BIN: "493193", Funding: money.Must("10.50"), Label: "ads <1> & more", Holder: ledger.Holder{FirstName: "A", LastName: "B"},
		Address: &ledger.Address{Line1: "1 Main St", City: "San Jose", Country: "US"},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return card
}

func (s *stage) want(c Counts) {
	s.t.Helper()
	if got := s.Counts(); got != c {
		s.t.Errorf("counts %+v, want %+v", got, c)
	}
}

// kinds are the messages' names and whether their signatures hold.
func (s *stage) kinds(check func(arrival) (string, bool)) string {
	s.t.Helper()
	var lines []string
	for _, a := range s.box.all() {
		kind, holds := check(a)
		lines = append(lines, fmt.Sprint(kind, " ", holds))
	}
	return strings.Join(lines, ", ")
}

func decode(body []byte) map[string]any {
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.UseNumber()
	var m map[string]any
	_ = d.Decode(&m)
	return m
}

// The receivers' side, written from the reference pages.

func checkQbit(a arrival) (string, bool) {
	m := decode(a.body)
	data, _ := m["data"].(map[string]any)
	keys := []string{}
	for k := range data {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var parts []string
	for _, k := range keys {
		value := ""
		switch v := data[k].(type) {
		case nil:
		case string:
			value = v
		case json.Number:
			value = v.String()
		default:
			text, _ := json.Marshal(v)
			value = string(text)
		}
		parts = append(parts, k+"="+value)
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(strings.Join(parts, "&")))
	return fmt.Sprint(m["businessType"], " ", data["status"]), m["sign"] == hex.EncodeToString(mac.Sum(nil))
}

func checkInterlace(a arrival) (string, bool) {
	m := decode(a.body)
	resource, _ := m["resource"].(string)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(resource))
	holds := a.header.Get("Signature") == base64.StdEncoding.EncodeToString(mac.Sum(nil)) && a.header.Get("Signature-Method") == "HMAC-SHA256"
	return fmt.Sprint(m["eventType"], " ", decode([]byte(resource))["status"]), holds
}

func (s *stage) checkQITech(a arrival) (string, bool) {
	m := decode(a.body)
	data, _ := m["data"].(map[string]any)
	claims := jwt.MapClaims{}
	_, err := jwt.NewParser(jwt.WithValidMethods([]string{"ES512"}), jwt.WithStrictDecoding()).ParseWithClaims(a.header.Get("Authorization"), claims,
		func(*jwt.Token) (any, error) { return &s.key.PublicKey, nil })
	sum := md5.Sum(a.body)
	at, _ := claims["timestamp"].(string)
	signed, parseErr := time.Parse("2006-01-02T15:04:05.000000Z", at)
	holds := err == nil && parseErr == nil && claims["payload_md5"] == hex.EncodeToString(sum[:]) && claims["method"] == "POST" && claims["uri"] == a.uri &&
		a.header.Get("Api-Client-Key") == "api-key" && s.clock.Now().Sub(signed).Abs() < 5*time.Minute
	return fmt.Sprint(m["webhook_type"], " ", data["old_status"], "->", data["status"]), holds
}
