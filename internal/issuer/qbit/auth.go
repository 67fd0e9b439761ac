package qbit

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// A token is renewed renewMargin before it ends, or at half of a shorter life. A life
// that the issuer does not tell, or exaggerates, is bounded (§2).
const (
	renewMargin     = 10 * time.Minute
	unknownLifetime = time.Hour
	longestLifetime = 30 * 24 * time.Hour
)

// auth keeps the access token of one client.
type auth struct {
	http        *transport.Client
	clock       clock.Clock
	credentials Credentials
	block       *transport.Block
	// login is held by whoever logs in; it is a channel so that waiting honours ctx.
	login chan struct{}

	mu      sync.Mutex
	current token
}

// token is an access token and its life.
type token struct {
	value        string
	renewAt, end time.Time
	// proven says that the issuer took it at least once.
	proven bool
}

func newAuth(h *transport.Client, c Credentials) *auth {
	a := &auth{http: h, clock: h.Clock(), credentials: c, block: transport.NewBlock(h.Clock()), login: make(chan struct{}, 1)}
	if a.static() {
		a.current = token{value: c.AccessToken.Reveal()}
	}
	return a
}

func (a *auth) static() bool { return !a.credentials.AccessToken.IsZero() }

// token returns one that is fit for use, logging in if there is none. An error says
// that nothing was asked of the issuer but to log in.
func (a *auth) token(ctx context.Context) (string, error) {
	if value, ok := a.fresh(); ok {
		return value, a.refusal()
	}
	select {
	case a.login <- struct{}{}:
		defer func() { <-a.login }()
	case <-ctx.Done():
		return "", loginError(issuer.Unavailable, "gave up waiting for another login")
	}
	if value, ok := a.fresh(); ok {
		return value, a.refusal()
	}
	return a.renew(ctx)
}

// fresh returns the current token unless it is time for another.
func (a *auth) fresh() (string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ok := a.static() || a.current.value != "" && a.clock.Now().Before(a.current.renewAt)
	return a.current.value, ok
}

// renew logs in. While the old token still lives, a failure for want of an answer does
// no harm yet.
func (a *auth) renew(ctx context.Context) (string, error) {
	if err := a.refusal(); err != nil {
		return "", err
	}
	fresh, err := a.logIn(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		a.current = fresh
		return fresh.value, nil
	}
	if issuer.Is(err, issuer.Unauthorized) {
		a.block.Refused()
		a.current = token{}
	}
	if a.current.value != "" && a.clock.Now().Before(a.current.end) {
		return a.current.value, nil
	}
	return "", err
}

// refusal is the answer while refused credentials rest.
func (a *auth) refusal() error {
	rest := a.block.Remaining()
	if rest == 0 {
		return nil
	}
	err := loginError(issuer.Unauthorized, "these credentials were refused a moment ago; "+a.advice())
	err.RetryAfter = rest
	return err
}

// accepted records that the issuer took the token.
func (a *auth) accepted(value string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.current.value == value && !a.current.proven {
		a.current.proven = true
		a.block.Accepted()
	}
}

// refused records that the issuer did not take the token, and reports whether another
// login may help. Only the first of several callers that were refused with the same
// token drops it. A token that never worked is worth no second login: the credentials
// rest.
func (a *auth) refused(value string) (again bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.current.value != value {
		return true
	}
	again = a.current.proven && !a.static()
	if !again {
		a.block.Refused()
	}
	if !a.static() {
		a.current = token{}
	}
	return again
}

// secrets are the texts that no message may repeat.
func (a *auth) secrets() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return []string{a.credentials.ClientSecret.Reveal(), a.credentials.AccessToken.Reveal(), a.current.value}
}

func (a *auth) advice() string {
	if a.static() {
		return "check the Secret's key accessToken, and that the issuer knows this operator's address"
	}
	return "check the Secret's keys clientId and clientSecret, and that the issuer knows this operator's address"
}

// explain adds the advice to a refusal of the credentials.
func (a *auth) explain(err error) error {
	var e *issuer.Error
	if errors.As(err, &e) && e.Class == issuer.Unauthorized && e.Message == "" {
		e.Message = a.advice()
	}
	return err
}

func loginError(class issuer.Class, message string) *issuer.Error {
	return &issuer.Error{Class: class, Op: "log in", Message: message}
}
