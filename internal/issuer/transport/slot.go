package transport

import (
	"context"
	"sync/atomic"
)

// slot is a place in the pace of the calls that was waited for before the call was made.
type slot struct {
	gate *Gate
	used atomic.Bool
}

type slotKey struct{}

// Reserve waits until a call with a Permit may be sent and returns the context to send it
// under. There one such call does not wait for the gate again, so that its Permit does not
// run out behind the calls of others. A slot that nobody uses is lost.
func (c *Client) Reserve(ctx context.Context, op string) (context.Context, error) {
	if err := c.gate.Pass(ctx, Sending); err != nil {
		return nil, Request{Op: op}.named(err)
	}
	return context.WithValue(ctx, slotKey{}, &slot{gate: c.gate}), nil
}

// admit waits until a request may go.
func (c *Client) admit(ctx context.Context, r Request) error {
	held, ok := ctx.Value(slotKey{}).(*slot)
	if ok && held.gate == c.gate && r.Mutating && !r.Permit.NotAfter.IsZero() && held.used.CompareAndSwap(false, true) {
		return c.gate.sitOut(ctx, 0)
	}
	return c.gate.Pass(ctx, priorityOf(ctx, r.Priority))
}
