package qbit

import (
	"crypto/subtle"
	"regexp"
)

// statePattern is what the state parameter may be: letters and digits, up to 128.
var statePattern = regexp.MustCompile(`^[A-Za-z0-9]{0,128}$`)

// authorization is the bare answer of the first login step.
type authorization struct {
	Timestamp int64  `json:"timestamp"`
	State     string `json:"state,omitempty"`
	Code      string `json:"code"`
}

// grant is the bare answer of the second step, and, without a refresh token, of a
// refresh.
type grant struct {
	AccessToken  string `json:"accessToken"`
	RefreshToken string `json:"refreshToken,omitempty"`
	ExpiresIn    int64  `json:"expiresIn"`
	Timestamp    int64  `json:"timestamp"`
}

// authorize gives a code, which works once and for ten minutes.
func (h *Handler) authorize(c *call) (any, error) {
	client, ok := h.client(c.query("clientId"))
	if !ok {
		return nil, failure{CodeClient, "client is unknown"}
	}
	state := c.query("state")
	if !statePattern.MatchString(state) {
		return nil, parameter("state must be letters and digits, at most 128")
	}
	code := h.tokens.issue(loginCodes, client, codeLifetime)
	return authorization{Timestamp: h.opts.Clock.Now().Unix(), State: state, Code: code}, nil
}

// accessToken exchanges a code and the client's secret for tokens.
func (h *Handler) accessToken(c *call) (any, error) {
	var in struct{ ClientID, ClientSecret, Code string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	client, ok := h.client(in.ClientID)
	if !ok || subtle.ConstantTimeCompare([]byte(client.Secret), []byte(in.ClientSecret)) != 1 {
		return nil, failure{CodeClient, "client is unknown or its secret is wrong"}
	}
	if !h.tokens.spend(in.Code, client) {
		return nil, failure{CodeGrant, "code is unknown, used or expired"}
	}
	g := h.grant(client)
	g.RefreshToken = h.tokens.issue(refreshTokens, client, refreshLifetime)
	return g, nil
}

// refreshToken exchanges a refresh token for an access token. The refresh token stays.
func (h *Handler) refreshToken(c *call) (any, error) {
	var in struct{ ClientID, RefreshToken string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	client, ok := h.client(in.ClientID)
	if !ok {
		return nil, failure{CodeClient, "client is unknown"}
	}
	if !h.tokens.holds(refreshTokens, in.RefreshToken, client) {
		return nil, failure{CodeGrant, "refresh token is unknown or expired"}
	}
	return h.grant(client), nil
}

func (h *Handler) grant(client Client) grant {
	return grant{
		AccessToken: h.tokens.issue(accessTokens, client, h.opts.TokenLifetime),
		ExpiresIn:   int64(h.opts.TokenLifetime.Seconds()),
		Timestamp:   h.opts.Clock.Now().Unix(),
	}
}

func (h *Handler) client(id string) (Client, bool) {
	for _, c := range h.opts.Clients {
		if id != "" && c.ID == id {
			return c, true
		}
	}
	return Client{}, false
}
