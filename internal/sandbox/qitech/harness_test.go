package qitech_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qitech"
)

// The keys of the document's sample, and those of another client.
const (
	account      = "5294ed8d-08fc-4397-b15f-6d9aa07b0041"
	program      = "7d405c31-ec9a-46c1-8ac8-54bab209bf41"
	plastic      = "7d405c31-ec9a-46c1-8ac8-54bab209bf42"
	other        = "22222222-2222-4222-8222-222222222222"
	apiKey       = "33333333-3333-4333-8333-333333333333"
	otherAPIKey  = "44444444-4444-4444-8444-444444444444"
	emptyMD5     = "99914b932bd37a50b983c5e7c90ae93b"
	activation   = 7 * time.Minute
	cardsOfMine  = "/prepaid/card?account_key=" + account
	timestampFmt = "2006-01-02T15:04:05.000000Z"
)

var start = time.Date(2026, 11, 1, 9, 0, 0, 250_000_000, time.UTC)

// keys are made once: P-521 is slow.
var keys = sync.OnceValue(func() [2]*ecdsa.PrivateKey {
	return [2]*ecdsa.PrivateKey{newKey(elliptic.P521()), newKey(elliptic.P521())}
})

func newKey(curve elliptic.Curve) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

func publicPEM(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// world is an issuer behind a real HTTP server.
type world struct {
	t       *testing.T
	clock   *clock.Fake
	ledger  *ledger.Ledger
	handler *qitech.Handler
	book    ledger.Book
	url     string
}

type knobs struct {
	ledger ledger.Options
	qitech qitech.Options
}

func newWorld(t *testing.T, turn ...func(*knobs)) *world {
	t.Helper()
	fake := clock.NewFake(start)
	k := knobs{
		ledger.Options{Clock: fake, Accounts: []ledger.Account{
			{ID: account, Opening: money.Must("1000")}, {ID: other, Opening: money.Must("1000")},
		}},
		qitech.Options{Clock: fake, ActivationDelay: activation, Clients: []qitech.Client{
			{APIKey: apiKey, PublicKey: publicPEM(t, keys()[0]), AccountID: account, Programs: []string{program, plastic}, PlasticOnly: []string{plastic}},
			{APIKey: otherAPIKey, PublicKey: publicPEM(t, keys()[1]), AccountID: other, Programs: []string{program}},
		}},
	}
	for _, f := range turn {
		f(&k)
	}
	l, err := ledger.New(k.ledger)
	if err != nil {
		t.Fatal(err)
	}
	book, err := l.Book(account)
	if err != nil {
		t.Fatal(err)
	}
	handler, err := qitech.New(l, k.qitech)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		if audit := l.Snapshot().Audit; !audit.Holds {
			t.Errorf("money is lost: %v", audit.Problems)
		}
	})
	return &world{t, fake, l, handler, book, server.URL}
}

// request is what is sent; a test changes one thing about it.
type request struct {
	method, path, body string
	apiKey             string
	signer             any
	alg                jwt.SigningMethod
	header             map[string]any // of the token
	claims             jwt.MapClaims
	token              func(string) string
}

func (w *world) request(method, path, body string) request {
	return request{
		method: method, path: path, body: body, apiKey: apiKey, signer: keys()[0], alg: jwt.SigningMethodES512,
		claims: jwt.MapClaims{
			"payload_md5": md5Of(body), "method": method, "uri": path,
			"timestamp": w.clock.Now().UTC().Format(timestampFmt),
		},
	}
}

func md5Of(body string) string {
	if body == "" {
		return emptyMD5
	}
	sum := md5.Sum([]byte(body))
	return hex.EncodeToString(sum[:])
}

func (r request) signed(t *testing.T) string {
	t.Helper()
	token := jwt.NewWithClaims(r.alg, r.claims)
	maps.Copy(token.Header, r.header)
	text, err := token.SignedString(r.signer)
	if err != nil {
		t.Fatal(err)
	}
	if r.token != nil {
		text = r.token(text)
	}
	return text
}

// answer is what a call was told.
type answer struct {
	status int
	text   string
}

func (w *world) send(r request) answer {
	w.t.Helper()
	out, err := http.NewRequestWithContext(w.t.Context(), r.method, w.url+r.path, bytes.NewReader([]byte(r.body)))
	if err != nil {
		w.t.Fatal(err)
	}
	out.Header.Set("AUTHORIZATION", r.signed(w.t))
	if r.apiKey != "" {
		out.Header.Set("API-CLIENT-KEY", r.apiKey)
	}
	response, err := http.DefaultClient.Do(out)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{response.StatusCode, strings.TrimSpace(string(text))}
}

