package paging

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// shelf is a list of texts without totals, whose pages count from 1.
func shelf(all func(asked int) []string) (List[string], *int) {
	asked := new(int)
	return List[string]{
		Op: "list", Name: "/list", First: 1, Limit: 2, MaxPages: 20, Totals: &Totals{},
		ID: func(s string) string { return s },
		Fetch: func(_ context.Context, number, limit int) (Page[string], error) {
			rows := all(*asked)
			*asked++
			from := min((number-1)*limit, len(rows))
			return Page[string]{Rows: rows[from:min(from+limit, len(rows))]}, nil
		},
	}, asked
}

// Without a total a list is read until a reading brings nothing new: a row that changed its
// place between two pages is not lost.
func TestAListWithoutATotalIsReadAgain(t *testing.T) {
	l, _ := shelf(func(asked int) []string {
		if asked == 1 {
			return []string{"d", "a", "b", "c"} // d came to the front, c went to the end
		}
		return []string{"a", "b", "c", "d"}
	})
	rows, err := l.All(t.Context())
	slices.Sort(rows)
	if err != nil || strings.Join(rows, "") != "abcd" {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestListsThatDoNotEnd(t *testing.T) {
	l, asked := shelf(nil)
	l.Fetch = func(context.Context, int, int) (Page[string], error) {
		*asked++
		return Page[string]{Rows: []string{strings.Repeat("x", *asked)}, Total: wire.Count{N: 1 << 40, Known: true}}, nil
	}
	l.LimitOption = "spec.bank.pageSize"
	if rows, err := l.All(t.Context()); !issuer.Is(err, issuer.TooLong) || rows != nil || *asked != 20 {
		t.Errorf("%d rows after %d pages, %v", len(rows), *asked, err)
	} else if !strings.Contains(err.Error(), "20 pages of 2 rows") || !strings.Contains(err.Error(), "spec.bank.pageSize") {
		t.Errorf("the message says what to change: %v", err)
	}
}

// A list whose total is trusted, and which is longer than what is read of one, is given up
// after its first page.
func TestAListThatIsKnownToBeTooLong(t *testing.T) {
	l, asked := counted(100)
	if rows, err := l.All(t.Context()); err != nil || len(rows) != 100 {
		t.Fatal(len(rows), err)
	}
	*asked, l.MaxPages = 0, 9
	if _, err := l.All(t.Context()); !issuer.Is(err, issuer.TooLong) || *asked != 1 || !strings.Contains(err.Error(), "100 rows") {
		t.Errorf("%v after %d pages", err, *asked)
	}
}

// counted is a list of so many rows, ten to a page, with a true total.
func counted(rows int) (List[string], *int) {
	var mu sync.Mutex
	asked := new(int)
	return List[string]{
		Op: "list", Name: "/list", First: 1, Limit: 10, MaxPages: 20, Totals: &Totals{},
		ID: func(s string) string { return s },
		Fetch: func(_ context.Context, number, limit int) (p Page[string], err error) {
			mu.Lock()
			defer mu.Unlock()
			*asked++
			for n := (number - 1) * limit; n < min(number*limit, rows); n++ {
				p.Rows = append(p.Rows, fmt.Sprint("row ", n))
			}
			p.Total = wire.Count{N: int64(rows), Known: true}
			return p, nil
		},
	}, asked
}

// Once its total has proved true a list is read several pages at a time, never more, and in the
// order of its pages.
func TestPagesAreReadAhead(t *testing.T) {
	l, asked := counted(95)
	var now, most atomic.Int32
	fetch := l.Fetch
	l.Ahead = 4
	l.Fetch = func(ctx context.Context, number, limit int) (Page[string], error) {
		defer now.Add(-1)
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		for range 1000 {
			runtime.Gosched()
		}
		return fetch(ctx, number, limit)
	}
	first, err := l.All(t.Context())
	if err != nil || len(first) != 95 || most.Load() != 1 {
		t.Fatalf("%d rows, %v, %d at a time: nobody knows yet that the total is true", len(first), err, most.Load())
	}
	*asked = 0
	again, err := l.All(t.Context())
	if err != nil || !slices.Equal(first, again) || *asked != 10 || most.Load() < 2 || most.Load() > 4 {
		t.Errorf("%d rows, %v, %d calls, %d at a time", len(again), err, *asked, most.Load())
	}
	if row, err := l.One(t.Context(), "row 3"); err != nil || row != "row 3" {
		t.Error(row, err)
	}
}

// Pages that are read at the same time must come to the total like others, and one of them
// that fails is no list.
func TestPagesThatAreReadAheadMustAgree(t *testing.T) {
	l, _ := counted(95)
	if _, err := l.All(t.Context()); err != nil {
		t.Fatal(err)
	}
	fetch := l.Fetch
	l.Ahead = 4
	var third atomic.Int32
	l.Fetch = func(ctx context.Context, number, limit int) (Page[string], error) {
		p, err := fetch(ctx, number, limit)
		if number == 3 && third.Add(1) == 1 {
			p.Rows[0] = "row 5" // another took its place while its neighbour was read
		}
		return p, err
	}
	if rows, err := l.All(t.Context()); err != nil || len(rows) != 95 || third.Load() != 2 {
		t.Errorf("%d rows, %v, read %d times", len(rows), err, third.Load())
	}
	down := &issuer.Error{Class: issuer.Unavailable, Op: "list"}
	l.Fetch = func(ctx context.Context, number, limit int) (Page[string], error) {
		if number == 4 {
			return Page[string]{}, down
		}
		return fetch(ctx, number, limit)
	}
	if rows, err := l.All(t.Context()); !errors.Is(err, down) || rows != nil {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// A page that cannot be read is no end.
func TestAPageThatFailsIsNoList(t *testing.T) {
	l, _ := shelf(nil)
	down := &issuer.Error{Class: issuer.Unavailable, Op: "list"}
	l.Fetch = func(_ context.Context, number, _ int) (Page[string], error) {
		if number > 1 {
			return Page[string]{}, down
		}
		return Page[string]{Rows: []string{"a", "b"}}, nil
	}
	if rows, err := l.All(t.Context()); !errors.Is(err, down) || rows != nil {
		t.Errorf("%v, %v", rows, err)
	}
	if row, err := l.One(t.Context(), "z"); !errors.Is(err, down) || row != "" {
		t.Errorf("%v, %v", row, err)
	}
	if row, err := l.One(t.Context(), "b"); err != nil || row != "b" {
		t.Errorf("%v, %v", row, err)
	}
}

func TestOneOfACompleteList(t *testing.T) {
	l, _ := shelf(func(int) []string { return []string{"a", "b", "c"} })
	if _, err := l.One(t.Context(), "z"); !issuer.Is(err, issuer.NotFound) {
		t.Error(err)
	}
}

func TestIncomplete(t *testing.T) {
	for total, short := range map[wire.Count]bool{{}: false, {N: 2, Known: true}: false, {N: 1, Known: true}: false, {N: 3, Known: true}: true} {
		if err := Incomplete("list", 2, total); (err != nil) != short || short && !issuer.Is(err, issuer.Malformed) {
			t.Errorf("%+v: %v", total, err)
		}
	}
}
