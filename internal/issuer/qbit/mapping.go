package qbit

import (
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// wireTypes is how card types are sent.
var wireTypes = map[issuer.CardType]string{issuer.Prepaid: "PrepaidCard", issuer.BudgetCard: "BudgetCard"}

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

func (w wireBIN) port() (issuer.BIN, error) {
	if err := wire.NeedID("bin", wire.Ident(w.BIN)); err != nil {
		return issuer.BIN{}, err
	}
	verification, limit := w.Verification.Value, w.Limit.Value
	cardType, _ := quantum.CardTypeOf(string(w.Type.Value))
	return issuer.BIN{
		BIN: string(w.BIN), Type: cardType, Network: wire.Short(string(w.Network.Value)),
		Country: wire.Short(string(w.Country.Value)), AVS: verification.AVS.Value, ThreeDS: verification.ThreeDS.Value,
		DayLimit: quantum.Unlimited(limit.Day), SingleLimit: quantum.Unlimited(limit.Single), LifetimeLimit: quantum.Unlimited(limit.Lifetime),
	}, nil
}

func (w wireCard) port() (issuer.Card, error) {
	err := wire.RowIDs(w.ID, wire.Optional("balanceId", w.BalanceID), wire.Optional("budgetId", w.BudgetID), wire.Optional("accountId", w.AccountID))
	if err != nil {
		return issuer.Card{}, err
	}
	state, err := quantum.StateOf(w.Status)
	if err != nil {
		return issuer.Card{}, err
	}
	t, bin := splitProvider(string(w.Provider))
	digits := w.QbitLastFour.Value
	if digits == "" {
		digits = w.LastFour.Value
	}
	status := ""
	if state == issuer.StateOther {
		status = wire.Short(issuer.Clean(w.Status))
	}
	return issuer.Card{
		Status: status,
		ID:     string(w.ID), Label: string(w.Label), LastFour: wire.LastFour(string(digits)), BIN: wire.BIN(bin), Type: t,
		State: state, Currency: wire.Currency(string(w.Currency.Value)), BalanceID: string(w.BalanceID), BudgetID: string(w.BudgetID),
		AccountID: string(w.AccountID), Holder: wire.Short(string(w.UserName.Value)),
		CreatedAt: w.CreateTime.Time,
	}, nil
}

// splitProvider reads "PrepaidCard_493193". A provider of another form has no type, and
// is its own BIN.
func splitProvider(provider string) (issuer.CardType, string) {
	kind, bin, found := strings.Cut(provider, "_")
	if t, known := quantum.CardTypeOf(kind); known && found {
		return t, bin
	}
	return "", provider
}

func (w wireBudget) port() (issuer.Budget, error) {
	if err := wire.RowIDs(w.ID, wire.Optional("balanceId", w.BalanceID), wire.Optional("accountId", w.AccountID)); err != nil {
		return issuer.Budget{}, err
	}
	state, err := quantum.StateOf(w.Status)
	return issuer.Budget{
		ID: string(w.ID), Name: string(w.Name), State: state, BalanceID: string(w.BalanceID), AccountID: string(w.AccountID),
		CreatedAt: w.CreateTime.Time,
	}, err
}

func (w wireBalance) port() (issuer.Balance, error) {
	if err := wire.RowIDs(w.ID); err != nil {
		return issuer.Balance{}, err
	}
	if !w.Available.Known {
		return issuer.Balance{}, wire.BadField("available")
	}
	return issuer.Balance{
		ID: string(w.ID), Available: w.Available.Value, Pending: w.Pending.Value.Value, Frozen: w.Frozen.Value,
		Currency: wire.Currency(string(w.Currency.Value)),
	}, nil
}

func (w wireMovement) port() (issuer.Movement, error) {
	err := wire.RowIDs(w.ID, wire.Optional("cardId", w.CardID), wire.Optional("budgetId", w.BudgetID), wire.Optional("receiverId", w.ReceiverID))
	if err != nil {
		return issuer.Movement{}, err
	}
	if !w.Amount.Known {
		return issuer.Movement{}, wire.BadField("amount")
	}
	return issuer.Movement{
		ID: string(w.ID), ClientID: string(w.ClientID), CardID: string(w.CardID), BudgetID: string(w.BudgetID),
		ReceiverID: string(w.ReceiverID), Kind: kindOf(w.Type), Amount: w.Amount.Value.Abs(),
		Fee: w.Fee.Value.Value.Abs(), Currency: wire.Currency(string(w.Currency.Value)),
		Status: quantum.MovementStatusOf(w.Status), At: w.At.Time,
	}, nil
}

func (w wireReceiver) port() (issuer.Receiver, error) {
	if err := wire.RowIDs(w.ID); err != nil {
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
