// Package oauth is the login that the issuer's dialects share: a code, then tokens, then
// refreshed ones. It knows no wire format but the fields of its answers.
package oauth

import (
	"crypto/subtle"
	"errors"
	"regexp"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const (
	codeLifetime    = 10 * time.Minute
	refreshLifetime = 30 * 24 * time.Hour
	tokenLifetime   = 24 * time.Hour
)

// The reasons for which nobody is let in.
var (
	ErrClient = errors.New("client is unknown")
	ErrSecret = errors.New("client is unknown or its secret is wrong")
	ErrState  = errors.New("state must be letters and digits, at most 128")
	ErrGrant  = errors.New("code or refresh token is unknown, used or expired")
)

// statePattern is what the state parameter may be: letters and digits, up to 128.
var statePattern = regexp.MustCompile(`^[A-Za-z0-9]{0,128}$`)

// Client is an API customer and the account that its tokens open.
type Client struct {
	ID        string
	Secret    string
	AccountID string
}

// Options is who may log in, and for how long.
type Options struct {
	// Clock tells the time.
	Clock clock.Clock
	// Random draws codes and tokens.
	Random *ledger.Random
	// Clients can log in.
	Clients []Client
	// StaticTokens are access tokens that never expire, each with its account id.
	StaticTokens map[string]string
	// TokenLifetime of access tokens; default 24h, as in every sample.
	TokenLifetime time.Duration
}

// Authorization is the answer of the first step.
type Authorization struct {
	Timestamp int64  `json:"timestamp"` // in seconds
	State     string `json:"state,omitempty"`
	Code      string `json:"code"`
}

// Grant is the answer of the second step, and, without a refresh token, of a refresh.
type Grant struct {
	AccessToken  string `json:"accessToken"`
	RefreshToken string `json:"refreshToken,omitempty"`
	ExpiresIn    int64  `json:"expiresIn"` // in seconds
	Timestamp    int64  `json:"timestamp"` // in seconds
}

// Desk gives codes and tokens. It is safe for concurrent use.
type Desk struct {
	opts   Options
	tokens tokens
}

// New opens a desk.
func New(opts Options) *Desk {
	if opts.TokenLifetime == 0 {
		opts.TokenLifetime = tokenLifetime
	}
	return &Desk{opts: opts, tokens: tokens{clock: opts.Clock, random: opts.Random, issued: map[string]token{}}}
}

// Authorize gives a code, which works once and for ten minutes.
func (d *Desk) Authorize(clientID, state string) (Authorization, error) {
	client, ok := d.client(clientID)
	if !ok {
		return Authorization{}, ErrClient
	}
	if !statePattern.MatchString(state) {
		return Authorization{}, ErrState
	}
	code := d.tokens.issue(loginCodes, client, codeLifetime)
	return Authorization{Timestamp: d.opts.Clock.Now().Unix(), State: state, Code: code}, nil
}

// ExchangeWithSecret is Exchange for the dialects that want the client's secret as well.
func (d *Desk) ExchangeWithSecret(clientID, secret, code string) (Grant, error) {
	client, ok := d.client(clientID)
	if !ok || subtle.ConstantTimeCompare([]byte(client.Secret), []byte(secret)) != 1 {
		return Grant{}, ErrSecret
	}
	return d.Exchange(clientID, code)
}

// Exchange turns a code into tokens.
func (d *Desk) Exchange(clientID, code string) (Grant, error) {
	client, ok := d.client(clientID)
	if !ok {
		return Grant{}, ErrClient
	}
	if !d.tokens.spend(code, client) {
		return Grant{}, ErrGrant
	}
	g := d.grant(client)
	g.RefreshToken = d.tokens.issue(refreshTokens, client, refreshLifetime)
	return g, nil
}

// Refresh turns a refresh token into an access token. The refresh token stays.
func (d *Desk) Refresh(clientID, refreshToken string) (Grant, error) {
	client, ok := d.client(clientID)
	if !ok {
		return Grant{}, ErrClient
	}
	if !d.tokens.holds(refreshTokens, refreshToken, client) {
		return Grant{}, ErrGrant
	}
	return d.grant(client), nil
}

func (d *Desk) grant(client Client) Grant {
	return Grant{
		AccessToken: d.tokens.issue(accessTokens, client, d.opts.TokenLifetime),
		ExpiresIn:   int64(d.opts.TokenLifetime.Seconds()),
		Timestamp:   d.opts.Clock.Now().Unix(),
	}
}

// Bearer is the client that an access token belongs to. A static token is the first
// client's of its account, or that of a client without id and secret.
func (d *Desk) Bearer(accessToken string) (Client, bool) {
	account, static := d.opts.StaticTokens[accessToken]
	if !static || accessToken == "" {
		found, ok := d.tokens.find(accessTokens, accessToken)
		return found.client, ok
	}
	for _, c := range d.opts.Clients {
		if c.AccountID == account {
			return c, true
		}
	}
	return Client{AccountID: account}, true
}

// Expire ends every access token that was issued by login, as a rotated credential does.
func (d *Desk) Expire() { d.tokens.drop(accessTokens) }

func (d *Desk) client(id string) (Client, bool) {
	for _, c := range d.opts.Clients {
		if id != "" && c.ID == id {
			return c, true
		}
	}
	return Client{}, false
}
