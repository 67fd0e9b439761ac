package qbit_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/issuer/qbit"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

var epoch = issuertest.Epoch

// What the tests of all adapters share, under short names.
const (
	canaryToken   = issuertest.CanaryToken
	canarySecret  = issuertest.CanarySecret
	canaryLogin   = issuertest.CanaryLogin
	canaryPAN     = issuertest.CanaryPAN
	canaryAccount = issuertest.CanaryAccount
	page          = issuertest.Page
	no            = issuertest.No
	unavailable   = issuer.Unavailable
	ambiguous     = issuer.Ambiguous
	malformed     = issuer.Malformed
	refused       = issuer.Invalid
)

var (
	says     = issuertest.Says
	hijack   = issuertest.Hijack
	redirect = issuertest.Redirect
	transfer = issuertest.Transfer
	ids      = issuertest.IDs
	constant = issuertest.Constant
	at       = issuertest.At
)

// world is a server that the test scripts, and a client of it.
type world struct {
	*issuertest.World
	client *qbit.Client
}

type setting func(*qbit.Config, *transport.Config)

// newWorld has a client with a static token unless a setting says otherwise.
func newWorld(t *testing.T, answer http.HandlerFunc, settings ...setting) *world {
	t.Helper()
	w := &world{World: issuertest.NewWorld(t, answer)}
	cfg, wire := qbit.Config{Credentials: static}, w.Wire()
	for _, set := range settings {
		set(&cfg, &wire)
	}
	cfg.HTTP = issuertest.Connect(t, wire)
	w.client = connect(t, cfg)
	return w
}

var static = qbit.Credentials{AccessToken: issuer.NewSensitive(canaryToken)}

func connect(t testing.TB, cfg qbit.Config) *qbit.Client {
	t.Helper()
	client, err := qbit.New(cfg)
	issuertest.Must(t, err)
	t.Cleanup(client.Close)
	return client
}

func options(o qbit.Options) setting {
	return func(c *qbit.Config, _ *transport.Config) { c.Options = o }
}

func account(id string) setting {
	return func(c *qbit.Config, _ *transport.Config) { c.AccountID = id }
}

func login(c *qbit.Config, _ *transport.Config) {
	c.Credentials = qbit.Credentials{ClientID: "client", ClientSecret: issuer.NewSensitive(canarySecret)}
}

func timeout(d time.Duration) setting {
	return func(_ *qbit.Config, w *transport.Config) { w.Timeout = d }
}

func fixture(t testing.TB, name string) string {
	t.Helper()
	return issuertest.Fixture(t, name)
}

// inList puts an object of the resources document into a list answer.
func inList(object string) string {
	return `{"code":0,"message":"ok","data":{"data":[` + object + `],"total":1}}`
}

func object(t testing.TB, text string) map[string]any {
	t.Helper()
	return issuertest.Object(t, text)
}

func showsNoCanary(t testing.TB, err error) {
	t.Helper()
	issuertest.ShowsNoCanary(t, err)
}
