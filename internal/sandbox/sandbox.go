// Package sandbox is an issuer to play with: it speaks the issuers' dialects over a real
// double-entry ledger, with a merchant that takes its cards, a fault script, and a report
// that says whether any money was lost or paid twice.
//
//	/open-api/...         the Qbit v1 dialect (package qbit); faults and limits apply
//	/open-api/v3/...      the Interlace v3 dialect (package interlace); faults and limits apply
//	/prepaid/..., /test   the QI Tech dialect (package qitech); faults and limits apply
//	/merchant/payments    the merchant (package merchant); faults apply
//	/sandbox/faults       the fault script (package fault)
//	/sandbox/...          reports and the issuer's own hand (package inspect)
//	/healthz              200 once it serves
package sandbox

import (
	"net/http"

	"github.com/card-operator/card-operator/internal/sandbox/fault"
	"github.com/card-operator/card-operator/internal/sandbox/inspect"
	"github.com/card-operator/card-operator/internal/sandbox/interlace"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/merchant"
	"github.com/card-operator/card-operator/internal/sandbox/qbit"
	"github.com/card-operator/card-operator/internal/sandbox/qitech"
	"github.com/card-operator/card-operator/internal/sandbox/wire"
)

// Server is a sandbox issuer as an http.Handler.
type Server struct {
	ledger *ledger.Ledger

	interlace *interlace.Handler

	qbit   *qbit.Handler
	qitech *qitech.Handler
	plan   *fault.Plan
	calls  *inspect.Calls
	mux    *http.ServeMux
}

// New returns a sandbox.
func New(opts Options) (*Server, error) {
	opts = opts.withDefaults()
	l, err := ledger.New(opts.Ledger)
	if err != nil {
		return nil, err
	}
	plan := fault.NewPlan(opts.Clock, ledger.NewRandom(opts.Seed, "fault"), opts.Synchronous)
	if _, err := plan.Add(opts.Faults...); err != nil {
		return nil, err
	}
	qi, err := qitech.New(l, opts.QITech)
	if err != nil {
		return nil, err
	}
	v3, err := interlace.New(l, opts.Interlace)
	if err != nil {
		return nil, err
	}
	s := &Server{interlace: v3, qitech: qi, ledger: l, qbit: qbit.New(l, opts.Qbit), plan: plan, calls: inspect.NewCalls(), mux: http.NewServeMux()}
	s.route(fault.NewGate(opts.Clock, opts.Limits))
	return s, nil
}

func (s *Server) route(gate *fault.Gate) {
	s.mux.Handle("/", s.calls.Wrap(gate.Wrap(s.plan.Wrap(s.qbit))))
	s.mux.Handle(interlace.Prefix+"/", s.calls.Wrap(gate.Wrap(s.plan.Wrap(s.interlace))))
	for _, pattern := range qitech.Patterns() {
		s.mux.Handle(pattern, s.calls.Wrap(gate.Wrap(s.plan.Wrap(s.qitech))))
	}
	s.mux.Handle("/merchant/", s.calls.Wrap(s.plan.Wrap(merchant.Handler(s.ledger))))
	s.mux.Handle("/sandbox/", inspect.Handler(s.ledger, s.calls, s.plan))
	s.mux.Handle("/sandbox/faults", s.plan.Admin())
	s.mux.Handle("/sandbox/faults/", s.plan.Admin())
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Ledger is the money behind the dialects.
func (s *Server) Ledger() *ledger.Ledger { return s.ledger }

// Qbit is the v1 dialect.
func (s *Server) Qbit() *qbit.Handler { return s.qbit }

// QITech is the QI Tech dialect.
func (s *Server) QITech() *qitech.Handler { return s.qitech }

// Faults is the fault script.
func (s *Server) Faults() *fault.Plan { return s.plan }

// Report is what GET /sandbox/report answers.
func (s *Server) Report() inspect.Report { return inspect.Build(s.ledger, s.calls, s.plan) }

// Transport reaches the sandbox without a socket, in the caller's goroutine.
func (s *Server) Transport() http.RoundTripper { return wire.Transport{Handler: s} }

// Close ends what runs in the background.
func (s *Server) Close() { s.plan.Close() }
