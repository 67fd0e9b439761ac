package qbit

import (
	"sync"
	"time"
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
	opts Options

	mu     sync.Mutex
	issued map[string]token
}

type token struct {
	kind    tokenKind
	client  Client
	expires time.Time
}

func newTokens(opts Options) *tokens {
	return &tokens{opts: opts, issued: map[string]token{}}
}

func (t *tokens) issue(kind tokenKind, client Client, lifetime time.Duration) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.opts.Clock.Now()
	t.forget(now)
	text := t.opts.Random.Hex(tokenBytes)
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

// account is the account that an access token opens.
func (t *tokens) account(text string) (string, bool) {
	if account, ok := t.opts.StaticTokens[text]; ok && text != "" {
		return account, true
	}
	found, ok := t.find(accessTokens, text)
	return found.client.AccountID, ok
}

func (t *tokens) find(kind tokenKind, text string) (token, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	found, ok := t.issued[text]
	return found, ok && found.kind == kind && t.opts.Clock.Now().Before(found.expires)
}

// Expire ends every access token that was issued by login, as a rotated credential does.
func (h *Handler) Expire() {
	h.tokens.mu.Lock()
	defer h.tokens.mu.Unlock()
	for text, issued := range h.tokens.issued {
		if issued.kind == accessTokens {
			delete(h.tokens.issued, text)
		}
	}
}
