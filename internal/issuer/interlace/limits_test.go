package interlace_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/money"
	dialect "github.com/card-operator/card-operator/internal/sandbox/interlace"
)

// velocity is an issuer that has the limits of one card, one of which may be its own.
type velocity struct {
	world *world // keeps what was sent
	rows  []string
	own   string
	// single: it keeps one. behind: it shows what there was before.
	single, behind bool
	// down: after the first change nothing is read. untold: no list has limits.
	down, untold bool
}

func (v *velocity) serve(rw http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		if v.down && v.world.Requests()[len(v.world.Requests())-2].Method == http.MethodPut && slices.Contains(v.rows, `{"type":"DAY","value":"6"}`) {
			says(503, "")(rw, r)
			return
		}
		if v.untold {
			says(200, listOf(`{"id":"c-1","status":"ACTIVE"}`))(rw, r)
			return
		}
		says(200, listOf(`{"id":"c-1","status":"ACTIVE","transactionLimits":[`+strings.Join(v.rows, ",")+`]}`))(rw, r)
		return
	}
	var set struct{ Type, Limit string }
	_ = json.Unmarshal([]byte(v.world.Last().Body), &set)
	if v.behind {
		says(200, data(`{"id":"c-1","status":"ACTIVE"}`))(rw, r)
		return
	}
	v.rows = slices.DeleteFunc(v.rows, func(row string) bool { return v.single || strings.Contains(row, set.Type) || set.Type == "NA" })
	if set.Type != "NA" {
		v.rows = append(v.rows, fmt.Sprintf(`{"type":%q,"value":%q}`, set.Type, set.Limit))
	}
	if v.own != "" && !slices.Contains(v.rows, v.own) {
		v.rows = append(v.rows, v.own)
	}
	says(200, data(`{"id":"c-1","status":"ACTIVE"}`))(rw, r)
}

func steps(t *testing.T, w *world) []string {
	t.Helper()
	var steps []string
	for _, r := range w.Requests() {
		if r.Method == http.MethodGet {
			continue
		}
		body := issuertest.Object(t, r.Body)
		if r.Method != http.MethodPut || r.Path != "/open-api/v3/cards/c-1/velocity-control" || body["accountId"] != account || len(body) != 3 || r.Header.Get("Idempotency-Key") != "" {
			t.Errorf("%+v", r)
		}
		steps = append(steps, fmt.Sprint(body["type"], " ", body["limit"]))
	}
	return steps
}

// A limit that the issuer keeps is its own: it is taken away once, and then told.
func TestALimitThatTheIssuerKeeps(t *testing.T) {
	v := &velocity{own: `{"type":"LIFETIME","value":"5000"}`}
	v.rows = []string{v.own}
	w := newWorld(t, v.serve)
	v.world = w
	wanted := []issuer.Limit{{Interval: issuer.PerDay, Amount: money.Must("5")}}
	for try, want := range []string{"DAY 5,NA 0,DAY 5", "DAY 5,NA 0,DAY 5", "DAY 5,NA 0,DAY 5,DAY 6"} {
		if try == 2 {
			wanted[0].Amount = money.Must("6")
		}
		err := w.client.SetCardLimits(t.Context(), "c-1", wanted)
		if !issuer.Is(err, issuer.Conflict) || !strings.Contains(err.Error(), "5000.00 per Lifetime") {
			t.Errorf("try %d: %v", try, err)
		}
		if got := strings.Join(steps(t, w), ","); got != want {
			t.Errorf("try %d: %s", try, got)
		}
	}
	v.own, v.down, v.rows = "", true, []string{`{"type":"YEAR","value":"9"}`}
	if err := w.client.SetCardLimits(t.Context(), "c-1", wanted); !issuer.Is(err, issuer.Unavailable) {
		t.Errorf("what became of it cannot be read: %v", err)
	}
	v.down, v.rows = false, nil
	if err := w.client.SetCardLimits(t.Context(), "c-1", wanted); err != nil {
		t.Errorf("lifted: %v", err)
	}
}

// The document calls limits optional: where a list never has them, those that were set stand.
func TestAnIssuerThatListsNoLimits(t *testing.T) {
	v := &velocity{untold: true}
	w := newWorld(t, v.serve)
	v.world = w
	untold := func() bool {
		t.Helper()
		cards, err := w.client.ListCards(t.Context())
		issuertest.Must(t, err)
		return cards[0].LimitsUntold
	}
	if untold() {
		t.Error("before any was set, none is what the card has")
	}
	issuertest.Must(t, w.client.SetCardLimits(t.Context(), "c-1", []issuer.Limit{{Interval: issuer.PerDay, Amount: money.Must("5")}}))
	if got := strings.Join(steps(t, w), ","); got != "DAY 5" || !untold() {
		t.Errorf("%s; untold %v", got, untold())
	}
	v.untold = false
	if untold() {
		t.Error("a card has shown its limits, so the list tells them")
	}
}

