package oauth

import (
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// Credentials are either ClientID and ClientSecret, for which a token is fetched and
// renewed, or a ready AccessToken. A ClientSecret beside an AccessToken is not for the
// login, but for what else the dialect needs it for.
type Credentials struct {
	ClientID     string
	ClientSecret issuer.Sensitive
	AccessToken  issuer.Sensitive
}

// Check refuses, naming the Secret's key, what could never be sent. A Secret made from a
// file often ends in a line break.
func (c Credentials) Check() error {
	if !c.static() && (c.ClientID == "" || c.ClientSecret.IsZero()) {
		return RefuseConfig(issuer.Unauthorized, "the Secret needs the keys clientId and clientSecret, or accessToken")
	}
	for key, value := range map[string]string{
		"clientId": c.ClientID, "clientSecret": c.ClientSecret.Reveal(), "accessToken": c.AccessToken.Reveal(),
	} {
		if value != "" && !wire.ValidToken(value) {
			return RefuseConfig(issuer.Unauthorized, "the Secret's key "+key+" holds a space, a line break or another character that no credential has")
		}
	}
	return nil
}

func (c Credentials) static() bool { return !c.AccessToken.IsZero() }

// RefuseConfig is the error of a configuration that cannot work.
func RefuseConfig(class issuer.Class, message string) error {
	return &issuer.Error{Class: class, Op: "connect", Message: message}
}
