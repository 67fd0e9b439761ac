package fault

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

const maxBody = 1 << 20

// Wrap puts the plan before a handler.
func (p *Plan) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.commitDue()
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "request body cannot be read", http.StatusBadRequest)
			return
		}
		x := &exchange{plan: p, next: next, w: w, r: r, body: body}
		x.serve()
	})
}

// exchange is one request on its way through the plan.
type exchange struct {
	plan *Plan
	next http.Handler
	w    http.ResponseWriter
	r    *http.Request
	body []byte
	rule Rule
}

func (x *exchange) serve() {
	latency, fault := x.plan.draw(x.r.Method, x.r.URL.Path, string(x.body)+"\n"+x.r.URL.RawQuery)
	if x.plan.clock.Sleep(x.r.Context(), latency) != nil {
		return // the client has left
	}
	if fault == nil {
		x.next.ServeHTTP(x.w, x.request(x.r.Context()))
		return
	}
	x.rule = *fault
	actions[fault.Do](x)
}

// request is a fresh copy of the request with its body unread.
func (x *exchange) request(ctx context.Context) *http.Request {
	r := x.r.Clone(ctx)
	r.Body = io.NopCloser(bytes.NewReader(x.body))
	return r
}

// commit runs the handler to its end, whether or not the client is still there.
func (x *exchange) commit() *captured {
	c := &captured{header: http.Header{}, status: http.StatusOK}
	x.next.ServeHTTP(c, x.request(context.WithoutCancel(x.r.Context())))
	return c
}

// captured is an answer that has not been sent.
type captured struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (c *captured) Header() http.Header { return c.header }

// WriteHeader implements http.ResponseWriter.
func (c *captured) WriteHeader(status int) { c.status = status }

// Write implements http.ResponseWriter.
func (c *captured) Write(b []byte) (int, error) { return c.body.Write(b) }
