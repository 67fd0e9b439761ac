// Package httpjson reads and writes the JSON bodies of the sandbox's dialects.
package httpjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
)

const maxBody = 1 << 20

// Body reads a request's body, at most 1 MiB; more is an *http.MaxBytesError.
func Body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	return io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
}

// Decode reads a JSON body, where there is one, within the bound of Body.
func Decode(w http.ResponseWriter, r *http.Request, into any) error {
	return decode(http.MaxBytesReader(w, r.Body, maxBody), into)
}

// Unmarshal reads a body that Body has read, where there is one.
func Unmarshal(body []byte, into any) error { return decode(bytes.NewReader(body), into) }

func decode(from io.Reader, into any) error {
	if err := json.NewDecoder(from).Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// Write answers with a body. One that cannot be encoded is answered 500 and empty.
func Write(w http.ResponseWriter, status int, body any) {
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

// Rows maps ledger rows to wire rows; never null on the wire.
func Rows[T, R any](from []T, row func(T) R) []R {
	rows := make([]R, 0, len(from))
	for _, x := range from {
		rows = append(rows, row(x))
	}
	return rows
}

// Natural reads a number from 0, or takes the fallback where there is none. Its bound
// keeps the product of two from overflowing.
func Natural(text string, fallback int) (int, error) {
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.ParseUint(text, 10, 24)
	return int(n), err
}
