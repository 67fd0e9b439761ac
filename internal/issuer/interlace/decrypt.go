package interlace

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// maxPlain is the longest text that is encrypted: a card number has 19 digits.
const maxPlain = 32

// Errors of decryption. None says which field is wrong, nor how.
var (
	// errSealed says that an answer is not what it would be under any key.
	errSealed = errors.New("the answer does not hold a card's encrypted number, code and expiry")
	// errOtherCard says that the number does not fit what is told in plain text.
	errOtherCard = errors.New("the card's number does not have the BIN and the last four digits beside it: check that the Secret's key clientSecret is of this client, then ask the issuer")
	// errKey says that the key is wrong.
	errKey = errors.New("the card does not decrypt: check that the Secret's key clientSecret is the client's current one")
	// errKeyLength says that a secret can be no key, and errNoKey that there is none.
	errKeyLength = errors.New("the Secret's key clientSecret must have 16, 24 or 32 characters: it is the key that card numbers are encrypted with")
	errNoKey     = errors.New("the Secret needs the key clientSecret beside accessToken: card numbers are encrypted with it")
)

// cardKey is the cipher that card numbers are encrypted with: AES under the bytes of the
// client's secret as they are (§6).
func cardKey(secret issuer.Sensitive) (cipher.Block, error) {
	if secret.IsZero() {
		return nil, errNoKey
	}
	block, err := aes.NewCipher([]byte(secret.Reveal()))
	if err != nil {
		return nil, errKeyLength
	}
	return block, nil
}

// sealed are the four encrypted fields, out of their hexadecimal form, in the order of
// wirePrivate.
type sealed struct {
	fields        [4][]byte
	bin, lastFour string
}

// port takes an answer apart. What fails here fails under every key.
func (w wirePrivate) port() (sealed, error) {
	s := sealed{bin: string(w.BIN), lastFour: string(w.LastFour)}
	if !wire.Digits(s.bin) || len(s.bin) < 6 || len(s.bin) > 8 || !wire.Digits(s.lastFour) || len(s.lastFour) != 4 {
		return sealed{}, errSealed
	}
	for i, text := range []wire.Text{w.PAN, w.CVV, w.ExpYear, w.ExpMonth} {
		field, err := hex.DecodeString(string(text))
		if err != nil || len(field) == 0 || len(field)%aes.BlockSize != 0 || len(field) > maxPlain {
			return sealed{}, errSealed
		}
		s.fields[i] = field
	}
	return s, nil
}

// open decrypts a card and checks that it is one, and the one that it is said to be.
func (s sealed) open(key cipher.Block) (issuer.CardSecrets, error) {
	var plain [4]string
	for i, field := range s.fields {
		text, err := unseal(key, field)
		if err != nil {
			return issuer.CardSecrets{}, err
		}
		plain[i] = text
	}
	number := plain[0]
	secrets, err := quantum.Secrets(number, plain[1], plain[2], plain[3])
	if err != nil {
		return issuer.CardSecrets{}, err
	}
	if !strings.HasPrefix(number, s.bin) || !strings.HasSuffix(number, s.lastFour) {
		return issuer.CardSecrets{}, errOtherCard
	}
	return secrets, nil
}

// unseal decrypts one field: AES in ECB mode, whose padding is PKCS #7, and nothing but
// digits within. A wrong key shows by one or the other.
func unseal(key cipher.Block, field []byte) (string, error) {
	text := make([]byte, len(field))
	for at := 0; at < len(field); at += aes.BlockSize {
		key.Decrypt(text[at:at+aes.BlockSize], field[at:at+aes.BlockSize])
	}
	pad := int(text[len(text)-1])
	if pad < 1 || pad > aes.BlockSize || !bytes.Equal(text[len(text)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return "", errKey
	}
	plain := string(text[:len(text)-pad])
	if !wire.Digits(plain) {
		return "", errKey
	}
	return plain, nil
}
