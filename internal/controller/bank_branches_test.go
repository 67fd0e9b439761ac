package controller_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// bank is an honest issuer in memory, but for the faults that a test wants.
type bank struct {
	people
	*faults
	clock    *clock.Fake
	cards    []issuer.Card
	budgets  []issuer.Budget
	payees   []issuer.Receiver
	rows     []issuer.Movement
	balances map[string]issuer.Balance
	bins     []issuer.BIN
	problems []issuer.FieldProblem
	// alone is a card that is read by its id, in place of what the list shows of it.
	alone    issuer.Card
	secrets  issuer.CardSecrets
	lacks    map[issuer.Feature]bool
	also     []issuer.Feature
	maxLabel int
	opening  money.Amount
	// whole: movements are found in the whole ledger alone.
	whole bool
	// sent are the calls with an effect that arrived, refused ones too.
	sent []string
	// unlisted: what is ordered does not show.
	unlisted bool
	// lag is how long it takes until what is ordered is listed; ordered is when it was, by id.
	lag     time.Duration
	ordered map[string]time.Time
	// withdraw and register are what comes of an order that is not to fail.
	withdraw func(issuer.Payout) error
	register func(issuer.ReceiverOrder) issuer.Receiver
}

func newBank(f *faults, c *clock.Fake) *bank {
	b := &bank{
		faults: f, clock: c, ordered: map[string]time.Time{},
		bins:     []issuer.BIN{{BIN: "493193", Type: issuer.Prepaid, Network: "Visa"}, {BIN: "493193", Type: issuer.BudgetCard}},
		balances: map[string]issuer.Balance{"bal-1": {ID: "bal-1", Available: money.Must("7"), Currency: "USD"}},
		secrets: issuer.CardSecrets{PAN: issuer.NewSensitive("4931930000004242"), CVV: issuer.NewSensitive("123"),
			ExpMonth: issuer.NewSensitive("12"), ExpYear: issuer.NewSensitive("2030")},
	}
	b.people.faults = f
	b.withdraw = func(p issuer.Payout) error { b.pay(p, issuer.MovementPending); return nil }
	b.register = b.lookInto
	return b
}

// listed are the rows that show by now.
func listed[T any](b *bank, rows []T, id func(T) string) []T {
	return slices.DeleteFunc(slices.Clone(rows), func(row T) bool {
		return b.clock.Now().Before(b.ordered[id(row)].Add(b.lag))
	})
}

func movementID(row issuer.Movement) string { return row.ID }

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
	can := issuer.Capabilities{Name: "Bank", Features: features, MaxLabel: cmp.Or(b.maxLabel, 64), NumbersBeginWithBIN: true, OpeningBudget: b.opening, WholeLedger: b.whole}
	if !b.opening.IsZero() {
		can.OpeningAmount = func(issuer.CardType, string) money.Amount { return b.opening }
	}
	return can
}

