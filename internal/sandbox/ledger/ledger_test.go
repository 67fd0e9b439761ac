package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/money"
)

const tenant = "tenant-a"

var birthday = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

// bank is a ledger of one account with 1000.00 under a clock that stands still.
func bank(t *testing.T, change ...func(*Options)) (*Ledger, Book, *clock.Fake) {
	t.Helper()
	fake := clock.NewFake(birthday)
	opts := Options{
		Clock: fake, Random: NewRandom(1, "test"),
		Accounts: []Account{{ID: tenant, Opening: money.Must("1000")}, {ID: "tenant-b", Opening: money.Must("1000")}},
	}
	for _, c := range change {
		c(&opts)
	}
	l, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	book, err := l.Book(tenant)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if a := l.Snapshot().Audit; !a.Holds {
			t.Errorf("money is lost: %v", a.Problems)
		}
	})
	return l, book, fake
}

func prepaid(funding string) CardOrder {
	return CardOrder{Type: Prepaid, BIN: "493193", Funding: money.Must(funding), Holder: Holder{FirstName: "A", LastName: "B"}}
}

func issued(t *testing.T, b Book, o CardOrder) Card {
	t.Helper()
	card, err := b.IssueCard(o)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

func held(t *testing.T, b Book, balanceID string) Balance {
	t.Helper()
	rows, _ := b.Balances(BalanceFilter{IDs: []string{balanceID}}, Page{})
	if len(rows) != 1 {
		t.Fatalf("%d balances of one id", len(rows))
	}
	return rows[0]
}

func wantAmount(t *testing.T, what string, got money.Amount, want string) {
	t.Helper()
	if got.String() != want {
		t.Errorf("%s is %s, want %s", what, got, want)
	}
}

func wantErr(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("error is %v, want %v", got, want)
	}
}

func TestIssuingTakesFeeAndFunding(t *testing.T) {
	l, b, _ := bank(t, func(o *Options) { o.IssuanceFee = money.Must("1.50") })
	card := issued(t, b, prepaid("100"))
	wantAmount(t, "card", held(t, b, card.BalanceID).Available, "100.00")
	wantAmount(t, "wallet", held(t, b, b.Account().BalanceID).Available, "898.50")
	wantAmount(t, "fees", l.Snapshot().Audit.Totals["fees"], "1.50")
	if !Luhn(card.PAN.Reveal()) || !strings.HasPrefix(card.PAN.Reveal(), "493193") || len(card.PAN.Reveal()) != 16 {
		t.Error("card number is not a Luhn-valid one of its BIN")
	}
}

func TestBudgetCardFeeComesFromItsBudget(t *testing.T) {
	_, b, _ := bank(t, func(o *Options) { o.IssuanceFee = money.Must("2") })
	budget, err := b.CreateBudget("team", money.Must("10"))
	wantErr(t, err, nil)
	issued(t, b, CardOrder{Type: BudgetFunded, BIN: "493193", BudgetID: budget.ID})
	wantAmount(t, "budget", held(t, b, budget.BalanceID).Available, "8.00")
	_, err = b.IssueCard(CardOrder{Type: BudgetFunded, BIN: "493193"})
	wantErr(t, err, ErrUnknownBudget)
}

func TestIssuingIsAsynchronous(t *testing.T) {
	_, b, fake := bank(t, func(o *Options) { o.IssuingDelay = time.Minute })
	if _, err := b.OrderCards(prepaid("10"), 3); err != nil {
		t.Fatal(err)
	}
	fake.Advance(59 * time.Second)
	if _, n := b.Cards(CardFilter{}, Page{}); n != 0 {
		t.Fatalf("%d cards before their time", n)
	}
	fake.Advance(time.Second)
	if _, n := b.Cards(CardFilter{}, Page{}); n != 3 {
		t.Fatalf("%d cards, want 3", n)
	}
	wantAmount(t, "wallet", held(t, b, b.Account().BalanceID).Available, "970.00")
}

func TestOrderThatCannotBePaidLaterComesToNothing(t *testing.T) {
	l, b, fake := bank(t, func(o *Options) { o.IssuingDelay = time.Minute })
	for range 2 {
		if _, err := b.OrderCards(prepaid("600"), 1); err != nil {
			t.Fatal(err)
		}
	}
	fake.Advance(time.Minute)
	s := l.Snapshot()
	if len(s.Cards) != 1 || len(s.Refusals) != 1 {
		t.Errorf("%d cards and %d refusals, want one of each", len(s.Cards), len(s.Refusals))
	}
}

