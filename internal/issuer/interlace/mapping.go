package interlace

import (
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// cardKinds are the codes and names of a card's transactions (§4).
var cardKinds = map[string]issuer.MovementKind{
	"0": issuer.MovementRefund, "credit": issuer.MovementRefund,
	"1": issuer.MovementSpend, "consumption": issuer.MovementSpend,
	"2": issuer.MovementIn, "transferin": issuer.MovementIn,
	"3": issuer.MovementOut, "transferout": issuer.MovementOut,
	"9": issuer.MovementFee, "fee_consumption": issuer.MovementFee,
	"10": issuer.MovementFee, "declined_fee": issuer.MovementFee,
	"14": issuer.MovementRefund, "reversal": issuer.MovementRefund,
	"15": issuer.MovementFee, "system_fee": issuer.MovementFee,
}

// budgetKinds are those of a budget's (§4).
var budgetKinds = map[string]issuer.MovementKind{
	"0": issuer.MovementIn, "transferin": issuer.MovementIn,
	"1": issuer.MovementOut, "transferout": issuer.MovementOut,
	"2": issuer.MovementFee, "createcardfee": issuer.MovementFee,
	"3": issuer.MovementSpend, "consumption": issuer.MovementSpend,
	"4": issuer.MovementRefund, "refund": issuer.MovementRefund,
	"5": issuer.MovementFee, "feecredit": issuer.MovementFee,
	"6": issuer.MovementFee, "fee_consumption": issuer.MovementFee,
	"7": issuer.MovementFee, "declined_fee": issuer.MovementFee,
	"8": issuer.MovementRefund, "reversal": issuer.MovementRefund,
}

// intervals are the types of a limit as they are sent. NA, which stands for none, is not
// among them.
var intervals = []struct {
	name     string
	interval issuer.Interval
}{
	{"DAY", issuer.PerDay}, {"WEEK", issuer.PerWeek}, {"MONTH", issuer.PerMonth}, {"QUARTER", issuer.PerQuarter},
	{"YEAR", issuer.PerYear}, {"LIFETIME", issuer.PerLifetime}, {"TRANSACTION", issuer.PerTransaction},
}

// ports maps a BIN. One whose type is a bare number is offered for both types of card:
// which number is which is not documented, and an order for the wrong one is refused.
func (w wireBIN) ports() ([]issuer.BIN, error) {
	if err := wire.RowIDs(w.ID); err != nil {
		return nil, err
	}
	if err := wire.NeedID("bin", wire.Ident(w.BIN)); err != nil {
		return nil, err
	}
	verification, limit := w.Verification.Value, w.Limit.Value
	bin := issuer.BIN{
		BIN: string(w.BIN), ID: string(w.ID), Network: wire.Short(string(w.Network.Value)),
		AVS: verification.AVS.Value, ThreeDS: verification.ThreeDS.Value,
		DayLimit: quantum.Unlimited(limit.Day), SingleLimit: quantum.Unlimited(limit.Single),
		LifetimeLimit: quantum.Unlimited(limit.Lifetime), Physical: w.Physical.Value,
	}
	for _, code := range w.Currencies.Value {
		bin.Currencies = append(bin.Currencies, wire.Currency(string(code)))
	}
	types := []issuer.CardType{issuer.Prepaid, issuer.BudgetCard}
	if t, known := quantum.CardTypeOf(string(w.Type.Value)); known {
		types = []issuer.CardType{t}
	}
	var bins []issuer.BIN
	for _, t := range types {
		bin.Type = t
		bins = append(bins, bin)
	}
	return bins, nil
}

// port maps a card; one with a budget is a budget card.
func (w wireCard) port() (issuer.Card, error) {
	err := wire.RowIDs(w.ID, wire.Optional("balanceId", w.BalanceID), wire.Optional("budgetId", w.BudgetID),
		wire.Optional("accountId", w.AccountID), wire.Optional("cardholderId", w.CardholderID))
	if err != nil {
		return issuer.Card{}, err
	}
	state, err := quantum.StateOf(w.Status)
	if err != nil {
		return issuer.Card{}, err
	}
	card := issuer.Card{
		ID: string(w.ID), Label: string(w.Label), LastFour: wire.LastFour(string(w.LastFour.Value)), BIN: wire.BIN(string(w.BIN)),
		Type: issuer.Prepaid, State: state, Currency: wire.Currency(string(w.Currency.Value)),
		BalanceID: string(w.BalanceID), BudgetID: string(w.BudgetID), AccountID: string(w.AccountID),
		CreatedAt: w.CreateTime.Time, Reference: string(w.Reference), CardholderID: string(w.CardholderID),
		Holder: wire.Short(string(w.UserName.Value)),
		Limits: limitsOf(w.Limits.Value),
	}
	if state == issuer.StateOther {
		card.Status = wire.Short(issuer.Clean(w.Status))
	}
	if card.BudgetID != "" {
		card.Type = issuer.BudgetCard
	}
	return card, nil
}

// limitsOf reads a card's limits, at most one of each interval. NA, and what the document
// does not name, is none.
func limitsOf(rows []wireLimit) []issuer.Limit {
	var limits []issuer.Limit
	for _, known := range intervals {
		for _, row := range rows {
			if strings.EqualFold(string(row.Type.Value), known.name) && row.Value.Value.Known {
				limits = append(limits, issuer.Limit{Interval: known.interval, Amount: row.Value.Value.Value})
				break
			}
		}
	}
	return limits
}

// heldBudget is a budget and what it holds.
type heldBudget struct {
	issuer.Budget
	balance issuer.Balance
}

func (w wireBudget) port() (heldBudget, error) {
	if err := wire.RowIDs(w.ID, wire.Optional("accountId", w.AccountID)); err != nil {
		return heldBudget{}, err
	}
	state, err := quantum.StateOf(w.Status)
	if err != nil {
		return heldBudget{}, err
	}
	if w.Balance == nil {
		return heldBudget{}, wire.BadField("balance")
	}
	balance, err := w.Balance.port()
	return heldBudget{issuer.Budget{
		ID: string(w.ID), Name: string(w.Name), State: state, BalanceID: balance.ID, AccountID: string(w.AccountID),
		CreatedAt: w.CreateTime.Time,
	}, balance}, err
}

func (w wireBalance) port() (issuer.Balance, error) {
	if err := wire.RowIDs(w.ID); err != nil {
		return issuer.Balance{}, err
	}
	if !w.Available.Known {
		return issuer.Balance{}, wire.BadField("available")
	}
	return issuer.Balance{
		ID: string(w.ID), Available: w.Available.Value, Currency: wire.Currency(string(w.Currency.Value)),
	}, nil
}

func (w wireMovement) ofCard() (issuer.Movement, error)   { return w.port(cardKinds) }
func (w wireMovement) ofBudget() (issuer.Movement, error) { return w.port(budgetKinds) }

func (w wireMovement) port(kinds map[string]issuer.MovementKind) (issuer.Movement, error) {
	err := wire.RowIDs(w.ID, wire.Optional("cardId", w.CardID), wire.Optional("budgetId", w.BudgetID))
	if err != nil {
		return issuer.Movement{}, err
	}
	if !w.Amount.Known {
		return issuer.Movement{}, wire.BadField("amount")
	}
	kind, known := kinds[strings.ToLower(string(w.Type))]
	if !known {
		kind = issuer.MovementOther
	}
	at := w.At.Time
	if at.IsZero() {
		at = w.CreateTime.Time
	}
	return issuer.Movement{
		ID: string(w.ID), ClientID: string(w.ClientID), CardID: string(w.CardID), BudgetID: string(w.BudgetID), Kind: kind,
		Amount: w.Amount.Value.Abs(), Fee: w.Fee.Value.Value.Abs(), Currency: wire.Currency(string(w.Currency.Value)),
		Status: quantum.MovementStatusOf(w.Status), At: at,
	}, nil
}
