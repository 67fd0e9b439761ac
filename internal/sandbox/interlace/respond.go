package interlace

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
)

const (
	codeSuccess = "000000"
	// balanceScale is the number of decimals that the samples print balances with.
	balanceScale = 8
)

// refusal is the envelope of an error, which has no data.
type refusal struct {
	Code    any    `json:"code"`
	Message string `json:"message"`
}

// answer is the envelope of a success: its data may be null and is never left out.
type answer struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data"`
}

// list is a page of rows with the total of all pages, a number or a string.
type list struct {
	List  any `json:"list"`
	Total any `json:"total"`
}

func (h *Handler) list(rows any, total int) list {
	if h.opts.TextTotals {
		return list{rows, strconv.Itoa(total)}
	}
	return list{rows, total}
}

func (h *Handler) respond(w http.ResponseWriter, c *call, serve endpoint) {
	data, err := serve(c)
	if err != nil {
		h.refuse(w, err)
		return
	}
	httpjson.Write(w, http.StatusOK, answer{codeSuccess, "success", data})
}

func (h *Handler) refuse(w http.ResponseWriter, err error) {
	f := failureOf(err)
	status := f.status()
	if h.opts.ErrorsOK && status != http.StatusUnauthorized && f.Code != CodeNoEndpoint {
		status = http.StatusOK
	}
	body := refusal{Code: f.Code, Message: f.Message}
	if n, err := strconv.Atoi(f.Code); err == nil && h.opts.NumericErrors {
		body.Code = n
	}
	httpjson.Write(w, status, body)
}

// enum is a value of an enumeration, named as the tables print it, as answers spell it.
func (h *Handler) enum(name string) string {
	if h.opts.TitleCase {
		return name
	}
	return strings.ToUpper(name)
}

// ms is a time as the wire has it: milliseconds since 1970 in a string.
func ms(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// plain is an amount as transactions print it: "125.5".
func plain(a money.Amount) string { return a.Number().String() }

// long is an amount as balances are printed: "0.00000000".
func long(a money.Amount) string {
	text := a.String() // at least two decimals
	have := len(text) - strings.IndexByte(text, '.') - 1
	return text + strings.Repeat("0", max(0, balanceScale-have))
}

// matches reports whether a filter selects a name, in any case; no filter selects all.
func matches(filter, name string) bool { return filter == "" || strings.EqualFold(filter, name) }
