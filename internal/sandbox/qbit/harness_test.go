package qbit_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qbit"
)

const (
	account    = "11111111-1111-4111-8111-111111111111"
	other      = "22222222-2222-4222-8222-222222222222"
	token      = "token-of-the-tests"
	otherToken = "token-of-the-others"
	bodyTrue   = `{"data":true}`
)

var start = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

// world is an issuer behind a real HTTP server.
type world struct {
	t      *testing.T
	clock  *clock.Fake
	ledger *ledger.Ledger
	book   ledger.Book
	url    string
}

type knobs struct {
	ledger ledger.Options
	qbit   qbit.Options
}

func newWorld(t *testing.T, turn ...func(*knobs)) *world {
	t.Helper()
	fake := clock.NewFake(start)
	k := knobs{
		ledger.Options{Clock: fake, Accounts: []ledger.Account{
			{ID: account, Name: "mine", Opening: money.Must("1000")}, {ID: other, Name: "theirs", Opening: money.Must("1000")},
		}},
		qbit.Options{
			Clock: fake, StaticTokens: map[string]string{token: account, otherToken: other},
			Clients: []qbit.Client{{ID: "client", Secret: "secret", AccountID: account}},
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
	server := httptest.NewServer(qbit.New(l, k.qbit))
	t.Cleanup(server.Close)
	return &world{t, fake, l, book, server.URL}
}

// answer is what a call was told.
type answer struct {
	status int
	text   string
}

// call sends a request with the tests' token; a path without a prefix is one of v1.
func (w *world) call(method, path, body string) answer {
	w.t.Helper()
	return w.as(token, method, path, body)
}

func (w *world) as(token, method, path, body string) answer {
	w.t.Helper()
	if !strings.HasPrefix(path, "/open-api") {
		path = "/open-api/v1" + path
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("x-qbit-access-token", token)
	return w.send(r)
}

func (w *world) send(r *http.Request) answer {
	w.t.Helper()
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

// want compares a whole answer.
func (w *world) want(got answer, status int, text string) {
	w.t.Helper()
	if got.status != status || got.text != text {
		w.t.Errorf("got %d %s\nwant %d %s", got.status, got.text, status, text)
	}
}

// refused wants an error code of the table, with the status that it begins with.
func (w *world) refused(got answer, code int) {
	w.t.Helper()
	var body struct{ Code int }
	if err := json.Unmarshal([]byte(got.text), &body); err != nil || body.Code != code || got.status != code/100 {
		w.t.Errorf("got %d %s, want code %d", got.status, got.text, code)
	}
}

// read decodes a good answer.
func read[T any](w *world, got answer) T {
	w.t.Helper()
	var body T
	if err := json.Unmarshal([]byte(got.text), &body); err != nil || got.status != http.StatusOK {
		w.t.Fatalf("%d %s: %v", got.status, got.text, err)
	}
	return body
}

// rows are the rows of a list in any of the two shapes.
func (w *world) rows(got answer) []map[string]any {
	w.t.Helper()
	body := read[struct{ Data json.RawMessage }](w, got).Data
	var nested struct{ Data []map[string]any }
	if json.Unmarshal(body, &nested) == nil {
		return nested.Data
	}
	var flat []map[string]any
	if err := json.Unmarshal(body, &flat); err != nil {
		w.t.Fatal(err)
	}
	return flat
}

// card issues a prepaid card.
func (w *world) card(funding string) ledger.Card {
	w.t.Helper()
	card, err := w.book.IssueCard(ledger.CardOrder{
		Type: ledger.Prepaid, BIN: "493193", Funding: money.Must(funding), Label: "label",
		Holder: ledger.Holder{FirstName: "First", LastName: "Last"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return card
}

func (w *world) budget(funding string) ledger.Budget {
	w.t.Helper()
	budget, err := w.book.CreateBudget("team", money.Must(funding))
	if err != nil {
		w.t.Fatal(err)
	}
	return budget
}

func (w *world) receiver(bank string) ledger.Receiver {
	w.t.Helper()
	receiver, err := w.book.CreateReceiver(ledger.Payee{BankName: bank, Currency: "USD"})
	if err != nil {
		w.t.Fatal(err)
	}
	return receiver
}

// movements counts the movements that carry a client id.
func (w *world) movements(clientID string) int {
	_, n := w.book.Movements(ledger.MovementFilter{ClientID: clientID}, ledger.Page{})
	return n
}

// available is what a balance holds.
func (w *world) available(balanceID string) string {
	rows, _ := w.book.Balances(ledger.BalanceFilter{IDs: []string{balanceID}}, ledger.Page{})
	if len(rows) != 1 {
		w.t.Fatalf("%d balances of one id", len(rows))
	}
	return rows[0].Available.String()
}
