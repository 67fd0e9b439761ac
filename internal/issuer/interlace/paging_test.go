package interlace_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/interlace"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/money"
)

func wrap(rows []any, total any) any {
	return map[string]any{"code": "000000", "message": "success", "data": map[string]any{"list": rows, "total": total}}
}

func cardRow(id string) any { return map[string]string{"id": id, "status": "ACTIVE", "bin": "493193"} }

// A list is complete or it is an error, whatever the server makes of pages and totals.
func TestPaging(t *testing.T) {
	constant, ids := issuertest.Constant, issuertest.IDs
	for name, c := range map[string]struct {
		shelf issuertest.Shelf
		rows  int // -1 is an error
		asked int // 0 is any number
	}{
		"empty":                 {issuertest.Shelf{}, 0, 1},
		"three pages":           {issuertest.Shelf{IDs: ids(23)}, 23, 3},
		"full pages":            {issuertest.Shelf{IDs: ids(20)}, 20, 3},
		"capped":                {issuertest.Shelf{IDs: ids(23), Cap: 4}, 23, 6},
		"total as text":         {issuertest.Shelf{IDs: ids(23), Total: constant("23")}, 23, 3},
		"no total":              {issuertest.Shelf{IDs: ids(23), Total: constant(nil)}, 23, 0},
		"total of the page":     {issuertest.Shelf{IDs: ids(23), Total: func(_, rows int) any { return rows }}, 23, 0},
		"total too large":       {issuertest.Shelf{IDs: ids(23), Total: constant(24)}, -1, 0},
		"total, but no row":     {issuertest.Shelf{Total: constant(7)}, -1, 0},
		"total a fraction":      {issuertest.Shelf{IDs: ids(3), Total: constant(1.5)}, -1, 1},
		"total a word":          {issuertest.Shelf{IDs: ids(3), Total: constant("many")}, -1, 1},
		"page is ignored":       {issuertest.Shelf{IDs: slices.Repeat(ids(10), 9), Total: constant(40)}, -1, 0},
		"a row without an id":   {issuertest.Shelf{IDs: []string{"a", ""}}, -1, 1},
		"a row without a state": {issuertest.Shelf{IDs: ids(1), Row: func(id string) any { return map[string]string{"id": id} }}, -1, 1},
		"an id of two":          {issuertest.Shelf{IDs: ids(1), Row: func(string) any { return map[string]string{"id": "a,b", "status": "ACTIVE"} }}, -1, 1},
		"insert at the front": {issuertest.Shelf{IDs: ids(23), Each: func(s *issuertest.Shelf, req int) {
			if req == 1 {
				s.IDs = append([]string{"new"}, s.IDs...)
			}
		}}, 23, 4}, // what was there at the beginning is complete
	} {
		t.Run(name, func(t *testing.T) {
			s := c.shelf
			s.First, s.Wrap = 1, wrap
			if s.Row == nil {
				s.Row = cardRow
			}
			w := newWorld(t, s.ServeHTTP, options(interlace.Options{PageSize: 10, MaxPages: 50}))
			rows, err := w.client.ListCards(t.Context())
			if c.rows < 0 && (!issuer.Is(err, malformed) || rows != nil) || c.rows >= 0 && (err != nil || len(rows) != c.rows) {
				t.Errorf("%d rows, want %d: %v", len(rows), c.rows, err)
			}
			if n := len(w.Requests()); c.asked != 0 && n != c.asked {
				t.Errorf("asked %d times, want %d", n, c.asked)
			}
		})
	}
}

// What is not the documented list is no empty list.
func TestOnlyAListIsAnEmptyList(t *testing.T) {
	for _, answer := range []string{`[]`, `{}`, `null`, `true`, `""`, `{"total":0}`, `{"list":null}`, `{"list":null,"total":null}`, `{"list":null,"total":3}`, `{"list":null,"total":"3"}`, `{"data":[],"total":0}`, `{"list":{},"total":0}`} {
		for _, op := range lists {
			if err := readers(t)[op](newWorld(t, says(200, data(answer))).client); !issuer.Is(err, malformed) {
				t.Errorf("%s %s: %v", op, answer, err)
			}
		}
	}
	for _, op := range []string{"scenarios", "recommended"} {
		for _, answer := range []string{`{}`, `null`, `true`, `""`, `{"total":0}`, `{"list":null}`, `{"list":null,"total":2}`, `{"list":[],"total":2}`, `[[]]`, `[null]`, `[{}]`, `[{"id":[1]}]`, `[{"id":1,"name":[],"binId":[]}]`} {
			if err := readers(t)[op](newWorld(t, says(200, data(answer))).client); !issuer.Is(err, malformed) {
				t.Errorf("%s %s: %v", op, answer, err)
			}
		}
	}
}

