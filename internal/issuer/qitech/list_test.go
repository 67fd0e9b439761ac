package qitech

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
)

func TestAListIsCompleteOrAnError(t *testing.T) {
	other := "9bd93e97-bb6d-410f-8981-06b2765f12a1"
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		cards  int
		class  issuer.Class
	}{
		"none":                    {paged("", ""), 0, ""},
		"two, one of them twice":  {paged(row(cardKey, "a", "created")+","+row(other, "b", "canceled")+","+row(cardKey, "a", "created"), ""), 2, ""},
		"another account's":       {paged(strings.Replace(row(cardKey, "a", "created"), accountKey, other, 1), ""), 0, ""},
		"no rows":                 {says(200, `{"pagination":{}}`), 0, issuer.Malformed},
		"a row without a key":     {paged(`{"status":"active"}`, ""), 0, issuer.Malformed},
		"a row without a status":  {paged(`{"card_key":"`+cardKey+`"}`, ""), 0, issuer.Malformed},
		"a name that is a number": {paged(strings.Replace(row(cardKey, "a", "created"), `"a"`, `7`, 1), ""), 0, issuer.Malformed},
		"pages that repeat":       {says(200, `{"data":[`+row(cardKey, "a", "created")+`]}`), 0, issuer.Malformed},
		"no first page":           {refuses(400, "CARD000022"), 0, issuer.Invalid},
		"null":                    {says(200, `{"pagination":{"rows_per_page":50},"data":null}`), 0, ""},
		"null alone":              {says(200, `{"data":null}`), 0, ""},
		"an object":               {says(200, `{"data":{}}`), 0, issuer.Malformed},
		"a row that is null":      {says(200, `{"data":[null]}`), 0, issuer.Malformed},
		"refused":                 {refuses(400, "CARD000016"), 0, issuer.Unavailable},
		"not JSON":                {says(200, `data`), 0, issuer.Malformed},
	} {
		w := newWorld(t, c.answer)
		cards, err := w.client.ListCards(t.Context())
		if len(cards) != c.cards || issuer.ClassOf(err) != c.class {
			t.Errorf("%s: %d cards, %v", name, len(cards), err)
		}
	}
}

// A page that the issuer cuts short is not the end.
func TestACappedPageIsNotTheEnd(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		page := r.URL.Query().Get("page")
		if len(page) != 1 || page > "6" {
			_, _ = io.WriteString(rw, `{"data":[]}`)
			return
		}
		_, _ = io.WriteString(rw, `{"data":[`+row("00000000-0000-4000-8000-00000000000"+page, "n"+page, "created")+`]}`)
	})
	cards, err := w.client.ListCards(t.Context())
	if err != nil || len(cards) != 7 {
		t.Errorf("%d cards, %v", len(cards), err)
	}
}

// How a list ends differs from issuer to issuer; none of it may end it early.
func TestHowAListEnds(t *testing.T) {
	// at is page n of the list, of two cards each.
	at := func(n int) string {
		return row(fmt.Sprintf("00000000-0000-4000-8000-%012d", 2*n), "n", "created") + "," + row(fmt.Sprintf("00000000-0000-4000-8000-%012d", 2*n+1), "n", "created")
	}
	pages := func(rowsPerPage string, turn func(n int) int) http.HandlerFunc {
		return func(rw http.ResponseWriter, r *http.Request) {
			var n int
			_, _ = fmt.Sscan(r.URL.Query().Get("page"), &n)
			if n = turn(n); n < 0 {
				refuses(400, "CARD000022")(rw, r)
				return
			}
			_, _ = io.WriteString(rw, `{"pagination":{"rows_per_page":`+rowsPerPage+`},"data":[`+at(n)+`]}`)
		}
	}
	for name, c := range map[string]struct {
		rowsPerPage  string
		turn         func(n int) int
		cards, asked int // no cards is an error
	}{
		"refused past the end":         {`50`, func(n int) int { return map[bool]int{true: n, false: -1}[n < 3] }, 6, 4},
		"clamped to the last":          {`2`, func(n int) int { return min(n, 2) }, 6, 5},
		"clamped, told as a text":      {`"50"`, func(int) int { return 0 }, 2, 3},
		"clamped to the only":          {`50`, func(int) int { return 0 }, 2, 3},
		"a page that may be cut short": {`2`, func(int) int { return 0 }, 0, 3},
		"a fraction tells nothing":     {`50.5`, func(int) int { return 0 }, 0, 3},
		"and nothing that tells":       {`"x"`, func(int) int { return 0 }, 0, 3},
		"one page comes twice":         {`2`, func(n int) int { return map[bool]int{true: -1, false: []int{0, 1, 1, 2, 3, 4}[min(n, 5)]}[n > 5] }, 10, 7},
		"two pages in turn":            {`2`, func(n int) int { return n % 2 }, 0, 12},
	} {
		w := newWorld(t, pages(c.rowsPerPage, c.turn))
		cards, err := w.client.ListCards(t.Context())
		if len(cards) != c.cards || issuer.Is(err, issuer.Malformed) != (c.cards == 0) || len(w.requests()) != c.asked {
			t.Errorf("%s: %d cards after %d pages, %v", name, len(cards), len(w.requests()), err)
		}
	}
}

