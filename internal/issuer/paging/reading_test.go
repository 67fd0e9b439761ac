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
