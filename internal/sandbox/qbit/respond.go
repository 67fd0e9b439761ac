package qbit

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"
)

const timeLayout = "2006-01-02T15:04:05.000Z"

// timestamp is a time as the samples print it: UTC with milliseconds.
func timestamp(t time.Time) string { return t.UTC().Format(timeLayout) }

// envelope is {code, message, data}.
type envelope struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data"`
}

// short is {"data": ...} alone.
type short struct {
	Data any `json:"data"`
}

// list is rows with their total: inside an envelope, or flat.
type list struct {
	Data  any `json:"data"`
	Total int `json:"total"`
}

func ok(data any) envelope { return envelope{0, "ok", data} }

// done is the answer {"data": true} of most card calls.
func done() short { return short{true} }

func respond(w http.ResponseWriter, serve func() (any, error)) {
	body, err := serve()
	if err != nil {
		f := failureOf(err)
		write(w, f.status(), f)
		return
	}
	write(w, http.StatusOK, body)
}

func write(w http.ResponseWriter, status int, body any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// rowsOf maps ledger rows to wire rows; never null on the wire.
func rowsOf[T, R any](from []T, row func(T) R) []R {
	rows := make([]R, 0, len(from))
	for _, x := range from {
		rows = append(rows, row(x))
	}
	return rows
}
