package ledger

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"sync"

	"github.com/google/uuid"
)

// Random draws every id, number and chance of the sandbox from one seed, so that a run
// can be repeated. It is safe for concurrent use.
type Random struct {
	mu     sync.Mutex
	source *rand.ChaCha8
	values *rand.Rand
}

// NewRandom returns the generator of a seed. Streams with different names are
// independent: the faults of a run do not change its ids.
func NewRandom(seed uint64, stream string) *Random {
	var key [32]byte
	binary.BigEndian.PutUint64(key[:], seed)
	copy(key[8:], stream)
	source := rand.NewChaCha8(key)
	return &Random{source: source, values: rand.New(source)}
}

// UUID draws a random (version 4) UUID.
func (r *Random) UUID() string {
	var b [16]byte
	r.fill(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return uuid.UUID(b).String()
}

// Hex draws n bytes as 2n hexadecimal characters.
func (r *Random) Hex(n int) string {
	b := make([]byte, n)
	r.fill(b)
	return hex.EncodeToString(b)
}

// Digits draws n decimal digits.
func (r *Random) Digits(n int) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + r.values.IntN(10))
	}
	return string(b)
}

// Chance is true with the given probability.
func (r *Random) Chance(probability float64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.values.Float64() < probability
}

func (r *Random) fill(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, _ = r.source.Read(b) // a ChaCha8 never fails
}
