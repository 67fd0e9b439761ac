package qitech

import (
	"context"
	"net/url"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// wireSecrets is the clear answer of a reveal (§3.2). Decoding puts the values behind
// pointers at once.
type wireSecrets struct {
	Number     issuer.Sensitive `json:"card_number"`
	CVV        issuer.Sensitive `json:"cvv"`
	Expiration issuer.Sensitive `json:"expiration_date"`
	ValidUntil text             `json:"valid_until"`
}

// RevealCard implements issuer.Revealer: GET /prepaid/card/{card_key}/pci.
func (c *Client) RevealCard(ctx context.Context, cardID string) (issuer.CardSecrets, error) {
	const op = "reveal card"
	if !validKey(cardID) {
		return issuer.CardSecrets{}, invalidKey(op)
	}
	r := c.read(op, cardsPath+"/"+url.PathEscape(cardID)+"/pci", nil)
	r.Priority = transport.Urgent
	var secrets issuer.CardSecrets
	err := c.do(ctx, r, func(body []byte) (err error) {
		var wire wireSecrets
		if err := decode(body, &wire); err != nil {
			return err
		}
		secrets, err = wire.port()
		secrets.ValidUntil = c.until(secrets.ValidUntil)
		return err
	})
	if err != nil {
		return issuer.CardSecrets{}, err
	}
	return secrets, nil
}

// until is when a code is asked for anew. That valid_until is the code's end is presumed (§3.2), so
// the interval that cards are ordered with bounds it. A card with a shorter one names it.
func (c *Client) until(told time.Time) time.Time {
	latest := c.http.Clock().Now().Add(c.options.CVVRotation)
	if told.IsZero() || told.Before(latest) {
		return told
	}
	return latest
}

// port checks the form of what was revealed. No error says anything of what is there.
func (w wireSecrets) port() (issuer.CardSecrets, error) {
	number, cvv, expiration := w.Number.Reveal(), w.CVV.Reveal(), w.Expiration.Reveal()
	switch {
	case !digits(number) || len(number) < 12 || len(number) > 19,
		!digits(cvv) || len(cvv) < 3 || len(cvv) > 4,
		len(expiration) != 5 || expiration[2] != '/' || !digits(expiration[:2]) || !digits(expiration[3:]),
		expiration[:2] < "01" || expiration[:2] > "12":
		return issuer.CardSecrets{}, errForm
	}
	return issuer.CardSecrets{
		PAN: w.Number, CVV: w.CVV, ExpMonth: issuer.NewSensitive(expiration[:2]), ExpYear: issuer.NewSensitive("20" + expiration[3:]),
		ValidUntil: parseTime(w.ValidUntil.value),
	}, nil
}
