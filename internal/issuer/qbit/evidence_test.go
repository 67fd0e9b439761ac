package qbit_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/issuer/qbit"
)

// loose serves pages of ten rows without a total. page is what the server makes of the
// number that it is asked for, and each runs before each request.
func loose(t *testing.T, all []string, total bool, page func(int) int, each func(req int)) *world {
	t.Helper()
	asked := 0
	return newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		each(asked)
		asked++
		n, _ := strconv.Atoi(r.URL.Query().Get("page"))
		n = page(n)
		rows := []map[string]string{}
		for _, id := range all[min(n*10, len(all)):min(n*10+10, len(all))] {
			rows = append(rows, map[string]string{"id": id, "status": "Active"})
		}
		list := map[string]any{"data": rows}
		if total {
			list["total"] = len(rows)
		}
		_ = json.NewEncoder(w).Encode(list)
	}, options(qbit.Options{PageSize: 10, MaxPages: 50}))
}

func asIs(n int) int { return n }
func idle(int)       {}

// The server grants less than was asked for, and its total is that of the page.
func TestACappedPageWithATotalOfItsOwnIsNotTheEnd(t *testing.T) {
	for _, granted := range []int{1, 5, 9} {
		for _, n := range []int{1, 5, 9, 30, 32} {
			s := &issuertest.Shelf{Wrap: nested, IDs: ids(n), Cap: granted, Total: func(_, rows int) any { return rows }}
			w := newWorld(t, s.ServeHTTP, options(qbit.Options{PageSize: 10}))
			for range 2 {
				if rows, err := w.client.ListBudgets(t.Context()); err != nil || len(rows) != n {
					t.Errorf("granted %d: %d of %d rows, %v", granted, len(rows), n, err)
				}
			}
		}
	}
}

// One short page whose total is its own size could be either. The next page tells, once.
func TestATotalThatProvedTrueIsTrusted(t *testing.T) {
	s := &issuertest.Shelf{Wrap: nested, IDs: ids(3)}
	w := newWorld(t, s.ServeHTTP, options(qbit.Options{PageSize: 10}))
	for i, want := range []int{2, 3, 4} {
		if rows, err := w.client.ListBudgets(t.Context()); err != nil || len(rows) != 3 || len(w.Requests()) != want {
			t.Errorf("listing %d: %d rows after %d requests, %v", i, len(rows), len(w.Requests()), err)
		}
	}
	s.IDs = ids(23)
	if rows, err := w.client.ListBudgets(t.Context()); err != nil || len(rows) != 23 || len(w.Requests()) != 7 {
		t.Errorf("%d rows after %d requests, %v", len(rows), len(w.Requests()), err)
	}
}

// A server whose pages count from 1 answers page 0 and page 1 alike. Without a total that
// looks like an end.
func TestPagesThatRepeatAreNotTheEnd(t *testing.T) {
	for name, total := range map[string]bool{"no total": false, "total of the page": true} {
		w := loose(t, ids(30), total, func(n int) int { return max(n-1, 0) }, idle)
		rows, err := w.client.ListBudgets(t.Context())
		if total && (err != nil || len(rows) != 30) || !total && (!issuer.Is(err, issuer.Malformed) || rows != nil) {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
	}
	// A server that shows its last page again beyond the end tells the true total.
	s := &issuertest.Shelf{Wrap: nested, IDs: ids(20)}
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("page") == "2" {
			q.Set("page", "1")
		}
		r.URL.RawQuery = q.Encode()
		s.ServeHTTP(rw, r)
	}, options(qbit.Options{PageSize: 10}))
	if rows, err := w.client.ListBudgets(t.Context()); err != nil || len(rows) != 20 || len(w.Requests()) != 3 {
		t.Errorf("%d rows after %d requests, %v", len(rows), len(w.Requests()), err)
	}
}

// A list that is sorted by its latest change, and tells no total that could change.
func TestARowThatMovesToTheFrontIsNotLost(t *testing.T) {
	for name, total := range map[string]bool{"no total": false, "total of the page": true} {
		all := ids(30)
		w := loose(t, all, total, asIs, func(req int) {
			if req == 1 {
				copy(all, append([]string{all[25]}, all[:25]...))
			}
		})
		rows, err := w.client.ListBudgets(t.Context())
		if err != nil || len(rows) != 30 {
			t.Errorf("%s: %d of 30 rows, %v", name, len(rows), err)
		}
	}
}

