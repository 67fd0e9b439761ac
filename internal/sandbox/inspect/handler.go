package inspect

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/fault"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const maxBody = 64 << 10

// Handler serves the package's endpoints.
func Handler(l *ledger.Ledger, calls *Calls, plan *fault.Plan) http.Handler {
	d := desk{l, calls, plan}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sandbox/report", d.report)
	mux.HandleFunc("GET /sandbox/movements", d.movements)
	mux.HandleFunc("POST /sandbox/cards/{id}/state", d.setCardState)
	mux.HandleFunc("POST /sandbox/receivers/{id}/status", d.setReceiverStatus)
	mux.HandleFunc("POST /sandbox/cardholders/{id}/status", d.setCardholderStatus)
	mux.HandleFunc("POST /sandbox/outside-moves", d.moveOutside)
	return mux
}

// desk is where the issuer's staff sits.
type desk struct {
	ledger *ledger.Ledger
	calls  *Calls
	plan   *fault.Plan
}

func (d desk) report(w http.ResponseWriter, r *http.Request) {
	report := Build(d.ledger, d.calls, d.plan)
	if r.URL.Query().Get("format") != "text" {
		answer(w, report, nil)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_ = report.WriteText(w) // a client that has left needs no answer
}

func (d desk) movements(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string][]Movement{"movements": each(d.ledger.Snapshot().Movements, movementOf)}, nil)
}

// decision is a new state of a card, or a new status of a receiver.
type decision struct {
	State  ledger.State          `json:"state,omitempty"`
	Status ledger.ReceiverStatus `json:"status,omitempty"`
}

func (d desk) setCardState(w http.ResponseWriter, r *http.Request) {
	var in decision
	act(w, r, &in, func() (any, error) { return in, d.ledger.SetCardState(r.PathValue("id"), in.State) })
}

func (d desk) setReceiverStatus(w http.ResponseWriter, r *http.Request) {
	var in decision
	act(w, r, &in, func() (any, error) { return in, d.ledger.SetReceiverStatus(r.PathValue("id"), in.Status) })
}

func (d desk) setCardholderStatus(w http.ResponseWriter, r *http.Request) {
	var in decision
	act(w, r, &in, func() (any, error) {
		return in, d.ledger.SetCardholderStatus(r.PathValue("id"), ledger.CardholderStatus(in.Status))
	})
}

func (d desk) moveOutside(w http.ResponseWriter, r *http.Request) {
	var in outsideMove
	act(w, r, &in, func() (any, error) {
		m, err := d.ledger.MoveOutside(ledger.Move(in))
		return movementOf(m), err
	})
}

// outsideMove is a ledger.Move on the wire.
type outsideMove struct {
	Kind     ledger.Kind  `json:"kind"`
	CardID   string       `json:"cardId"`
	BudgetID string       `json:"budgetId"`
	Amount   money.Amount `json:"amount"`
}

func act(w http.ResponseWriter, r *http.Request, in any, do func() (any, error)) {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(in); err != nil {
		answer(w, nil, errors.New("body cannot be read"))
		return
	}
	out, err := do()
	answer(w, out, err)
}

func answer(w http.ResponseWriter, body any, err error) {
	status := http.StatusOK
	if err != nil {
		status, body = statusOf(err), map[string]string{"message": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that has left needs no answer
}

func statusOf(err error) int {
	for _, unknown := range []error{ledger.ErrUnknownCard, ledger.ErrUnknownBudget, ledger.ErrUnknownReceiver, ledger.ErrUnknownCardholder} {
		if errors.Is(err, unknown) {
			return http.StatusNotFound
		}
	}
	return http.StatusBadRequest
}
