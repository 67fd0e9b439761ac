package interlace_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/money"
)

// Only what differs is set, and all is taken away only where something must go.
func TestTheStepsToTheWantedLimits(t *testing.T) {
	for name, c := range map[string]struct{ has, wanted, steps string }{
		"nothing to nothing": {"", "", ""},
		"first":              {"", "Day 5", "DAY 5"},
		"the same":           {"DAY 5.00", "Day 5", ""},
		"another amount":     {"DAY 5", "Day 6.5", "DAY 6.5"},
		"one more":           {"DAY 5", "Day 5,Month 50", "MONTH 50"},
		"one less":           {"DAY 5,MONTH 50", "Month 50", "NA 0,MONTH 50"},
		"none":               {"DAY 5,MONTH 50", "", "NA 0"},
		"others":             {"DAY 5,WEEK 7", "Year 9,Transaction 1,Quarter 3,Lifetime 4,Week 7", "NA 0,WEEK 7,QUARTER 3,YEAR 9,LIFETIME 4,TRANSACTION 1"},
	} {
		var rows []string
		var wanted []issuer.Limit
		each(c.has, func(kind, amount string) { rows = append(rows, fmt.Sprintf(`{"type":%q,"value":%q}`, kind, amount)) })
		each(c.wanted, func(kind, amount string) {
			wanted = append(wanted, issuer.Limit{Interval: issuer.Interval(kind), Amount: money.Must(amount)})
		})
		w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				says(200, listOf(`{"id":"c-1","status":"ACTIVE","transactionLimits":[`+strings.Join(rows, ",")+`]}`))(rw, r)
				return
			}
			says(200, data(`{"id":"c-1","status":"ACTIVE"}`))(rw, r)
		})
		err := w.client.SetCardLimits(t.Context(), "c-1", wanted)
		var steps []string
		for _, r := range w.Requests()[1:] {
			body := issuertest.Object(t, r.Body)
			if r.Method != http.MethodPut || r.Path != "/open-api/v3/cards/c-1/velocity-control" || body["accountId"] != account || len(body) != 3 || r.Header.Get("Idempotency-Key") != "" {
				t.Errorf("%s: %+v", name, r)
			}
			steps = append(steps, fmt.Sprint(body["type"], " ", body["limit"]))
		}
		if got := strings.Join(steps, ","); err != nil || got != c.steps {
			t.Errorf("%s: sent %q, want %q, %v", name, got, c.steps, err)
		}
	}
}

func each(text string, do func(kind, amount string)) {
	for part := range strings.SplitSeq(text, ",") {
		if kind, amount, found := strings.Cut(part, " "); found {
			do(kind, amount)
		}
	}
}
