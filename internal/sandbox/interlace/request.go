package interlace

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const (
	defaultLimit = 10
	maxLimit     = 100
)

// call is one request of an account.
type call struct {
	*http.Request
	values url.Values
	body   []byte
	client Client
	book   ledger.Book
}

func newCall(w http.ResponseWriter, r *http.Request) (*call, error) {
	body, err := httpjson.Body(w, r)
	return &call{Request: r, body: body}, err
}

// decode reads the JSON body, where there is one.
func (c *call) decode(into any) error { return httpjson.Unmarshal(c.body, into) }

// own refuses an accountId that is not the token's.
func (c *call) own(accountID string) error { return c.book.Own(accountID) }

// query is a parameter of the URL.
func (c *call) query(name string) string {
	if c.values == nil {
		c.values = c.URL.Query()
	}
	return c.values.Get(name)
}

// account checks the accountId of the URL, which some lists must have.
func (c *call) account(required bool) error {
	id := c.query("accountId")
	if id == "" && required {
		return parameter("accountId is required")
	}
	return c.own(id)
}

// page reads accountId; page, from 1; and limit, 1 to 100 and 10 by default.
func (c *call) page(accountRequired bool) (ledger.Page, error) {
	number, err := httpjson.Natural(c.query("page"), 1)
	if err != nil || number == 0 {
		return ledger.Page{}, parameter("page must be a number from 1")
	}
	limit, err := httpjson.Natural(c.query("limit"), defaultLimit)
	if err != nil || limit == 0 || limit > maxLimit {
		return ledger.Page{}, parameter("limit must be a number from 1 to 100")
	}
	return ledger.Page{Offset: (number - 1) * limit, Limit: limit}, c.account(accountRequired)
}

// moment reads a time parameter, in milliseconds since 1970.
func (c *call) moment(name string) (time.Time, error) {
	text := c.query(name)
	if text == "" {
		return time.Time{}, nil
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, parameter(name + " must be a time in milliseconds")
	}
	return time.UnixMilli(ms), nil
}

// decimal is an amount in a body: a string, never a number.
type decimal struct {
	money.Amount
	sent bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (d *decimal) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return failure{CodeUnreadable, "amounts must be decimal strings"}
	}
	amount, err := money.Parse(text)
	if err != nil {
		return failureOf(ledger.ErrInvalidAmount)
	}
	*d = decimal{amount, true}
	return nil
}
