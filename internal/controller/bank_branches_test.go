package controller_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// faults are the errors that a test wants, by the name of what is asked.
type faults struct {
	asked map[string]int
	errs  map[string]map[int]error
	// on runs within what is asked; n counts from 1.
	on map[string]func(n int)
}

// breaks makes the n-th asking for something fail from now on; 0 is every one.
func (f *faults) breaks(what string, n int, err error) {
	if f.errs[what] == nil {
		f.errs[what] = map[int]error{}
	}
	if n > 0 {
		n += f.asked[what]
	}
	f.errs[what][n] = err
}

func (f *faults) ask(what string) error {
	f.asked[what]++
	if on := f.on[what]; on != nil {
		on(f.asked[what])
	}
	if err := f.errs[what][0]; err != nil {
		return err
	}
	return f.errs[what][f.asked[what]]
}

// bank is an honest issuer in memory, but for the faults that a test wants.
type bank struct {
	people
	*faults
	cards    []issuer.Card
	budgets  []issuer.Budget
	payees   []issuer.Receiver
	rows     []issuer.Movement
	balances map[string]issuer.Balance
	bins     []issuer.BIN
	problems []issuer.FieldProblem
	secrets  issuer.CardSecrets
	lacks    map[issuer.Feature]bool
	also     []issuer.Feature
	maxLabel int
	opening  money.Amount
	// sent are the calls with an effect that arrived, refused ones too.
	sent []string
	// unlisted: what is ordered does not show.
	unlisted bool
}

func (b *bank) Capabilities() issuer.Capabilities {
	features := map[issuer.Feature]bool{}
	for _, f := range []issuer.Feature{
		issuer.FeatureBudgets, issuer.FeatureBudgetRename, issuer.FeatureBudgetCards, issuer.FeaturePrepaidCards, issuer.FeatureBINs, issuer.FeatureAddress, issuer.FeatureUsage,
		issuer.FeatureFunding, issuer.FeatureHolds, issuer.FeatureFreeze, issuer.FeatureReveal, issuer.FeatureFingerprint,
		issuer.FeatureBeneficiaries, issuer.FeatureWithdrawals,
	} {
		features[f] = !b.lacks[f]
	}
	for _, f := range b.also {
		features[f] = true
	}
	return issuer.Capabilities{
		Name: "Bank", Features: features, MaxLabel: cmp.Or(b.maxLabel, 64), OpeningBudget: b.opening,
		OpeningAmount: func(issuer.CardType, string) money.Amount { return b.opening },
	}
}

func (b *bank) ListBINs(context.Context) ([]issuer.BIN, error) { return b.bins, b.ask("ListBINs") }
func (b *bank) ListCards(context.Context) ([]issuer.Card, error) {
	err := b.ask("ListCards")
	return b.cards, err
}
func (b *bank) ListBudgets(context.Context) ([]issuer.Budget, error) {
	err := b.ask("ListBudgets")
	return b.budgets, err
}
func (b *bank) ListBalances(context.Context, []string) (map[string]issuer.Balance, error) {
	if err := b.ask("ListBalances"); err != nil {
		return nil, err
	}
	return maps.Clone(b.balances), nil
}
func (b *bank) ListReceivers(context.Context, string) ([]issuer.Receiver, error) {
	err := b.ask("ListReceivers")
	return b.payees, err
}
func (b *bank) CardMovements(context.Context, string) ([]issuer.Movement, error) {
	err := b.ask("CardMovements")
	return b.rows, err
}
func (b *bank) FindMovements(_ context.Context, id string) (found []issuer.Movement, err error) {
	err = b.ask("FindMovements")
	for _, row := range b.rows {
		if row.ClientID == id {
			found = append(found, row)
		}
	}
	return found, err
}
func (b *bank) BudgetMovements(context.Context, string) ([]issuer.Movement, error) {
	err := b.ask("BudgetMovements")
	return b.rows, err
}
func (b *bank) MovementDetail(context.Context, string) (issuer.Movement, error) {
	return issuer.Movement{}, b.ask("MovementDetail")
}
func (b *bank) GetCard(context.Context, string) (issuer.Card, error) {
	return issuer.Card{}, b.ask("GetCard")
}
func (b *bank) CheckCard(context.Context, issuer.CardOrder) ([]issuer.FieldProblem, error) {
	err := b.ask("CheckCard")
	return b.problems, err
}

