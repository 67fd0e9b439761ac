package paging

import (
	"context"
	"errors"
	"slices"
	"strings"
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
	if rows, err := l.All(t.Context()); !issuer.Is(err, issuer.Malformed) || rows != nil || *asked != 20 {
		t.Errorf("%d rows after %d pages, %v", len(rows), *asked, err)
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
