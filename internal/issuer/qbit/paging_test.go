package qbit_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/issuer/qbit"
)

// nested and flat are the two forms of a list.
func nested(rows []any, total any) any {
	return map[string]any{"code": 0, "data": map[string]any{"data": rows, "total": total}}
}

func flat(rows []any, total any) any { return map[string]any{"data": rows, "total": total} }

func TestPaging(t *testing.T) {
	const limit = 10
	for name, c := range map[string]struct {
		shelf *issuertest.Shelf
		want  []string // nil is an error
		asked int      // 0 is any number
	}{
		"empty":                  {&issuertest.Shelf{Wrap: nested}, ids(0), 1},
		"one page":               {&issuertest.Shelf{Wrap: nested, IDs: ids(3)}, ids(3), 2}, // once: see TestATotalThatProvedTrueIsTrusted
		"flat":                   {&issuertest.Shelf{IDs: ids(23), Wrap: flat}, ids(23), 3},
		"three pages":            {&issuertest.Shelf{Wrap: nested, IDs: ids(23)}, ids(23), 3},
		"full pages":             {&issuertest.Shelf{Wrap: nested, IDs: ids(20)}, ids(20), 3},
		"capped":                 {&issuertest.Shelf{Wrap: nested, IDs: ids(23), Cap: 4}, ids(23), 6},
		"no total":               {&issuertest.Shelf{Wrap: nested, IDs: ids(23), Total: constant(nil)}, ids(23), 8},
		"no total, capped":       {&issuertest.Shelf{Wrap: nested, IDs: ids(23), Cap: 4, Total: constant(nil)}, ids(23), 14},
		"total 0":                {&issuertest.Shelf{Wrap: nested, IDs: ids(23), Total: constant(0)}, ids(23), 8},
		"total as text":          {&issuertest.Shelf{Wrap: nested, IDs: ids(23), Total: constant("23")}, ids(23), 3},
		"total of the page":      {&issuertest.Shelf{Wrap: nested, IDs: ids(23), Total: func(_, rows int) any { return rows }}, ids(23), 0},
		"total too small":        {&issuertest.Shelf{Wrap: nested, IDs: ids(23), Total: constant(10)}, ids(23), 0},
		"total too large":        {&issuertest.Shelf{Wrap: nested, IDs: ids(23), Total: constant(24)}, nil, 0},
		"total, but no row":      {&issuertest.Shelf{Wrap: nested, Total: constant(7)}, nil, 2},
		"total negative":         {&issuertest.Shelf{Wrap: nested, IDs: ids(3), Total: constant(-1)}, nil, 1},
		"total a fraction":       {&issuertest.Shelf{Wrap: nested, IDs: ids(3), Total: constant(1.5)}, nil, 1},
		"total an object":        {&issuertest.Shelf{Wrap: nested, IDs: ids(3), Total: constant(map[string]int{})}, nil, 1},
		"last page says total 0": {&issuertest.Shelf{Wrap: nested, IDs: ids(5), Total: func(n, _ int) any { return map[bool]any{true: 9, false: 0}[n == 0] }}, nil, 0},
		"page is ignored":        {&issuertest.Shelf{Wrap: nested, IDs: slices.Repeat(ids(10), 9), Total: constant(40)}, nil, 6},
		"page is ignored, full":  {&issuertest.Shelf{Wrap: nested, IDs: ids(10), Each: func(s *issuertest.Shelf, _ int) { s.IDs = slices.Repeat(ids(10), 9) }, Total: constant(10)}, ids(10), 3},
		"same row twice":         {&issuertest.Shelf{Wrap: nested, IDs: append(ids(12), "id-001"), Total: constant(12)}, ids(12), 0},
		"insert at the front": {&issuertest.Shelf{Wrap: nested, IDs: ids(23), Each: func(s *issuertest.Shelf, req int) {
			if req == 1 {
				s.IDs = append([]string{"new"}, s.IDs...)
			}
		}}, ids(23), 4}, // what was there at the beginning is complete
		"delete before the page": {&issuertest.Shelf{Wrap: nested, IDs: ids(23), Each: func(s *issuertest.Shelf, req int) {
			if req == 1 {
				s.IDs = s.IDs[1:] // id-010 now stands on the page that was read
			}
		}}, ids(23), 0},
		"ends early once": {&issuertest.Shelf{Wrap: nested, IDs: ids(23), Each: func(s *issuertest.Shelf, req int) {
			s.IDs = ids(23)
			if req == 1 {
				s.IDs = nil
			}
		}, Total: constant(23)}, ids(23), 5},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.shelf.ServeHTTP, options(qbit.Options{PageSize: limit, MaxPages: 50}))
			rows, err := w.client.ListBudgets(t.Context())
			var got []string
			for _, b := range rows {
				got = append(got, b.ID)
			}
			slices.Sort(got)
			if c.want == nil && name != "empty" {
				if !issuer.Is(err, issuer.Malformed) || rows != nil {
					t.Errorf("%d rows, %v", len(rows), err)
				}
			} else if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%v: got %d of %d rows: %v", err, len(got), len(c.want), got)
			}
			if n := len(w.Requests()); c.asked != 0 && n != c.asked {
				t.Errorf("asked %d times, want %d", n, c.asked)
			}
		})
	}
}

func TestEndlessListIsAnError(t *testing.T) {
	asked := 0
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		says(200, fmt.Sprintf(`{"data":{"data":[{"id":"id-%d","status":"Active"}],"total":%d}}`, asked, 1<<40))(w, r)
	}, options(qbit.Options{MaxPages: 20}))
	if rows, err := w.client.ListBudgets(t.Context()); !issuer.Is(err, issuer.TooLong) || !strings.Contains(err.Error(), "spec.qbit.pageSize") || rows != nil || asked != 20 {
		t.Errorf("%d rows after %d pages, %v", len(rows), asked, err)
	}
}

