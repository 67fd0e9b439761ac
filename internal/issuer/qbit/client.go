package qbit

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// prefix is the path of every call but the login's (§2).
const prefix = "/open-api/v1"

// Config makes a Client.
type Config struct {
	// HTTP is the way to the issuer: base URL, allowed hosts, gate, clock, time-out.
	HTTP *transport.Client
	// AccountID is sent wherever the document lists accountId; empty means the
	// credentials' own account.
	AccountID string
	// Credentials are those of the account.
	Credentials Credentials
	// Options may be left zero.
	Options Options
}

// Credentials are either ClientID and ClientSecret, for which a token is fetched and
// renewed, or a ready AccessToken.
type Credentials struct {
	ClientID     string
	ClientSecret issuer.Sensitive
	AccessToken  issuer.Sensitive
}

// Client is a connection to one account. It implements issuer.Issuer.
type Client struct {
	issuer.Incapable

	http      *transport.Client
	accountID string
	options   Options
	auth      *auth
	// totals holds the paths of the lists whose totals proved true.
	totals sync.Map
}

var _ issuer.Issuer = (*Client)(nil)

// New checks the configuration and returns a client. It makes no request: the first
// call logs in. Its errors name what to correct and quote no credential.
func New(cfg Config) (*Client, error) {
	if cfg.HTTP == nil {
		return nil, errors.New("qbit: no transport")
	}
	options, err := cfg.Options.withDefaults()
	if err != nil {
		return nil, err
	}
	if !optionalID(cfg.AccountID) {
		return nil, refuseConfig(issuer.Invalid, "spec.qbit.accountId is not an account id")
	}
	if err := cfg.Credentials.check(); err != nil {
		return nil, err
	}
	return &Client{
		http: cfg.HTTP, accountID: cfg.AccountID, options: options, auth: newAuth(cfg.HTTP, cfg.Credentials),
	}, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.Close() }

// Format prints no field, since fmt would look through unexported ones into the token.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "qbit.Client") }

// check refuses, naming the Secret's key, what could never be sent. A Secret made from
// a file often ends in a line break.
func (c Credentials) check() error {
	static := !c.AccessToken.IsZero()
	if !static && (c.ClientID == "" || c.ClientSecret.IsZero()) {
		return refuseConfig(issuer.Unauthorized, "the Secret needs the keys clientId and clientSecret, or accessToken")
	}
	for key, value := range map[string]string{
		"clientId": c.ClientID, "clientSecret": c.ClientSecret.Reveal(), "accessToken": c.AccessToken.Reveal(),
	} {
		if value != "" && !validToken(value) {
			return refuseConfig(issuer.Unauthorized, "the Secret's key "+key+" holds a space, a line break or another character that no credential has")
		}
	}
	return nil
}

func refuseConfig(class issuer.Class, message string) error {
	return &issuer.Error{Class: class, Op: "connect", Message: message}
}