// An empty list may be null, which a total must vouch for: on an account without cards, and on
// the page past the end.
func TestAnEmptyListMayBeNull(t *testing.T) {
	for _, answer := range []string{`{"list":null,"total":0}`, `{"list":null,"total":"0"}`} {
		for _, op := range append(slices.Clone(lists), "scenarios", "recommended") {
			if err := readers(t)[op](newWorld(t, says(200, data(answer))).client); err != nil && !issuer.Is(err, issuer.NotFound) {
				t.Errorf("%s %s: %v", op, answer, err)
			}
		}
	}
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		list := `null`
		if page := r.URL.Query().Get("page"); page < "3" {
			list = `[{"id":"` + page + `","status":"ACTIVE"}]`
		}
		says(200, data(`{"list":`+list+`,"total":2}`))(rw, r)
	}, options(interlace.Options{PageSize: 1}))
	if cards, err := w.client.ListCards(t.Context()); err != nil || len(cards) != 2 || len(w.Requests()) != 3 {
		t.Errorf("%d cards in %d pages, %v", len(cards), len(w.Requests()), err)
	}
}

// One row that cannot be understood spoils its list: it could be the one looked for.
func TestBadRowsSpoilTheList(t *testing.T) {
	long := strings.Repeat("a", 129)
	for op, rows := range map[string][]string{
		"bins":             {`{}`, `{"id":"b"}`, `{"bin":"493193"}`, `{"id":"b","bin":["x"]}`, `{"id":"b","bin":""}`, `null`},
		"cards":            {`{}`, `{"id":"` + long + `","status":"ACTIVE"}`, `{"id":"a","status":5}`, `{"id":"a","status":"ACTIVE","balanceId":"a,b"}`, `{"id":"a","status":"ACTIVE","label":{}}`, `{"id":"a","status":"ACTIVE","referenceId":[]}`, `{"id":"a","status":"ACTIVE","budgetId":{}}`},
		"budgets":          {`{}`, `{"id":"b","status":"ACTIVE"}`, `{"id":"b","status":"ACTIVE","balance":null}`, `{"id":"b","status":"ACTIVE","balance":{}}`, `{"id":"b","status":"ACTIVE","balance":{"id":"w"}}`, `{"id":"b","balance":{"id":"w","available":"0"}}`, `{"id":"b","status":"ACTIVE","balance":"0"}`},
		"balances":         {`{"id":"w-1"}`, `{"available":"1"}`, `{"id":"w-1","available":"much"}`, `{"id":"w-1","available":null}`},
		"card movements":   {`{"id":"m"}`, `{"amount":"1"}`, `{"id":"m","amount":"1e99"}`, `{"id":"m","amount":"1","clientTransactionId":{}}`, `{"id":"m","amount":"1","type":[2]}`, `{"id":"m","amount":"1","cardId":"a b"}`},
		"budget movements": {`{"id":"m"}`, `{"amount":"1"}`, `{"id":"m","amount":true}`, `{"id":"m","amount":"1","budgetId":"a b"}`},
		"cardholders":      {`{}`, `{"id":"h","email":{}}`, `{"id":"a b"}`, `{"id":"h","status":5}`},
	} {
		for _, row := range rows {
			if err := readers(t)[op](newWorld(t, says(200, listOf(row))).client); !issuer.Is(err, malformed) {
				t.Errorf("%s %s: %v", op, row, err)
			}
		}
	}
}

func TestForgivingRows(t *testing.T) {
	row := `{"id":17,"status":"frozen","bin":493193,"cardLastFour":"4111111111111111","label":null,"referenceId":null,"budgetId":"",
		"currency":["x"],"createTime":"x","transactionLimits":[{"type":"na","value":"0"},{"type":"day","value":"5.5"},{"type":"DAY","value":"6"},
		{"type":"HOUR","value":"1"},{"type":"MONTH","value":"/"},{"type":["x"],"value":"1"},{"type":"Transaction","value":7}],"unknown":{}}`
	cards, err := newWorld(t, says(200, listOf(row))).client.ListCards(t.Context())
	if err != nil || len(cards) != 1 {
		t.Fatal(err)
	}
	c := cards[0]
	if c.ID != "17" || c.State != issuer.StateFrozen || c.Type != issuer.Prepaid || c.LastFour != "1111" || c.BIN != "493193" || !c.CreatedAt.IsZero() || c.Currency != "" {
		t.Errorf("%+v", c)
	}
	if len(c.Limits) != 2 || c.Limits[0].Interval != issuer.PerDay || !c.Limits[0].Amount.Equal(money.Must("5.5")) || c.Limits[1].Interval != issuer.PerTransaction {
		t.Errorf("limits %+v", c.Limits)
	}
	for _, limits := range []string{`null`, `{}`, `"none"`} {
		cards, err := newWorld(t, says(200, listOf(`{"id":"c","status":"Melting","transactionLimits":`+limits+`}`))).client.ListCards(t.Context())
		if err != nil || cards[0].Limits != nil || cards[0].State != issuer.StateOther || cards[0].Status != "Melting" {
			t.Errorf("%s: %+v, %v", limits, cards, err)
		}
	}
}

