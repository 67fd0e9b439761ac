package qitech

import (
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// strict reads a JSON object that has all the required keys and no others but the
// optional ones, in exactly this spelling.
func strict(body []byte, into any, required []string, optional ...string) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return fail(CodeSchema, "The body is not a JSON object.")
	}
	for _, key := range required {
		if text, there := fields[key]; !there || string(text) == "null" {
			return fail(CodeSchema, key+" is required.")
		}
		delete(fields, key)
	}
	for _, key := range optional {
		delete(fields, key)
	}
	if len(fields) > 0 {
		return fail(CodeSchema, "There are properties that are not allowed.")
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fail(CodeSchema, "A property has the wrong type.")
	}
	return nil
}

// pagination is printed as the sample prints it: there is always a next page.
type pagination struct {
	CurrentPage int `json:"current_page"`
	RowsPerPage int `json:"rows_per_page"`
	NextPage    int `json:"next_page"`
}

// rows is a page of a list.
type rows[T any] struct {
	Pagination pagination `json:"pagination"`
	Data       []T        `json:"data"`
}

// page reads page, from 0, and size.
func (h *Handler) page(query url.Values) (ledger.Page, pagination, error) {
	number, err := natural(query.Get("page"), 0)
	if err != nil {
		return ledger.Page{}, pagination{}, fail(CodePaging)
	}
	size, err := natural(query.Get("size"), defaultPageSize)
	if err != nil || size == 0 || size > h.opts.MaxPageSize {
		return ledger.Page{}, pagination{}, fail(CodePaging)
	}
	return ledger.Page{Offset: number * size, Limit: size}, pagination{number, size, number + 1}, nil
}

// natural reads a number from 0; the bound keeps page*size from overflowing.
func natural(text string, otherwise int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseUint(text, 10, 24)
	return int(n), err
}

// rowsOf is a page of wire rows; never null on the wire.
func rowsOf[T, R any](p pagination, from []T, row func(T) R) rows[R] {
	page := rows[R]{p, make([]R, 0, len(from))}
	for _, x := range from {
		page.Data = append(page.Data, row(x))
	}
	return page
}

// second is a time as the card samples print it.
func second(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// millisecond is a time as the webhook and authorization samples print it.
func millisecond(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
