package ledger

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/money"
)

// machine plays random operations against a ledger of two accounts.
type machine struct {
	l     *Ledger
	books []Book
	clock *clock.Fake
}

func newMachine(t *rapid.T) *machine {
	fake := clock.NewFake(birthday)
	l, err := New(Options{
		Clock: fake, Random: NewRandom(rapid.Uint64().Draw(t, "seed"), "property"),
		Accounts:     []Account{{ID: "a", Opening: money.Must("100")}, {ID: "b", Opening: money.Must("50")}},
		IssuingDelay: time.Minute, WithdrawDelay: time.Hour, ListingLag: time.Second, LagBalances: true,
		IssuanceFee: money.Must("1"), WithdrawFee: money.Must("0.50"), ReceiverReviewDelay: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{l: l, clock: fake}
	for _, id := range []string{"a", "b"} {
		book, err := l.Book(id)
		if err != nil {
			t.Fatal(err)
		}
		m.books = append(m.books, book)
	}
	return m
}

func (m *machine) book(t *rapid.T) Book { return rapid.SampledFrom(m.books).Draw(t, "book") }

func amountOf(t *rapid.T) money.Amount {
	return money.Must(rapid.SampledFrom([]string{"-1", "0", "0.01", "0.5", "3", "20.25", "70"}).Draw(t, "amount"))
}

// pick is the id of any object of the whole ledger, or of none.
func pick[T any](t *rapid.T, from []T, id func(T) string) string {
	if len(from) == 0 {
		return "none"
	}
	return id(rapid.SampledFrom(from).Draw(t, "object"))
}

func (m *machine) card(t *rapid.T) string {
	return pick(t, m.l.Snapshot().Cards, func(c Card) string { return c.ID })
}

func (m *machine) budget(t *rapid.T) string {
	return pick(t, m.l.Snapshot().Budgets, func(b Budget) string { return b.ID })
}

func (m *machine) operations() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"wait": func(t *rapid.T) {
			m.clock.Advance(time.Duration(rapid.IntRange(1, 90).Draw(t, "minutes")) * time.Minute)
		},
		"create budget": func(t *rapid.T) { _, _ = m.book(t).CreateBudget("b", amountOf(t)) },
		"add to budget": func(t *rapid.T) { _, _ = m.book(t).AddToBudget(m.budget(t), amountOf(t), "") },
		"take from it":  func(t *rapid.T) { _, _ = m.book(t).TakeFromBudget(m.budget(t), amountOf(t), "") },
		"order prepaid": func(t *rapid.T) { m.order(t, Prepaid) },
		"order wallet": func(t *rapid.T) {
			_, _ = m.book(t).IssueWalletCard(CardOrder{BIN: "400000", CVVInterval: time.Hour}, "", Stage{time.Minute, Active, ""})
		},
		"order budget":   func(t *rapid.T) { m.order(t, BudgetFunded) },
		"transfer in":    func(t *rapid.T) { _, _ = m.book(t).TransferIn(m.card(t), amountOf(t), "") },
		"transfer out":   func(t *rapid.T) { _, _ = m.book(t).TransferOut(m.card(t), amountOf(t), "") },
		"hold":           func(t *rapid.T) { _, _ = m.book(t).Hold(m.card(t), amountOf(t), "") },
		"release":        func(t *rapid.T) { _, _ = m.book(t).Release(m.card(t), amountOf(t), "") },
		"freeze":         func(t *rapid.T) { _ = m.book(t).FreezeCard(m.card(t)) },
		"close":          func(t *rapid.T) { _ = m.book(t).CloseCard(m.card(t), "") },
		"block":          func(t *rapid.T) { _ = m.l.SetCardState(m.card(t), StateControl) },
		"withdraw":       m.withdraw,
		"pay":            m.pay,
		"refund":         func(t *rapid.T) { _, _ = m.l.MoveOutside(Move{KindCredit, m.card(t), "", amountOf(t)}) },
		"outside move":   func(t *rapid.T) { _, _ = m.l.MoveOutside(Move{KindCardOut, m.card(t), "", amountOf(t)}) },
		"add a receiver": m.receiver,
		"limit": func(t *rapid.T) {
			_, _ = m.book(t).ChangeLimits(m.card(t), func([]Limit) []Limit { return []Limit{{PerDay, amountOf(t)}} })
		},
	}
}

func (m *machine) order(t *rapid.T, kind CardType) {
	order := CardOrder{Type: kind, BIN: "493193", Funding: amountOf(t), BudgetID: m.budget(t)}
	if kind == BudgetFunded {
		order.Funding = money.Zero
	}
	_, _ = m.book(t).OrderCards(order, rapid.IntRange(1, 3).Draw(t, "count"))
}

func (m *machine) receiver(t *rapid.T) {
	name := rapid.SampledFrom([]string{"Bank", "BOUNCE", "REFUSE"}).Draw(t, "bank")
	_, _ = m.book(t).CreateReceiver(Payee{BankName: name})
}

func (m *machine) withdraw(t *rapid.T) {
	to := pick(t, m.l.Snapshot().Receivers, func(r Receiver) string { return r.ID })
	_, _ = m.book(t).Withdraw(m.card(t), to, amountOf(t), "")
}

func (m *machine) pay(t *rapid.T) {
	if cards := m.l.Snapshot().Cards; len(cards) > 0 {
		card := rapid.SampledFrom(cards).Draw(t, "card")
		card.CVV, _ = card.CVVAt(m.clock.Now())
		m.l.Pay(paymentWith(card, amountOf(t).String()))
	}
}

// TestConservation: whatever happens, in whatever order, no money appears or disappears
// and nobody is overdrawn.
func TestConservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		actions := m.operations()
		actions[""] = func(t *rapid.T) {
			if audit := m.l.Snapshot().Audit; !audit.Holds {
				t.Fatalf("%v", audit.Problems)
			}
		}
		t.Repeat(actions)
	})
}

// TestAuditSeesALoss shows that the property can fail.
func TestAuditSeesALoss(t *testing.T) {
	l, err := New(Options{Accounts: []Account{{ID: "a", Opening: money.Must("1")}}})
	if err != nil {
		t.Fatal(err)
	}
	l.purses[Account{ID: "a"}.wallet()].amount = money.Must("2")
	if audit := l.Snapshot().Audit; audit.Holds || len(audit.Problems) != 2 {
		t.Errorf("the audit is content: %+v", audit)
	}
}