// The types of a BIN: a name, or a number of which nobody knows what it says.
func TestTypesOfBINs(t *testing.T) {
	for kind, want := range map[string]string{
		`"PrepaidCard"`: "Prepaid", `"budgetcard"`: "Budget", `0`: "Prepaid Budget", `1`: "Prepaid Budget", `"1"`: "Prepaid Budget", `null`: "Prepaid Budget", `{}`: "Prepaid Budget",
	} {
		row := `{"id":"b-1","bin":"493193","type":` + kind + `,"currencies":"USD","verification":[],"purchaseLimit":null}`
		bins, err := newWorld(t, says(200, listOf(row))).client.ListBINs(t.Context())
		var types []string
		for _, b := range bins {
			types = append(types, string(b.Type))
			if b.ID != "b-1" || b.BIN != "493193" || b.AVS || b.DayLimit != "" || b.Currencies != nil {
				t.Errorf("%s: %+v", kind, b)
			}
		}
		if got := strings.Join(types, " "); err != nil || got != want {
			t.Errorf("%s: %s, %v", kind, got, err)
		}
	}
}

// One code does not mean the same of a card and of a budget.
func TestKindsOfMovement(t *testing.T) {
	for kind, want := range map[string][2]issuer.MovementKind{
		`0`: {issuer.MovementRefund, issuer.MovementIn}, `1`: {issuer.MovementSpend, issuer.MovementOut}, `2`: {issuer.MovementIn, issuer.MovementFee},
		`3`: {issuer.MovementOut, issuer.MovementSpend}, `"3"`: {issuer.MovementOut, issuer.MovementSpend}, `4`: {issuer.MovementOther, issuer.MovementRefund},
		`5`: {issuer.MovementOther, issuer.MovementFee}, `6`: {issuer.MovementOther, issuer.MovementFee}, `7`: {issuer.MovementOther, issuer.MovementFee},
		`8`: {issuer.MovementOther, issuer.MovementRefund}, `9`: {issuer.MovementFee, issuer.MovementOther}, `10`: {issuer.MovementFee, issuer.MovementOther},
		`14`: {issuer.MovementRefund, issuer.MovementOther}, `15`: {issuer.MovementFee, issuer.MovementOther},
		`"TransferIn"`: {issuer.MovementIn, issuer.MovementIn}, `"TRANSFEROUT"`: {issuer.MovementOut, issuer.MovementOut}, `null`: {issuer.MovementOther, issuer.MovementOther},
	} {
		for status, state := range map[string]issuer.MovementStatus{
			"CLOSED": issuer.MovementClosed, "Closed": issuer.MovementClosed, "FAIL": issuer.MovementFailed, "PENDING": issuer.MovementPending, "ODD": issuer.MovementPending,
		} {
			w := newWorld(t, says(200, listOf(`{"id":"m","cardId":"c-1","budgetId":"b-1","amount":"-1.12345678","fee":0.25,"createTime":1756191281381,"type":`+kind+`,"status":"`+status+`"}`)))
			ofCard, err := w.client.CardMovements(t.Context(), "c-1")
			issuertest.Must(t, err)
			ofBudget, err := w.client.BudgetMovements(t.Context(), "b-1")
			issuertest.Must(t, err)
			for i, m := range []issuer.Movement{ofCard[0], ofBudget[0]} {
				if m.Kind != want[i] || m.Status != state || m.Amount.String() != "1.12345678" || m.Fee.String() != "0.25" || !m.At.Equal(at("2025-08-26T06:54:41.381Z")) {
					t.Errorf("%s %s: %+v, want %s", kind, status, m, want[i])
				}
			}
		}
	}
}

// Rows of others are left out, and rows of nobody are not: see quantum.OfOne.
func TestMovementsOfOthers(t *testing.T) {
	rows := data(`{"list":[{"id":"1","cardId":"c-1","budgetId":"b-1","amount":"1"},{"id":"2","cardId":"c-2","budgetId":"b-2","amount":"1"},{"id":"3","amount":"1"}],"total":3}`)
	w := newWorld(t, says(200, rows))
	ofCard, err := w.client.CardMovements(t.Context(), "c-1")
	if err != nil || len(ofCard) != 2 {
		t.Errorf("%+v, %v", ofCard, err)
	}
	ofBudget, err := w.client.BudgetMovements(t.Context(), "b-2")
	if err != nil || len(ofBudget) != 2 {
		t.Errorf("%+v, %v", ofBudget, err)
	}
}
