package webhook

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
)

// How many messages are read at once, by size, so that what is in memory is bounded by
// smallSlots*smallBody + largeSlots*MaxBody = 12 MiB, and large or slow ones cannot keep
// out all the small ones that issuers send.
const (
	smallBody  = 32 << 10
	smallSlots = 128
	largeSlots = 8
)

// slots count the messages that are being dealt with.
type slots struct{ small, large chan struct{} }

func newSlots() slots {
	return slots{small: make(chan struct{}, smallSlots), large: make(chan struct{}, largeSlots)}
}

// enter takes a slot for a message of the given length, -1 for one of unknown length, and
// returns what gives it back. It does not wait.
func (s slots) enter(length int64) (leave func(), free bool) {
	kind := s.large
	if length >= 0 && length <= smallBody {
		kind = s.small
	}
	select {
	case kind <- struct{}{}:
		return func() { <-kind }, true
	default:
		return nil, false
	}
}

// setDeadlines bounds the connection by the budget. A writer without a connection behind it
// has none to bound.
func setDeadlines(ctx context.Context, w http.ResponseWriter) {
	if deadline, ok := ctx.Deadline(); ok {
		conn := http.NewResponseController(w)
		_ = conn.SetReadDeadline(deadline)
		_ = conn.SetWriteDeadline(deadline.Add(Budget))
	}
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	return io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
}

func headerSize(r *http.Request) int {
	size := len(r.RequestURI)
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value) + len(": \r\n")
		}
	}
	return size
}

func isTimeout(err error) bool {
	var network net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || (errors.As(err, &network) && network.Timeout())
}
