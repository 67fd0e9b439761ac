package oauth

import (
	"sync"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const tokenBytes = 20 // 40 hexadecimal characters, as in the samples

type tokenKind int

const (
	loginCodes tokenKind = iota
	refreshTokens
	accessTokens
)

// tokens are the codes and tokens that are in force.
type tokens struct {
	clock  clock.Clock
	random *ledger.Random

	mu     sync.Mutex
	issued map[string]token
}

type token struct {
	kind    tokenKind
	client  Client
	expires time.Time
}

func (t *tokens) issue(kind tokenKind, client Client, lifetime time.Duration) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	t.forget(now)
	text := t.random.Hex(tokenBytes)
	t.issued[text] = token{kind, client, now.Add(lifetime)}
	return text
}

// forget drops what has expired, so that a long run does not grow.
func (t *tokens) forget(now time.Time) {
	for text, issued := range t.issued {
		if !now.Before(issued.expires) {
			delete(t.issued, text)
		}
	}
}

// spend uses up a login code.
func (t *tokens) spend(code string, client Client) bool {
	if !t.holds(loginCodes, code, client) {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_, unspent := t.issued[code]
	delete(t.issued, code)
	return unspent
}

// holds reports whether a token of this kind and client is in force.
func (t *tokens) holds(kind tokenKind, text string, client Client) bool {
	found, ok := t.find(kind, text)
	return ok && found.client.ID == client.ID
}

func (t *tokens) find(kind tokenKind, text string) (token, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	found, ok := t.issued[text]
	return found, ok && found.kind == kind && t.clock.Now().Before(found.expires)
}

func (t *tokens) drop(kind tokenKind) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for text, issued := range t.issued {
		if issued.kind == kind {
			delete(t.issued, text)
		}
	}
}
