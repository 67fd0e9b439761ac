package qbit

import (
	"net/http"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
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
		httpjson.Write(w, f.status(), f)
		return
	}
	httpjson.Write(w, http.StatusOK, body)
}
