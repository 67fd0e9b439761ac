package qbit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/oauth"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// prefix is the path of every call but the login's (§2).
const prefix = "/open-api/v1"

// login is the login of this dialect: its two steps stand outside /v1, and its answers are
// bare (§2).
var login = oauth.Dialect{
	AuthorizePath: "/open-api/oauth/authorize", TokenPath: "/open-api/oauth/access-token", SendSecret: true,
	Keys: "keys clientId and clientSecret", Read: oauth.ReadBare,
}

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
// renewed, or a ready AccessToken. The ClientSecret is also the key of webhooks (§10).
type Credentials = oauth.Credentials

// Client is a connection to one account. It implements issuer.Issuer.
type Client struct {
	issuer.Incapable

	session   *session.Session
	accountID string
	options   Options
	can       issuer.Capabilities
	secret    issuer.Sensitive
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
	if !wire.OptionalID(cfg.AccountID) {
		return nil, oauth.RefuseConfig(issuer.Invalid, "spec.qbit.accountId is not an account id")
	}
	if err := cfg.Credentials.Check(); err != nil {
		return nil, err
	}
	return &Client{
		session: session.New(cfg.HTTP, oauth.New(cfg.HTTP, cfg.Credentials, login), cfg.AccountID, session.Dialect{
			Prefix: prefix, TokenHeader: options.AccessTokenHeader, FirstPage: 0,
			PageSize: options.PageSize, MaxPages: options.MaxPages, PageOption: "spec.qbit.pageSize", Ahead: options.Ahead,
			ListForm: listForm,
		}),
		accountID: cfg.AccountID, options: options, can: capabilities(options), secret: cfg.Credentials.ClientSecret,
	}, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.session.Close() }

// Format prints no field, since fmt would look through unexported ones into the token.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "qbit.Client") }

// listForm finds the rows and their total: nested data.data with data.total, or flat
// data with total beside it (§3). Null is an empty list where the envelope has a code and says
// that there are none.
func listForm(a envelope.Answer) (rows json.RawMessage, total wire.Count, err error) {
	if a.Data == nil && a.Coded && a.Total.Known && a.Total.N == 0 {
		return json.RawMessage("[]"), a.Total, nil
	}
	if len(a.Data) > 0 && a.Data[0] == '[' {
		return a.Data, a.Total, nil
	}
	var nested struct {
		Data  json.RawMessage `json:"data"`
		Total wire.Count      `json:"total"`
	}
	err = wire.Decode(a.Data, &nested)
	return wire.NullRows(nested.Data, nested.Total), nested.Total, err
}

// checkLabel refuses a correlator that the issuer might cut short.
func (c *Client) checkLabel(op, what, label string) error {
	return guard.Label(op, what, label, c.options.MaxLabel)
}

// Turn implements issuer.Pacer.
func (c *Client) Turn(ctx context.Context) (context.Context, error) { return c.session.Turn(ctx) }
