// Package wire lets an http.Client talk to a handler in the same process and the same
// goroutine, without a socket: what a simulation under a virtual clock needs. Dropped and
// truncated answers look to the client as they do on a network.
package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
)

// ErrDropped is what the client sees of a connection that was dropped.
var ErrDropped = errors.New("connection reset by peer")

// Transport is an http.RoundTripper into a handler.
type Transport struct {
	Handler http.Handler
}

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	in.RequestURI = r.URL.RequestURI()
	w := &writer{header: http.Header{}}
	t.Handler.ServeHTTP(w, in)
	_ = in.Body.Close()
	if w.dropped {
		return nil, ErrDropped
	}
	return w.response(r), r.Context().Err()
}

// writer collects an answer.
type writer struct {
	header  http.Header
	status  int
	body    bytes.Buffer
	dropped bool
}

// Header implements http.ResponseWriter.
func (w *writer) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *writer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write implements http.ResponseWriter.
func (w *writer) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// Hijack implements http.Hijacker: whoever takes the connection drops it.
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.dropped = true
	conn, _ := net.Pipe()
	return conn, bufio.NewReadWriter(bufio.NewReader(conn), bufio.NewWriter(conn)), nil
}

func (w *writer) response(r *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header.Clone(), Body: io.NopCloser(w.reader()), ContentLength: -1, Request: r,
	}
}

// reader ends badly where more was announced than was sent.
func (w *writer) reader() io.Reader {
	announced, err := strconv.Atoi(w.header.Get("Content-Length"))
	if err != nil || announced <= w.body.Len() {
		return &w.body
	}
	return io.MultiReader(&w.body, broken{})
}

// broken is the end of a truncated body.
type broken struct{}

// Read implements io.Reader.
func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