// What differs is set, and all is taken away only where something must go.
func TestTheStepsToTheWantedLimits(t *testing.T) {
	for name, c := range map[string]struct{ has, wanted, steps string }{
		"nothing to nothing": {"", "", ""},
		"first":              {"", "Day 5", "DAY 5"},
		"the same":           {"DAY 5.00", "Day 5", ""},
		"another amount":     {"DAY 5", "Day 6.5", "DAY 6.5"},
		"one more":           {"DAY 5", "Day 5,Month 50", "MONTH 50"},
		"one less":           {"DAY 5,MONTH 50", "Month 50", "NA 0,MONTH 50"},
		"one for another":    {"DAY 5", "Month 50", "MONTH 50,NA 0,MONTH 50"},
		"none":               {"DAY 5,MONTH 50", "", "NA 0"},
		"others":             {"DAY 5,WEEK 7", "Year 9,Transaction 1,Quarter 3,Lifetime 4,Week 7", "QUARTER 3,YEAR 9,LIFETIME 4,TRANSACTION 1,NA 0,WEEK 7,QUARTER 3,YEAR 9,LIFETIME 4,TRANSACTION 1"},
	} {
		var rows []string
		var wanted []issuer.Limit
		each(c.has, func(kind, amount string) { rows = append(rows, fmt.Sprintf(`{"type":%q,"value":%q}`, kind, amount)) })
		each(c.wanted, func(kind, amount string) {
			wanted = append(wanted, issuer.Limit{Interval: issuer.Interval(kind), Amount: money.Must(amount)})
		})
		v := &velocity{rows: rows}
		w := newWorld(t, v.serve)
		v.world = w
		err := w.client.SetCardLimits(t.Context(), "c-1", wanted)
		if got := strings.Join(steps(t, w), ","); err != nil || got != c.steps {
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

// An issuer that keeps one limit is told from one whose list is behind, and is not asked for
// two again and again.
func TestAnIssuerThatKeepsOneLimit(t *testing.T) {
	l := newLife(t, dialect.Options{SingleLimit: true})
	card := l.card("one limit")
	two := []issuer.Limit{{Interval: issuer.PerDay, Amount: money.Must("5")}, {Interval: issuer.PerMonth, Amount: money.Must("50")}}
	for range 2 {
		err := l.client.SetCardLimits(t.Context(), card.ID, two)
		if !issuer.Is(err, issuer.Conflict) || !strings.Contains(err.Error(), "give one entry in spec.limits") || !strings.Contains(err.Error(), "50.00 per Month") {
			t.Errorf("%v", err)
		}
	}
	l.do(l.client.SetCardLimits(t.Context(), card.ID, two[:1]))
	if found, err := l.client.GetCard(t.Context(), card.ID); err != nil || len(found.Limits) != 1 || found.Limits[0].Interval != issuer.PerDay {
		t.Errorf("%+v, %v", found.Limits, err)
	}

	v := &velocity{single: true}
	w := newWorld(t, v.serve)
	v.world = w
	for try, want := range []string{"DAY 5,MONTH 50", "DAY 5,MONTH 50", "DAY 5,MONTH 50,DAY 6"} {
		if try == 2 {
			two[0].Amount = money.Must("6")
		}
		if err := w.client.SetCardLimits(t.Context(), "c-1", two); !issuer.Is(err, issuer.Conflict) {
			t.Errorf("try %d: %v", try, err)
		}
		if got := strings.Join(steps(t, w), ","); try < 2 && got != want {
			t.Errorf("try %d: %s", try, got)
		}
	}
	v.single, v.behind, v.rows = false, true, []string{`{"type":"DAY","value":"5"}`}
	if err := w.client.SetCardLimits(t.Context(), "c-1", two); err != nil {
		t.Errorf("a list that is behind shows what there was: %v", err)
	}
}

// Between taking all limits away and setting the wanted ones again there is no stopping: a
// permit that ends meanwhile must not leave the card without limits.
func TestLimitsThatHaveBegunToBeSetAreSet(t *testing.T) {
	v := &velocity{rows: []string{`{"type":"DAY","value":"5"}`}}
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			v.world.Clock.Advance(time.Minute)
		}
		v.serve(rw, r)
	})
	v.world = w
	permit := func() issuer.Permit { return issuer.Permit{NotAfter: w.Clock.Now().Add(5 * time.Second)} }
	wanted := []issuer.Limit{{Interval: issuer.PerMonth, Amount: money.Must("50")}}
	if err := w.client.SetCardLimits(issuer.WithPermit(t.Context(), permit()), "c-1", wanted); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(steps(t, w), ","); got != "MONTH 50,NA 0,MONTH 50" {
		t.Errorf("sent %q", got)
	}
	late := issuer.WithPermit(t.Context(), permit())
	w.Clock.Advance(time.Minute)
	wanted[0].Amount = money.Must("60")
	if err := w.client.SetCardLimits(late, "c-1", wanted); !issuer.Is(err, issuer.Expired) || len(steps(t, w)) != 3 {
		t.Errorf("%v after %d steps", err, len(steps(t, w)))
	}
}
