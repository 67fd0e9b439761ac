package issuer

import "context"

// Issuer is a connection to one account at a card issuer. It is safe for concurrent
// use.
type Issuer interface {
	// Capabilities says what the issuer can do and what its calls promise. It is
	// constant and needs no request.
	Capabilities() Capabilities

	Directory
	Cards
	Budgets
	Payouts
	Cardholders
	Advisor
	Revealer
	Listener
	Pacer
}

// Pacer shares out the pace at which the issuer may be called.
type Pacer interface {
	// Turn waits until a call with a Permit may be sent, and returns the context to make it
	// under. Made there, it waits for no other call. It is taken before the claim is
	// written, so that a claim does not grow old in a queue; an error says that nothing can
	// be sent now and nothing need be claimed.
	Turn(ctx context.Context) (context.Context, error)
}

// Directory reads the account's lists. Every method returns all rows, or an error.
type Directory interface {
	// ListBINs returns the card products that may be issued now.
	ListBINs(ctx context.Context) ([]BIN, error)
	// ListCards returns every card of the account, closed ones included.
	ListCards(ctx context.Context) ([]Card, error)
	// FindCards returns the cards that the issuer's own filter finds for a tag, closed ones
	// included, and perhaps others. None is an answer, not an error, and no proof that there
	// is none. Only with FeatureLookup.
	FindCards(ctx context.Context, tag CardTag) ([]Card, error)
	// ListBudgets returns every budget of the account.
	ListBudgets(ctx context.Context) ([]Budget, error)
	// ListBalances returns the balances with the given ids, keyed by id. An id that the
	// issuer does not know is missing from the map.
	ListBalances(ctx context.Context, ids []string) (map[string]Balance, error)
	// ListReceivers returns every payee of the account in one currency.
	ListReceivers(ctx context.Context, currency string) ([]Receiver, error)
	// CardMovements returns every movement on one card.
	CardMovements(ctx context.Context, cardID string) ([]Movement, error)
	// FindMovements returns every movement with the given client id on any card of the
	// account. None is a complete answer, not an error.
	FindMovements(ctx context.Context, clientID string) ([]Movement, error)
	// ListMovements returns every movement on any card of the account. Only where
	// Capabilities().WholeLedger is set.
	ListMovements(ctx context.Context) ([]Movement, error)
	// BudgetMovements returns every movement on one budget.
	BudgetMovements(ctx context.Context, budgetID string) ([]Movement, error)
	// MovementDetail reads one card movement by the issuer's own id. It may carry more
	// than the list does. NotFound when there is none.
	MovementDetail(ctx context.Context, movementID string) (Movement, error)
}

// Cards creates cards, moves money on them and sets their state.
type Cards interface {
	// GetCard reads one card by id, for when one object needs to know now. NotFound
	// when the issuer lists none.
	GetCard(ctx context.Context, cardID string) (Card, error)
	// CheckCard asks the issuer whether it would accept the order, without effect.
	// An empty answer means yes.
	CheckCard(ctx context.Context, order CardOrder) ([]FieldProblem, error)
	// CreateCard orders one card. Acceptance says only that the order was taken: the
	// card is found later, by the token in its label or its reference.
	CreateCard(ctx context.Context, permit Permit, order CardOrder) error
	// MoveCardFunds moves money between the account and a prepaid card.
	MoveCardFunds(ctx context.Context, permit Permit, transfer Transfer) error
	// HoldCardFunds freezes (In) or releases (Out) an amount on a card.
	HoldCardFunds(ctx context.Context, permit Permit, transfer Transfer) error
	// FreezeCard stops the card from being used. Repeatable. This and the other calls
	// that set a state are bounded by the context's permit (WithPermit).
	FreezeCard(ctx context.Context, cardID string) error
	// UnfreezeCard makes a frozen card usable again. Repeatable.
	UnfreezeCard(ctx context.Context, cardID string) error
	// CloseCard ends the card for good; its prepaid balance returns to the account.
	// Repeatable.
	CloseCard(ctx context.Context, cardID, clientID string) error
	// SetCardLimits makes the given limits the only ones of the card. Repeatable.
	SetCardLimits(ctx context.Context, cardID string, limits []Limit) error
}

// Budgets creates budgets and moves money between them and the account.
type Budgets interface {
	// CreateBudget opens a budget and returns its id. The name carries the token.
	CreateBudget(ctx context.Context, permit Permit, order BudgetOrder) (string, error)
	// RenameBudget sets the name. Repeatable.
	RenameBudget(ctx context.Context, budgetID, name string) error
	// MoveBudgetFunds adds to (In) or takes from (Out) a budget.
	MoveBudgetFunds(ctx context.Context, permit Permit, transfer Transfer) error
}

// Payouts pays money out of a card to a bank.
type Payouts interface {
	// CreateReceiver registers a payee.
	CreateReceiver(ctx context.Context, permit Permit, order ReceiverOrder) (Receiver, error)
	// Withdraw orders a payout. Acceptance says only that the order was taken: its
	// state is the movement with the same client id.
	Withdraw(ctx context.Context, permit Permit, payout Payout) error
}

// Cardholders keeps the people named on cards, where the issuer knows them apart from
// their cards.
type Cardholders interface {
	// ListCardholders returns everybody of the account.
	ListCardholders(ctx context.Context) ([]Holder, error)
	// CheckCardholder applies what the issuer's document says about a person, without a
	// request. An empty answer objects to nothing.
	CheckCardholder(order HolderOrder) []FieldProblem
	// CreateCardholder registers somebody. The issuer may have to approve them.
	CreateCardholder(ctx context.Context, permit Permit, order HolderOrder) (Holder, error)
}

// Advisor recommends card products by what a card is for.
type Advisor interface {
	// ListScenarios returns what cards can be for, in the issuer's words.
	ListScenarios(ctx context.Context) ([]Scenario, error)
	// RecommendBINs returns the BINs that the issuer recommends for a scenario, best
	// first.
	RecommendBINs(ctx context.Context, scenarioID string) ([]string, error)
}

// Listener verifies what the issuer sends by itself. A verified message is a hint to look;
// nothing in it is believed.
type Listener interface {
	// Verify checks a webhook's signature. A message that is not the issuer's, or is too
	// old, is an Unauthorized error; one that is and cannot be read is Malformed.
	Verify(webhook Webhook) (Notice, error)
}

// Revealer reads what must be kept secret.
type Revealer interface {
	// RevealCard returns the card's number, code and expiry.
	RevealCard(ctx context.Context, cardID string) (CardSecrets, error)
	// CardFingerprint returns the short-lived value that the issuer's own page widget
	// needs to show the card to somebody without PCI access.
	CardFingerprint(ctx context.Context, cardID string) (Sensitive, error)
}
