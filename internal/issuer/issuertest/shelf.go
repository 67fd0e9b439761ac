package issuertest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// Shelf serves a list, page by page.
type Shelf struct {
	IDs []string
	// Cap is the largest limit that the server grants; 0 is any.
	Cap int
	// First is the number of the first page.
	First int
	// Total is what a page says, by its number from 0; nil is the truth.
	Total func(n, rows int) any
	// Each runs before each request.
	Each func(s *Shelf, req int)
	// Row makes a row; nil is one with an id and a status.
	Row func(id string) any
	// Wrap puts rows and their total into an answer.
	Wrap func(rows []any, total any) any
	// Asked counts the requests.
	Asked int
}

// ServeHTTP implements http.Handler.
func (s *Shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Each != nil {
		s.Each(s, s.Asked)
	}
	s.Asked++
	n, _ := strconv.Atoi(r.URL.Query().Get("page"))
	n = max(n-s.First, 0)
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	if s.Cap > 0 {
		limit = min(limit, s.Cap)
	}
	rows := []any{}
	for _, id := range s.IDs[min(n*limit, len(s.IDs)):min((n+1)*limit, len(s.IDs))] {
		rows = append(rows, s.row(id))
	}
	var total any = len(s.IDs)
	if s.Total != nil {
		total = s.Total(n, len(rows))
	}
	_ = json.NewEncoder(w).Encode(s.Wrap(rows, total))
}

func (s *Shelf) row(id string) any {
	if s.Row != nil {
		return s.Row(id)
	}
	return map[string]string{"id": id, "status": "Active"}
}

// IDs are n ids in order.
func IDs(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("id-%03d", i))
	}
	return all
}

// Constant is a total that is always the same.
func Constant(total any) func(int, int) any { return func(int, int) any { return total } }
