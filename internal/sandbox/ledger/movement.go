package ledger

import (
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// PurseKind says what kind of place money is in.
type PurseKind string

// The places that money can be in. Opening and Bank are the world outside: money comes
// from the one and leaves to the other.
const (
	PurseWallet   PurseKind = "wallet"
	PurseBudget   PurseKind = "budget"
	PurseCard     PurseKind = "card"
	PurseMerchant PurseKind = "merchant"
	PurseFees     PurseKind = "fees"
	PurseBank     PurseKind = "bank"
	PurseOpening  PurseKind = "opening"
)

// Slot is the part of a purse: spendable, on its way out, or held.
type Slot string

// The slots that a Balance shows.
const (
	Available Slot = "available"
	Pending   Slot = "pending"
	Frozen    Slot = "frozen"
)

// Purse is one account of the double-entry ledger.
type Purse struct {
	Account string
	Kind    PurseKind
	ID      string
	Slot    Slot
}

// guarded purses belong to a customer and cannot be overdrawn.
func (p Purse) guarded() bool {
	return p.Kind == PurseWallet || p.Kind == PurseBudget || p.Kind == PurseCard
}

// String is the purse as a report shows it: "card/<id>/available".
func (p Purse) String() string {
	text := string(p.Kind)
	if p.ID != "" {
		text += "/" + p.ID
	}
	if p.Slot != "" && p.Slot != Available {
		text += "/" + string(p.Slot)
	}
	return text
}

// Kind says why money moved. Dialects translate it to their own enumerations.
type Kind string

// The reasons for a movement.
const (
	KindOpening     Kind = "Opening"
	KindBudgetIn    Kind = "BudgetIn"
	KindBudgetOut   Kind = "BudgetOut"
	KindCardIn      Kind = "CardIn"
	KindCardOut     Kind = "CardOut"
	KindIssuanceFee Kind = "IssuanceFee"
	KindHold        Kind = "Hold"
	KindRelease     Kind = "Release"
	KindConsumption Kind = "Consumption"
	KindCredit      Kind = "Credit"
	KindWithdrawal  Kind = "Withdrawal"
	KindReversal    Kind = "Reversal"
	KindClosing     Kind = "Closing"
)

// Status is the progress of a movement.
type Status string

// The statuses that the documents name.
const (
	StatusPending Status = "Pending"
	StatusClosed  Status = "Closed"
	StatusFail    Status = "Fail"
)

// Entry is one line of a movement: a change of one purse.
type Entry struct {
	Purse  Purse
	Amount money.Amount
	Time   time.Time
}

// Movement is one transaction of an account.
type Movement struct {
	ID         string
	Account    string
	ClientID   string // the caller's clientTransactionId
	Kind       Kind
	Status     Status
	From, To   Purse
	Amount     money.Amount
	Fee        money.Amount
	CardID     string
	BudgetID   string
	ReceiverID string
	PaymentID  string // the number people quote on the telephone
	Detail     string
	Outside    bool // made by somebody else at the issuer
	Time       time.Time
	ClosedAt   time.Time
	Entries    []Entry
}

// leg moves an amount from one purse to another. Legs balance by construction.
type leg struct {
	from, to Purse
	amount   money.Amount
}
