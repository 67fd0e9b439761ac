package interlace_test

import (
	"net/http"
	"testing"

	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/interlace"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/money"
)

const (
	account = "78ad30f2-5794-47c7-b413-62cc599ab203"
	// secret is that of the published vectors.
	secret = "0123456789abcdef0123456789abcdef"

	unavailable = issuer.Unavailable
	ambiguous   = issuer.Ambiguous
	malformed   = issuer.Malformed
	refused     = issuer.Invalid
)

var (
	says          = issuertest.Says
	transfer      = issuertest.Transfer
	at            = issuertest.At
	showsNoCanary = issuertest.ShowsNoCanary
)

// world is a server that the test scripts, and a client of it.
type world struct {
	*issuertest.World
	client *interlace.Client
}

type setting func(*interlace.Config)

// newWorld has a client with a static token and the secret of the vectors, unless a
// setting says otherwise.
func newWorld(t *testing.T, answer http.HandlerFunc, settings ...setting) *world {
	t.Helper()
	w := &world{World: issuertest.NewWorld(t, answer)}
	cfg := interlace.Config{HTTP: issuertest.Connect(t, w.Wire()), AccountID: account, Credentials: static(secret)}
	for _, set := range settings {
		set(&cfg)
	}
	w.client = connect(t, cfg)
	return w
}

func static(clientSecret string) interlace.Credentials {
	return interlace.Credentials{AccessToken: issuer.NewSensitive(issuertest.CanaryToken), ClientSecret: issuer.NewSensitive(clientSecret)}
}

func connect(t testing.TB, cfg interlace.Config) *interlace.Client {
	t.Helper()
	client, err := interlace.New(cfg)
	issuertest.Must(t, err)
	t.Cleanup(client.Close)
	return client
}

func options(o interlace.Options) setting { return func(c *interlace.Config) { c.Options = o } }

func credentials(c interlace.Credentials) setting {
	return func(cfg *interlace.Config) { cfg.Credentials = c }
}

var login = credentials(interlace.Credentials{ClientID: "client", ClientSecret: issuer.NewSensitive(issuertest.CanarySecret)})

// data is an answer of success.
func data(json string) string { return `{"code":"000000","message":"success","data":` + json + `}` }

// listOf is a list with one row.
func listOf(row string) string { return data(`{"list":[` + row + `],"total":1}`) }

func fixture(t testing.TB, name string) string {
	t.Helper()
	return issuertest.Fixture(t, name)
}

var (
	token  = id.Token("o", "Budget", "ns", "n", 0)
	tagged = id.Tag("n", token, 64)
	ada    = issuer.Cardholder{FirstName: "Ada", LastName: "Love", Email: issuertest.CanaryMail, PhoneCountryCode: "+1", Phone: "5550100"}
)

func order(t issuer.CardType) issuer.CardOrder {
	o := issuer.CardOrder{
		Type: t, BIN: "493193", ProductID: "bin-1", Label: "l", Reference: "ref-1", ClientID: "create-1", CardholderID: "h-1",
		Usage: "ads", Opening: money.Must("1.5"), Cardholder: ada,
	}
	if t == issuer.BudgetCard {
		o.BudgetID, o.Opening = "b-1", money.Zero
	}
	return o
}

// movers are all calls with an effect.
func movers(t testing.TB) map[string]func(*interlace.Client) error {
	ctx, p := t.Context(), issuer.Permit{}
	return map[string]func(*interlace.Client) error{
		"create budget": func(c *interlace.Client) error {
			_, err := c.CreateBudget(ctx, p, issuer.BudgetOrder{Name: tagged})
			return err
		},
		"rename budget": func(c *interlace.Client) error { return c.RenameBudget(ctx, "b-1", "n") },
		"fund budget": func(c *interlace.Client) error {
			return c.MoveBudgetFunds(ctx, p, transfer("b-1", issuer.In, "1", "t-1"))
		},
		"drain budget": func(c *interlace.Client) error {
			return c.MoveBudgetFunds(ctx, p, transfer("b-1", issuer.Out, "1", "t-1"))
		},
		"create prepaid card": func(c *interlace.Client) error { return c.CreateCard(ctx, p, order(issuer.Prepaid)) },
		"create budget card":  func(c *interlace.Client) error { return c.CreateCard(ctx, p, order(issuer.BudgetCard)) },
		"fund card": func(c *interlace.Client) error {
			return c.MoveCardFunds(ctx, p, transfer("c-1", issuer.In, "1", "t-1"))
		},
		"take from card": func(c *interlace.Client) error {
			return c.MoveCardFunds(ctx, p, transfer("c-1", issuer.Out, "1", "t-1"))
		},
		"freeze card":   func(c *interlace.Client) error { return c.FreezeCard(ctx, "c-1") },
		"unfreeze card": func(c *interlace.Client) error { return c.UnfreezeCard(ctx, "c-1") },
		"close card":    func(c *interlace.Client) error { return c.CloseCard(ctx, "c-1", "t-1") },
		"create cardholder": func(c *interlace.Client) error {
			_, err := c.CreateCardholder(ctx, p, issuer.HolderOrder{Cardholder: ada, ProductID: "bin-1", ClientID: "h-1"})
			return err
		},
	}
}

// readers are all calls without one.
func readers(t testing.TB) map[string]func(*interlace.Client) error {
	ctx := t.Context()
	drop := func(_ any, err error) error { return err }
	return map[string]func(*interlace.Client) error{
		"bins":             func(c *interlace.Client) error { return drop(c.ListBINs(ctx)) },
		"cards":            func(c *interlace.Client) error { return drop(c.ListCards(ctx)) },
		"card":             func(c *interlace.Client) error { return drop(c.GetCard(ctx, "c-1")) },
		"budgets":          func(c *interlace.Client) error { return drop(c.ListBudgets(ctx)) },
		"balances":         func(c *interlace.Client) error { return drop(c.ListBalances(ctx, []string{"w-1"})) },
		"card movements":   func(c *interlace.Client) error { return drop(c.CardMovements(ctx, "c-1")) },
		"found movements":  func(c *interlace.Client) error { return drop(c.FindMovements(ctx, "t-1")) },
		"budget movements": func(c *interlace.Client) error { return drop(c.BudgetMovements(ctx, "b-1")) },
		"movement":         func(c *interlace.Client) error { return drop(c.MovementDetail(ctx, "m-1")) },
		"cardholders":      func(c *interlace.Client) error { return drop(c.ListCardholders(ctx)) },
		"scenarios":        func(c *interlace.Client) error { return drop(c.ListScenarios(ctx)) },
		"recommended":      func(c *interlace.Client) error { return drop(c.RecommendBINs(ctx, "42")) },
		"secrets":          func(c *interlace.Client) error { return drop(c.RevealCard(ctx, "c-1")) },
		"fingerprint":      func(c *interlace.Client) error { return drop(c.CardFingerprint(ctx, "c-1")) },
		"limits, read": func(c *interlace.Client) error {
			return c.SetCardLimits(ctx, "c-1", []issuer.Limit{{Interval: issuer.PerDay, Amount: money.Must("5")}})
		},
	}
}

// lists are the readers of paged lists.
var lists = []string{"bins", "cards", "card", "budgets", "balances", "card movements", "found movements", "budget movements", "movement", "cardholders"}
