package interlace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/oauth"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// prefix is the path of every call.
const prefix = "/open-api/v3"

// login is the login of this dialect: enveloped, and without the client's secret (§2).
var login = oauth.Dialect{
	AuthorizePath: prefix + "/oauth/authorize", TokenPath: prefix + "/oauth/access-token",
	Keys: "key clientId", Read: oauth.ReadEnveloped,
}

// Config makes a Client.
type Config struct {
	// HTTP is the way to the issuer: base URL, allowed hosts, gate, clock, time-out.
	HTTP *transport.Client
	// AccountID goes with every call. It is required: without it in the body the issuer
	// ignores idempotency keys without a word (§7).
	AccountID string
	// Credentials are those of the client.
	Credentials Credentials
	// Options may be left zero.
	Options Options
}

// Credentials are either ClientID and ClientSecret, or a ready AccessToken. The
// ClientSecret is not sent: it is the key of card numbers (§6) and of webhooks (§8), so it
// is needed for those with an AccessToken too.
type Credentials = oauth.Credentials

// Client is a connection to one account. It implements issuer.Issuer.
type Client struct {
	issuer.Incapable

	session   *session.Session
	accountID string
	options   Options
	can       issuer.Capabilities
	secret    issuer.Sensitive
	// kept has the limits that the issuer kept when all were to go, by card id.
	kept sync.Map
	// single has the limits that were wanted of a card of which the issuer kept only one, by
	// card id.
	single sync.Map
	// untold: limits that were set did not show, so this issuer lists none.
	untold atomic.Bool
	owners owners
}

var _ issuer.Issuer = (*Client)(nil)

// New checks the configuration and returns a client. It makes no request: the first call
// logs in. Its errors name what to correct and quote no credential.
func New(cfg Config) (*Client, error) {
	if cfg.HTTP == nil {
		return nil, errors.New("interlace: no transport")
	}
	options, err := cfg.Options.withDefaults()
	if err != nil {
		return nil, oauth.RefuseConfig(issuer.Invalid, err.Error())
	}
	if !wire.ValidID(cfg.AccountID) {
		return nil, oauth.RefuseConfig(issuer.Invalid, "spec.interlace.accountId is needed, as the issuer shows it")
	}
	if err := cfg.Credentials.Check(); err != nil {
		return nil, err
	}
	return &Client{
		session: session.New(cfg.HTTP, oauth.New(cfg.HTTP, cfg.Credentials, login), cfg.AccountID, session.Dialect{
			Prefix: prefix, TokenHeader: "x-access-token", FirstPage: 1,
			PageSize: options.PageSize, MaxPages: options.MaxPages, PageOption: "spec.interlace.pageSize", Ahead: options.Ahead,
			Admits: admits, Twin: twin, ListForm: listForm,
		}),
		accountID: cfg.AccountID, options: options, can: capabilities(options), secret: cfg.Credentials.ClientSecret,
	}, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.session.Close() }

// Format prints no field, since fmt would look through unexported ones into the token.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "interlace.Client") }

// account is the query of calls that take nothing else.
func (c *Client) account() url.Values { return url.Values{"accountId": {c.accountID}} }

// admits wants an envelope with a code: success is the code 000000, and nothing else says
// it (§3).
func admits(_ session.Call, a envelope.Answer) error {
	if !a.Coded {
		return envelope.ErrBare
	}
	return nil
}

// twin reports whether a refusal says that an attempt of the same order is under way: then
// it says nothing about whether the order was carried out. It is the one text that is
// documented (§7). Whatever else a refusal says is doubtful anyway.
func twin(_ session.Call, a envelope.Answer) bool {
	return strings.Contains(strings.ToLower(a.Message), "in progress")
}

// listForm finds data.list and data.total (§3).
func listForm(a envelope.Answer) (rows json.RawMessage, total wire.Count, err error) {
	var nested struct {
		List  json.RawMessage `json:"list"`
		Total wire.Count      `json:"total"`
	}
	err = wire.Decode(a.Data, &nested)
	return wire.NullRows(nested.List, nested.Total), nested.Total, err
}

// shortForm is listForm for lists that are not paged, which may also be the data itself.
func shortForm(a envelope.Answer) (rows json.RawMessage, total wire.Count, err error) {
	if len(a.Data) > 0 && a.Data[0] == '[' {
		return a.Data, total, nil
	}
	return listForm(a)
}

// Turn implements issuer.Pacer.
func (c *Client) Turn(ctx context.Context) (context.Context, error) { return c.session.Turn(ctx) }
