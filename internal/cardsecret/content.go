// Package cardsecret writes card numbers, and the widget's short-lived fingerprint,
// into Kubernetes Secrets that pods mount to pay. It is the only place where they leave
// the issuer's answer, and they go nowhere else.
package cardsecret

import (
	"strconv"
	"strings"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Fields of a card Secret, which are also their default keys.
const (
	FieldPAN         = "pan"
	FieldCVV         = "cvv"
	FieldExpMonth    = "expMonth"
	FieldExpYear     = "expYear"
	FieldLastFour    = "lastFour"
	FieldCardholder  = "cardholder"
	FieldNetwork     = "network"
	FieldFingerprint = "fingerprint"
)

// Content is what a Secret may hold.
type Content map[string]issuer.Sensitive

// FromCard returns the content of mode Card, of secrets that Check has passed.
func FromCard(secrets issuer.CardSecrets, cardholder, network string) Content {
	pan := secrets.PAN.Reveal()
	return Content{
		FieldPAN:        secrets.PAN,
		FieldCVV:        secrets.CVV,
		FieldExpMonth:   secrets.ExpMonth,
		FieldExpYear:    secrets.ExpYear,
		FieldLastFour:   issuer.NewSensitive(pan[max(0, len(pan)-4):]),
		FieldCardholder: issuer.NewSensitive(cardholder),
		FieldNetwork:    issuer.NewSensitive(network),
	}
}

// FromFingerprint returns the content of mode Fingerprint.
func FromFingerprint(fingerprint issuer.Sensitive, lastFour, cardholder, network string) Content {
	return Content{
		FieldFingerprint: fingerprint,
		FieldLastFour:    issuer.NewSensitive(lastFour),
		FieldCardholder:  issuer.NewSensitive(cardholder),
		FieldNetwork:     issuer.NewSensitive(network),
	}
}

// data selects and renames as spec.secret.keys says.
func (c Content) data(keys map[string]v1alpha1.SecretKey) map[string][]byte {
	data := map[string][]byte{}
	for field, value := range c {
		key := field
		if len(keys) > 0 {
			renamed, wanted := keys[field]
			if !wanted {
				continue
			}
			key = string(renamed)
		}
		data[key] = []byte(value.Reveal())
	}
	return data
}

// Check refuses an issuer's answer that is not the card it was asked for. The error
// holds none of it.
func Check(secrets issuer.CardSecrets, lastFour, bin string) error {
	malformed := func(what string) error {
		return &issuer.Error{Class: issuer.Malformed, Op: "reveal card", Message: what}
	}
	pan := secrets.PAN.Reveal()
	switch {
	case !digits(pan, 12, 19):
		return malformed("the number is not 12 to 19 digits")
	case lastFour != "" && pan[len(pan)-4:] != lastFour:
		return malformed("the number does not end with the card's last four digits")
	case digits(bin, 6, 8) && !strings.HasPrefix(pan, bin):
		return malformed("the number does not begin with the card's BIN")
	case !digits(secrets.CVV.Reveal(), 3, 4):
		return malformed("the security code is not 3 or 4 digits")
	case !month(secrets.ExpMonth.Reveal()) || !year(secrets.ExpYear.Reveal()):
		return malformed("the expiry is not a month and a year")
	}
	return nil
}

func month(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && digits(s, 1, 2) && n >= 1 && n <= 12
}

func year(s string) bool { return digits(s, 2, 2) || digits(s, 4, 4) }

func digits(s string, least, most int) bool {
	if len(s) < least || len(s) > most {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
