package qitech

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sync"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// Config makes a Client.
type Config struct {
	// HTTP is the way to the issuer: base URL, allowed hosts, gate, clock, time-out.
	HTTP *transport.Client
	// AccountKey is the payment account that the cards spend from; ProgramKey makes them.
	// Both are UUIDs.
	AccountKey, ProgramKey string
	// Credentials are those of the integration.
	Credentials Credentials
	// Options may be left zero.
	Options Options
}

// Credentials are an integration's keys (§2.1).
type Credentials struct {
	// APIKey names the integration.
	APIKey issuer.Sensitive
	// PrivateKey is a PEM with an EC key on P-521, "EC PRIVATE KEY" or PKCS #8.
	PrivateKey issuer.Sensitive
	// WebhookPublicKey is the issuer's, a PEM; without it no webhook is believed.
	WebhookPublicKey issuer.Sensitive
}

// Values of Options.SignedURI.
const (
	SignPathAndQuery = "PathAndQuery"
	SignPath         = "Path"
)

// Options are the choices where the documents are silent or contradict one another.
type Options struct {
	// CVVRotation is how often the CVV of a card is renewed whose order does not say, in
	// whole hours. Default 72h, as in the document's sample.
	CVVRotation time.Duration
	// PageSize is how many rows a page of the list is asked for, 1 to 100. Default 50
	// [assumed] (§3.2).
	PageSize int
	// SignedURI says whether the signature covers the query. Default SignPathAndQuery
	// [assumed] (§2.2).
	SignedURI string
	// WebhookURI is what a webhook's uri claim must be; default the URI that was called.
	WebhookURI string
}

const (
	defaultPageSize = 50
	maxPageSize     = 100
)

// withDefaults fills in and checks the options.
func (o Options) withDefaults() (Options, error) {
	if o.CVVRotation <= 0 {
		o.CVVRotation = 72 * time.Hour
	}
	if o.PageSize == 0 {
		o.PageSize = defaultPageSize
	}
	if o.PageSize < 1 || o.PageSize > maxPageSize {
		return o, refuseConfig(issuer.Invalid, "spec.qitech.pageSize must be 1 to 100")
	}
	return o, nil
}

// Client is a connection to one account. It implements issuer.Issuer.
type Client struct {
	issuer.Incapable

	http       *transport.Client
	block      *transport.Block
	accountKey string
	programKey string
	apiKey     issuer.Sensitive
	private    *ecdsa.PrivateKey
	public     *ecdsa.PublicKey // the issuer's; nil where webhooks cannot be verified
	options    Options

	mu sync.Mutex
	// refused is the latest refusal of the credentials, in our own words.
	refused issuer.Error
	// known holds what the list leaves out and what never changes, by card key.
	known map[string]plate
}

// plate is what is printed on a card.
type plate struct {
	lastFour, network string
	// again is when a card whose digits were not shown may be read for them again.
	again time.Time
}

var _ issuer.Issuer = (*Client)(nil)

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// New checks the configuration and returns a client. It makes no request. Its errors name
// what to correct and quote no credential.
func New(cfg Config) (*Client, error) {
	if cfg.HTTP == nil {
		return nil, errors.New("qitech: no transport")
	}
	options, err := cfg.Options.withDefaults()
	if err != nil {
		return nil, err
	}
	for field, key := range map[string]string{"accountKey": cfg.AccountKey, "programKey": cfg.ProgramKey} {
		if !uuid.MatchString(key) {
			return nil, refuseConfig(issuer.Invalid, "spec.qitech."+field+" is not a UUID")
		}
	}
	if key := cfg.Credentials.APIKey.Reveal(); key == "" || !transport.HeaderSafe(key) {
		return nil, refuseConfig(issuer.Unauthorized, "the Secret's key apiKey is empty or holds a line break or another character that no key has")
	}
	private, err := parsePrivateKey(cfg.Credentials.PrivateKey.Reveal())
	if err != nil {
		return nil, err
	}
	public, err := parsePublicKey(cfg.Credentials.WebhookPublicKey.Reveal())
	if err != nil {
		return nil, err
	}
	return &Client{
		http: cfg.HTTP, block: transport.NewBlock(cfg.HTTP.Clock()), accountKey: cfg.AccountKey, programKey: cfg.ProgramKey,
		apiKey: cfg.Credentials.APIKey, private: private, public: public, options: options, known: map[string]plate{},
	}, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.Close() }

// Format prints no field, since fmt would look through unexported ones into the key.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "qitech.Client") }

func refuseConfig(class issuer.Class, message string) error {
	return &issuer.Error{Class: class, Op: "connect", Message: message}
}

// parsePrivateKey reads the key that signs. Its errors say nothing of what is there.
func parsePrivateKey(text string) (*ecdsa.PrivateKey, error) {
	refused := refuseConfig(issuer.Unauthorized, "the Secret's key privateKey is not a PEM with an EC private key on P-521 (openssl ecparam -genkey -name secp521r1 -noout)")
	block := firstKey(text)
	if block == nil {
		return nil, refused
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		other, _ := x509.ParsePKCS8PrivateKey(block.Bytes)
		key, _ = other.(*ecdsa.PrivateKey)
	}
	if key == nil || key.Curve != elliptic.P521() {
		return nil, refused
	}
	return key, nil
}

// firstKey is the first key of a PEM; nil where there is none. openssl may write the name of
// the curve before it.
func firstKey(text string) *pem.Block {
	block, rest := pem.Decode([]byte(text))
	if block != nil && block.Type == "EC PARAMETERS" {
		block, _ = pem.Decode(rest)
	}
	return block
}

// parsePublicKey reads the issuer's key; none is no error.
func parsePublicKey(text string) (*ecdsa.PublicKey, error) {
	if text == "" {
		return nil, nil
	}
	refused := refuseConfig(issuer.Unauthorized, "the Secret's key webhookPublicKey is not a PEM with an EC public key on P-521")
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, refused
	}
	parsed, _ := x509.ParsePKIXPublicKey(block.Bytes)
	key, _ := parsed.(*ecdsa.PublicKey)
	if key == nil || key.Curve != elliptic.P521() {
		return nil, refused
	}
	return key, nil
}