func (b *bank) ListBINs(context.Context) ([]issuer.BIN, error) { return b.bins, b.ask("ListBINs") }
func (b *bank) ListCards(context.Context) ([]issuer.Card, error) {
	err := b.ask("ListCards")
	return listed(b, b.cards, func(c issuer.Card) string { return c.ID }), err
}
func (b *bank) ListBudgets(context.Context) ([]issuer.Budget, error) {
	err := b.ask("ListBudgets")
	return listed(b, b.budgets, func(row issuer.Budget) string { return row.ID }), err
}
func (b *bank) ListBalances(context.Context, []string) (map[string]issuer.Balance, error) {
	if err := b.ask("ListBalances"); err != nil {
		return nil, err
	}
	return maps.Clone(b.balances), nil
}
func (b *bank) ListReceivers(context.Context, string) ([]issuer.Receiver, error) {
	err := b.ask("ListReceivers")
	return listed(b, b.payees, func(row issuer.Receiver) string { return row.ID }), err
}
func (b *bank) CardMovements(context.Context, string) ([]issuer.Movement, error) {
	err := b.ask("CardMovements")
	return listed(b, b.rows, movementID), err
}
func (b *bank) FindMovements(_ context.Context, id string) (found []issuer.Movement, err error) {
	err = b.ask("FindMovements")
	for _, row := range listed(b, b.rows, movementID) {
		if row.ClientID == id {
			found = append(found, row)
		}
	}
	return found, err
}
func (b *bank) ListMovements(context.Context) ([]issuer.Movement, error) {
	err := b.ask("ListMovements")
	return listed(b, b.rows, movementID), err
}
func (b *bank) BudgetMovements(context.Context, string) ([]issuer.Movement, error) {
	err := b.ask("BudgetMovements")
	return listed(b, b.rows, movementID), err
}
func (b *bank) MovementDetail(context.Context, string) (issuer.Movement, error) {
	return issuer.Movement{}, b.ask("MovementDetail")
}
func (b *bank) GetCard(_ context.Context, cardID string) (issuer.Card, error) {
	if err := b.ask("GetCard"); err != nil {
		return issuer.Card{}, err
	}
	for _, card := range append([]issuer.Card{b.alone}, b.cards...) {
		if card.ID == cardID {
			return card, nil
		}
	}
	return issuer.Card{}, &issuer.Error{Class: issuer.NotFound, Op: "read card"}
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
		id, at := fmt.Sprintf("c-%d", len(b.cards)+1), b.clock.Now()
		b.ordered[id] = at
		b.cards = append(b.cards, issuer.Card{
			ID: id, Label: o.Label, Type: o.Type, BIN: o.BIN, State: issuer.StateActive, LastFour: "4242", CreatedAt: at,
		})
	})
}
func (b *bank) record(row issuer.Movement) {
	b.ordered[row.ID] = b.clock.Now()
	b.rows = append(b.rows, row)
}
func (b *bank) move(what string, t issuer.Transfer) error {
	return b.send(what, " "+string(t.Direction)+" "+t.Amount.String(), func() {
		kind := issuer.MovementIn
		if t.Direction == issuer.Out {
			kind = issuer.MovementOut
		}
		b.record(issuer.Movement{ID: "m-" + t.ClientID, ClientID: t.ClientID, Kind: kind, Amount: t.Amount, Status: issuer.MovementClosed})
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

// late refuses a call that sets a state without a permit that lasts.
func (b *bank) late(ctx context.Context) error {
	if b.clock.Now().After(issuer.PermitOf(ctx).NotAfter) {
		return &issuer.Error{Class: issuer.Expired, Op: "set state"}
	}
	return nil
}
func (b *bank) state(ctx context.Context, what, id string, state issuer.State) error {
	if err := b.late(ctx); err != nil {
		return err
	}
	return b.send(what, "", func() {
		for i := range b.cards {
			if b.cards[i].ID == id {
				b.cards[i].State = state
			}
		}
	})
}
func (b *bank) FreezeCard(ctx context.Context, id string) error {
	return b.state(ctx, "FreezeCard", id, issuer.StateFrozen)
}
func (b *bank) UnfreezeCard(ctx context.Context, id string) error {
	return b.state(ctx, "UnfreezeCard", id, issuer.StateActive)
}
func (b *bank) CloseCard(ctx context.Context, id, _ string) error {
	return b.state(ctx, "CloseCard", id, issuer.StateInactive)
}
func (b *bank) SetCardLimits(ctx context.Context, id string, limits []issuer.Limit) error {
	if err := b.late(ctx); err != nil {
		return err
	}
	return b.people.SetCardLimits(ctx, id, limits)
}
func (b *bank) CreateBudget(_ context.Context, _ issuer.Permit, o issuer.BudgetOrder) (string, error) {
	return "b-1", b.send("CreateBudget", "", func() {
		b.ordered["b-1"] = b.clock.Now()
		b.budgets = append(b.budgets, issuer.Budget{ID: "b-1", Name: o.Name, State: issuer.StateActive})
	})
}
func (b *bank) RenameBudget(ctx context.Context, id, name string) error {
	if err := b.late(ctx); err != nil {
		return err
	}
	return b.send("RenameBudget", "", func() {
		for i := range b.budgets {
			if b.budgets[i].ID == id {
				b.budgets[i].Name = name
			}
		}
	})
}
func (b *bank) CreateReceiver(_ context.Context, _ issuer.Permit, o issuer.ReceiverOrder) (made issuer.Receiver, err error) {
	err = b.send("CreateReceiver", "", func() { made = b.register(o) })
	return made, err
}

// lookInto lists a payee who is looked into first; the answer does not say its id.
func (b *bank) lookInto(o issuer.ReceiverOrder) issuer.Receiver {
	b.ordered["r-1"] = b.clock.Now()
	b.payees = append(b.payees, issuer.Receiver{
		ID: "r-1", State: issuer.ReceiverPending, LastName: o.LastName, Currency: o.Currency, AccountNumber: o.AccountNumber,
	})
	return issuer.Receiver{}
}
func (b *bank) Withdraw(_ context.Context, _ issuer.Permit, p issuer.Payout) error {
	var answer error
	if err := b.send("Withdraw", " "+p.Amount.String(), func() { answer = b.withdraw(p) }); err != nil {
		return err
	}
	return answer
}

// pay makes a payment, which is listed in a status.
func (b *bank) pay(p issuer.Payout, status issuer.MovementStatus, change ...func(*issuer.Movement)) {
	b.record(*changed(&issuer.Movement{
		ID: fmt.Sprintf("m-%d", len(b.rows)+1), ClientID: p.ClientID, CardID: p.CardID, ReceiverID: p.ReceiverID,
		Kind: issuer.MovementOut, Amount: p.Amount, Status: status,
	}, change))
}
func (b *bank) RevealCard(context.Context, string) (issuer.CardSecrets, error) {
	err := b.ask("RevealCard")
	return b.secrets, err
}
func (b *bank) CardFingerprint(context.Context, string) (issuer.Sensitive, error) {
	err := b.ask("CardFingerprint")
	return issuer.NewSensitive("print"), err
}
