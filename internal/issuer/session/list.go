package session

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"strconv"

	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/paging"
)

// List is one paged list of the account.
type List[T any] struct {
	Op, Path string
	Query    url.Values
	// Urgent and Vital are the call's.
	Urgent, Vital bool
	// Wanted are the ids of the rows that are looked for; nil is all rows.
	Wanted []string
	// Rows decodes the rows of one page.
	Rows func(json.RawMessage) ([]T, error)
	ID   func(T) string
}

// All returns every row of a list, or an error.
func All[T any](ctx context.Context, s *Session, l List[T]) ([]T, error) {
	return paged(s, l).All(ctx)
}

// One returns the one row with an id, or NotFound where a complete list lacks it.
func One[T any](ctx context.Context, s *Session, l List[T], id string) (T, error) {
	return paged(s, l).One(ctx, id)
}

func paged[T any](s *Session, l List[T]) paging.List[T] {
	return paging.List[T]{
		Op: l.Op, Name: l.Path, First: s.dialect.FirstPage, Limit: s.dialect.PageSize, MaxPages: s.dialect.MaxPages,
		LimitOption: s.dialect.PageOption, Ahead: s.dialect.Ahead,
		Wanted: l.Wanted, ID: l.ID, Totals: &s.totals,
		Fetch: func(ctx context.Context, number, limit int) (paging.Page[T], error) {
			return fetch(ctx, s, l, number, limit)
		},
	}
}

// fetch reads one page.
func fetch[T any](ctx context.Context, s *Session, l List[T], number, limit int) (p paging.Page[T], err error) {
	query := maps.Clone(l.Query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("page", strconv.Itoa(number))
	query.Set("limit", strconv.Itoa(limit))
	k := Read(l.Op, l.Path, s.WithAccount(query))
	k.Urgent, k.Vital = l.Urgent, l.Vital
	err = s.Do(ctx, k, func(a envelope.Answer) error {
		rows, total, err := s.dialect.ListForm(a)
		if err != nil {
			return err
		}
		p.Total = total
		p.Rows, err = l.Rows(rows)
		return err
	})
	return p, err
}

// WithAccount adds the account where one is configured.
func (s *Session) WithAccount(query url.Values) url.Values {
	if s.account != "" {
		query.Set("accountId", s.account)
	}
	return query
}
