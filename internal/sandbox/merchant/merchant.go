// Package merchant is a shop that takes the sandbox's cards.
//
//	POST /merchant/payments
//	{"pan": "…", "cvv": "…", "expMonth": "10", "expYear": "2029", "amount": "12.50", "merchant": "Example Shop"}
//
// answers 200 {"id", "approved", "reason", "cardLastFour"}, whether the payment was
// approved or declined, and 400 where the request cannot be read. expMonth and expYear may
// be numbers or strings, the year with two digits or four, and amount a number or a string.
// The reasons are those of ledger.Decline. No card number or code is ever logged or
// answered.
package merchant

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const (
	maxBody = 64 << 10
	century = 2000
)

// Handler serves /merchant/payments over a ledger.
func Handler(l *ledger.Ledger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /merchant/payments", func(w http.ResponseWriter, r *http.Request) {
		in, err := read(w, r)
		if err != nil {
			answer(w, http.StatusBadRequest, refusal{"payment cannot be read"})
			return
		}
		answer(w, http.StatusOK, receiptOf(l.Pay(in)))
	})
	return mux
}

// payment is the body of a request.
type payment struct {
	PAN      ledger.Secret `json:"pan"`
	CVV      ledger.Secret `json:"cvv"`
	ExpMonth number        `json:"expMonth"`
	ExpYear  number        `json:"expYear"`
	Amount   money.Amount  `json:"amount"`
	Merchant string        `json:"merchant"`
}

// receipt is the body of an answer.
type receipt struct {
	ID           string `json:"id,omitempty"`
	Approved     bool   `json:"approved"`
	Reason       string `json:"reason,omitempty"`
	CardLastFour string `json:"cardLastFour,omitempty"`
}

type refusal struct {
	Message string `json:"message"`
}

func read(w http.ResponseWriter, r *http.Request) (ledger.Payment, error) {
	var in payment
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in); err != nil {
		return ledger.Payment{}, err
	}
	if in.PAN.Reveal() == "" {
		return ledger.Payment{}, errors.New("no card number")
	}
	return ledger.Payment{
		PAN: in.PAN, CVV: in.CVV, ExpMonth: int(in.ExpMonth), ExpYear: fullYear(int(in.ExpYear)),
		Amount: in.Amount, Merchant: in.Merchant,
	}, nil
}

func fullYear(year int) int {
	if year > 0 && year < 100 {
		return century + year
	}
	return year
}

func receiptOf(r ledger.Receipt) receipt {
	return receipt{ID: r.ID, Approved: r.Decline == ledger.Approved, Reason: string(r.Decline), CardLastFour: r.LastFour}
}

// number is a whole number, or a string that holds one.
type number int

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(b []byte) error {
	v, err := strconv.Atoi(strings.Trim(string(b), `"`))
	*n = number(v)
	return err
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that has left needs no answer
}
