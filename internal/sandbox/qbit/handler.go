package qbit

import (
	"net/http"

	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/oauth"
	"github.com/card-operator/card-operator/internal/sandbox/replay"
)

const (
	v1    = "/open-api/v1"
	login = "/open-api/oauth"
)

// Handler serves the dialect.
type Handler struct {
	opts   Options
	ledger *ledger.Ledger
	desk   *oauth.Desk
	memory *replay.Memory
	mux    *http.ServeMux
}

// New returns the dialect over a ledger.
func New(l *ledger.Ledger, opts Options) *Handler {
	opts = opts.withDefaults()
	h := &Handler{
		opts: opts, ledger: l, desk: opts.desk(),
		memory: replay.New(opts.Clock, opts.KeyLifetime), mux: http.NewServeMux(),
	}
	h.routeLogin()
	h.routeBudgets()
	h.routeCards()
	h.routeWithdrawals()
	h.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		httpjson.Write(w, http.StatusNotFound, failure{CodeNoEndpoint, "no such endpoint"})
	})
	return h
}

func (o Options) desk() *oauth.Desk {
	return oauth.New(oauth.Options{
		Clock: o.Clock, Random: o.Random, Clients: o.Clients,
		StaticTokens: o.StaticTokens, TokenLifetime: o.TokenLifetime,
	})
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

func (h *Handler) routeLogin() {
	h.open("GET "+login+"/authorize", h.authorize)
	h.open("POST "+login+"/access-token", h.accessToken)
	h.open("POST "+login+"/refresh-token", h.refreshToken)
}

func (h *Handler) routeBudgets() {
	h.route("POST", "/budget", h.createBudget)
	h.route("PUT", "/budget", h.renameBudget)
	h.route("GET", "/budget", h.listBudgets)
	h.route("POST", "/budget/add", h.addBudget)
	h.route("POST", "/budget/sub", h.subBudget)
	h.route("GET", "/budget/transactions", h.budgetTransactions)
	h.route("GET", "/balances", h.listBalances)
	h.route("GET", "/accounts", h.listAccounts)
}

func (h *Handler) routeCards() {
	h.route("GET", "/cards/bins", h.bins)
	h.route("POST", "/cards/create/check", h.checkCard)
	h.route("POST", "/cards", h.createCards)
	h.route("GET", "/cards", h.listCards)
	h.route("DELETE", "/cards", h.deleteCard)
	h.route("PUT", "/cards/suspend", h.suspend)
	h.route("PUT", "/cards/enable", h.enable)
	h.postOrPut("/cards/transfer/in", h.transferIn)
	h.postOrPut("/cards/transfer/out", h.transferOut)
	h.postOrPut("/cards/frozen", h.frozen)
	h.postOrPut("/cards/unfrozen", h.unfrozen)
	h.route("GET", "/configuration", h.configuration)
	h.route("GET", "/cards/info", h.cardInfo)
	h.route("GET", "/cards/transactions", h.cardTransactions)
	h.route("GET", "/cards/transactions/{id}", h.cardTransaction)
}

// routeWithdrawals serves receivers under the headings' paths, under the misspelt one of
// the samples, and the list also in the singular that a vendor SDK reads.
func (h *Handler) routeWithdrawals() {
	h.route("POST", "/cards/receiver", h.createReceiver)
	h.route("POST", "/benefiaries", h.createReceiver)
	h.route("GET", "/cards/receivers", h.listReceivers)
	h.route("GET", "/cards/receiver", h.listReceivers)
	h.route("GET", "/benefiaries", h.listReceivers)
	h.route("POST", "/cards/withdraw", h.withdraw)
}

// postOrPut serves the calls that are headed POST and sampled PUT.
func (h *Handler) postOrPut(path string, serve endpoint) {
	h.route("POST", path, serve)
	h.route("PUT", path, serve)
}

// endpoint answers a call with a body, or refuses it.
type endpoint func(*call) (any, error)

// open routes a call that needs no token.
func (h *Handler) open(pattern string, serve endpoint) {
	h.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		respond(w, func() (any, error) { return serve(&call{Request: r, writer: w}) })
	})
}

// route routes a call of an account.
func (h *Handler) route(method, path string, serve endpoint) {
	h.open(method+" "+v1+path, func(c *call) (any, error) {
		client, ok := h.desk.Bearer(accessToken(c.Request))
		if !ok {
			return nil, failure{CodeToken, "access token is missing, unknown or expired"}
		}
		book, err := h.ledger.Book(client.AccountID)
		if err != nil {
			return nil, err
		}
		c.book = book
		return serve(c)
	})
}