// call sends a well-signed request.
func (w *world) call(method, path, body string) answer {
	w.t.Helper()
	return w.send(w.request(method, path, body))
}

// asOther sends a request of the other client.
func (w *world) asOther(method, path, body string) answer {
	w.t.Helper()
	r := w.request(method, path, body)
	r.apiKey, r.signer = otherAPIKey, keys()[1]
	return w.send(r)
}

// refused wants an error of a status and code.
func (w *world) refused(got answer, status int, code qitech.Code) {
	w.t.Helper()
	var body struct {
		Title, Description, Translation string
		Code                            qitech.Code
	}
	if err := json.Unmarshal([]byte(got.text), &body); err != nil || body.Code != code || got.status != status {
		w.t.Errorf("got %d %s, want %d %s", got.status, got.text, status, code)
		return
	}
	if body.Title == "" || body.Description == "" || body.Translation == "" || strings.Contains(body.Description, "%!") {
		w.t.Errorf("the envelope is %s", got.text)
	}
}

// read decodes a good answer.
func read[T any](w *world, got answer) T {
	w.t.Helper()
	var body T
	if err := json.Unmarshal([]byte(got.text), &body); err != nil || got.status/100 != 2 {
		w.t.Fatalf("%d %s: %v", got.status, got.text, err)
	}
	return body
}

// order is the document's sample with changes; a nil value leaves a key out.
func order(change map[string]any) string {
	body := map[string]any{
		"account_key": account, "program_key": program, "type": "virtual", "card_name": "ecommerce",
		"printed_name": "Aurora Catarina", "cvv_rotation_interval_hours": 72,
	}
	for key, value := range change {
		if body[key] = value; value == nil {
			delete(body, key)
		}
	}
	text, _ := json.Marshal(body)
	return string(text)
}

// card orders a card and returns its key.
func (w *world) card() string {
	w.t.Helper()
	return read[struct {
		Key string `json:"card_key"`
	}](w, w.call("POST", "/prepaid/card", order(nil))).Key
}

// activeCard orders a card and waits for it.
func (w *world) activeCard() string {
	w.t.Helper()
	key := w.card()
	w.clock.Advance(activation)
	return key
}

// listed is a row of a list or a card by its key.
type listed struct {
	Key       string `json:"card_key"`
	Name      string `json:"card_name"`
	Status    string
	CreatedAt string `json:"created_at"`
	UpdatedAt string `json:"updated_at"`
	LastFour  string `json:"last_four_digits"`
	Events    []struct {
		Status    string
		CreatedAt string `json:"created_at"`
	} `json:"status_events"`
}

func (w *world) get(key string) listed {
	w.t.Helper()
	return read[listed](w, w.call("GET", "/prepaid/card/"+key, ""))
}

type listing struct {
	Pagination struct {
		Current int `json:"current_page"`
		Rows    int `json:"rows_per_page"`
		Next    int `json:"next_page"`
	}
	Data []listed
}

func (w *world) list(more string) listing {
	w.t.Helper()
	return read[listing](w, w.call("GET", cardsOfMine+more, ""))
}

// secrets is what a card's owner is shown.
type secrets struct {
	Name    string `json:"printed_name"`
	Number  string `json:"card_number"`
	CVV     string
	Expires string    `json:"expiration_date"`
	Until   time.Time `json:"valid_until"`
}

func (w *world) reveal(key string) secrets {
	w.t.Helper()
	return read[secrets](w, w.call("GET", "/prepaid/card/"+key+"/pci", ""))
}

// pay pays at a merchant with what was revealed.
func (w *world) pay(s secrets, amount string) ledger.Decline {
	w.t.Helper()
	expires, err := time.Parse("01/06", s.Expires)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.ledger.Pay(ledger.Payment{
		PAN: ledger.NewSecret(s.Number), CVV: ledger.NewSecret(s.CVV),
		ExpMonth: int(expires.Month()), ExpYear: expires.Year(), Amount: money.Must(amount), Merchant: "shop",
	}).Decline
}

// wallet is what the account holds.
func (w *world) wallet() string {
	s := w.ledger.Snapshot()
	return s.Balance(s.Accounts[0].BalanceID).Available.String()
}
