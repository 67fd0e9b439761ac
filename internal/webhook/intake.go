package webhook

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"
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

// seat is what a message has taken of the slots.
type seat struct {
	slots slots
	taken chan struct{}
}

// enter takes a slot for a message of the given length, -1 for one of unknown length, which is
// taken for a small one until it is more. It does not wait.
func (s slots) enter(length int64) (*seat, bool) {
	kind := s.small
	if length > smallBody {
		kind = s.large
	}
	select {
	case kind <- struct{}{}:
		return &seat{s, kind}, true
	default:
		return nil, false
	}
}

func (t *seat) leave() { <-t.taken }

// grow changes a slot for a small message into one for a large one.
func (t *seat) grow() error {
	larger, free := t.slots.enter(MaxBody)
	if !free {
		return errNoSeat
	}
	t.leave()
	t.taken = larger.taken
	return nil
}

// errNoSeat: a message turned out to be larger than there is room for.
var errNoSeat = errors.New("too many large messages at once")

// read reads a message. Only one that is large takes up a place for large ones, so that those
// who announce no length and send slowly keep nobody out.
func (t *seat) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	all := http.MaxBytesReader(w, r.Body, MaxBody)
	body, err := io.ReadAll(io.LimitReader(all, smallBody+1))
	if err != nil || len(body) <= smallBody {
		return body, err
	}
	if r.ContentLength < 0 {
		if err := t.grow(); err != nil {
			return nil, err
		}
	}
	rest, err := io.ReadAll(all)
	return append(body, rest...), err
}

// setDeadlines bounds the connection by the budget, and the reading by half of it: what is
// left is for what the message asks. A writer without a connection behind it
// has none to bound.
func setDeadlines(ctx context.Context, w http.ResponseWriter, budget time.Duration) {
	if deadline, ok := ctx.Deadline(); ok {
		conn := http.NewResponseController(w)
		_ = conn.SetReadDeadline(deadline.Add(-budget / 2))
		_ = conn.SetWriteDeadline(deadline.Add(Budget))
	}
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
