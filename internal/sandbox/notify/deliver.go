package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 10

// staleness is how far back the fault stale dates a signature.
const staleness = time.Hour

// deliver sends a letter until it is received or the tries are over.
func (n *Notifier) deliver(ctx context.Context, l letter) {
	if l.fault == Delay && n.opts.Clock.Sleep(ctx, n.opts.Lateness) != nil {
		return
	}
	for try := 0; ; try++ {
		received := n.try(ctx, l)
		if l.fault == Duplicate && try == 0 {
			received = n.try(ctx, l) && received
		}
		if received {
			n.count(func(c *Counts) { c.Delivered++ })
			return
		}
		if try == len(n.opts.Retries) {
			n.count(func(c *Counts) { c.GivenUp++ })
			return
		}
		if n.opts.Clock.Sleep(ctx, n.opts.Retries[try]) != nil {
			return
		}
		n.count(func(c *Counts) { c.Retried++ })
	}
}

// try sends a letter once and reports whether it was received.
func (n *Notifier) try(ctx context.Context, l letter) bool {
	now := n.opts.Clock.Now()
	if l.fault == Stale {
		now = now.Add(-staleness)
	}
	header, err := l.sign(now)
	if err != nil {
		return false
	}
	body := l.body
	if l.fault == Corrupt {
		body = corrupted(l)
	}
	ctx, cancel := n.opts.Clock.WithTimeout(ctx, n.opts.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, n.opts.URL, bytes.NewReader(body))
	if err != nil {
		return false
	}
	r.Header = header
	answer, err := n.client.Do(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	return err == nil && answer.StatusCode == http.StatusOK && n.acknowledges(text)
}

// acknowledges: Qbit and Interlace want {"received": true}, QI Tech the status alone.
func (n *Notifier) acknowledges(text []byte) bool {
	if n.opts.Dialect == QITech {
		return true
	}
	var receipt struct {
		Received bool `json:"received"`
	}
	return json.Unmarshal(text, &receipt) == nil && receipt.Received
}

// corrupted names another card under the same signature.
func corrupted(l letter) []byte {
	other := []byte(l.cardID)
	if last := len(other) - 1; last >= 0 && other[last] == '0' {
		other[last] = '1'
	} else if last >= 0 {
		other[last] = '0'
	}
	return bytes.ReplaceAll(l.body, []byte(l.cardID), other)
}
