package interlace_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/interlace"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const (
	account    = "11111111-1111-4111-8111-111111111111"
	other      = "22222222-2222-4222-8222-222222222222"
	token      = "token-of-the-tests"
	otherToken = "token-of-the-others"
	secret     = "0123456789abcdef0123456789abcdef"
)

var start = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

// world is an issuer behind a real HTTP server.
type world struct {
	t       *testing.T
	clock   *clock.Fake
	ledger  *ledger.Ledger
	book    ledger.Book
	handler *interlace.Handler
	url     string
}

type knobs struct {
	ledger    ledger.Options
	interlace interlace.Options
}

func newWorld(t *testing.T, turn ...func(*knobs)) *world {
	t.Helper()
	fake := clock.NewFake(start)
	k := knobs{
		ledger.Options{Clock: fake, Accounts: []ledger.Account{
			{ID: account, Name: "mine", Opening: money.Must("1000")}, {ID: other, Name: "theirs", Opening: money.Must("1000")},
		}},
		interlace.Options{
			Clock: fake, StaticTokens: map[string]string{token: account, otherToken: other},
			Clients: []interlace.Client{{ID: "client", Secret: secret, AccountID: account}},
		},
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
	h, err := interlace.New(l, k.interlace)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &world{t, fake, l, book, h, server.URL}
}

// with is a world with some options of the dialect.
func with(t *testing.T, turn func(*interlace.Options)) *world {
	t.Helper()
	return newWorld(t, func(k *knobs) { turn(&k.interlace) })
}

// answer is what a call was told.
type answer struct {
	status int
	text   string
}

// call sends a request with the tests' token.
func (w *world) call(method, path, body string) answer {
	w.t.Helper()
	return w.send(token, "", method, path, body)
}

// keyed sends a request with an Idempotency-Key.
func (w *world) keyed(key, method, path, body string) answer {
	w.t.Helper()
	return w.send(token, key, method, path, body)
}

func (w *world) as(token, method, path, body string) answer {
	w.t.Helper()
	return w.send(token, "", method, path, body)
}

func (w *world) send(token, key, method, path, body string) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+interlace.Prefix+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("x-access-token", token)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	response, err := http.DefaultClient.Do(r)
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

// refused wants an error code, in an envelope without data.
func (w *world) refused(got answer, code string) {
	w.t.Helper()
	var body map[string]any
	if err := json.Unmarshal([]byte(got.text), &body); err != nil || body["code"] != code || body["message"] == "" || len(body) != 2 || got.status < 400 {
		w.t.Errorf("got %d %s, want code %s", got.status, got.text, code)
	}
}

// read decodes the data of a good answer.
func read[T any](w *world, got answer) T {
	w.t.Helper()
	var body struct {
		Code, Message string
		Data          *T
	}
	if err := json.Unmarshal([]byte(got.text), &body); err != nil || got.status != http.StatusOK ||
		body.Code != "000000" || body.Message != "success" || body.Data == nil {
		w.t.Fatalf("%d %s: %v", got.status, got.text, err)
	}
	return *body.Data
}

type object = map[string]any

type rowsAndTotal struct {
	List  []object
	Total int
}

// one reads the object of an answer.
func (w *world) one(got answer) object {
	w.t.Helper()
	return read[object](w, got)
}

// rows are the rows of a list.
func (w *world) rows(path string) []object {
	w.t.Helper()
	return read[rowsAndTotal](w, w.call("GET", path, "")).List
}

// body is a JSON object of pairs, with the account.
func body(pairs ...any) string {
	content := object{"accountId": account}
	for i := 0; i+1 < len(pairs); i += 2 {
		content[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	for key, value := range content {
		if value == nil {
			delete(content, key)
		}
	}
	text, _ := json.Marshal(content)
	return string(text)
}

// bin is the id of a BIN.
func (w *world) bin(number string, kind ledger.CardType) string {
	w.t.Helper()
	b, ok := w.ledger.FindBIN(number, kind)
	if !ok || b.ID == "" {
		w.t.Fatalf("no bin %s", number)
	}
	return b.ID
}

// holder registers somebody who is active.
func (w *world) holder() string {
	w.t.Helper()
	id, _ := w.one(w.call("POST", "/cardholders", personBody()))["id"].(string)
	return id
}

func personBody(pairs ...any) string {
	return body(append([]any{
		"firstName", "First", "lastName", "Last", "email", "first@example.com", "phoneCountryCode", "86", "phoneNumber", "19900000000",
		"address", object{"addressLine1": "1 Road", "city": "Town", "country": "US"}, "cardholderTier", "CONSUMER",
	}, pairs...)...)
}

// order is the body of an order for a prepaid card.
func (w *world) order(reference string, pairs ...any) string {
	w.t.Helper()
	return body(append([]any{
		"binId", w.bin("493193", ledger.Prepaid), "cardholderId", w.holder(), "referenceId", reference,
		"cardMode", "VIRTUAL_CARD", "amount", "10.00", "label", "ads", "useType", "online",
	}, pairs...)...)
}

// card orders a prepaid card and returns its id.
func (w *world) card(reference, amount string) string {
	w.t.Helper()
	id, _ := w.one(w.call("POST", "/prepaid-card", w.order(reference, "amount", amount)))["id"].(string)
	return id
}

func (w *world) budget(name, amount string) string {
	w.t.Helper()
	id, _ := w.one(w.call("POST", "/budgets", body("name", name, "amount", amount)))["id"].(string)
	return id
}

// budgetCard orders a card that spends from a budget.
func (w *world) budgetCard(reference, budget string) string {
	w.t.Helper()
	got := w.one(w.call("POST", "/budget-card", w.order(reference, "amount", nil, "budgetId", budget,
		"binId", w.bin("493193", ledger.BudgetFunded))))
	id, _ := got["id"].(string)
	return id
}

// pay pays at a merchant.
func (w *world) pay(card, amount string) ledger.Decline {
	w.t.Helper()
	c, err := w.book.Card(card)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.ledger.Pay(ledger.Payment{
		PAN: c.PAN, CVV: c.CVV, ExpMonth: c.ExpMonth, ExpYear: c.ExpYear, Amount: money.Must(amount), Merchant: "Amazon.com",
	}).Decline
}

// available is what a balance holds.
func (w *world) available(balanceID string) string {
	w.t.Helper()
	rows, _ := w.book.Balances(ledger.BalanceFilter{IDs: []string{balanceID}}, ledger.Page{})
	if len(rows) != 1 {
		w.t.Fatalf("%d balances of one id", len(rows))
	}
	return rows[0].Available.String()
}

func (w *world) wallet() string { return w.available(w.book.Account().BalanceID) }