func TestRefusals(t *testing.T) {
	_, b, _ := bank(t)
	card := issued(t, b, prepaid("50"))
	budget, _ := b.CreateBudget("x", money.Zero)
	shared := issued(t, b, CardOrder{Type: BudgetFunded, BIN: "493193", BudgetID: budget.ID})
	receiver, _ := b.CreateReceiver(Payee{BankName: "REFUSE"})
	for name, c := range map[string]struct {
		do   func() (Movement, error)
		want error
	}{
		"overdraw card":      {func() (Movement, error) { return b.TransferOut(card.ID, money.Must("50.01"), "") }, ErrInsufficientFunds},
		"overdraw wallet":    {func() (Movement, error) { return b.TransferIn(card.ID, money.Must("950.01"), "") }, ErrInsufficientFunds},
		"zero":               {func() (Movement, error) { return b.TransferIn(card.ID, money.Zero, "") }, ErrInvalidAmount},
		"negative":           {func() (Movement, error) { return b.TransferIn(card.ID, money.Must("-1"), "") }, ErrInvalidAmount},
		"part of a cent":     {func() (Movement, error) { return b.TransferIn(card.ID, money.Must("0.001"), "") }, ErrInvalidAmount},
		"budget card":        {func() (Movement, error) { return b.TransferIn(shared.ID, money.Must("1"), "") }, ErrCardType},
		"no such card":       {func() (Movement, error) { return b.TransferIn("nobody", money.Must("1"), "") }, ErrUnknownCard},
		"no such budget":     {func() (Movement, error) { return b.AddToBudget("nobody", money.Must("1"), "") }, ErrUnknownBudget},
		"overdraw budget":    {func() (Movement, error) { return b.TakeFromBudget(budget.ID, money.Must("1"), "") }, ErrInsufficientFunds},
		"refused receiver":   {func() (Movement, error) { return b.Withdraw(card.ID, receiver.ID, money.Must("1"), "") }, ErrReceiverNotPassed},
		"no such receiver":   {func() (Movement, error) { return b.Withdraw(card.ID, "nobody", money.Must("1"), "") }, ErrUnknownReceiver},
		"release of nothing": {func() (Movement, error) { return b.Release(card.ID, money.Must("1"), "") }, ErrInsufficientFunds},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.do()
			wantErr(t, err, c.want)
		})
	}
	wantAmount(t, "card", held(t, b, card.BalanceID).Available, "50.00")
}

func TestClosingReturnsTheMoneyForGood(t *testing.T) {
	l, b, _ := bank(t)
	card := issued(t, b, prepaid("50"))
	_, err := b.Hold(card.ID, money.Must("20"), "")
	wantErr(t, err, nil)
	wantErr(t, b.CloseCard(card.ID, "close-1"), nil)
	wantAmount(t, "wallet", held(t, b, b.Account().BalanceID).Available, "1000.00")
	if rows, n := b.Cards(CardFilter{}, Page{}); n != 1 || rows[0].State != StateInactive {
		t.Error("a closed card stays listed as Inactive")
	}
	wantErr(t, b.CloseCard(card.ID, ""), ErrCardInactive)
	wantErr(t, b.UnfreezeCard(card.ID), ErrCardInactive)
	wantErr(t, l.SetCardState(card.ID, Active), ErrCardInactive)
}

func TestControlIsTheIssuersBlock(t *testing.T) {
	l, b, _ := bank(t)
	card := issued(t, b, prepaid("50"))
	wantErr(t, l.SetCardState(card.ID, StateControl), nil)
	wantErr(t, b.UnfreezeCard(card.ID), ErrCardControl)
	wantErr(t, b.FreezeCard(card.ID), ErrCardControl)
	wantErr(t, l.SetCardState(card.ID, "Melted"), ErrInvalidState)
	wantErr(t, b.CloseCard(card.ID, ""), nil)
}

func TestWithdrawalGoesFromPendingToTheBank(t *testing.T) {
	l, b, fake := bank(t, func(o *Options) { o.WithdrawDelay, o.WithdrawFee = time.Hour, money.Must("0.50") })
	card := issued(t, b, prepaid("50"))
	receiver, _ := b.CreateReceiver(Payee{BankName: "Bank"})
	made, err := b.Withdraw(card.ID, receiver.ID, money.Must("49.50"), "w-1")
	wantErr(t, err, nil)
	balance := held(t, b, card.BalanceID)
	wantAmount(t, "available", balance.Available, "0.00")
	wantAmount(t, "pending", balance.Pending, "50.00")
	fake.Advance(time.Hour)
	after, _ := b.Movement(made.ID)
	if made.Status != StatusPending || after.Status != StatusClosed {
		t.Errorf("status went from %s to %s", made.Status, after.Status)
	}
	wantAmount(t, "bank", l.Snapshot().Audit.Totals["bank"], "49.50")
	wantAmount(t, "fees", l.Snapshot().Audit.Totals["fees"], "0.50")
}

func TestBouncedWithdrawalOfAClosedCardReturnsToTheWallet(t *testing.T) {
	_, b, fake := bank(t, func(o *Options) { o.WithdrawDelay = time.Hour })
	card := issued(t, b, prepaid("50"))
	receiver, _ := b.CreateReceiver(Payee{BankName: "BOUNCE"})
	made, err := b.Withdraw(card.ID, receiver.ID, money.Must("30"), "w-1")
	wantErr(t, err, nil)
	wantErr(t, b.CloseCard(card.ID, ""), nil)
	fake.Advance(time.Hour)
	if after, _ := b.Movement(made.ID); after.Status != StatusFail {
		t.Errorf("status is %s", after.Status)
	}
	wantAmount(t, "wallet", held(t, b, b.Account().BalanceID).Available, "1000.00")
}

