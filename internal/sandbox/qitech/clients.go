package qitech

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// client is a Client with what its texts stand for.
type client struct {
	Client
	key  *ecdsa.PublicKey
	book ledger.Book
}

func clientsOf(l *ledger.Ledger, opts Options) (map[string]*client, error) {
	known := map[string]*client{}
	for _, c := range opts.Clients {
		opened, err := open(l, c, opts.TrustSignatures)
		if err != nil {
			return nil, fmt.Errorf("QI Tech client %q: %w", c.APIKey, err)
		}
		if known[c.APIKey] != nil {
			return nil, fmt.Errorf("QI Tech client %q: there are two with this API key", c.APIKey)
		}
		known[c.APIKey] = opened
	}
	return known, nil
}

func open(l *ledger.Ledger, c Client, trusted bool) (*client, error) {
	if c.APIKey == "" {
		return nil, errors.New("needs an API key")
	}
	if c.AccountKey == "" {
		c.AccountKey = c.AccountID
	}
	book, err := l.Book(c.AccountID)
	if err != nil {
		return nil, fmt.Errorf("account %q: %w", c.AccountID, err)
	}
	opened := &client{Client: c, book: book}
	if c.PublicKey == "" && trusted {
		return opened, nil
	}
	opened.key, err = ParsePublicKey([]byte(c.PublicKey))
	return opened, err
}

// ParsePublicKey reads a PEM that holds a P-521 public key ("PUBLIC KEY", as openssl ec
// -pubout writes it).
func ParsePublicKey(text []byte) (*ecdsa.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" {
		return nil, errors.New("public key: want a PEM block of type PUBLIC KEY, as openssl ec -pubout writes it")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, errors.New("public key: the PEM block cannot be read")
	}
	key, isEC := parsed.(*ecdsa.PublicKey)
	if !isEC || key.Curve != elliptic.P521() {
		return nil, errors.New("public key: want an EC key on P-521 (secp521r1)")
	}
	return key, nil
}
