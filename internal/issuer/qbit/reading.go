package qbit

// stalePages is how many pages in a row may bring nothing new while rows are missing. A
// page full of known rows is possible where others insert; a server that ignores page
// sends the same one for ever.
const stalePages = 2

// reading is what one pass over a list has seen.
type reading[T any] struct {
	limit int
	rows  []T
	known map[string]bool
	// total is the latest that the issuer told, 0 as long as it told none. A total of 0
	// beside rows, or on an empty page, tells nothing.
	total int64
	// moved says that the total changed on the way.
	moved bool
	// stale counts the latest pages that brought nothing new.
	stale int
}

// take adds page n and reports whether the reading has ended.
func (r *reading[T]) take(p page[T], id func(T) string) (done bool) {
	fresh := r.add(p.rows, id)
	r.note(p.total)
	r.stale++
	if fresh > 0 {
		r.stale = 0
	}
	switch {
	case len(p.rows) == 0:
		return true
	case r.total == 0:
		return fresh == 0
	case r.complete():
		// A full page is worth another look: the total may be that of the page.
		return fresh == 0 || len(p.rows) < r.limit
	}
	return r.stale >= stalePages
}

// note keeps the latest total.
func (r *reading[T]) note(total count) {
	if total.n == 0 {
		return
	}
	r.moved = r.moved || r.total != 0 && r.total != total.n
	r.total = total.n
}

// complete reports whether as many rows were seen as were promised.
func (r *reading[T]) complete() bool { return int64(len(r.rows)) >= r.total }

// verdict is the error of a reading that ended before it was complete.
func (r *reading[T]) verdict() error {
	if !r.complete() {
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
