package quantum

import (
	"errors"
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// ErrSecrets says that what a merchant would be handed is no card. It does not say which
// field is wrong, nor how.
var ErrSecrets = errors.New("the answer does not hold a card's number, code and expiry")

// Secrets checks that a number of 12 to 19 digits, a code of 3 or 4, a year of 2 or 4 and a
// month are that, and wraps them.
func Secrets(number, cvv, year, month string) (issuer.CardSecrets, error) {
	switch {
	case !wire.Digits(number) || len(number) < 12 || len(number) > 19,
		!wire.Digits(cvv) || len(cvv) < 3 || len(cvv) > 4,
		!wire.Digits(year) || len(year) != 2 && len(year) != 4,
		!validMonth(month):
		return issuer.CardSecrets{}, ErrSecrets
	}
	return issuer.CardSecrets{
		PAN: issuer.NewSensitive(number), CVV: issuer.NewSensitive(cvv),
		ExpMonth: issuer.NewSensitive(month), ExpYear: issuer.NewSensitive(year),
	}, nil
}

func validMonth(s string) bool {
	s = strings.TrimPrefix(s, "0")
	return len(s) == 1 && s[0] >= '1' && s[0] <= '9' || s == "10" || s == "11" || s == "12"
}
