package ledger

// store keeps objects by id and in the order of their creation.
type store[T any] struct {
	byID  map[string]*T
	order []*T
}

func (s *store[T]) add(id string, object *T) {
	if s.byID == nil {
		s.byID = map[string]*T{}
	}
	s.byID[id] = object
	s.order = append(s.order, object)
}

// get is nil where there is no such object.
func (s *store[T]) get(id string) *T { return s.byID[id] }

// Page selects rows of a list. A Limit of 0 means all.
type Page struct {
	Offset, Limit int
}

// list copies a page of the objects that keep wants, newest first, and counts them all.
func (s *store[T]) list(p Page, keep func(*T) bool) (rows []T, total int) {
	for i := len(s.order) - 1; i >= 0; i-- {
		if !keep(s.order[i]) {
			continue
		}
		if total >= p.Offset && (p.Limit == 0 || len(rows) < p.Limit) {
			rows = append(rows, *s.order[i])
		}
		total++
	}
	return rows, total
}
