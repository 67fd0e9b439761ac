package oauth

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
// that the issuer does not tell, or exaggerates, is bounded.
const (
	renewMargin     = 10 * time.Minute
	unknownLifetime = time.Hour
	longestLifetime = 30 * 24 * time.Hour
)

// refusedFor is how long an operation that is not granted costs no other login.
const refusedFor = 10 * time.Minute

// Keeper keeps the access token of one client. It is safe for concurrent use.
type Keeper struct {
	http        *transport.Client
	clock       clock.Clock
	credentials Credentials
	dialect     Dialect
	block       *transport.Block
	// login is held by whoever logs in; it is a channel so that waiting honours ctx.
	login chan struct{}

	mu      sync.Mutex
	current token
	// refused has when an operation was refused that did not succeed since.
	refused map[string]time.Time
	// failed is why the latest login failed, and tried when that began.
	failed error
	tried  time.Time
}

// token is an access token and its life.
type token struct {
	value        string
	renewAt, end time.Time
	// proven says that the issuer took it at least once.
	proven bool
}

// New returns a keeper that has not logged in yet. The credentials were checked.
func New(h *transport.Client, c Credentials, d Dialect) *Keeper {
	k := &Keeper{
		http: h, clock: h.Clock(), credentials: c, dialect: d,
		block: transport.NewBlock(h.Clock()), login: make(chan struct{}, 1), refused: map[string]time.Time{},
	}
	if c.static() {
		k.current = token{value: c.AccessToken.Reveal()}
	}
	return k
}

// Token returns one that is fit for use, logging in if there is none. An error says that
// nothing was asked of the issuer but to log in; it is always an *issuer.Error.
func (k *Keeper) Token(ctx context.Context) (string, error) {
	if value, ok := k.fresh(); ok {
		return value, k.refusal()
	}
	asked := k.clock.Now()
	select {
	case k.login <- struct{}{}:
		defer func() { <-k.login }()
	case <-ctx.Done():
		return "", loginError(issuer.Unavailable, "gave up waiting for another login")
	}
	if value, ok := k.fresh(); ok {
		return value, k.refusal()
	}
	if err := k.failure(asked); err != nil {
		return "", err
	}
	return k.renew(ctx)
}

// failure is that of a login which others tried since. A crowd does not knock on a closed door
// one by one, each for as long as an answer is waited for.
func (k *Keeper) failure(asked time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e := new(issuer.Error); k.tried.After(asked) && errors.As(k.failed, &e) {
		told := *e
		return &told
	}
	return nil
}

// fresh returns the current token unless it is time for another.
func (k *Keeper) fresh() (string, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	ok := k.credentials.static() || k.current.value != "" && k.clock.Now().Before(k.current.renewAt)
	return k.current.value, ok
}

// renew logs in. While the old token still lives, a failure for want of an answer does
// no harm yet.
func (k *Keeper) renew(ctx context.Context) (string, error) {
	if err := k.refusal(); err != nil {
		return "", err
	}
	began := k.clock.Now()
	fresh, err := k.logIn(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.failed, k.tried = err, began
	if err == nil {
		k.current = fresh
		return fresh.value, nil
	}
	if issuer.Is(err, issuer.Unauthorized) {
		k.block.Refused()
		k.current = token{}
	}
	if k.current.value != "" && k.clock.Now().Before(k.current.end) {
		return k.current.value, nil
	}
	return "", err
}

// refusal is the answer while refused credentials rest.
func (k *Keeper) refusal() error {
	rest := k.block.Remaining()
	if rest == 0 {
		return nil
	}
	err := loginError(issuer.Unauthorized, "these credentials were refused a moment ago; "+k.advice())
	err.RetryAfter = rest
	return err
}

// Accepted records that the issuer took the token for an operation.
func (k *Keeper) Accepted(value, op string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.current.value != value {
		return
	}
	delete(k.refused, op)
	if !k.current.proven {
		k.current.proven = true
		k.block.Accepted()
	}
}

// Refused records that the issuer did not take the token for an operation, and reports whether
// another login may help. Only the first of several callers that were refused with the same
// token drops it. An operation that is refused with a second token is one that the issuer does
// not grant: the token stays, and the other calls go on. Only where the operation is vital,
// and no other has proven a new token, do the credentials rest.
func (k *Keeper) Refused(value, op string, vital bool) (again bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.current.value != value {
		return true
	}
	static := k.credentials.static()
	if k.current.proven && !static && !k.refusedLately(op) {
		k.current = token{}
		return true
	}
	if !vital || k.current.proven && !static {
		return false
	}
	k.block.Refused()
	if k.current.proven = false; !static {
		k.current = token{}
	}
	return false
}

// refusedLately reports whether the operation was refused before and did not succeed since; and
// notes that it is refused now. After refusedFor the token may be at fault again.
func (k *Keeper) refusedLately(op string) bool {
	now := k.clock.Now()
	at, known := k.refused[op]
	if known && now.Before(at.Add(refusedFor)) {
		return true
	}
	k.refused[op] = now
	return false
}

// Secrets are the texts that no message may repeat.
func (k *Keeper) Secrets() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return []string{k.credentials.ClientSecret.Reveal(), k.credentials.AccessToken.Reveal(), k.current.value}
}

func (k *Keeper) advice() string {
	keys := k.dialect.Keys
	if k.credentials.static() {
		keys = "key accessToken"
	}
	return "check the Secret's " + keys + ", and that the issuer knows this operator's address"
}

// Explain adds the advice to a refusal of the credentials.
func (k *Keeper) Explain(err error) error {
	var e *issuer.Error
	if errors.As(err, &e) && e.Class == issuer.Unauthorized && e.Message == "" {
		e.Message = k.advice()
	}
	return err
}

func loginError(class issuer.Class, message string) *issuer.Error {
	return &issuer.Error{Class: class, Op: "log in", Message: message}
}
