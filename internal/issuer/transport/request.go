package transport

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/card-operator/card-operator/internal/issuer"
)

// Request is one call to an issuer.
type Request struct {
	// Op is the operation in the port's terms, for example "create card".
	Op string
	// Method and Path; Path is absolute below the base URL and escaped already.
	Method, Path string
	Query        url.Values
	// Header holds what the dialect needs, credentials included. Values that HTTP
	// cannot carry are refused before anything is sent.
	Header http.Header
	// Body is JSON. A mutating request without one is sent with {}.
	Body []byte
	// Mutating says that the call has an effect: it is sent once at most, and its
	// failure is Ambiguous unless it definitely had none.
	Mutating bool
	// Permit bounds in time when a mutating request may be written.
	Permit issuer.Permit
	// Sign adds to the header what proves who sends the request, for issuers that want each
	// one signed. It is called when the request is about to go, after the wait for the gate,
	// with the path and query and the body as they are sent. Its error sends nothing.
	Sign func(header http.Header, uri string, body []byte) error
	// CodeIn finds the issuer's code in the body of a 401, whose status decides otherwise; nil
	// looks for none.
	CodeIn func(body []byte) string
	// Priority is the place in the Gate's line.
	Priority Priority
}

// Response is an answer that is up to the dialect to read: 2xx, or a refusal.
type Response struct {
	Status int
	Body   []byte
}

// OK reports a 2xx status.
func (r Response) OK() bool { return r.Status >= 200 && r.Status < 300 }

// httpRequest builds the wire request. once is nil for a read.
func (c *Client) httpRequest(ctx context.Context, r Request) (hr *http.Request, once *onceBody, err error) {
	target := c.base + r.Path
	if len(r.Query) > 0 {
		target += "?" + r.Query.Encode()
	}
	hr, err = http.NewRequestWithContext(ctx, r.Method, target, nil)
	if err != nil {
		return nil, nil, r.Definite(issuer.Invalid, 0, "", "the request cannot be written")
	}
	for name, values := range r.Header {
		hr.Header[name] = values
	}
	hr.Header.Set("Accept", "application/json")
	hr.Header.Set("Content-Type", "application/json")
	hr.Header.Set("User-Agent", userAgent)
	once = c.attach(hr, r)
	if r.Sign != nil {
		if err := r.Sign(hr.Header, hr.URL.RequestURI(), r.wireBody()); err != nil {
			return nil, nil, r.Definite(issuer.Unauthorized, 0, "", err.Error())
		}
	}
	return hr, once, nil
}

// wireBody is the body as it is sent.
func (r Request) wireBody() []byte {
	if r.Mutating && len(r.Body) == 0 {
		return []byte("{}")
	}
	return r.Body
}

// attach gives the request its body: a rewindable one for a read, one that can be read
// once for a mutating call.
func (c *Client) attach(hr *http.Request, r Request) *onceBody {
	if !r.Mutating {
		if len(r.Body) > 0 {
			hr.GetBody = func() (io.ReadCloser, error) { return newBody(r.Body), nil }
			hr.Body, _ = hr.GetBody()
			hr.ContentLength = int64(len(r.Body))
		}
		return nil
	}
	body := r.wireBody()
	once := &onceBody{content: newBody(body), admit: func() bool { return !c.expired(r.Permit) }}
	hr.Body, hr.ContentLength = once, int64(len(body))
	return once
}

func (c *Client) expired(p issuer.Permit) bool {
	return !p.NotAfter.IsZero() && c.clock.Now().After(p.NotAfter)
}
