package paging

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// errMoved says that a listing ended before it had brought as many rows as it promised.
var errMoved = errors.New("the listing ended before all of its rows were seen")

// Page is one page of a list.
type Page[T any] struct {
	Rows []T
	// Total is how many rows the issuer says that there are, where it does.
	Total wire.Count
}

// List is one paged list.
type List[T any] struct {
	// Op is the operation in the port's terms.
	Op string
	// Name tells the list from others of the same connection in Totals.
	Name string
	// First is the number of the first page.
	First int
	// Limit is how many rows a page is asked for, and MaxPages how many pages are read.
	Limit, MaxPages int
	// LimitOption is the CardIssuer's field that sets Limit, where there is one.
	LimitOption string
	// Ahead is how many pages may be asked for at a time, once the list's total is trusted;
	// less than 2 is one after the other.
	Ahead int
	// Wanted are the ids of the rows that are looked for; nil is all rows.
	Wanted []string
	// ID tells one row from another.
	ID func(T) string
	// Fetch reads one page.
	Fetch func(ctx context.Context, number, limit int) (Page[T], error)
	// Totals is the connection's.
	Totals *Totals
}

// Totals remembers the lists whose totals proved true. The zero value remembers none.
type Totals struct{ proven sync.Map }

// maxReadings bounds how often a list is read whose rows keep moving.
const maxReadings = 4

// All returns every row of the list, or an error.
//
// A row can slip through between two pages when it, or another one, changes its place. A
// total that stayed the same and was reached says that none did; so does one that only grew
// while the pages were turned one by one. Without that the list is
// read again, until a reading brings nothing new, and the readings are united. (A deletion
// and an insertion that happen together leave the total alone. Nothing in a list shows
// that; whoever concludes from absence looks twice for that reason too.)
func (l List[T]) All(ctx context.Context) ([]T, error) {
	seen, err := l.scan(ctx, l.Ahead)
	if errors.Is(err, errMoved) {
		seen, err = l.scan(ctx, 1)
	}
	sure := err == nil && seen.steady()
	for n := 1; err == nil && !sure; n++ {
		if n == maxReadings {
			err = errMoved
			break
		}
		var next *reading[T]
		if next, err = l.scan(ctx, 1); err == nil {
			sure = next.steady() || seen.covers(next)
			next.add(seen.rows, l.ID)
			seen = next
		}
	}
	if err != nil {
		return nil, l.classified(err)
	}
	return seen.rows, nil
}

// One returns the one wanted row. NotFound says that a complete list lacks it.
func (l List[T]) One(ctx context.Context, id string) (T, error) {
	l.Wanted = []string{id}
	var none T
	rows, err := l.All(ctx)
	if err != nil {
		return none, err
	}
	for _, row := range rows {
		if l.ID(row) == id {
			return row, nil
		}
	}
	return none, &issuer.Error{Class: issuer.NotFound, Op: l.Op}
}

// Incomplete is the error of a list that is not paged and has fewer rows than its total
// says; nil where that is not so.
func Incomplete(op string, rows int, total wire.Count) error {
	if int64(rows) >= total.N {
		return nil
	}
	return &issuer.Error{Class: issuer.Malformed, Op: op, Message: errMoved.Error()}
}

func (l List[T]) classified(err error) error {
	if issuer.ClassOf(err) != "" {
		return err
	}
	return &issuer.Error{Class: issuer.Malformed, Op: l.Op, Message: err.Error()}
}

// scan reads the list once from its first page to its end, up to ahead pages at a time.
func (l List[T]) scan(ctx context.Context, ahead int) (*reading[T], error) {
	_, trusted := l.Totals.proven.Load(l.Name)
	r := &reading[T]{limit: l.Limit, wanted: l.Wanted, trusted: trusted, serial: ahead < 2, known: map[string]bool{}}
	for r.pages < l.MaxPages {
		pages, err := l.fetch(ctx, r.pages, min(r.ahead(ahead), l.MaxPages-r.pages))
		if err != nil {
			return nil, err
		}
		for _, p := range pages {
			if r.take(p, l.ID) {
				l.learn(r)
				return r, r.verdict()
			}
		}
		if r.trusted && r.promised() > l.MaxPages {
			break // its end would not be reached
		}
	}
	return nil, l.endless(r.total)
}

// fetch reads n pages at the same time. Which of them the issuer serves first is not known;
// what vouches for a reading does not rest on that.
func (l List[T]) fetch(ctx context.Context, from, n int) ([]Page[T], error) {
	pages, errs := make([]Page[T], n), make([]error, n)
	read := func(i int) { pages[i], errs[i] = l.Fetch(ctx, l.First+from+i, l.Limit) }
	var others sync.WaitGroup
	for i := 1; i < n; i++ {
		others.Go(func() { read(i) })
	}
	read(0)
	others.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// endless is the error of a list that is longer than what is read of one.
func (l List[T]) endless(total int64) error {
	words := fmt.Sprintf("the list is longer than the %d pages of %d rows that are read of one", l.MaxPages, l.Limit)
	if total > 0 {
		words += fmt.Sprintf(" (it says %d rows)", total)
	}
	if l.LimitOption != "" {
		words += "; raise " + l.LimitOption + " of the CardIssuer as far as the issuer allows"
	}
	return &issuer.Error{Class: issuer.TooLong, Op: l.Op, Message: words}
}

// learn remembers whether the totals of this list are those of the list, so that one
// short page need not be followed by a look at the next.
func (l List[T]) learn(r *reading[T]) {
	switch {
	case r.served():
	case !r.complete():
		l.Totals.proven.Delete(l.Name)
	case r.proven && !r.moved:
		l.Totals.proven.Store(l.Name, true)
	}
}