// One row that cannot be understood spoils the list: it could be the one looked for.
func TestBadRowsSpoilTheList(t *testing.T) {
	for _, row := range []string{
		`{}`, `{"id":""}`, `{"id":"a b","status":"Active"}`, `{"id":"a"}`, `null`, `"a"`, `[]`,
		`{"id":"` + strings.Repeat("a", 129) + `","status":"Active"}`,
		`{"id":"a","status":"Active","balanceId":"a,b"}`, `{"id":"a","status":5}`, `{"id":"..","status":"Active"}`,
	} {
		w := newWorld(t, says(200, inList(row)))
		if rows, err := w.client.ListBudgets(t.Context()); !issuer.Is(err, issuer.Malformed) || rows != nil {
			t.Errorf("%s: %v, %v", row, rows, err)
		}
	}
	for _, row := range []string{
		`{"id":"m","cardId":"c","type":"TransferIn","status":"Closed"}`, `{"id":"m","cardId":"c","amount":"x"}`,
		`{"id":"m","cardId":"c","amount":null}`, `{"id":"m","cardId":"c","amount":1e99}`,
	} {
		w := newWorld(t, says(200, inList(row)))
		if rows, err := w.client.CardMovements(t.Context(), "c"); !issuer.Is(err, issuer.Malformed) || len(rows) != 0 {
			t.Errorf("%s: %v, %v", row, rows, err)
		}
	}
	w := newWorld(t, says(200, inList(`{"id":"b"}`)))
	if rows, err := w.client.ListBalances(t.Context(), []string{"b"}); !issuer.Is(err, issuer.Malformed) || rows != nil {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestForgivingRows(t *testing.T) {
	w := newWorld(t, says(200, `{"data":[
		{"id":"a","status":"ACTIVE","provider":"budgetcard_441112","budgetId":"b","cardNoLastFour":"4111111111111111"},
		{"id":"c","status":"Melting","provider":"Mystery","qbitCardNoLastFour":1234,"budgetId":null,"label":null,"extra":{}},
		{"id":"d","status":"control","provider":null,"qbitCardNoLastFour":"12x4"}],"total":3}`))
	cards, err := w.client.ListCards(t.Context())
	want := []issuer.Card{
		{ID: "a", State: issuer.StateActive, Type: issuer.BudgetCard, BIN: "441112", BudgetID: "b", LastFour: "1111"},
		{ID: "c", State: issuer.StateOther, Status: "Melting", BIN: "Mystery", LastFour: "1234"},
		{ID: "d", State: issuer.StateControl},
	}
	if err != nil || !reflect.DeepEqual(cards, want) {
		t.Errorf("%+v, %v", cards, err)
	}
}

func TestKindsOfMovement(t *testing.T) {
	for text, want := range map[string]issuer.MovementKind{
		"TransferIn": issuer.MovementIn, "transferout": issuer.MovementOut, "Consumption": issuer.MovementSpend,
		"Credit": issuer.MovementRefund, "Reversal": issuer.MovementRefund, "Fee_Consumption": issuer.MovementFee,
		"Declined_Fee": issuer.MovementFee, "CreateCardFee": issuer.MovementFee, "Frozen": issuer.MovementIn, "Unfrozen": issuer.MovementOut, "Odd": issuer.MovementOther, "": issuer.MovementOther,
	} {
		for status, state := range map[string]issuer.MovementStatus{
			"Closed": issuer.MovementClosed, "FAIL": issuer.MovementFailed, "Pending": issuer.MovementPending, "Odd": issuer.MovementPending,
		} {
			row := fmt.Sprintf(`{"id":"m","cardId":"c","receiverId":"r","amount":-1.10,"fee":"0.25","type":%q,"status":%q}`, text, status)
			rows, err := newWorld(t, says(200, inList(row))).client.CardMovements(t.Context(), "c")
			if err != nil || len(rows) != 1 || rows[0].Kind != want || rows[0].Status != state || rows[0].Amount.String() != "1.10" ||
				rows[0].Fee.String() != "0.25" || rows[0].ReceiverID != "r" {
				t.Errorf("%s %s: %+v, %v", text, status, rows, err)
			}
		}
	}
}

func TestBalancesAreAskedForInChunks(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		var rows []string
		for id := range strings.SplitSeq(r.URL.Query().Get("id"), ",") {
			rows = append(rows, fmt.Sprintf(`{"id":%q,"available":1}`, id))
		}
		says(200, fmt.Sprintf(`{"data":{"data":[%s],"total":%d}}`, strings.Join(rows, ","), len(rows)))(rw, r)
	})
	found, err := w.client.ListBalances(t.Context(), ids(120))
	if err != nil || len(found) != 120 || len(w.Requests()) != 3 {
		t.Errorf("%d balances in %d requests, %v", len(found), len(w.Requests()), err)
	}
	if found, err = w.client.ListBalances(t.Context(), nil); err != nil || len(found) != 0 || len(w.Requests()) != 3 {
		t.Errorf("none asked for: %v, %v", found, err)
	}
}

func TestAnswersAboutAnotherObject(t *testing.T) {
	w := newWorld(t, says(200, inList(`{"id":"other","status":"Active"}`)))
	if _, err := w.client.GetCard(t.Context(), "c"); !issuer.Is(err, issuer.NotFound) {
		t.Error(err)
	}
	w = newWorld(t, says(200, `{"data":{"id":"other","amount":1}}`))
	if _, err := w.client.MovementDetail(t.Context(), "m"); !issuer.Is(err, issuer.Malformed) {
		t.Error(err)
	}
}
