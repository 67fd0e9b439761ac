package issuer

import (
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// CardType is how a card is paid for.
type CardType string

// Card types. A prepaid card holds its own balance, a budget card spends its budget's.
const (
	Prepaid    CardType = "Prepaid"
	BudgetCard CardType = "Budget"
)

// State is the state of a card or a budget at the issuer.
type State string

// States. Control is the issuer's own block and Inactive is final.
const (
	StatePending  State = "Pending"
	StateActive   State = "Active"
	StateFrozen   State = "Frozen"
	StateControl  State = "Control"
	StateInactive State = "Inactive"
	// StateOther stands for a state that the issuer's document does not name.
	StateOther State = "Unknown"
)

// BIN is a card product.
type BIN struct {
	BIN string
	// ID is the issuer's own id of the product; empty where the BIN itself is.
	ID      string
	Type    CardType
	Network string
	// Country is the ISO 3166 code of the issuing country.
	Country string
	// AVS and ThreeDS say which verifications the product supports.
	AVS, ThreeDS bool
	// DayLimit, SingleLimit and LifetimeLimit are decimal texts; empty means unlimited.
	DayLimit, SingleLimit, LifetimeLimit string
	// Currencies are ISO 4217 codes; none means that the issuer does not say.
	Currencies []string
	// Physical says that plastic cards can be made of it.
	Physical bool
}

// Card is a card as the issuer lists it.
type Card struct {
	ID       string
	Label    string
	LastFour string
	BIN      string
	Type     CardType
	State    State
	// Status is the issuer's own word for a state that its document does not name.
	Status    string
	Currency  string
	BalanceID string
	BudgetID  string
	AccountID string
	CreatedAt time.Time
	// Reference is the token that the order carried, where the issuer keeps one apart
	// from the label.
	Reference string
	// CardholderID is the person that the issuer knows the card by.
	CardholderID string
	// Holder is the name on the card where the issuer lists it.
	Holder string
	// Network is the card's network where the issuer lists it with the card.
	Network string
	// Limits on what the card may spend, at most one of each interval.
	Limits []Limit
	// LimitsUntold: the issuer lists no card's limits, so those that were set last stand.
	LimitsUntold bool
}

// Interval is what a spending limit counts over.
type Interval string

// Intervals of a spending limit; Transaction bounds a single payment.
const (
	PerDay         Interval = "Day"
	PerWeek        Interval = "Week"
	PerMonth       Interval = "Month"
	PerQuarter     Interval = "Quarter"
	PerYear        Interval = "Year"
	PerLifetime    Interval = "Lifetime"
	PerTransaction Interval = "Transaction"
)

// Limit bounds what a card may spend within an interval.
type Limit struct {
	Interval Interval
	Amount   money.Amount
}

// Budget is a budget as the issuer lists it.
type Budget struct {
	ID        string
	Name      string
	State     State
	BalanceID string
	AccountID string
	CreatedAt time.Time
}

// Balance is what a card or a budget holds.
type Balance struct {
	ID        string
	Available money.Amount
	Pending   money.Amount
	Frozen    money.Amount
	Currency  string
}

// Direction is seen from the card or the budget.
type Direction string

// Directions of a transfer or a hold.
const (
	In  Direction = "In"
	Out Direction = "Out"
)

// MovementKind is what a movement was.
type MovementKind string

// Kinds of movement. Spend covers consumption and its fees, Refund credits and
// reversals.
const (
	MovementIn     MovementKind = "In"
	MovementOut    MovementKind = "Out"
	MovementSpend  MovementKind = "Spend"
	MovementRefund MovementKind = "Refund"
	MovementFee    MovementKind = "Fee"
	MovementOther  MovementKind = "Other"
)

// MovementStatus is how far a movement got.
type MovementStatus string

// Statuses of a movement. Closed and Failed are final.
const (
	MovementPending MovementStatus = "Pending"
	MovementClosed  MovementStatus = "Closed"
	MovementFailed  MovementStatus = "Failed"
)

// Movement is one row of the issuer's ledger.
type Movement struct {
	ID string
	// ClientID is the client transaction id that came with the order, or one of the
	// issuer's own making.
	ClientID   string
	CardID     string
	BudgetID   string
	ReceiverID string
	Kind       MovementKind
	// Amount carries no sign; Kind says the direction.
	Amount   money.Amount
	Fee      money.Amount
	Currency string
	Status   MovementStatus
	At       time.Time
}

// Transfer moves an amount onto or off a card or a budget.
type Transfer struct {
	// ObjectID is the card or the budget.
	ObjectID  string
	Direction Direction
	Amount    money.Amount
	// ClientID identifies the movement in the issuer's ledger.
	ClientID string
}

// BudgetOrder opens a budget.
type BudgetOrder struct {
	Name string
	// Opening is what the budget holds at birth.
	Opening money.Amount
}

// CardOrder orders one card.
type CardOrder struct {
	Type       CardType
	BIN        string
	BudgetID   string
	Label      string
	Usage      string
	Opening    money.Amount
	ClientID   string
	Cardholder Cardholder
	Address    *Address
	// ProductID is BIN.ID of the product.
	ProductID string
	// Reference is the object's token, for issuers that keep one apart from the label.
	Reference string
	// CardholderID is the person's id at issuers that keep cardholders.
	CardholderID string
	// CVVRotation is how often the issuer renews the CVV; 0 leaves it to the adapter.
	CVVRotation time.Duration
}

// CardTag is by what a card that was ordered is looked for: the label and the reference of
// its order, as CardOrder has them.
type CardTag struct{ Label, Reference string }

// HolderState is the state of a cardholder.
type HolderState string

// States of a cardholder. Only Active may have cards.
const (
	HolderPending  HolderState = "Pending"
	HolderActive   HolderState = "Active"
	HolderInactive HolderState = "Inactive"
)

// Holder is a cardholder as the issuer lists it.
type Holder struct {
	ID                         string
	State                      HolderState
	FirstName, LastName, Email string
	// BINs are the products that the person may have; none means that the issuer does
	// not say.
	BINs []string
	// RejectReason is the issuer's text, cleaned and shortened.
	RejectReason string
	// Address is the person's; nil where the issuer does not show it.
	Address *Address
}

// HolderOrder registers a cardholder.
type HolderOrder struct {
	Cardholder Cardholder
	Address    *Address
	// ProductID is BIN.ID of the product that the person is to have.
	ProductID string
	// ClientID is the same for the same person, whichever card asks.
	ClientID string
}

// Scenario is something that a card can be for, for example an advertising platform.
type Scenario struct {
	ID, Name string
}

// Cardholder is the person named on a card.
type Cardholder struct {
	FirstName, LastName, Email string
	PhoneCountryCode, Phone    string
}

// Address is a postal address.
type Address struct {
	Line1, Line2, City, State, PostalCode string
	// Country is the ISO 3166 alpha-2 code.
	Country string
}

// FieldProblem is an issuer's objection to one field of an order.
type FieldProblem struct {
	// Field is the manifest's path, for example "spec.cardholder.firstName".
	Field string
	// Reason is the issuer's text, cleaned and shortened.
	Reason string
}

// ReceiverState is the state of a payee.
type ReceiverState string

// States of a payee. Only Passed may be paid.
const (
	ReceiverPending  ReceiverState = "Pending"
	ReceiverRequest  ReceiverState = "Request"
	ReceiverPassed   ReceiverState = "Passed"
	ReceiverCanceled ReceiverState = "Canceled"
	ReceiverInactive ReceiverState = "Inactive"
)

// ReceiverOrder registers a payee. The account number is sensitive.
type ReceiverOrder struct {
	FirstName, LastName string
	AccountType         string
	Currency            string
	AccountNumber       Sensitive
	Relationship        string
	Address             *Address
	BankName            string
	BankAddress         *Address
	BankBranchName      string
	BIC                 string
	IBAN                Sensitive
	RoutingType         string
	RoutingNumber       string
	IndividualNo        Sensitive
	BusinessNo          Sensitive
}

// Receiver is a payee as the issuer lists it.
type Receiver struct {
	ID            string
	State         ReceiverState
	FirstName     string
	LastName      string
	Currency      string
	AccountNumber Sensitive
	IBAN          Sensitive
	BIC           string
	RoutingNumber string
}

// Payout orders a withdrawal from a card to a payee.
type Payout struct {
	CardID     string
	ReceiverID string
	Amount     money.Amount
	ClientID   string
}

// CardSecrets is what a merchant asks for.
type CardSecrets struct {
	PAN      Sensitive
	CVV      Sensitive
	ExpMonth Sensitive
	ExpYear  Sensitive
	// ValidUntil is when the CVV is renewed; zero means that it is not.
	ValidUntil time.Time
}
