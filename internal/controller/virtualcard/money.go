package virtualcard

import (
	"context"
	"slices"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/funding"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/mirror"
	"github.com/card-operator/card-operator/internal/money"
)

// moveMoney brings funding and hold to what the spec asks. Money is put in before it is
// set aside, and released before it is taken back.
func (rd *round) moveMoney(ctx context.Context) error {
	if !rd.hasMoney() {
		engine.Drop(rd.card, v1alpha1.ConditionFunded)
		rd.card.Status.SettlingSince = nil // there is no money to be told of
		if rd.isNew {
			rd.observeBalance(ctx)
		}
		return nil
	}
	began, moves := rd.Clock.Now(), rd.card.Status.Movements+rd.card.Status.Holds
	fund, hold := rd.fundPurse(), rd.holdPurse()
	for _, purse := range rd.purses(fund, hold) {
		if err := purse.Settle(ctx, rd.Engine); err != nil {
			return err
		}
		if err := purse.Recall(ctx, began); err != nil {
			return err
		}
	}
	engine.EndSettling(rd.card, rd.account.Timing, began)
	for _, step := range rd.moneySteps(fund, hold) {
		if err := step.purse.Reach(ctx, rd.Engine, step.target); err != nil {
			return err
		}
	}
	rd.sayFunded()
	if rd.isNew || moves != rd.card.Status.Movements+rd.card.Status.Holds {
		rd.observeBalance(ctx)
	}
	return nil
}

// hasMoney: the card holds money of its own that this issuer can move. A budget card spends
// its budget's, and where cards cannot be funded they spend the account's.
func (rd *round) hasMoney() bool {
	return rd.remote.Type != issuer.BudgetCard && rd.account.Has(issuer.FeatureFunding)
}

// settleMoney finds out about a movement that is under way on a card that cannot be
// worked with; the problem with the card is the one that is reported, and beside it what a
// person is asked about the movement.
func (rd *round) settleMoney(ctx context.Context, problem error) error {
	if !rd.hasMoney() || engine.IsWrite(problem) {
		return problem
	}
	for _, purse := range rd.purses(rd.fundPurse(), rd.holdPurse()) {
		purse.Unwanted = true
		problem = engine.WhileSettling(problem, purse.Settle(ctx, rd.Engine))
	}
	return problem
}

// purses leaves out the holds of an issuer that has none.
func (rd *round) purses(fund, hold funding.Purse) []funding.Purse {
	if !rd.account.Has(issuer.FeatureHolds) {
		return []funding.Purse{fund}
	}
	return []funding.Purse{fund, hold}
}

type moneyStep struct {
	purse  funding.Purse
	target money.Amount
}

func (rd *round) moneySteps(fund, hold funding.Purse) []moneyStep {
	var steps []moneyStep
	spec, st := rd.card.Spec, rd.card.Status
	if spec.Funding != "" {
		steps = append(steps, moneyStep{fund, money.Must(string(spec.Funding))})
	}
	if spec.Hold == "" {
		return steps
	}
	step := moneyStep{hold, money.Must(string(spec.Hold))}
	if step.target.LessThan(money.Must(st.Held)) {
		return append([]moneyStep{step}, steps...)
	}
	return append(steps, step)
}

func (rd *round) sayFunded() {
	message := rd.card.Status.Funded + " put in"
	if held, err := money.ParseOptional(rd.card.Status.Held); err == nil && held.IsPositive() {
		message += ", " + held.String() + " held"
	}
	engine.OK(rd.card, v1alpha1.ConditionFunded, v1alpha1.ReasonFunded, message)
}

func (rd *round) fundPurse() funding.Purse {
	return funding.Purse{
		Object: rd.card, RemoteID: rd.remote.ID, Purpose: engine.PurposeFund,
		Up: v1alpha1.ActionFund, UpWords: "transfer %s to the card", Down: v1alpha1.ActionDefund, DownWords: "take %s back from the card",
		Opening: rd.opening(), Sum: &rd.card.Status.Funded, Count: &rd.card.Status.Movements,
		Promise: rd.account.Promise(issuer.CallMoveCard), Suspended: rd.suspended,
		Rows: rd.movements, Move: rd.then(rd.account.Issuer.MoveCardFunds),
	}
}

func (rd *round) holdPurse() funding.Purse {
	return funding.Purse{
		Object: rd.card, RemoteID: rd.remote.ID, Purpose: engine.PurposeHold,
		Up: v1alpha1.ActionHold, UpWords: "set %s aside on the card", Down: v1alpha1.ActionRelease, DownWords: "release %s on the card",
		Sum: &rd.card.Status.Held, Count: &rd.card.Status.Holds,
		Promise: rd.account.Promise(issuer.CallHoldCard), Suspended: rd.suspended,
		Rows: rd.movements, Move: rd.then(rd.account.Issuer.HoldCardFunds), Frozen: rd.frozen,
	}
}

// opening is what the card was created with, if this fleet created it.
func (rd *round) opening() money.Amount {
	if !slices.Contains(mirror.TokensOf(rd.remote), rd.tokenOf(rd.card.Status.Incarnation)) {
		return money.Zero
	}
	return rd.account.Issuer.Capabilities().Opening(rd.remote.Type, rd.remote.BIN)
}

func (rd *round) movements(ctx context.Context) ([]issuer.Movement, error) {
	return rd.account.Issuer.CardMovements(ctx, rd.remote.ID)
}

// then marks the card's balance as old after a movement.
func (rd *round) then(move func(context.Context, issuer.Permit, issuer.Transfer) error) func(context.Context, issuer.Permit, issuer.Transfer) error {
	return func(ctx context.Context, permit issuer.Permit, transfer issuer.Transfer) error {
		defer rd.account.Mirror.TouchBalance(rd.remote.BalanceID)
		return move(ctx, permit, transfer)
	}
}

// frozen reads the frozen balance afresh. An answer that cannot be read is waited for, and so is
// a refusal in the issuer's words, which may mean "later": a hold that is claimed without knowing
// what was frozen before cannot be told from none.
func (rd *round) frozen(ctx context.Context, _ time.Time) (money.Amount, bool, error) {
	balances, err := rd.account.Issuer.ListBalances(ctx, []string{rd.remote.BalanceID})
	if issuer.NotOffered(err) && !issuer.Is(err, issuer.Malformed) && !issuer.Is(err, issuer.Invalid) {
		return money.Zero, false, nil
	}
	if err != nil {
		return money.Zero, false, err
	}
	balance, known := balances[rd.remote.BalanceID]
	return balance.Frozen, known, nil
}
