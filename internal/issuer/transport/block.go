package transport

import (
	"sync"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
)

// Bounds of the pause after refused credentials.
const (
	firstBlock = 30 * time.Second
	maxBlock   = 5 * time.Minute
)

// Block spares the issuer, and the account's quota, credentials that were refused: for
// 30 seconds after the first refusal, doubling to 5 minutes. New credentials come with
// a new client and so with a new Block.
type Block struct {
	clock clock.Clock

	mu    sync.Mutex
	until time.Time
	next  time.Duration
}

// NewBlock returns an open block.
func NewBlock(c clock.Clock) *Block { return &Block{clock: c, next: firstBlock} }

// Remaining is how long the credentials rest still; 0 means that they may be tried.
func (b *Block) Remaining() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(0, b.until.Sub(b.clock.Now()))
}

// Refused records that the issuer refused the credentials.
func (b *Block) Refused() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until = b.clock.Now().Add(b.next)
	b.next = min(2*b.next, maxBlock)
}

// Accepted records that the issuer took the credentials.
func (b *Block) Accepted() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until, b.next = time.Time{}, firstBlock
}
