package paging

import "github.com/card-operator/card-operator/internal/issuer/wire"

// stalePages is how many pages in a row may bring nothing new. A page full of known rows
// is possible where others insert, or where pages count from 1; a server that ignores
// page sends the same one for ever.
const stalePages = 2

// reading is what one pass over a list has seen.
type reading[T any] struct {
	limit int
	// wanted are the only rows that are looked for, where not all are.
	wanted []string
	// trusted says that this list's totals were found to be those of the list before.
	trusted bool
	rows    []T
	known   map[string]bool
	// total is the latest that the issuer told, 0 as long as it told none. A total of 0
	// beside rows, or on an empty page, tells nothing.
	total int64
	// told says that there was a total at all, and proven that one was more than its own
	// page had: it is not the number of rows on the page.
	told, proven bool
	// start is the first total that was told; shrunk says that a later one was less than one
	// before it, and moved that the total changed at all.
	start         int64
	shrunk, moved bool
	// serial: each page was asked for after the one before it had come.
	serial bool
	// stale counts the latest pages that brought nothing new.
	stale int
	// read is how many rows the pages had, those that came twice included.
	read int64
	// pages were read; first and last are the sizes of the first and the latest of them.
	pages, first, last int
}

// take adds a page and reports whether the reading has ended.
func (r *reading[T]) take(p Page[T], id func(T) string) (done bool) {
	r.pages++
	r.last = len(p.Rows)
	r.read += int64(r.last)
	if r.pages == 1 {
		r.first = r.last
	}
	r.stale++
	if r.add(p.Rows, id) > 0 {
		r.stale = 0
	}
	r.note(p.Total)
	return r.ended()
}

// note keeps the latest total.
func (r *reading[T]) note(total wire.Count) {
	r.told = r.told || total.Known
	if total.N == 0 {
		return
	}
	r.proven = r.proven || total.N > int64(r.last)
	if r.total == 0 {
		r.start, r.total = total.N, total.N
	}
	r.moved = r.moved || r.total != total.N
	r.shrunk = r.shrunk || r.total > total.N
	r.total = total.N
}

// ended reports whether nothing more is to be asked for. A short page alone ends
// nothing: the server may grant less than was asked for.
func (r *reading[T]) ended() bool {
	switch {
	case r.last == 0, r.served():
		return true
	case r.total == 0:
		return r.stale > 0
	case !r.agrees():
		return r.stale >= stalePages
	case r.pages == 1:
		// The total may be that of the page.
		return r.trusted && r.last < r.limit
	}
	return r.last < r.first || r.stale > 0 && r.proven || r.stale >= stalePages
}

// promised is how many pages the list has, as far as its total and its first page say; 0 before
// that.
func (r *reading[T]) promised() int {
	if r.first == 0 || r.total == 0 {
		return 0
	}
	return int(min((r.total-1)/int64(r.first)+1, 1<<30))
}

// ahead is how many pages to ask for next, at most most. Pages that may not be there are asked
// for one by one.
func (r *reading[T]) ahead(most int) int {
	if !r.trusted || len(r.wanted) > 0 {
		return 1
	}
	return max(1, min(most, r.promised()-r.pages))
}

// served reports whether all rows were seen that are looked for.
func (r *reading[T]) served() bool {
	for _, id := range r.wanted {
		if !r.known[id] {
			return false
		}
	}
	return len(r.wanted) > 0
}

// agrees reports whether exactly as many rows were seen as were promised.
func (r *reading[T]) agrees() bool { return int64(len(r.rows)) == r.total }

// complete reports whether every row was seen that was there when the reading began. Rows that
// are inserted push others towards the end, so whoever turns the pages one by one sees some of
// those twice and misses none; a list that only grew need not be as long as what was seen.
func (r *reading[T]) complete() bool {
	atEnd := r.last == 0 || r.read >= r.total
	grew := r.serial && r.proven && r.start > 0 && !r.shrunk && int64(len(r.rows)) >= r.start
	return r.agrees() || grew && atEnd
}

// steady reports whether the reading needs no other: the issuer's own total vouches for
// it, or nothing else is looked for.
func (r *reading[T]) steady() bool {
	return r.served() || r.told && (!r.moved || r.serial && !r.shrunk) && r.complete()
}

// verdict is the error of a reading that ended before it was complete, or that did not
// end but began to repeat itself.
func (r *reading[T]) verdict() error {
	if r.served() || r.complete() {
		return nil
	}
	if int64(len(r.rows)) < r.total || r.last > 0 && r.stale > 0 && !r.agrees() {
		return errMoved
	}
	return nil
}

// add keeps the rows whose ids were not seen before and returns how many those are.
func (r *reading[T]) add(rows []T, id func(T) string) (fresh int) {
	for _, row := range rows {
		if key := id(row); !r.known[key] {
			r.known[key] = true
			r.rows = append(r.rows, row)
			fresh++
		}
	}
	return fresh
}

// covers reports whether all rows of another reading were seen here.
func (r *reading[T]) covers(other *reading[T]) bool {
	for key := range other.known {
		if !r.known[key] {
			return false
		}
	}
	return true
}
