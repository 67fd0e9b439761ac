package qbit

import (
	"context"
	"net/url"
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// RevealCard implements issuer.Revealer: GET /cards/info, for PCI DSS certified clients
// only (§9).
func (c *Client) RevealCard(ctx context.Context, cardID string) (issuer.CardSecrets, error) {
	const op = "reveal card"
	if err := guard.IDs(op, cardID); err != nil {
		return issuer.CardSecrets{}, err
	}
	k := session.Read(op, "/cards/info", c.session.WithAccount(url.Values{"cardId": {cardID}}))
	k.Urgent, k.Bare, k.Reveals = true, true, true
	var secrets issuer.CardSecrets
	err := c.session.Do(ctx, k, func(a envelope.Answer) (err error) {
		secrets, err = wire.Object(a.Data, wireSecrets.port)
		return err
	})
	if err != nil {
		return issuer.CardSecrets{}, err
	}
	return secrets, nil
}

// port checks that what a merchant will be handed is a card at all.
func (w wireSecrets) port() (issuer.CardSecrets, error) {
	number := string(w.QbitCardNo)
	if number == "" {
		number = string(w.CardNo)
	}
	return quantum.Secrets(strings.ReplaceAll(number, " ", ""), string(w.CVV), string(w.ExpYear), string(w.ExpMonth))
}

// CardFingerprint implements issuer.Revealer: GET /configuration with a JSON body, as
// the document shows it. The value lets the issuer's page widget show the card; how long
// it lives is not documented.
func (c *Client) CardFingerprint(ctx context.Context, cardID string) (issuer.Sensitive, error) {
	const op = "read card fingerprint"
	if err := guard.IDs(op, cardID); err != nil {
		return issuer.Sensitive{}, err
	}
	k := session.Read(op, "/configuration", nil)
	k.Body, k.Urgent, k.Reveals = map[string]string{"cardId": cardID}, true, true
	if c.options.FingerprintQuery {
		k.Query = url.Values{"cardId": {cardID}}
	}
	var fingerprint string
	err := c.session.Do(ctx, k, func(a envelope.Answer) error {
		if err := wire.Decode(a.Data, &fingerprint); err != nil {
			return err
		}
		if !wire.ValidToken(fingerprint) {
			return quantum.ErrSecrets
		}
		return nil
	})
	if err != nil {
		return issuer.Sensitive{}, err
	}
	return issuer.NewSensitive(fingerprint), nil
}