func TestAListThatNeverRestsIsAnError(t *testing.T) {
	all := ids(30)
	w := loose(t, all, false, asIs, func(req int) {
		if req%4 == 0 {
			all[29] = "new-" + strconv.Itoa(req)
		}
	})
	if rows, err := w.client.ListBudgets(t.Context()); !issuer.Is(err, issuer.Malformed) || rows != nil {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// What is not the documented envelope is no empty list.
func TestOnlyAListIsAnEmptyList(t *testing.T) {
	lists := readers(t)
	for _, other := range []string{"card", "movement", "secrets"} {
		delete(lists, other)
	}
	for _, body := range []string{
		`[]`, `{}`, `null`, `true`, `""`, `{"total":0}`, `{"message":"ok"}`, `{"code":0}`, `{"code":0,"data":null}`, `{"data":{}}`,
		`{"data":{"data":null}}`, `{"data":{"data":null,"total":2}}`, `{"data":null,"total":0}`, `{"code":0,"data":null,"total":3}`, `{"data":{"total":0}}`, `{"data":{"list":[]}}`, `{"data":false}`, `{"code":null}`,
	} {
		for op, call := range lists {
			if err := call(newWorld(t, says(200, body)).client); !issuer.Is(err, malformed) {
				t.Errorf("%s %s: %v", op, body, err)
			}
		}
	}
	for _, body := range []string{`{"data":[],"total":0}`, `{"code":0,"message":"ok","data":{"data":[],"total":0}}`, `{"code":0,"data":{"data":null,"total":0}}`, `{"code":0,"message":"ok","data":null,"total":0}`} {
		w := newWorld(t, says(200, body))
		if rows, err := w.client.ListCards(t.Context()); err != nil || len(rows) != 0 || len(w.Requests()) != 1 {
			t.Errorf("%s: %v, %v", body, rows, err)
		}
	}
}

// A field that neither identity nor money depends on does not spoil a list.
func TestOddFieldsThatDoNotMatter(t *testing.T) {
	paid := issuer.Movement{ID: "m1", ClientID: "w-1", Kind: issuer.MovementOut, Status: issuer.MovementClosed}
	at := func(text string) issuer.Movement {
		m := paid
		m.At, _ = time.Parse(time.RFC3339, text)
		return m
	}
	numbered, payee := paid, paid
	numbered.ID, payee.ReceiverID = "17", "9007199254740993"
	for fields, want := range map[string]issuer.Movement{
		`"fee":""`: paid, `"fee":null`: paid, `"fee":{}`: paid, `"fee":"free"`: paid, `"currency":{}`: paid,
		`"id":17`: numbered, `"receiverId":9007199254740993`: payee, `"cardId":null`: paid,
		`"transactionTime":1764000000`: at("2025-11-24T16:00:00Z"), `"transactionTime":1764000000123`: at("2025-11-24T16:00:00.123Z"),
		`"transactionTime":"1764000000123"`: at("2025-11-24T16:00:00.123Z"), `"transactionTime":"2025-11-24T18:00:00+02:00"`: at("2025-11-24T16:00:00Z"),
		`"transactionTime":"2025-11-24 16:00:00"`: paid, `"transactionTime":7`: paid, `"transactionTime":{}`: paid, `"transactionTime":99999999999999`: paid,
	} {
		row := `{"clientTransactionId":"w-1","type":"TransferOut","status":"Closed","amount":5,` + fields
		if !strings.HasPrefix(fields, `"id"`) {
			row += `,"id":"m1"`
		}
		rows, err := newWorld(t, says(200, inList(row+"}"))).client.FindMovements(t.Context(), "w-1")
		if err != nil || len(rows) != 1 || rows[0].Amount.String() != "5.00" || !rows[0].Fee.IsZero() {
			t.Errorf("%s: %+v, %v", fields, rows, err)
			continue
		}
		rows[0].Amount, rows[0].Fee = want.Amount, want.Fee
		if rows[0] != want {
			t.Errorf("%s: %+v", fields, rows[0])
		}
	}
	cards, err := newWorld(t, says(200, inList(`{"id":5,"status":"Active","balanceId":6,"label":7,"currency":[],"cardNoLastFour":{},"createTime":"soon"}`))).
		client.ListCards(t.Context())
	if want := []issuer.Card{{ID: "5", BalanceID: "6", Label: "7", State: issuer.StateActive}}; err != nil || !reflect.DeepEqual(cards, want) {
		t.Errorf("%+v, %v", cards, err)
	}
	bins, err := newWorld(t, says(200, `{"data":[{"bin":"493193","type":{},"network":[],"verification":"none","purchaseLimit":{"day":[],"single":5}}]}`)).
		client.ListBINs(t.Context())
	if want := []issuer.BIN{{BIN: "493193", SingleLimit: "5"}}; err != nil || !reflect.DeepEqual(bins, want) {
		t.Errorf("%+v, %v", bins, err)
	}
}

// What identity or money depends on spoils the list, and the error names it.
func TestOddFieldsThatMatterAreNamed(t *testing.T) {
	long := `"` + strings.Repeat("a", 129) + `"`
	readers := readers(t)
	for op, fields := range map[string]map[string]string{
		"found movements": {"id": `1.5`, "cardId": long, "budgetId": `{}`, "receiverId": `[7]`, "clientTransactionId": `{}`, "amount": `""`, "status": `5`, "type": `[]`},
		"cards":           {"id": long, "balanceId": `-1`, "budgetId": `true`, "accountId": long, "label": `{}`, "status": `{}`},
		"budgets":         {"id": `""`, "balanceId": long, "accountId": `"a,b"`, "name": `[]`, "status": `null`},
		"balances":        {"id": long, "available": `"x"`, "frozen": `""`},
		"receivers":       {"id": `null`, "accountNumber": `{}`, "iban": `[]`, "currency": `{}`},
		"bins":            {"bin": `null`},
	} {
		for field, value := range fields {
			row := map[string]json.RawMessage{
				"id": []byte(`"a"`), "status": []byte(`"Active"`), "amount": []byte(`1`), "available": []byte(`1`), "currency": []byte(`"USD"`),
			}
			row[field] = []byte(value)
			text, _ := json.Marshal(map[string]any{"code": 0, "data": []any{row}})
			err := readers[op](newWorld(t, says(200, string(text))).client)
			if !issuer.Is(err, malformed) || !strings.HasSuffix(err.Error(), "no usable field "+field) {
				t.Errorf("%s %s %s: %v", op, field, value, err)
			}
		}
	}
}

// "Success" may be final or not: nothing is concluded from a word that is not documented.
func TestWordsOfSuccessAreNotFinal(t *testing.T) {
	for _, word := range []string{"Success", "Completed", "Succeeded", "Close", "Done"} {
		row := `{"id":"m","cardId":"c","amount":1,"type":"TransferOut","status":"` + word + `"}`
		rows, err := newWorld(t, says(200, inList(row))).client.CardMovements(t.Context(), "c")
		if err != nil || len(rows) != 1 || rows[0].Status != issuer.MovementPending {
			t.Errorf("%s: %+v, %v", word, rows, err)
		}
	}
}

// A status that the API server refuses is never written, and the object stands still.
func TestTextsFitTheirStatus(t *testing.T) {
	const currency = `"US-Dollar (€)"`
	w := newWorld(t, says(200, inList(`{"id":"b","status":"Active","available":1,"amount":1,"currency":`+currency+`}`)))
	balances, err := w.client.ListBalances(t.Context(), []string{"b"})
	if err != nil || balances["b"].Currency != "US-Dolla" {
		t.Errorf("%+v, %v", balances, err)
	}
	cards, err := w.client.ListCards(t.Context())
	if err != nil || cards[0].Currency != "US-Dolla" {
		t.Errorf("%+v, %v", cards, err)
	}
	long := strings.Repeat("€", 400)
	w = newWorld(t, says(200, `{"data":[{"bin":"493193","network":"`+long+`","issuerCountry":"`+long+`","purchaseLimit":{"day":"`+long+`","single":"`+long+`"}}]}`))
	bins, err := w.client.ListBINs(t.Context())
	cut := strings.Repeat("€", 21)
	if want := []issuer.BIN{{BIN: "493193", Network: cut, Country: cut, DayLimit: cut, SingleLimit: cut}}; err != nil || !reflect.DeepEqual(bins, want) {
		t.Errorf("%+v, %v", bins, err)
	}
	w = newWorld(t, says(200, `{"data":{"id":"`+strings.Repeat("1", 129)+`"}}`))
	if _, err := w.client.CreateReceiver(t.Context(), issuer.Permit{}, issuer.ReceiverOrder{}); !issuer.Is(err, ambiguous) {
		t.Error(err)
	}
	w = newWorld(t, says(200, `{"data":"`+strings.Repeat("1", 129)+`"}`))
	if made, err := w.client.CreateBudget(t.Context(), issuer.Permit{}, issuer.BudgetOrder{Name: "n"}); !issuer.Is(err, ambiguous) || made != "" {
		t.Errorf("%q, %v", made, err)
	}
}
