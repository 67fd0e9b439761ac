package notify

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// Dialect is whose webhooks are sent.
type Dialect string

// The dialects.
const (
	Qbit      Dialect = "qbit"
	Interlace Dialect = "interlace"
	QITech    Dialect = "qitech"
)

// Fault is what goes wrong with a message on purpose.
type Fault string

// The faults. Stale dates a signature an hour back, where the dialect dates it.
const (
	Duplicate Fault = "duplicate"
	Delay     Fault = "delay"
	Corrupt   Fault = "corrupt"
	Unsigned  Fault = "unsigned"
	Stale     Fault = "stale"
)

var faults = []Fault{Duplicate, Delay, Corrupt, Unsigned, Stale}

// Options say to whom webhooks are sent, and how.
type Options struct {
	// Dialect of the messages.
	Dialect Dialect
	// URL that they are posted to; an empty one sends none.
	URL string
	// Secret is the client secret that Qbit and Interlace sign with.
	Secret string
	// PrivateKey is the issuer's own P-521 key, PEM (SEC 1 or PKCS #8), for QI Tech.
	PrivateKey string
	// APIKey is the customer's API-CLIENT-KEY, for QI Tech.
	APIKey string
	// Account is the ledger's account whose events are sent; empty is every account's.
	Account string
	// AccountKey is the account's id on the wire, where it is not Account (QI Tech).
	AccountKey string

	// Interval at which the ledger is looked at; default 100ms.
	Interval time.Duration
	// Retries are the pauses before each further try; default 1s, 3s, 10s.
	Retries []time.Duration
	// Queue is how many messages may wait; default 1024.
	Queue int
	// Timeout of one try; default 5s, which is Interlace's.
	Timeout time.Duration

	// Chances of each fault, from 0 to 1, drawn from Random.
	Chances map[Fault]float64
	// Lateness of the fault delay; default 5s.
	Lateness time.Duration

	// Clock and Random are the sandbox's; default the wall clock and the stream "notify" of
	// seed 0.
	Clock  clock.Clock
	Random *ledger.Random
	// RoundTripper replaces the network in tests.
	RoundTripper http.RoundTripper
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Random == nil {
		o.Random = ledger.NewRandom(0, "notify")
	}
	if o.Retries == nil {
		o.Retries = []time.Duration{time.Second, 3 * time.Second, 10 * time.Second}
	}
	o.Interval = cmp.Or(o.Interval, 100*time.Millisecond)
	o.Queue = cmp.Or(o.Queue, 1024)
	o.Timeout = cmp.Or(o.Timeout, 5*time.Second)
	o.Lateness = cmp.Or(o.Lateness, 5*time.Second)
	return o
}

func (o Options) check() error {
	if u, err := url.Parse(o.URL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("webhook URL: want http(s)://host/path")
	}
	for fault, chance := range o.Chances {
		if !slices.Contains(faults, fault) || chance < 0 || chance > 1 {
			return fmt.Errorf("webhook fault %q: want one of %v, with a chance from 0 to 1", fault, faults)
		}
	}
	if (o.Dialect == Qbit || o.Dialect == Interlace) && o.Secret == "" {
		return errors.New("webhooks of this dialect need the client secret")
	}
	return nil
}

// ParsePrivateKey reads an EC key on P-521 from PEM.
func ParsePrivateKey(text string) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("webhook key: want PEM")
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		parsed, pkcs8 := x509.ParsePKCS8PrivateKey(block.Bytes)
		ec, ok := parsed.(*ecdsa.PrivateKey)
		if pkcs8 != nil || !ok {
			return nil, errors.New("webhook key: want an EC private key")
		}
		key = ec
	}
	if key.Curve != elliptic.P521() {
		return nil, errors.New("webhook key: want the curve P-521")
	}
	return key, nil
}
