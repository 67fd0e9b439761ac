package transport

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

// DefaultTimeout bounds one exchange, from the dial to the last byte of the answer. The
// wait for the gate comes before it.
const DefaultTimeout = 15 * time.Second

const userAgent = "card-operator"

// Observer is told of every call: its operation, the class of its error ("" for none),
// the HTTP status (0 for none) and its duration, the wait for the gate included.
type Observer func(op string, class issuer.Class, status int, took time.Duration)

// Config makes a Client.
type Config struct {
	// BaseURL is the issuer's, for example https://api-global.qbitnetwork.com.
	BaseURL string
	// Allow must admit BaseURL.
	Allow AllowList
	// Gate is the account's; nil means one of its own with the default rate.
	Gate *Gate
	// Clock is the time; nil means the wall clock.
	Clock clock.Clock
	// Timeout bounds one exchange; 0 means DefaultTimeout.
	Timeout time.Duration
	// Observe may be nil.
	Observe Observer
	// RootCAs replaces the system's roots where an issuer has its own; nil means the
	// system's. Verification itself cannot be switched off.
	RootCAs *x509.CertPool
	// ProxyFromEnvironment honours HTTPS_PROXY and its kin. The proxy then decides
	// what is reachable, so addresses are no longer checked here. Off by default.
	ProxyFromEnvironment bool
	// RoundTripper replaces the network in a simulation; nil means the network.
	RoundTripper http.RoundTripper
}

// Client makes exchanges with one issuer's host. It is safe for concurrent use.
type Client struct {
	base    string
	gate    *Gate
	clock   clock.Clock
	timeout time.Duration
	observe Observer
	network http.RoundTripper
}

// New returns a client for a base URL that the allow-list admits.
func New(cfg Config) (*Client, error) {
	u, err := parseBase(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	far, err := cfg.Allow.admit(u)
	if err != nil {
		return nil, err
	}
	c := &Client{
		base: strings.TrimRight(u.String(), "/"), gate: cfg.Gate, clock: cfg.Clock,
		timeout: cfg.Timeout, observe: cfg.Observe, network: cfg.RoundTripper,
	}
	c.setDefaults()
	if c.network == nil {
		c.network = roundTripper(cfg, far)
	}
	return c, nil
}

func (c *Client) setDefaults() {
	if c.clock == nil {
		c.clock = clock.Real{}
	}
	if c.gate == nil {
		c.gate = NewGate(c.clock, 0, 0)
	}
	if c.timeout <= 0 {
		c.timeout = DefaultTimeout
	}
	if c.observe == nil {
		c.observe = func(string, issuer.Class, int, time.Duration) {}
	}
}

// Clock is the client's clock, for the adapter's own needs.
func (c *Client) Clock() clock.Clock { return c.clock }

// Close drops idle connections. The client stays usable.
func (c *Client) Close() {
	if t, ok := c.network.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Do makes one exchange and hands an answer of status 2xx or a refusal (4xx) to decode,
// whose error it returns. Every other failure it classifies itself.
func (c *Client) Do(ctx context.Context, r Request, decode func(Response) error) error {
	began := c.clock.Now()
	resp, err := c.exchange(ctx, r)
	if err == nil {
		err = decode(resp)
	}
	status := resp.Status
	var e *issuer.Error
	if errors.As(err, &e) {
		status = e.Status
	}
	c.observe(r.Op, issuer.ClassOf(err), status, c.clock.Now().Sub(began))
	return err
}

func (c *Client) exchange(ctx context.Context, r Request) (Response, error) {
	if r.Permit.NotAfter.IsZero() {
		r.Permit = issuer.PermitOf(ctx)
	}
	if err := r.checkHeader(); err != nil {
		return Response{}, err
	}
	if err := c.admit(ctx, r); err != nil {
		return Response{}, r.named(err)
	}
	if r.Mutating && c.expired(r.Permit) {
		return Response{}, r.lateError()
	}
	ctx, cancel := c.clock.WithTimeout(ctx, c.timeout)
	defer cancel()
	hr, once, err := c.httpRequest(ctx, r)
	if err != nil {
		return Response{}, err
	}
	answer, err := c.network.RoundTrip(hr)
	if answer == nil {
		c.gate.Unanswered()
	}
	if err != nil {
		return Response{}, r.sendError(err, once)
	}
	if once != nil && once.seal() == bodyExpired {
		// What the issuer says of half a request is no answer to the order.
		_ = answer.Body.Close()
		return Response{}, r.lateError()
	}
	return c.settle(r, answer)
}
