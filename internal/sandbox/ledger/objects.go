package ledger

import (
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// Currency is the one currency of the sandbox.
const Currency = "USD"

// Account is a customer of the issuer: what all other objects belong to.
type Account struct {
	ID        string
	Name      string
	DisplayID string
	BalanceID string
	Opening   money.Amount
	Created   time.Time
}

// State is what a card or a budget can do.
type State string

// The states of cards and budgets. Control is the issuer's own block; Inactive is final.
const (
	Active         State = "Active"
	StateFrozen    State = "Frozen"
	StateControl   State = "Control"
	StateInactive  State = "Inactive"
	refuse               = "REFUSE"
	requestMore          = "REQUEST"
	bounce               = "BOUNCE"
	neverExpiresAt       = "2099-12-31T15:59:59Z"
)

// Budget is money that several cards spend from.
type Budget struct {
	ID        string
	Account   string
	Name      string
	BalanceID string
	State     State
	Expiry    time.Time
	Created   time.Time
}

// Address is a postal address.
type Address struct {
	Line1, Line2, City, State, PostalCode, Country string
}

// Holder is the person a card is issued to.
type Holder struct {
	FirstName, LastName, Email, PhoneCode, Phone string
}

// Card is a virtual card.
type Card struct {
	ID        string
	Account   string
	Token     string
	BalanceID string
	BudgetID  string
	Type      CardType
	BIN       string
	State     State
	Holder    Holder
	Label     string
	UseType   string
	Reference string // a second correlator, for the dialects that have one
	Address   *Address
	PAN, CVV  Secret
	LastFour  string
	ExpMonth  int
	ExpYear   int
	Created   time.Time
	RequestID string // one per order, however many cards it asks for
	ClientID  string // the order's clientTransactionId

	CVVInterval time.Duration // how often the CVV is renewed; 0 is never
	History     []Turn        // the changes of its state since it was made

	HolderID string  // the cardholder, for the dialects that keep them apart
	Limits   []Limit // what it may spend, at most one of each interval
}

// ReceiverStatus is the progress of a receiver's review.
type ReceiverStatus string

// The statuses of a receiver.
const (
	ReceiverPending  ReceiverStatus = "Pending"
	ReceiverRequest  ReceiverStatus = "Request"
	ReceiverPassed   ReceiverStatus = "Passed"
	ReceiverCanceled ReceiverStatus = "Canceled"
	ReceiverInactive ReceiverStatus = "Inactive"
)

// Payee is what a caller says about a receiver.
type Payee struct {
	Currency, AccountType, FirstName, LastName string
	AccountNumber, Relationship                string
	BankName, BankBranchName                   string
	IndividualNo, BusinessNo                   string
	BIC, IBAN, RoutingType, RoutingNumber      string
	Address, BankAddress                       Address
}

// Receiver is a bank account that withdrawals go to.
type Receiver struct {
	ID      string
	Account string
	Status  ReceiverStatus
	Payee   Payee
	Created time.Time
}

// Balance is what one wallet, budget or card holds.
type Balance struct {
	ID        string
	Account   string
	Kind      PurseKind
	OwnerID   string
	Available money.Amount
	Pending   money.Amount
	Frozen    money.Amount
	Created   time.Time
}
