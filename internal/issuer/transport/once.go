package transport

import (
	"bytes"
	"errors"
	"io"
	"sync/atomic"
)

// States of a onceBody. It leaves unread once.
const (
	bodyUnread  int32 = iota
	bodySending       // somebody began to read it: it may be on the wire
	bodySealed        // the call ended first: nobody will read it
	bodyExpired       // the permit ended first: nobody will read it
)

var errBodyClosed = errors.New("the body may not be sent")

// onceBody is the body of a mutating request. net/http sends a request again on another
// connection when it can rewind the body or when there is none (Request.isReplayable,
// which an Idempotency-Key header extends to every method); this body cannot be rewound
// and is always there. And because a request without its body is no request, a body
// that nobody began to read proves that the issuer was not asked.
type onceBody struct {
	content io.ReadCloser
	admit   func() bool
	state   atomic.Int32
}

// Read implements io.Reader. The first read is the last moment at which the permit can
// be checked.
func (b *onceBody) Read(p []byte) (int, error) {
	if b.state.Load() == bodyUnread {
		next := bodySending
		if !b.admit() {
			next = bodyExpired
		}
		b.state.CompareAndSwap(bodyUnread, next)
	}
	if b.state.Load() != bodySending {
		return 0, errBodyClosed
	}
	return b.content.Read(p)
}

// Close implements io.Closer.
func (b *onceBody) Close() error { return b.content.Close() }

// seal ends an exchange that failed: it reports what became of the body, and keeps a
// body that was not begun from being sent later.
func (b *onceBody) seal() int32 {
	b.state.CompareAndSwap(bodyUnread, bodySealed)
	return b.state.Load()
}

func newBody(content []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(content)) }
