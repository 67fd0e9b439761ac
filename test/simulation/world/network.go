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

// parcel is a request on its way.
type parcel struct {
	r        *http.Request
	body     []byte
	mutating bool
}

// RoundTrip implements http.RoundTripper.
func (n network) RoundTrip(r *http.Request) (*http.Response, error) {
	p, mutating := n.p, mutates(r)
	call := Call{Issuer, r.Method, strings.TrimPrefix(anonymous(r.URL.Path), "/open-api/v1"), mutating}
	f := p.arrive(call)
	if f.Do == Refuse { // before the body is read: a client can tell that nothing was sent
		p.travel()
		return nil, refused(r)
	}
	body, err := sent(r) // reading it is sending it: a permit that has ended says so here
	if err != nil {
		return nil, err
	}
	p.travel()
	way := parcel{r, body, mutating}
	if response, lost, err := n.undelivered(f, way); lost {
		return response, err
	}
	if f.Do == Twice && carriesID(r.URL.Path) {
		p.w.deliverUnheard(way)
	}
	response, err := p.w.deliver(way)
	p.leave(f)
	return n.answered(f, r, response, err)
}

// carriesID reports whether a call has an id by which an issuer could replay it. Budgets and
// payees are made without one: delivered twice, they are two, whatever a client does.
func carriesID(path string) bool {
	return !strings.HasSuffix(path, "/budget") && !strings.HasSuffix(path, "/receiver")
}

// undelivered is what becomes of a request that does not arrive, or not yet.
func (n network) undelivered(f Fault, way parcel) (response *http.Response, lost bool, err error) {
	p := n.p
	switch f.Do {
	case FailBefore:
		return answer(way.r, http.StatusInternalServerError, `{"code":500,"message":"internal error"}`), true, nil
	case Throttle:
		response := answer(way.r, http.StatusTooManyRequests, `{"code":429,"message":"slow down"}`)
		response.Header.Set("Retry-After", "7")
		return response, true, nil
	case Busy:
		return answer(way.r, http.StatusConflict, `{"code":409,"message":"transaction in progress"}`), true, nil
	case Deny:
		return answer(way.r, http.StatusUnauthorized, `{"code":401,"message":"token is not valid"}`), true, nil
	case Late:
		p.w.After(f.For, func() { p.w.deliverUnheard(way) })
		p.wait(p.w.opts.CallTimeout)
		return nil, true, context.DeadlineExceeded
	case KillLate:
		p.w.After(f.For, func() { p.w.deliverUnheard(way) })
		p.doomed = true
		panic(killed{})
	case Drop:
		p.wait(p.w.opts.CallTimeout)
		return nil, true, context.DeadlineExceeded
	}
	return nil, false, nil
}

// mumbling is a refusal of the documented form with a code that is in no table.
var mumbling = map[Speech]string{
	Qbit:      `{"code":1099,"message":"please try again later"}`,
	Interlace: `{"code":"010099","message":"please try again later","data":null}`,
	QITech:    `{"code":"CARD000099","title":"Busy","description":"please try again later","translation":""}`,
}

// answered is what becomes of the answer on its way back.
func (n network) answered(f Fault, r *http.Request, response *http.Response, err error) (*http.Response, error) {
	switch f.Do {
	case Lose:
		n.p.wait(n.p.w.opts.CallTimeout)
		return nil, context.DeadlineExceeded
	case Reset:
		return nil, syscall.ECONNRESET
	case FailAfter:
		return answer(r, http.StatusInternalServerError, `{"code":500,"message":"internal error"}`), nil
	case Mumble:
		return answer(r, http.StatusBadRequest, mumbling[n.p.w.opts.Speaks]), nil
	case Garble:
		return garbled(r, response, f.For), nil
	}
	n.p.travel()
	return response, err
}

// deliverUnheard delivers a request whose answer nobody waits for.
func (w *World) deliverUnheard(way parcel) {
	if response, err := w.deliver(way); err == nil {
		_ = response.Body.Close()
	}
}

// deliver is the moment at which a request reaches the issuer.
func (w *World) deliver(way parcel) (*http.Response, error) {
	again := way.r.Clone(context.Background())
	again.Body = io.NopCloser(bytes.NewReader(way.body))
	response, err := w.wire.RoundTrip(again)
	status := ""
	if response != nil {
		status = response.Status
	}
	if way.mutating {
		w.Mutations++
		w.log("delivered", way.r.Method, anonymous(way.r.URL.Path)+" "+status)
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

// refused is a connection that nobody takes.
func refused(r *http.Request) error {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return syscall.ECONNREFUSED
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
