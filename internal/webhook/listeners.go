package webhook

import (
	"context"
	"errors"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

// ListenerLifetime is how long the answer of a Lookup is kept, so that a flood of messages
// reads no flood of Secrets. Changed credentials count after that.
const ListenerLifetime = 10 * time.Second

// maxListeners bounds how many are kept.
const maxListeners = 4096

var errNoAnswer = errors.New("the lookup has not answered")

// listeners keeps who verifies for whom.
type listeners struct {
	clock  clock.Clock
	lookup func(context.Context, types.NamespacedName) (issuer.Listener, error)

	mu    sync.Mutex
	known map[types.NamespacedName]*known
}

// known is the answer of a Lookup, once ready is closed.
type known struct {
	ready    chan struct{}
	listener issuer.Listener
	err      error
	until    time.Time
}

// of returns the listener of a CardIssuer. Many who ask at once make one Lookup.
func (l *listeners) of(ctx context.Context, ci types.NamespacedName) (issuer.Listener, error) {
	k, mine := l.take(ci)
	if mine {
		l.fill(ctx, ci, k)
	}
	select {
	case <-k.ready:
		return k.listener, k.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// take returns what is known, or an empty one that the caller has to fill.
func (l *listeners) take(ci types.NamespacedName) (k *known, mine bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	if k, ok := l.known[ci]; ok && (k.until.IsZero() || now.Before(k.until)) {
		return k, false
	}
	if l.known == nil || len(l.known) >= maxListeners {
		l.known = map[types.NamespacedName]*known{} // those who wait have their own reference
	}
	k = &known{ready: make(chan struct{})}
	l.known[ci] = k
	return k, true
}

// fill asks. Those who wait are let go whatever happens in a Lookup.
func (l *listeners) fill(ctx context.Context, ci types.NamespacedName, k *known) {
	defer close(k.ready)
	defer l.keep(ci, k)
	k.err = errNoAnswer
	if k.listener, k.err = l.lookup(ctx, ci); k.err == nil && k.listener == nil {
		k.err = ErrUnknown
	}
}

// keep dates an answer. That there is no such CardIssuer is not kept: whoever asks for names
// that do not exist would push out those that do.
func (l *listeners) keep(ci types.NamespacedName, k *known) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k.until = l.clock.Now().Add(ListenerLifetime)
	if errors.Is(k.err, ErrUnknown) && l.known[ci] == k {
		delete(l.known, ci)
	}
}