func TestReceiverReview(t *testing.T) {
	for bankName, want := range map[string]ReceiverStatus{
		"Bank": ReceiverPassed, "REFUSE": ReceiverCanceled, "REQUEST": ReceiverRequest,
	} {
		_, b, fake := bank(t, func(o *Options) { o.ReceiverReviewDelay = time.Hour })
		made, _ := b.CreateReceiver(Payee{BankName: bankName})
		fake.Advance(time.Hour)
		rows, _ := b.Receivers(ReceiverFilter{ID: made.ID}, Page{})
		if made.Status != ReceiverPending || rows[0].Status != want {
			t.Errorf("%s: status went from %s to %s", bankName, made.Status, rows[0].Status)
		}
	}
}

func TestListingLagHidesWhatIsNew(t *testing.T) {
	_, b, fake := bank(t, func(o *Options) { o.ListingLag, o.LagBalances = time.Minute, true })
	fake.Advance(time.Hour)
	card := issued(t, b, prepaid("50"))
	receiver, _ := b.CreateReceiver(Payee{})
	budget, _ := b.CreateBudget("x", money.Zero)
	totals := func() string {
		_, cards := b.Cards(CardFilter{ID: card.ID}, Page{})
		_, receivers := b.Receivers(ReceiverFilter{ID: receiver.ID}, Page{})
		_, budgets := b.Budgets(BudgetFilter{ID: budget.ID}, Page{})
		_, movements := b.Movements(MovementFilter{CardID: card.ID}, Page{})
		return fmt.Sprint(cards, receivers, budgets, movements, held(t, b, card.BalanceID).Available)
	}
	if got := totals(); got != "0 0 0 0 0.00" {
		t.Errorf("at once: %s", got)
	}
	if _, err := b.Card(card.ID); err != nil {
		t.Error("a read by id does not lag")
	}
	fake.Advance(time.Minute)
	if got := totals(); got != "1 1 1 1 50.00" {
		t.Errorf("after the lag: %s", got)
	}
}

func TestAccountsAreIsolated(t *testing.T) {
	l, b, _ := bank(t)
	other, _ := l.Book("tenant-b")
	card := issued(t, b, prepaid("50"))
	budget, _ := b.CreateBudget("x", money.Must("10"))
	receiver, _ := b.CreateReceiver(Payee{})
	theirs := issued(t, other, prepaid("50"))
	_, err := other.TransferOut(card.ID, money.Must("1"), "")
	wantErr(t, err, ErrUnknownCard)
	_, err = other.TakeFromBudget(budget.ID, money.Must("1"), "")
	wantErr(t, err, ErrUnknownBudget)
	_, err = other.Withdraw(theirs.ID, receiver.ID, money.Must("1"), "")
	wantErr(t, err, ErrUnknownReceiver)
	wantErr(t, other.CloseCard(card.ID, ""), ErrUnknownCard)
	if rows, _ := other.Balances(BalanceFilter{IDs: []string{card.BalanceID}}, Page{}); len(rows) != 0 {
		t.Error("a balance of another account can be read")
	}
	if _, n := other.Movements(MovementFilter{CardID: card.ID}, Page{}); n != 0 {
		t.Error("movements of another account can be read")
	}
}

func TestPagesAreNewestFirst(t *testing.T) {
	_, b, _ := bank(t)
	for i := range 5 {
		o := prepaid("1")
		o.Label = fmt.Sprint(i)
		issued(t, b, o)
	}
	rows, total := b.Cards(CardFilter{}, Page{Offset: 2, Limit: 2})
	if total != 5 || len(rows) != 2 || rows[0].Label != "2" || rows[1].Label != "1" {
		t.Errorf("total %d, rows %v", total, rows)
	}
}

func TestCardSecretsNeverPrint(t *testing.T) {
	l, b, _ := bank(t)
	card := issued(t, b, prepaid("1"))
	asJSON, err := json.Marshal(card)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{string(asJSON), fmt.Sprint(l.Snapshot())}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, card), fmt.Sprintf(verb, &card), fmt.Sprintf(verb, card.PAN))
	}
	for _, text := range texts {
		if strings.Contains(text, card.PAN.Reveal()) || strings.Contains(text, "{"+card.CVV.Reveal()+"}") {
			t.Errorf("a secret is printed: %s", text)
		}
	}
}

func TestSameSeedSameIDs(t *testing.T) {
	_, a, _ := bank(t)
	_, b, _ := bank(t)
	if issued(t, a, prepaid("1")).ID != issued(t, b, prepaid("1")).ID {
		t.Error("one seed gave two ids")
	}
}
