package interlace

import (
	"context"
	"errors"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// RevealCard implements issuer.Revealer: GET /cards/{id}, for PCI DSS certified clients
// only (§6). A client secret that does not decrypt the answer is a matter of the
// credentials: class Unauthorized, which is shown as such and asked again slowly.
func (c *Client) RevealCard(ctx context.Context, cardID string) (issuer.CardSecrets, error) {
	const op = "reveal card"
	if err := guard.IDs(op, cardID); err != nil {
		return issuer.CardSecrets{}, err
	}
	key, err := cardKey(c.secret)
	if err != nil {
		return issuer.CardSecrets{}, &issuer.Error{Class: issuer.Unauthorized, Op: op, Message: err.Error()}
	}
	k := session.Read(op, cardPath(cardID), c.account())
	k.Urgent, k.Reveals = true, true
	var answer sealed
	err = c.session.Do(ctx, k, func(a envelope.Answer) (err error) {
		answer, err = wire.Object(a.Data, wirePrivate.port)
		return err
	})
	if err != nil {
		return issuer.CardSecrets{}, err
	}
	secrets, err := answer.open(key)
	if err != nil {
		return issuer.CardSecrets{}, &issuer.Error{Class: classOfOpening(err), Op: op, Message: err.Error()}
	}
	return secrets, nil
}

// classOfOpening tells a wrong key from a card that is none.
func classOfOpening(err error) issuer.Class {
	if errors.Is(err, errKey) {
		return issuer.Unauthorized
	}
	return issuer.Malformed
}

// CardFingerprint implements issuer.Revealer:
// GET /cards/{id}/private-info/access-token, a token that works once, for 5 minutes (§6).
func (c *Client) CardFingerprint(ctx context.Context, cardID string) (issuer.Sensitive, error) {
	const op = "read card fingerprint"
	if err := guard.IDs(op, cardID); err != nil {
		return issuer.Sensitive{}, err
	}
	k := session.Read(op, cardPath(cardID)+"/private-info/access-token", c.account())
	k.Urgent, k.Reveals = true, true
	var answer struct {
		AccessToken string `json:"accessToken"`
	}
	err := c.session.Do(ctx, k, func(a envelope.Answer) error {
		if err := wire.Decode(a.Data, &answer); err != nil {
			return err
		}
		if !wire.ValidToken(answer.AccessToken) {
			return quantum.ErrSecrets
		}
		return nil
	})
	if err != nil {
		return issuer.Sensitive{}, err
	}
	return issuer.NewSensitive(answer.AccessToken), nil
}
