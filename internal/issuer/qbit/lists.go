package qbit

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"strconv"

	"github.com/card-operator/card-operator/internal/issuer"
)

// errMoved says that a listing ended before it had brought as many rows as it promised.
var errMoved = errors.New("the listing ended before all of its rows were seen")

// wireRow is a row of a list as it travels.
type wireRow[T any] interface{ port() (T, error) }

// listing is one paged list (§3): pages count from 0, rows may come twice, and the
// total may be missing or wrong.
type listing[T any] struct {
	client *Client
	op     string
	path   string
	query  url.Values
	urgent bool
	// wanted are the ids of the rows that are looked for; nil is all rows.
	wanted []string
	// rows decodes the rows of one page.
	rows func(json.RawMessage) ([]T, error)
	id   func(T) string
}

// page is one page of a listing.
type page[T any] struct {
	rows  []T
	total count
}

// maxReadings bounds how often a list is read whose rows keep moving.
const maxReadings = 4

// all returns every row of the list, or an error.
//
// A row can slip through between two pages when it, or another one, changes its place. A
// total that stayed the same and was reached says that none did. Without one the list is
// read again, until a reading brings nothing new, and the readings are united. (A deletion
// and an insertion that happen together leave the total alone. Nothing in this dialect
// shows that; whoever concludes from absence looks twice for that reason too.)
func (l listing[T]) all(ctx context.Context) ([]T, error) {
	seen, err := l.scan(ctx)
	if errors.Is(err, errMoved) {
		seen, err = l.scan(ctx)
	}
	sure := err == nil && seen.steady()
	for n := 1; err == nil && !sure; n++ {
		if n == maxReadings {
			err = errMoved
			break
		}
		var next *reading[T]
		if next, err = l.scan(ctx); err == nil {
			sure = next.steady() || seen.covers(next)
			next.add(seen.rows, l.id)
			seen = next
		}
	}
	if err != nil {
		return nil, l.classified(err)
	}
	return seen.rows, nil
}

func (l listing[T]) classified(err error) error {
	if issuer.ClassOf(err) != "" {
		return err
	}
	return &issuer.Error{Class: issuer.Malformed, Op: l.op, Message: err.Error()}
}

// scan reads the list once from its first page to its end.
func (l listing[T]) scan(ctx context.Context) (*reading[T], error) {
	_, trusted := l.client.totals.Load(l.path)
	r := &reading[T]{limit: l.client.options.PageSize, wanted: l.wanted, trusted: trusted, known: map[string]bool{}}
	for n := range l.client.options.MaxPages {
		p, err := l.page(ctx, n, r.limit)
		if err != nil {
			return nil, err
		}
		if r.take(p, l.id) {
			l.learn(r)
			return r, r.verdict()
		}
	}
	return nil, errors.New("the listing has more pages than can be read")
}

// learn remembers whether the totals of this list are those of the list, so that one
// short page need not be followed by a look at the next.
func (l listing[T]) learn(r *reading[T]) {
	switch {
	case r.served():
	case !r.agrees():
		l.client.totals.Delete(l.path)
	case r.proven && !r.moved:
		l.client.totals.Store(l.path, true)
	}
}

// page reads one page, in either of the two list forms.
func (l listing[T]) page(ctx context.Context, n, limit int) (p page[T], err error) {
	query := maps.Clone(l.query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("page", strconv.Itoa(n))
	query.Set("limit", strconv.Itoa(limit))
	k := read(l.op, l.path, l.client.withAccount(query))
	k.urgent = l.urgent
	err = l.client.do(ctx, k, func(a answer) error {
		rows, total, err := listForm(a)
		if err != nil {
			return err
		}
		p.total = total
		p.rows, err = l.rows(rows)
		return err
	})
	return p, err
}

// listForm finds the rows and their total: nested data.data with data.total, or flat
// data with total beside it.
func listForm(a answer) (rows json.RawMessage, total count, err error) {
	if len(a.data) > 0 && a.data[0] == '[' {
		return a.data, a.total, nil
	}
	var nested struct {
		Data  json.RawMessage `json:"data"`
		Total count           `json:"total"`
	}
	err = decode(a.data, &nested)
	return nested.Data, nested.Total, err
}

// decodeRows decodes an array of rows of wire type W. A list without an array is no
// empty list.
func decodeRows[W wireRow[T], T any](data json.RawMessage) ([]T, error) {
	var wire []W
	if err := decode(data, &wire); err != nil {
		return nil, err
	}
	if wire == nil {
		return nil, errNoData
	}
	rows := make([]T, 0, len(wire))
	for _, w := range wire {
		row, err := w.port()
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// withAccount adds the account where one is configured.
func (c *Client) withAccount(query url.Values) url.Values {
	if c.accountID != "" {
		query.Set("accountId", c.accountID)
	}
	return query
}
