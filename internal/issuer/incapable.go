package issuer

import "context"

// Incapable refuses everything that not every issuer can do, without a request. An adapter
// embeds it and overrides what its issuer can; Capabilities must say the same.
type Incapable struct{}

func cannot(op string) error { return &Error{Class: Unsupported, Op: op} }

// FindCards implements Directory.
func (Incapable) FindCards(context.Context, CardTag) ([]Card, error) {
	return nil, cannot("look for cards")
}

// ListBudgets implements Directory.
func (Incapable) ListBudgets(context.Context) ([]Budget, error) { return nil, cannot("list budgets") }

// ListBalances implements Directory.
func (Incapable) ListBalances(context.Context, []string) (map[string]Balance, error) {
	return nil, cannot("list balances")
}

// ListReceivers implements Directory.
func (Incapable) ListReceivers(context.Context, string) ([]Receiver, error) {
	return nil, cannot("list beneficiaries")
}

// CardMovements implements Directory.
func (Incapable) CardMovements(context.Context, string) ([]Movement, error) {
	return nil, cannot("list card movements")
}

// FindMovements implements Directory.
func (Incapable) FindMovements(context.Context, string) ([]Movement, error) {
	return nil, cannot("find movements")
}

// ListMovements implements Directory.
func (Incapable) ListMovements(context.Context) ([]Movement, error) {
	return nil, cannot("list movements")
}

// BudgetMovements implements Directory.
func (Incapable) BudgetMovements(context.Context, string) ([]Movement, error) {
	return nil, cannot("list budget movements")
}

// MovementDetail implements Directory.
func (Incapable) MovementDetail(context.Context, string) (Movement, error) {
	return Movement{}, cannot("read movement")
}

// CheckCard implements Cards: nothing is objected to where the issuer cannot be asked.
func (Incapable) CheckCard(context.Context, CardOrder) ([]FieldProblem, error) { return nil, nil }

// MoveCardFunds implements Cards.
func (Incapable) MoveCardFunds(context.Context, Permit, Transfer) error { return cannot("fund card") }

// HoldCardFunds implements Cards.
func (Incapable) HoldCardFunds(context.Context, Permit, Transfer) error { return cannot("hold funds") }

// SetCardLimits implements Cards.
func (Incapable) SetCardLimits(context.Context, string, []Limit) error {
	return cannot("set card limits")
}

// CreateBudget implements Budgets.
func (Incapable) CreateBudget(context.Context, Permit, BudgetOrder) (string, error) {
	return "", cannot("create budget")
}

// RenameBudget implements Budgets.
func (Incapable) RenameBudget(context.Context, string, string) error { return cannot("rename budget") }

// MoveBudgetFunds implements Budgets.
func (Incapable) MoveBudgetFunds(context.Context, Permit, Transfer) error {
	return cannot("fund budget")
}

// CreateReceiver implements Payouts.
func (Incapable) CreateReceiver(context.Context, Permit, ReceiverOrder) (Receiver, error) {
	return Receiver{}, cannot("create beneficiary")
}

// Withdraw implements Payouts.
func (Incapable) Withdraw(context.Context, Permit, Payout) error { return cannot("withdraw") }

// ListCardholders implements Cardholders.
func (Incapable) ListCardholders(context.Context) ([]Holder, error) {
	return nil, cannot("list cardholders")
}

// CheckCardholder implements Cardholders: nothing is objected to.
func (Incapable) CheckCardholder(HolderOrder) []FieldProblem { return nil }

// CreateCardholder implements Cardholders.
func (Incapable) CreateCardholder(context.Context, Permit, HolderOrder) (Holder, error) {
	return Holder{}, cannot("create cardholder")
}

// ListScenarios implements Advisor.
func (Incapable) ListScenarios(context.Context) ([]Scenario, error) {
	return nil, cannot("list scenarios")
}

// RecommendBINs implements Advisor.
func (Incapable) RecommendBINs(context.Context, string) ([]string, error) {
	return nil, cannot("recommend BINs")
}

// CardFingerprint implements Revealer.
func (Incapable) CardFingerprint(context.Context, string) (Sensitive, error) {
	return Sensitive{}, cannot("read fingerprint")
}

// Turn implements Pacer: a call waits when it is made.
func (Incapable) Turn(ctx context.Context) (context.Context, error) { return ctx, nil }

// Verify implements Listener.
func (Incapable) Verify(Webhook) (Notice, error) { return Notice{}, cannot("verify webhook") }
