package qitech

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const maxBody = 1 << 20

// Handler serves the dialect.
type Handler struct {
	opts    Options
	ledger  *ledger.Ledger
	clients map[string]*client
	verify  verifier
	script  script
	mux     *http.ServeMux
}

// New returns the dialect over a ledger. It refuses a client without a usable public key
// or with an account that the ledger does not have.
func New(l *ledger.Ledger, opts Options) (*Handler, error) {
	opts = opts.withDefaults(l)
	clients, err := clientsOf(l, opts)
	if err != nil {
		return nil, err
	}
	h := &Handler{
		opts: opts, ledger: l, clients: clients, mux: http.NewServeMux(),
		verify: verifier{opts.ClockSkew, opts.PathOnlyURI, opts.TrustSignatures},
	}
	h.routes()
	return h, nil
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// Patterns are the paths that a server shared with other dialects routes here.
func Patterns() []string { return []string{"/prepaid/", "/mock/card/", "/test", "/test/"} }

func (h *Handler) routes() {
	h.route("POST /prepaid/card", h.create)
	h.route("GET /prepaid/card", h.list)
	h.route("GET /prepaid/card/{card}", h.get)
	h.route("PATCH /prepaid/card/{card}", h.changeStatus)
	h.route("GET /prepaid/card/{card}/pci", h.reveal)
	h.route("GET /prepaid/card/{card}/authorizations", h.authorizations)
	h.route("POST /mock/card/authorization", h.purchase)
	h.route("GET /test/{key}", h.probe)
	h.route("POST /test/{key}", h.probe)
	h.route("POST /test", h.probe)
	h.route("/", notGranted)
}

// call is one request of a client whose signature was verified.
type call struct {
	*http.Request
	*client
	body []byte
}

// card is the card that the path names.
func (c *call) card() string { return c.PathValue("card") }

// reply is a good answer.
type reply struct {
	status int
	body   any
}

// endpoint answers a call, or refuses it.
type endpoint func(*call) (reply, error)

func (h *Handler) route(pattern string, serve endpoint) {
	h.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		out, err := h.answer(w, r, serve)
		if err != nil {
			f := failureOf(err, r.PathValue("card"))
			out = reply{f.status(), f}
		}
		write(w, out)
	})
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request, serve endpoint) (reply, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return reply{}, fail(CodeSchema, "The body cannot be read.")
	}
	c, err := h.authenticate(r, body)
	if err != nil {
		return reply{}, err
	}
	return serve(&call{r, c, body})
}

// authenticate finds out whose request it is.
func (h *Handler) authenticate(r *http.Request, body []byte) (*client, error) {
	key := r.Header.Get("Api-Client-Key")
	if key == "" {
		return nil, fail(CodeNoAPIKey)
	}
	c := h.clients[key]
	if c == nil {
		return nil, fail(CodeUnknownAPIKey, key)
	}
	return c, h.verify.verify(r, body, c, h.opts.Clock.Now())
}

// notGranted answers for every endpoint that the client may not call, existing or not.
func notGranted(c *call) (reply, error) {
	return reply{}, fail(CodeUnauthorized, "Endpoint or HTTP method not allowed for the given ClientIntegration (Action: "+c.Method+" "+c.URL.Path+")")
}

// probe is the connection test: it answers whoever signs correctly.
func (*Handler) probe(c *call) (reply, error) {
	if key := c.PathValue("key"); key != "" && key != c.APIKey {
		return reply{}, fail(CodeUnknownAPIKey, key)
	}
	if c.Method == http.MethodPost {
		return reply{http.StatusCreated, success{"Congrats!"}}, nil
	}
	return reply{http.StatusOK, success{"Congrats!"}}, nil
}

// success is what the connection test says.
type success struct {
	Success string `json:"success"`
}

func write(w http.ResponseWriter, out reply) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(out.status)
	_ = json.NewEncoder(w).Encode(out.body) // a client that has left needs no answer
}
