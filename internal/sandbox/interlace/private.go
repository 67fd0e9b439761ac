package interlace

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// widgetBytes is the length of the token for the issuer's page widget.
const widgetBytes = 20

// privateRow is the CardPrivateInfo object: four fields encrypted, two plain.
type privateRow struct {
	PAN          string `json:"pan"`
	CVV          string `json:"cvv"`
	ExpYear      string `json:"expYear"`
	ExpMonth     string `json:"expMonth"`
	BIN          string `json:"bin"`
	CardLastFour string `json:"cardLastFour"`
}

// privateInfo is the one place where the dialect reveals a card, to a client that holds
// the secret.
func (h *Handler) privateInfo(c *call) (any, error) {
	card, err := h.revealable(c)
	if err != nil {
		return nil, err
	}
	if c.client.Secret == "" {
		return nil, parameter("the access token belongs to no client, and so to no secret to encrypt with")
	}
	return privateRowOf(card, c.client.Secret)
}

func (h *Handler) revealable(c *call) (ledger.Card, error) {
	if err := c.account(false); err != nil {
		return ledger.Card{}, err
	}
	card, err := c.book.Card(c.PathValue("id"))
	if err == nil && card.State == ledger.StateInactive {
		err = ledger.ErrCardInactive
	}
	return card, err
}

func privateRowOf(card ledger.Card, secret string) (row privateRow, err error) {
	row = privateRow{BIN: card.BIN, CardLastFour: card.LastFour}
	for _, field := range []struct {
		into *string
		text string
	}{
		{&row.PAN, card.PAN.Reveal()},
		{&row.CVV, card.CVV.Reveal()},
		{&row.ExpYear, fmt.Sprintf("%04d", card.ExpYear)},
		{&row.ExpMonth, fmt.Sprintf("%02d", card.ExpMonth)},
	} {
		sealed, sealErr := seal(secret, field.text)
		*field.into, err = sealed, errors.Join(err, sealErr)
	}
	return row, err
}

// seal encrypts as the developer pages say: AES in ECB mode with PKCS #7 padding, the key
// being the bytes of the secret, the result in lower-case hexadecimal.
func seal(secret, text string) (string, error) {
	block, err := aes.NewCipher([]byte(secret))
	if err != nil {
		return "", errors.New("the client's secret is no AES key")
	}
	pad := aes.BlockSize - len(text)%aes.BlockSize
	plain := append([]byte(text), bytes.Repeat([]byte{byte(pad)}, pad)...)
	for at := 0; at < len(plain); at += aes.BlockSize {
		block.Encrypt(plain[at:], plain[at:at+aes.BlockSize])
	}
	return hex.EncodeToString(plain), nil
}

// widgetToken opens the issuer's page widget, which the sandbox does not have.
func (h *Handler) widgetToken(c *call) (any, error) {
	if _, err := h.revealable(c); err != nil {
		return nil, err
	}
	return struct {
		AccessToken string `json:"accessToken"`
	}{h.opts.Random.Hex(widgetBytes)}, nil
}
