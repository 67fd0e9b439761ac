package paging

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// A list that stands still is read whole, whatever limit the server grants, whether it
// tells the total or not, and even where the total is that of the page.
func TestReadingAListThatStandsStill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 12).Draw(t, "limit")
		granted := rapid.IntRange(1, limit).Draw(t, "granted")
		var all []string
		for i := range rapid.IntRange(0, 60).Draw(t, "rows") {
			all = append(all, fmt.Sprint("row ", i))
		}
		totals := map[string]func(rows int) wire.Count{
			"told":     func(int) wire.Count { return wire.Count{N: int64(len(all)), Known: true} },
			"not told": func(int) wire.Count { return wire.Count{} },
			"of page":  func(rows int) wire.Count { return wire.Count{N: int64(rows), Known: true} },
		}
		kind := rapid.SampledFrom([]string{"told", "not told", "of page"}).Draw(t, "total")
		r := &reading[string]{limit: limit, known: map[string]bool{}}
		for n := 0; ; n++ {
			rows := all[min(n*granted, len(all)):min((n+1)*granted, len(all))]
			if r.take(Page[string]{rows, totals[kind](len(rows))}, func(s string) string { return s }) {
				break
			}
			if n > len(all)+3 {
				t.Fatal("reads for ever")
			}
		}
		if err := r.verdict(); err != nil || !slices.Equal(r.rows, all) {
			t.Fatalf("read %d of %d rows, %v", len(r.rows), len(all), err)
		}
	})
}

// Whatever the pages hold, fewer rows than were promised are an error.
func TestShortReadingIsAnError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		promised := rapid.Int64Range(1, 20).Draw(t, "total")
		r := &reading[int64]{limit: 5, known: map[string]bool{}}
		seen := map[int64]bool{}
		for done := false; !done; {
			rows := rapid.SliceOfN(rapid.Int64Range(1, 19), 0, 5).Draw(t, "rows")
			for _, row := range rows {
				seen[row] = true
			}
			done = r.take(Page[int64]{rows, wire.Count{N: promised, Known: true}}, func(n int64) string { return fmt.Sprint(n) })
		}
		if short := int64(len(seen)) < promised; short && r.verdict() == nil {
			t.Fatalf("%d of %d rows: %v", len(seen), promised, r.verdict())
		}
	})
}

// A list into which others insert, wherever, is read in one pass: whatever was there when the
// reading began is seen, though the total never stands still.
func TestReadingAListThatGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 8).Draw(t, "limit")
		var all []string
		for i := range rapid.IntRange(limit+1, 40).Draw(t, "rows") {
			all = append(all, fmt.Sprint("row ", i))
		}
		began := slices.Clone(all)
		r := &reading[string]{limit: limit, serial: true, known: map[string]bool{}}
		for n := range 200 {
			rows := all[min(n*limit, len(all)):min((n+1)*limit, len(all))]
			done := r.take(Page[string]{slices.Clone(rows), wire.Count{N: int64(len(all)), Known: true}}, func(s string) string { return s })
			if done {
				break
			}
			for i := range rapid.IntRange(0, 2).Draw(t, "inserted") {
				all = slices.Insert(all, rapid.IntRange(0, len(all)).Draw(t, "at"), fmt.Sprint("new ", n, i))
			}
		}
		if r.verdict() != nil || !r.steady() {
			return // it is read again
		}
		for _, row := range began {
			if !r.known[row] {
				t.Fatalf("%s was there and was not seen: %q", row, r.rows)
			}
		}
	})
}

// One that also shrinks, or whose pages were not turned one by one, is read again.
func TestWhatDoesNotVouchForAGrowingList(t *testing.T) {
	pages := func(r *reading[string], totals ...int64) *reading[string] {
		for n, total := range totals {
			rows := []string{fmt.Sprint(n, "a"), fmt.Sprint(n, "b")}
			if n == len(totals)-1 {
				rows = nil
			}
			r.take(Page[string]{rows, wire.Count{N: total, Known: true}}, func(s string) string { return s })
		}
		return r
	}
	open := func(serial bool) *reading[string] {
		return &reading[string]{limit: 2, serial: serial, known: map[string]bool{}}
	}
	for why, c := range map[string]struct {
		r    *reading[string]
		sure bool
	}{
		"it grew":                  {pages(open(true), 4, 5, 5), true},
		"its pages came together":  {pages(open(false), 4, 5, 5), false},
		"it shrank":                {pages(open(true), 4, 5, 4), false},
		"fewer rows than it began": {pages(open(true), 5, 6, 6), false},
	} {
		if got := c.r.verdict() == nil && c.r.steady(); got != c.sure {
			t.Errorf("%s: sure %v", why, got)
		}
	}
}
