package fault

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	defaultHang  = 60 * time.Second
	defaultDelay = time.Second
	defaultHuge  = 64 << 20
	chunk        = 64 << 10
	page         = "<!doctype html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\n"
	garbage      = `{"code": 0, "message": "ok", "data": [{"id": tr`
)

var actions = map[Action]func(*exchange){
	Hang: (*exchange).hang, Refuse: (*exchange).refuse, Drop: (*exchange).drop,
	Redirect: (*exchange).redirect, CommitDrop: (*exchange).commitDrop,
	CommitError: (*exchange).commitError, Truncate: (*exchange).truncate,
	HTML: (*exchange).html, Empty: (*exchange).empty, Garbage: (*exchange).garbage,
	Huge: (*exchange).huge, DelayedCommit: (*exchange).delayedCommit, Duplicate: (*exchange).duplicate,
}

func (x *exchange) hang() {
	limit := cmp.Or(time.Duration(x.rule.Delay), defaultHang)
	_ = x.plan.clock.Sleep(x.r.Context(), limit) // ends early when the client leaves
	x.drop()
}

func (x *exchange) refuse() { x.fail(http.StatusServiceUnavailable) }

func (x *exchange) redirect() {
	x.w.Header().Set("Location", x.rule.Location)
	x.w.WriteHeader(cmp.Or(x.rule.Status, http.StatusTemporaryRedirect))
}

// drop closes the connection without an answer. Where there is none to close, a bare 502
// is the nearest thing.
func (x *exchange) drop() {
	conn, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		x.w.WriteHeader(http.StatusBadGateway)
		return
	}
	_ = conn.Close()
}

func (x *exchange) commitDrop() {
	x.commit()
	x.drop()
}

func (x *exchange) commitError() {
	x.commit()
	x.fail(http.StatusInternalServerError)
}

// truncate announces the whole body and sends half of it; the server then closes.
func (x *exchange) truncate() {
	c := x.real()
	whole := c.body.Bytes()
	x.w.Header().Set("Content-Type", "application/json")
	x.w.Header().Set("Content-Length", strconv.Itoa(len(whole)))
	x.w.WriteHeader(cmp.Or(x.rule.Status, c.status))
	_, _ = x.w.Write(whole[:len(whole)/2])
}

func (x *exchange) html() { x.spoil("text/html; charset=utf-8", page) }

func (x *exchange) empty() { x.spoil("application/json", "") }

func (x *exchange) garbage() { x.spoil("application/json", garbage) }

// spoil sends something else under the status of the real answer.
func (x *exchange) spoil(contentType, body string) {
	c := x.real()
	x.w.Header().Set("Content-Type", contentType)
	x.w.WriteHeader(cmp.Or(x.rule.Status, c.status))
	_, _ = x.w.Write([]byte(body))
}

// real is the answer of the handler; a rule can do without.
func (x *exchange) real() *captured {
	if x.rule.SkipHandler {
		return &captured{status: http.StatusOK}
	}
	return x.commit()
}

// huge streams a JSON document that never seems to end.
func (x *exchange) huge() {
	c := x.real()
	x.w.Header().Set("Content-Type", "application/json")
	x.w.WriteHeader(cmp.Or(x.rule.Status, c.status))
	if _, err := x.w.Write([]byte(`{"data":"`)); err != nil {
		return
	}
	piece := []byte(strings.Repeat("x", chunk))
	for left := cmp.Or(x.rule.Bytes, defaultHuge); left > 0; left -= chunk {
		if _, err := x.w.Write(piece[:min(left, chunk)]); err != nil {
			return // the client has had enough
		}
	}
	_, _ = x.w.Write([]byte(`"}`))
}

func (x *exchange) delayedCommit() {
	x.plan.later(cmp.Or(time.Duration(x.rule.Delay), defaultDelay), func() { x.commit() })
	if x.rule.DropConnection {
		x.drop()
		return
	}
	x.fail(http.StatusGatewayTimeout)
}

// duplicate delivers twice and answers what the second delivery was told, as a proxy does
// that lost the first answer.
func (x *exchange) duplicate() {
	x.commit()
	x.next.ServeHTTP(x.w, x.request(x.r.Context()))
}

// fail answers an error in the form that the issuers use.
func (x *exchange) fail(status int) {
	status = cmp.Or(x.rule.Status, status)
	Fail(x.w, status, x.rule.RetryAfter)
}

// Fail answers {code, message} with a status, and Retry-After where that is positive.
func Fail(w http.ResponseWriter, status, retryAfter int) {
	w.Header().Set("Content-Type", "application/json")
	if retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "{\"code\":%d,\"message\":%q}\n", status, http.StatusText(status))
}