// send takes down a call with an effect and has the effect unless it is to fail.
func (b *bank) send(what, detail string, effect func()) error {
	b.sent = append(b.sent, what+detail)
	err := b.ask(what)
	if err == nil && effect != nil && !b.unlisted {
		effect()
	}
	return err
}

func (b *bank) CreateCard(_ context.Context, _ issuer.Permit, o issuer.CardOrder) error {
	return b.send("CreateCard", "", func() {
		b.cards = append(b.cards, issuer.Card{
			ID: fmt.Sprintf("c-%d", len(b.cards)+1), Label: o.Label, Type: o.Type, BIN: o.BIN, State: issuer.StateActive, LastFour: "4242",
		})
	})
}
func (b *bank) move(what string, t issuer.Transfer) error {
	return b.send(what, " "+string(t.Direction)+" "+t.Amount.String(), func() {
		kind := issuer.MovementIn
		if t.Direction == issuer.Out {
			kind = issuer.MovementOut
		}
		b.rows = append(b.rows, issuer.Movement{ID: "m-" + t.ClientID, ClientID: t.ClientID, Kind: kind, Amount: t.Amount, Status: issuer.MovementClosed})
	})
}
func (b *bank) MoveCardFunds(_ context.Context, _ issuer.Permit, t issuer.Transfer) error {
	return b.move("MoveCardFunds", t)
}
func (b *bank) HoldCardFunds(_ context.Context, _ issuer.Permit, t issuer.Transfer) error {
	return b.move("HoldCardFunds", t)
}
func (b *bank) MoveBudgetFunds(_ context.Context, _ issuer.Permit, t issuer.Transfer) error {
	return b.move("MoveBudgetFunds", t)
}
func (b *bank) state(what, id string, state issuer.State) error {
	return b.send(what, "", func() {
		for i := range b.cards {
			if b.cards[i].ID == id {
				b.cards[i].State = state
			}
		}
	})
}
func (b *bank) FreezeCard(_ context.Context, id string) error {
	return b.state("FreezeCard", id, issuer.StateFrozen)
}
func (b *bank) UnfreezeCard(_ context.Context, id string) error {
	return b.state("UnfreezeCard", id, issuer.StateActive)
}
func (b *bank) CloseCard(_ context.Context, id, _ string) error {
	return b.state("CloseCard", id, issuer.StateInactive)
}
func (b *bank) CreateBudget(_ context.Context, _ issuer.Permit, o issuer.BudgetOrder) (string, error) {
	return "b-1", b.send("CreateBudget", "", func() {
		b.budgets = append(b.budgets, issuer.Budget{ID: "b-1", Name: o.Name, State: issuer.StateActive})
	})
}
func (b *bank) RenameBudget(_ context.Context, id, name string) error {
	return b.send("RenameBudget", "", func() {
		for i := range b.budgets {
			if b.budgets[i].ID == id {
				b.budgets[i].Name = name
			}
		}
	})
}
func (b *bank) CreateReceiver(_ context.Context, _ issuer.Permit, o issuer.ReceiverOrder) (issuer.Receiver, error) {
	return issuer.Receiver{}, b.send("CreateReceiver", "", func() {
		b.payees = append(b.payees, issuer.Receiver{
			ID: "r-1", State: issuer.ReceiverPending, LastName: o.LastName, Currency: o.Currency, AccountNumber: o.AccountNumber,
		})
	})
}
func (b *bank) Withdraw(_ context.Context, _ issuer.Permit, p issuer.Payout) error {
	return b.send("Withdraw", " "+p.Amount.String(), func() {
		b.rows = append(b.rows, issuer.Movement{
			ID: "m-w", ClientID: p.ClientID, CardID: p.CardID, ReceiverID: p.ReceiverID, Kind: issuer.MovementOut, Amount: p.Amount, Status: issuer.MovementPending,
		})
	})
}
func (b *bank) RevealCard(context.Context, string) (issuer.CardSecrets, error) {
	err := b.ask("RevealCard")
	return b.secrets, err
}
func (b *bank) CardFingerprint(context.Context, string) (issuer.Sensitive, error) {
	err := b.ask("CardFingerprint")
	return issuer.NewSensitive("print"), err
}
