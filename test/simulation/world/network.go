package world

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// network carries a process's calls to the issuer.
type network struct{ p *Process }

// RoundTrip implements http.RoundTripper.
func (n network) RoundTrip(r *http.Request) (*http.Response, error) {
	p, mutating := n.p, mutates(r)
	call := Call{Issuer, r.Method, strings.TrimPrefix(anonymous(r.URL.Path), "/open-api/v1"), mutating}
	f := p.arrive(call)
	body, err := sent(r) // reading it is sending it: a permit that has ended says so here
	if err != nil {
		return nil, err
	}
	p.travel()
	switch f.Do {
	case FailBefore:
		return answer(r, http.StatusInternalServerError, `{"code":500,"message":"internal error"}`), nil
	case Throttle:
		response := answer(r, http.StatusTooManyRequests, `{"code":429,"message":"slow down"}`)
		response.Header.Set("Retry-After", "7")
		return response, nil
	case Busy:
		return answer(r, http.StatusConflict, `{"code":409,"message":"transaction in progress"}`), nil
	case Deny:
		return answer(r, http.StatusUnauthorized, `{"code":401,"message":"token is not valid"}`), nil
	case Refuse:
		return nil, syscall.ECONNREFUSED
	case Drop:
		p.wait(p.w.opts.CallTimeout)
		return nil, context.DeadlineExceeded
	case Late:
		p.w.After(f.For, func() { _, _ = p.w.deliver(r, body, mutating) })
		p.wait(p.w.opts.CallTimeout)
		return nil, context.DeadlineExceeded
	case KillLate:
		p.w.After(f.For, func() { _, _ = p.w.deliver(r, body, mutating) })
		p.doomed = true
		panic(killed{})
	case Twice:
		_, _ = p.w.deliver(r, body, mutating)
	}
	response, err := p.w.deliver(r, body, mutating)
	p.leave(f)
	switch f.Do {
	case Lose:
		p.wait(p.w.opts.CallTimeout)
		return nil, context.DeadlineExceeded
	case Reset:
		return nil, syscall.ECONNRESET
	case FailAfter:
		return answer(r, http.StatusInternalServerError, `{"code":500,"message":"internal error"}`), nil
	case Garble:
		return garbled(r, response, f.For), nil
	}
	p.travel()
	return response, err
}

// deliver is the moment at which a request reaches the issuer.
func (w *World) deliver(r *http.Request, body []byte, mutating bool) (*http.Response, error) {
	again := r.Clone(context.Background())
	again.Body = io.NopCloser(bytes.NewReader(body))
	response, err := w.wire.RoundTrip(again)
	status := ""
	if response != nil {
		status = response.Status
	}
	if mutating {
		w.Mutations++
		w.log("delivered", r.Method, anonymous(r.URL.Path)+" "+status)
	}
	return response, err
}

func sent(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	return body, err
}

// mutates: logging in and looking change nothing that counts.
func mutates(r *http.Request) bool {
	return r.Method != http.MethodGet && !strings.Contains(r.URL.Path, "/oauth")
}

// anonymous leaves ids out of a path.
func anonymous(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if len(part) == 36 && strings.Count(part, "-") == 4 {
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}

func answer(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)), Request: r,
	}
}

// garbled spoils an answer in one of several ways.
func garbled(r *http.Request, response *http.Response, way time.Duration) *http.Response {
	var body []byte
	if response != nil {
		body, _ = io.ReadAll(response.Body)
	}
	switch way % 5 {
	case 0:
		return answer(r, http.StatusOK, string(body[:len(body)/2]))
	case 1:
		return answer(r, http.StatusOK, "<html><body>502 Bad Gateway</body></html>")
	case 2:
		return answer(r, http.StatusOK, "")
	case 3:
		return answer(r, http.StatusOK, `{"code":"zero","message":[],"data":{"list":{}}}`)
	default:
		return answer(r, http.StatusOK, `[]`)
	}
}
