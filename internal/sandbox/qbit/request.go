package qbit

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// call is one request of an account.
type call struct {
	*http.Request
	values url.Values
	writer http.ResponseWriter
	book   ledger.Book
}

// decode reads a JSON body, where there is one.
func (c *call) decode(into any) error {
	return httpjson.Decode(c.writer, c.Request, into)
}

// own refuses an accountId that is not the token's.
func (c *call) own(accountID string) error { return c.book.Own(accountID) }

// query is a parameter of the URL.
func (c *call) query(name string) string {
	if c.values == nil {
		c.values = c.URL.Query()
	}
	return c.values.Get(name)
}

// page reads page, from 0, and limit, default 10 and capped.
func (h *Handler) page(c *call) (ledger.Page, error) {
	number, err := httpjson.Natural(c.query("page"), 0)
	if err != nil {
		return ledger.Page{}, parameter("page must be a number from 0")
	}
	limit, err := httpjson.Natural(c.query("limit"), defaultLimit)
	if err != nil || limit == 0 {
		return ledger.Page{}, parameter("limit must be a number from 1")
	}
	limit = min(limit, h.opts.PageLimitCap)
	return ledger.Page{Offset: number * limit, Limit: limit}, c.own(c.query("accountId"))
}

// moment reads a date parameter. The document only says "date", so the forms that date
// pickers and clients send are all read.
func (c *call) moment(name string) (time.Time, error) {
	text := c.query(name)
	if text == "" {
		return time.Time{}, nil
	}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms), nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, parameter(name + " is not a date")
}

// count is a whole number, or a string that holds one.
type count int

// UnmarshalJSON implements json.Unmarshaler.
func (n *count) UnmarshalJSON(b []byte) error {
	v, err := strconv.Atoi(strings.Trim(string(b), `"`))
	*n = count(v)
	return err
}

// accessToken is read from any of the header names that the vendor's pages print.
func accessToken(r *http.Request) string {
	for _, name := range []string{"x-qbit-access-token", "x-ipeakoin-access-token", "x-access-token"} {
		if token := r.Header.Get(name); token != "" {
			return token
		}
	}
	return ""
}
