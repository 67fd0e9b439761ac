package interlace

import (
	"net/http"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/oauth"
	"github.com/card-operator/card-operator/internal/sandbox/replay"
)

// Prefix is the path that everything of the dialect is below.
const Prefix = "/open-api/v3"

// Handler serves the dialect.
type Handler struct {
	opts   Options
	ledger *ledger.Ledger
	desk   *oauth.Desk
	memory *replay.Memory
	mux    *http.ServeMux
}

// New returns the dialect over a ledger.
func New(l *ledger.Ledger, opts Options) (*Handler, error) {
	opts = opts.withDefaults()
	if err := opts.check(); err != nil {
		return nil, err
	}
	h := &Handler{
		opts: opts, ledger: l,
		desk: oauth.New(oauth.Options{
			Clock: opts.Clock, Random: opts.Random, Clients: opts.Clients,
			StaticTokens: opts.StaticTokens, TokenLifetime: opts.TokenLifetime,
		}),
		memory: replay.New(opts.Clock, opts.KeyLifetime).Busy(opts.KeyBusy), mux: http.NewServeMux(),
	}
	h.routeLogin()
	h.routeBudgets()
	h.routeCards()
	h.routePeople()
	h.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		h.refuse(w, failure{CodeNoEndpoint, "no such endpoint"})
	})
	return h, nil
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// Expire ends every access token that was issued by login, as a rotated credential does.
func (h *Handler) Expire() { h.desk.Expire() }

func (h *Handler) routeLogin() {
	h.open("GET", "/oauth/authorize", h.authorize)
	h.open("POST", "/oauth/access-token", h.accessToken)
	h.open("POST", "/oauth/refresh-token", h.refreshToken)
}

func (h *Handler) routeBudgets() {
	h.route("POST", "/budgets", h.createBudget)
	h.route("GET", "/budgets", h.listBudgets)
	h.route("GET", "/budgets/{id}", h.getBudget)
	h.route("PUT", "/budgets/{id}", h.renameBudget)
	h.route("PATCH", "/budgets/{id}", h.renameBudget)
	h.route("POST", "/budgets/{id}/transfer-in", h.budgetIn)
	h.route("POST", "/budgets/{id}/transfer-out", h.budgetOut)
	h.route("GET", "/budgets/{id}/transactions", h.budgetTransactions)
	h.route("GET", "/infinity-account/transactions", h.accountTransactions)
	h.route("GET", "/infinity-account/transactions/{id}", h.accountTransaction)
}

func (h *Handler) routeCards() {
	h.route("GET", "/card/bins", h.bins)
	h.route("GET", "/card/bin/recommendation", h.recommendation)
	h.route("GET", "/card/sys/consumption-scenarios", h.scenarios)
	h.route("POST", "/prepaid-card", h.createPrepaid)
	h.route("POST", "/budget-card", h.createBudgetFunded)
	h.route("GET", "/card-list", h.listCards)
	h.route("GET", "/cards/{id}", h.privateInfo)
	h.route("DELETE", "/cards/{id}", h.deleteCard)
	h.route("GET", "/cards/{id}/card-summary", h.cardSummary)
	h.route("POST", "/cards/{id}/freeze", h.freeze)
	h.route("POST", "/cards/{id}/unfreeze", h.unfreeze)
	h.route("PUT", "/cards/{id}/velocity-control", h.velocityControl)
	h.route("GET", "/cards/{id}/private-info/access-token", h.widgetToken)
	h.route("POST", "/cards/transfer-in", h.cardIn)
	h.route("POST", "/cards/transfer-out", h.cardOut)
	h.route("GET", "/cards/transaction-list", h.cardTransactions)
	h.route("GET", "/cards/wallets", h.wallets)
}

func (h *Handler) routePeople() {
	h.route("POST", "/cardholders", h.createCardholder)
	h.route("GET", "/cardholders", h.listCardholders)
	h.route("GET", "/cardholders/{id}", h.getCardholder)
}

// endpoint answers a call with the data of its envelope, or refuses it.
type endpoint func(*call) (any, error)

// open routes a call that needs no token.
func (h *Handler) open(method, path string, serve endpoint) {
	h.mux.HandleFunc(method+" "+Prefix+path, func(w http.ResponseWriter, r *http.Request) {
		c, err := newCall(w, r)
		if err != nil {
			h.refuse(w, err)
			return
		}
		h.respond(w, c, serve)
	})
}

// route routes a call of an account.
func (h *Handler) route(method, path string, serve endpoint) {
	h.open(method, path, func(c *call) (any, error) {
		client, ok := h.desk.Bearer(c.Header.Get("x-access-token"))
		if !ok {
			return nil, failure{CodeToken, "access token is missing, unknown or expired"}
		}
		book, err := h.ledger.Book(client.AccountID)
		if err != nil {
			return nil, err
		}
		c.client, c.book = client, book.Via(c.URL.Path)
		return h.once(c, serve)
	})
}
