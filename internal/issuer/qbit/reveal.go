package qbit

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
)

// errSecrets does not say which field is wrong, nor how.
var errSecrets = errors.New("the answer does not hold a card's number, code and expiry")

// RevealCard implements issuer.Revealer: GET /cards/info, for PCI DSS certified clients
// only (§9).
func (c *Client) RevealCard(ctx context.Context, cardID string) (issuer.CardSecrets, error) {
	const op = "reveal card"
	if err := checkIDs(op, cardID); err != nil {
		return issuer.CardSecrets{}, err
	}
	k := read(op, "/cards/info", c.withAccount(url.Values{"cardId": {cardID}}))
	k.urgent, k.bare = true, true
	var secrets issuer.CardSecrets
	err := c.do(ctx, k, func(a answer) (err error) {
		var wire wireSecrets
		if err := decode(a.data, &wire); err != nil {
			return err
		}
		secrets, err = wire.port()
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
	number = strings.ReplaceAll(number, " ", "")
	year, month := string(w.ExpYear), string(w.ExpMonth)
	switch {
	case !digits(number) || len(number) < 12 || len(number) > 19,
		!digits(string(w.CVV)) || len(w.CVV) < 3 || len(w.CVV) > 4,
		!digits(year) || len(year) != 2 && len(year) != 4,
		!validMonth(month):
		return issuer.CardSecrets{}, errSecrets
	}
	return issuer.CardSecrets{
		PAN: issuer.NewSensitive(number), CVV: issuer.NewSensitive(string(w.CVV)),
		ExpMonth: issuer.NewSensitive(month), ExpYear: issuer.NewSensitive(year),
	}, nil
}

func validMonth(s string) bool {
	s = strings.TrimPrefix(s, "0")
	return len(s) == 1 && s[0] >= '1' && s[0] <= '9' || s == "10" || s == "11" || s == "12"
}

// CardFingerprint implements issuer.Revealer: GET /configuration with a JSON body, as
// the document shows it. The value lets the issuer's page widget show the card; how long
// it lives is not documented.
func (c *Client) CardFingerprint(ctx context.Context, cardID string) (issuer.Sensitive, error) {
	const op = "read card fingerprint"
	if err := checkIDs(op, cardID); err != nil {
		return issuer.Sensitive{}, err
	}
	k := read(op, "/configuration", nil)
	k.body, k.urgent = map[string]string{"cardId": cardID}, true
	if c.options.FingerprintQuery {
		k.query = url.Values{"cardId": {cardID}}
	}
	var fingerprint string
	err := c.do(ctx, k, func(a answer) error {
		if err := decode(a.data, &fingerprint); err != nil {
			return err
		}
		if !validToken(fingerprint) {
			return errSecrets
		}
		return nil
	})
	if err != nil {
		return issuer.Sensitive{}, err
	}
	return issuer.NewSensitive(fingerprint), nil
}