func TestAListThatDoesNotEndIsAnError(t *testing.T) {
	n := 0
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		n++
		_, _ = io.WriteString(rw, fmt.Sprintf(`{"data":[%s]}`, row(fmt.Sprintf("00000000-0000-4000-8000-%012d", n), "n", "created")))
	})
	if _, err := w.client.ListCards(t.Context()); !issuer.Is(err, issuer.Malformed) || n != maxPages {
		t.Errorf("%d pages, %v", n, err)
	}
}

// A list that refuses the size of its pages is read with smaller ones, and says how.
func TestAPageSizeThatIsRefused(t *testing.T) {
	answer := func(rw http.ResponseWriter, r *http.Request) {
		if size := r.URL.Query().Get("size"); size != "10" {
			refuses(400, "CARD000022")(rw, r)
			return
		}
		paged(row(cardKey, "a", "created"), "")(rw, r)
	}
	w := newWorld(t, answer)
	if _, err := w.client.ListCards(t.Context()); err == nil || !strings.Contains(err.Error(), "spec.qitech.pageSize") {
		t.Errorf("%v", err)
	}
	if rows := w.client.Capabilities().PageRows; rows != 50 {
		t.Errorf("%d rows by default", rows)
	}
	w = newWorld(t, answer, func(c *Config) { c.Options.PageSize = 10 })
	if cards, err := w.client.ListCards(t.Context()); err != nil || len(cards) != 1 || w.client.Capabilities().PageRows != 10 {
		t.Errorf("%d cards, %v", len(cards), err)
	}
}

// Whether a page is short is told by the size that was asked for.
func TestAFullSmallPageThatComesAgainMayBeCutShort(t *testing.T) {
	same := says(200, `{"pagination":{"rows_per_page":50},"data":[`+row(cardKey, "a", "created")+`]}`)
	for size, ends := range map[int]bool{1: false, 2: true} {
		w := newWorld(t, same, func(c *Config) { c.Options.PageSize = size })
		if _, err := w.client.ListCards(t.Context()); (err == nil) != ends {
			t.Errorf("%d rows: %v", size, err)
		}
	}
}

// What is wrong with a list is not always the base URL.
func TestWhatToDoAboutAListThatCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		says   string // empty: the general advice
	}{
		"pages repeat":         {says(200, `{"data":[`+row(cardKey, "a", "created")+`]}`), "spec.qitech.pageSize"},
		"a signed token":       {says(200, `{"encoded_body":"eyJ.canary.x"}`), "plain JSON"},
		"a refusal in one":     {says(400, `{"encoded_body":"eyJ.canary.x"}`), "plain JSON"},
		"a forbidding one":     {says(403, `{"encoded_body":"eyJ.canary.x"}`), ""},
		"not JSON":             {says(200, `<html>canary`), ""},
		"a token that is none": {says(200, `{"encoded_body":7}`), ""},
	} {
		_, err := newWorld(t, c.answer).client.ListCards(t.Context())
		var e *issuer.Error
		if !errors.As(err, &e) || (e.Advice == "") != (c.says == "") || !strings.Contains(e.Advice, c.says) || strings.Contains(err.Error()+e.Advice, "canary") {
			t.Errorf("%s: %v, %+v", name, err, e)
		}
	}
	w := newWorld(t, says(201, `{"encoded_body":"eyJ.canary.x"}`))
	err := w.client.CreateCard(t.Context(), w.permit, order())
	var e *issuer.Error
	if !errors.As(err, &e) || e.Class != issuer.Ambiguous || e.Advice != "" || !strings.Contains(e.Message, "encoded_body") {
		t.Errorf("an order is looked for whatever form its answer has: %+v", e)
	}
}
