package qbit

import (
	"errors"
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// Errors of rows that lack what the document promises. A row that cannot be understood
// spoils its list: the engine concludes from absence.
var (
	errBadID     = errors.New("an object of the answer has no usable id")
	errBadAmount = errors.New("an object of the answer has no amount")
	errBadState  = errors.New("an object of the answer has no status")
)

// Card types as the document spells them, lower case.
const (
	prepaidType = "prepaidcard"
	budgetType  = "budgetcard"
)

var cardTypes = map[string]issuer.CardType{prepaidType: issuer.Prepaid, budgetType: issuer.BudgetCard}

// wireTypes is how card types are sent.
var wireTypes = map[issuer.CardType]string{issuer.Prepaid: "PrepaidCard", issuer.BudgetCard: "BudgetCard"}

var states = map[string]issuer.State{
	"pending":  issuer.StatePending,
	"active":   issuer.StateActive,
	"frozen":   issuer.StateFrozen,
	"control":  issuer.StateControl,
	"inactive": issuer.StateInactive,
}

var kinds = map[string]issuer.MovementKind{
	"transferin":    issuer.MovementIn,
	"transferout":   issuer.MovementOut,
	"frozen":        issuer.MovementIn,  // the document names no type for holds [assumed]
	"unfrozen":      issuer.MovementOut, // and none for releases
	"consumption":   issuer.MovementSpend,
	"credit":        issuer.MovementRefund,
	"reversal":      issuer.MovementRefund,
	"declined_fee":  issuer.MovementFee,
	"createcardfee": issuer.MovementFee,
}

var receiverStates = map[string]issuer.ReceiverState{
	"pending":  issuer.ReceiverPending,
	"request":  issuer.ReceiverRequest,
	"passed":   issuer.ReceiverPassed,
	"canceled": issuer.ReceiverCanceled,
	"inactive": issuer.ReceiverInactive,
}

// stateOf maps a status; one that the document does not name is StateOther.
func stateOf(status string) (issuer.State, error) {
	if status == "" {
		return "", errBadState
	}
	if s, ok := states[strings.ToLower(status)]; ok {
		return s, nil
	}
	return issuer.StateOther, nil
}

func kindOf(t string) issuer.MovementKind {
	t = strings.ToLower(t)
	if k, ok := kinds[t]; ok {
		return k
	}
	if strings.HasPrefix(t, "fee_") {
		return issuer.MovementFee
	}
	return issuer.MovementOther
}

// movementStatusOf maps a status. One that the document does not name is not final, so
// that nothing is concluded from it.
func movementStatusOf(status string) issuer.MovementStatus {
	switch strings.ToLower(status) {
	case "closed":
		return issuer.MovementClosed
	case "fail", "failed":
		return issuer.MovementFailed
	}
	return issuer.MovementPending
}

func (w wireBIN) port() (issuer.BIN, error) {
	if !validID(string(w.BIN)) {
		return issuer.BIN{}, errBadID
	}
	return issuer.BIN{
		BIN: string(w.BIN), Type: cardTypes[strings.ToLower(w.Type)], Network: string(w.Network),
		Country: string(w.Country), AVS: w.Verification.AVS, ThreeDS: w.Verification.ThreeDS,
		DayLimit: limitOf(w.Limit.Day), SingleLimit: limitOf(w.Limit.Single),
	}, nil
}

// limitOf maps "/", which stands for unlimited (§4), to none.
func limitOf(t text) string { return strings.Trim(string(t), "/") }

func (w wireCard) port() (issuer.Card, error) {
	if !validID(w.ID) || !optionalID(w.BalanceID) || !optionalID(w.BudgetID) || !optionalID(w.AccountID) {
		return issuer.Card{}, errBadID
	}
	state, err := stateOf(w.Status)
	if err != nil {
		return issuer.Card{}, err
	}
	t, bin := splitProvider(string(w.Provider))
	digits := w.QbitLastFour
	if digits == "" {
		digits = w.LastFour
	}
	return issuer.Card{
		ID: w.ID, Label: string(w.Label), LastFour: lastFour(string(digits)), BIN: bin, Type: t, State: state,
		Currency: string(w.Currency), BalanceID: w.BalanceID, BudgetID: w.BudgetID, AccountID: w.AccountID,
		CreatedAt: w.CreateTime.Time,
	}, nil
}

// splitProvider reads "PrepaidCard_493193". A provider of another form has no type, and
// is its own BIN.
func splitProvider(provider string) (issuer.CardType, string) {
	kind, bin, found := strings.Cut(provider, "_")
	if t, ok := cardTypes[strings.ToLower(kind)]; ok && found {
		return t, bin
	}
	return "", provider
}

func (w wireBudget) port() (issuer.Budget, error) {
	if !validID(w.ID) || !optionalID(w.BalanceID) || !optionalID(w.AccountID) {
		return issuer.Budget{}, errBadID
	}
	state, err := stateOf(w.Status)
	return issuer.Budget{
		ID: w.ID, Name: string(w.Name), State: state, BalanceID: w.BalanceID, AccountID: w.AccountID,
		CreatedAt: w.CreateTime.Time,
	}, err
}

func (w wireBalance) port() (issuer.Balance, error) {
	if !validID(w.ID) {
		return issuer.Balance{}, errBadID
	}
	if !w.Available.known {
		return issuer.Balance{}, errBadAmount
	}
	return issuer.Balance{
		ID: w.ID, Available: w.Available.value, Pending: w.Pending.value, Frozen: w.Frozen.value,
		Currency: string(w.Currency),
	}, nil
}

func (w wireMovement) port() (issuer.Movement, error) {
	if !validID(w.ID) || !optionalID(w.CardID) || !optionalID(w.BudgetID) || !optionalID(w.ReceiverID) {
		return issuer.Movement{}, errBadID
	}
	if !w.Amount.known {
		return issuer.Movement{}, errBadAmount
	}
	return issuer.Movement{
		ID: w.ID, ClientID: string(w.ClientID), CardID: w.CardID, BudgetID: w.BudgetID, ReceiverID: w.ReceiverID,
		Kind: kindOf(w.Type), Amount: w.Amount.value.Abs(), Fee: feeOf(w.Fee), Currency: string(w.Currency),
		Status: movementStatusOf(w.Status), At: w.At.Time,
	}, nil
}

func feeOf(a amount) money.Amount { return a.value.Abs() }

func (w wireReceiver) port() (issuer.Receiver, error) {
	if !validID(w.ID) {
		return issuer.Receiver{}, errBadID
	}
	state, ok := receiverStates[strings.ToLower(w.Status)]
	if !ok {
		state = issuer.ReceiverPending // unknown is not yet payable
	}
	return issuer.Receiver{
		ID: w.ID, State: state, FirstName: string(w.FirstName), LastName: string(w.LastName),
		Currency: string(w.Currency), AccountNumber: issuer.NewSensitive(string(w.AccountNumber)),
		IBAN: issuer.NewSensitive(string(w.IBAN)), BIC: string(w.BIC), RoutingNumber: string(w.RoutingNumber),
	}, nil
}
