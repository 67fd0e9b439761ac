package session

import (
	"encoding/json"
	"net/http"

	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/oauth"
	"github.com/card-operator/card-operator/internal/issuer/paging"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// Dialect is what the versions of the API differ in.
type Dialect struct {
	// Prefix is the path of every call but the login's.
	Prefix string
	// TokenHeader carries the access token.
	TokenHeader string
	// FirstPage is the number of the first page of a list.
	FirstPage int
	// PageSize is the limit of a list request, MaxPages bounds one listing.
	PageSize, MaxPages int
	// PageOption is the CardIssuer's field that sets PageSize.
	PageOption string
	// Ahead is how many pages of one list may be asked for at a time.
	Ahead int
	// Admits says whether an answer is of a form that a call may have; what is not leaves a
	// mutating call unclear. nil admits every form.
	Admits func(Call, envelope.Answer) error
	// Twin reports whether a refusal may be about an earlier attempt of the same call, and
	// so says nothing about its effect. nil never does.
	Twin func(Call, envelope.Answer) bool
	// ListForm finds the rows and their total in the answer of a list.
	ListForm func(envelope.Answer) (rows json.RawMessage, total wire.Count, err error)
}

// Session is a connection to one account. It is safe for concurrent use.
type Session struct {
	http    *transport.Client
	keeper  *oauth.Keeper
	dialect Dialect
	// account is sent with every list; empty means the credentials' own.
	account string
	totals  paging.Totals
}

// New returns a session. It makes no request: the first call logs in.
func New(h *transport.Client, k *oauth.Keeper, accountID string, d Dialect) *Session {
	d.TokenHeader = http.CanonicalHeaderKey(d.TokenHeader)
	return &Session{http: h, keeper: k, dialect: d, account: accountID}
}

// Secrets are the credentials, which no text may repeat.
func (s *Session) Secrets() []string { return s.keeper.Secrets() }

// Close drops idle connections.
func (s *Session) Close() { s.http.Close() }
