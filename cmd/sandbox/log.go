package main

import (
	"fmt"
	"io"
	"net/http"
	"sync"
)

// logged prints method, path and status of each request; never a query, header or body.
func logged(next http.Handler, verbose bool, out io.Writer) http.Handler {
	if !verbose {
		return next
	}
	var mu sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &status{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(seen, r)
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(out, "%s %q %d\n", r.Method, r.URL.Path, seen.code)
	})
}

// status remembers the status of an answer.
type status struct {
	http.ResponseWriter
	code int
}

// WriteHeader implements http.ResponseWriter.
func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController reach the connection beneath.
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }
