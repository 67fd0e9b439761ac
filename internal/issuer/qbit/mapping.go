package qbit

import (
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
)

// needID refuses an id that could not be sent back. A row that cannot be understood spoils its list, since the
// engine concludes from absence. The error names the field.
func needID(field string, id ident) error {
	if !validID(string(id)) {
		return badField(field)
	}
	return nil
}

// rowIDs checks the id of a row, and those that it may lack.
func rowIDs(id ident, others ...namedID) error {
	for _, o := range others {
		if o.id != "" && !validID(string(o.id)) {
			return badField(o.field)
		}
	}
	return needID("id", id)
}

type namedID struct {
	field string
	id    ident
}

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
		return "", badField("status")
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
	if err := needID("bin", ident(w.BIN)); err != nil {
		return issuer.BIN{}, err
	}
	verification, limit := w.Verification.value, w.Limit.value
	return issuer.BIN{
		BIN: string(w.BIN), Type: cardTypes[strings.ToLower(string(w.Type.value))], Network: short(w.Network),
		Country: short(w.Country), AVS: verification.AVS.value, ThreeDS: verification.ThreeDS.value,
		DayLimit: limitOf(limit.Day), SingleLimit: limitOf(limit.Single),
	}, nil
}

func short(t lenient[text]) string { return clipTo(string(t.value), maxShort) }

func currencyOf(t lenient[text]) string { return clipTo(string(t.value), maxCurrency) }

// limitOf maps "/", which stands for unlimited (§4), to none.
func limitOf(t lenient[text]) string { return strings.Trim(short(t), "/") }

func (w wireCard) port() (issuer.Card, error) {
	err := rowIDs(w.ID, namedID{"balanceId", w.BalanceID}, namedID{"budgetId", w.BudgetID}, namedID{"accountId", w.AccountID})
	if err != nil {
		return issuer.Card{}, err
	}
	state, err := stateOf(w.Status)
	if err != nil {
		return issuer.Card{}, err
	}
	t, bin := splitProvider(string(w.Provider))
	digits := w.QbitLastFour.value
	if digits == "" {
		digits = w.LastFour.value
	}
	return issuer.Card{
		ID: string(w.ID), Label: string(w.Label), LastFour: lastFour(string(digits)), BIN: clipTo(bin, maxShort), Type: t,
		State: state, Currency: currencyOf(w.Currency), BalanceID: string(w.BalanceID), BudgetID: string(w.BudgetID),
		AccountID: string(w.AccountID),
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
	if err := rowIDs(w.ID, namedID{"balanceId", w.BalanceID}, namedID{"accountId", w.AccountID}); err != nil {
		return issuer.Budget{}, err
	}
	state, err := stateOf(w.Status)
	return issuer.Budget{
		ID: string(w.ID), Name: string(w.Name), State: state, BalanceID: string(w.BalanceID), AccountID: string(w.AccountID),
		CreatedAt: w.CreateTime.Time,
	}, err
}

func (w wireBalance) port() (issuer.Balance, error) {
	if err := rowIDs(w.ID); err != nil {
		return issuer.Balance{}, err
	}
	if !w.Available.known {
		return issuer.Balance{}, badField("available")
	}
	return issuer.Balance{
		ID: string(w.ID), Available: w.Available.value, Pending: w.Pending.value.value, Frozen: w.Frozen.value,
		Currency: currencyOf(w.Currency),
	}, nil
}

func (w wireMovement) port() (issuer.Movement, error) {
	err := rowIDs(w.ID, namedID{"cardId", w.CardID}, namedID{"budgetId", w.BudgetID}, namedID{"receiverId", w.ReceiverID})
	if err != nil {
		return issuer.Movement{}, err
	}
	if !w.Amount.known {
		return issuer.Movement{}, badField("amount")
	}
	return issuer.Movement{
		ID: string(w.ID), ClientID: string(w.ClientID), CardID: string(w.CardID), BudgetID: string(w.BudgetID),
		ReceiverID: string(w.ReceiverID), Kind: kindOf(w.Type), Amount: w.Amount.value.Abs(),
		Fee: w.Fee.value.value.Abs(), Currency: currencyOf(w.Currency),
		Status: movementStatusOf(w.Status), At: w.At.Time,
	}, nil
}

func (w wireReceiver) port() (issuer.Receiver, error) {
	if err := rowIDs(w.ID); err != nil {
		return issuer.Receiver{}, err
	}
	state, ok := receiverStates[strings.ToLower(w.Status)]
	if !ok {
		state = issuer.ReceiverPending // unknown is not yet payable
	}
	return issuer.Receiver{
		ID: string(w.ID), State: state, FirstName: string(w.FirstName), LastName: string(w.LastName),
		Currency: string(w.Currency), AccountNumber: issuer.NewSensitive(string(w.AccountNumber)),
		IBAN: issuer.NewSensitive(string(w.IBAN)), BIC: string(w.BIC), RoutingNumber: string(w.RoutingNumber),
	}, nil
}
