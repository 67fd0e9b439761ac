// Package replay remembers the first successful answer of a call under its key, as an
// issuer that promises idempotence does. It knows no dialect.
package replay

import (
	"errors"
	"sync"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
)

// The refusals of a key.
var (
	// ErrChanged says that a key came back with other parameters.
	ErrChanged = errors.New("same id with different parameters")
	// ErrInProgress says that the first request of a key is not done yet.
	ErrInProgress = errors.New("transaction in progress")
)

// Memory holds answers. Requests of one key are served one after the other, so that two
// at the same moment cannot both take effect.
type Memory struct {
	clock    clock.Clock
	lifetime time.Duration
	busy     time.Duration

	mu      sync.Mutex
	answers map[string]*answer
}

type answer struct {
	mu          sync.Mutex
	known       bool
	fingerprint string
	body        any
	at          time.Time
}

// New returns a memory that forgets after a lifetime; 0 is never.
func New(c clock.Clock, lifetime time.Duration) *Memory {
	return &Memory{clock: c, lifetime: lifetime, answers: map[string]*answer{}}
}

// Busy makes Try refuse a key for a while after its first success, as an issuer does that
// is still working on what it has taken. To be called before the first request.
func (m *Memory) Busy(d time.Duration) *Memory {
	m.busy = d
	return m
}

// Try is Do for the issuers that refuse a twin in flight in place of serving it second.
func (m *Memory) Try(key, fingerprint string, run func() (any, error)) (any, error) {
	a := m.answer(key)
	if !a.mu.TryLock() {
		return nil, ErrInProgress
	}
	defer a.mu.Unlock()
	if a.known && m.busy > 0 && m.clock.Now().Sub(a.at) < m.busy {
		return nil, ErrInProgress
	}
	return m.serve(a, fingerprint, run)
}

// Do runs a call, or replays the answer that it once gave. Errors are not remembered:
// the same key may try again.
func (m *Memory) Do(key, fingerprint string, run func() (any, error)) (any, error) {
	a := m.answer(key)
	a.mu.Lock()
	defer a.mu.Unlock()
	return m.serve(a, fingerprint, run)
}

func (m *Memory) serve(a *answer, fingerprint string, run func() (any, error)) (any, error) {
	if a.known && !m.forgotten(a) {
		return a.replay(fingerprint)
	}
	body, err := run()
	if err != nil {
		return nil, err
	}
	a.known, a.fingerprint, a.body, a.at = true, fingerprint, body, m.clock.Now()
	return body, nil
}

func (a *answer) replay(fingerprint string) (any, error) {
	if a.fingerprint != fingerprint {
		return nil, ErrChanged
	}
	return a.body, nil
}

func (m *Memory) forgotten(a *answer) bool {
	return m.lifetime > 0 && m.clock.Now().Sub(a.at) >= m.lifetime
}

func (m *Memory) answer(key string) *answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.answers[key] == nil {
		m.answers[key] = &answer{}
	}
	return m.answers[key]
}
