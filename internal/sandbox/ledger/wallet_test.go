package ledger

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/money"
)

// walletCard issues a card that can pay after ten minutes.
func walletCard(t *testing.T, b Book) Card {
	t.Helper()
	card, err := b.IssueWalletCard(
		CardOrder{BIN: "400000", Holder: Holder{LastName: "Holder"}, Label: "tok", CVVInterval: 72 * time.Hour}, "ordered",
		Stage{5 * time.Minute, StatePending, "embossed"}, Stage{10 * time.Minute, Active, "begun"})
	if err != nil {
		t.Fatal(err)
	}
	return card
}

func reasons(c Card) (said []string) {
	for _, turn := range c.History {
		said = append(said, turn.Reason)
	}
	return said
}

func TestWalletCardsBeginByThemselves(t *testing.T) {
	l, b, fake := bank(t)
	card := walletCard(t, b)
	for _, want := range []struct {
		state State
		said  int
		pays  Decline
	}{{StatePending, 1, DeclineInactive}, {StatePending, 2, DeclineInactive}, {Active, 3, Approved}} {
		now, err := b.Card(card.ID)
		wantErr(t, err, nil)
		if now.State != want.state || len(now.History) != want.said {
			t.Errorf("state %s after %q, want %s", now.State, reasons(now), want.state)
		}
		if got := l.Pay(paymentWith(card, "1")).Decline; got != want.pays {
			t.Errorf("%s pays: %q, want %q", now.State, got, want.pays)
		}
		fake.Advance(5 * time.Minute)
	}
	now, _ := b.Card(card.ID)
	if want := []string{"ordered", "embossed", "begun"}; !slices.Equal(reasons(now), want) {
		t.Errorf("history %q, want %q", reasons(now), want)
	}
	if at := now.History[2].Time; !at.Equal(card.Created.Add(10 * time.Minute)) {
		t.Errorf("it began at %s: when it was due, not when somebody looked", at)
	}
}

func TestAnEndedCardDoesNotBegin(t *testing.T) {
	_, b, fake := bank(t)
	card := walletCard(t, b)
	wantErr(t, b.FreezeCard(card.ID), ErrCardPending)
	wantErr(t, b.CloseCard(card.ID, ""), nil)
	fake.Advance(time.Hour)
	if now, _ := b.Card(card.ID); now.State != StateInactive {
		t.Errorf("it is %s again", now.State)
	}
}

func TestWalletCardsSpendTheWallet(t *testing.T) {
	l, b, fake := bank(t)
	before := held(t, b, b.Account().BalanceID).Available
	card := walletCard(t, b)
	fake.Advance(10 * time.Minute)
	if got := l.Pay(paymentWith(card, "7")).Decline; got != Approved {
		t.Fatalf("declined: %s", got)
	}
	wantAmount(t, "wallet", held(t, b, b.Account().BalanceID).Available, before.Sub(money.Must("7")).String())
	if got := l.Pay(paymentWith(card, before.String())).Decline; got != DeclineFunds {
		t.Errorf("more than the wallet: %q", got)
	}
	_, err := l.MoveOutside(Move{Kind: KindCredit, CardID: card.ID, Amount: money.Must("7")})
	wantErr(t, err, nil)
	wantAmount(t, "wallet after the refund", held(t, b, b.Account().BalanceID).Available, before.String())
	_, err = b.TransferIn(card.ID, money.Must("1"), "")
	wantErr(t, err, ErrCardType)
}

func TestIssueWalletCardRefuses(t *testing.T) {
	poor, err := New(Options{Accounts: []Account{{ID: "a"}}, IssuanceFee: money.Must("1")})
	wantErr(t, err, nil)
	book, err := poor.Book("a")
	wantErr(t, err, nil)
	_, err = book.IssueWalletCard(CardOrder{BIN: "400000"}, "")
	wantErr(t, err, ErrInsufficientFunds)
	_, err = book.IssueWalletCard(CardOrder{BIN: "400000", Holder: Holder{LastName: "DO REFUSE"}}, "")
	wantErr(t, err, ErrIssuingRefused)
	if n := len(poor.Snapshot().Cards); n != 0 {
		t.Errorf("%d cards", n)
	}
}

func TestTurnCard(t *testing.T) {
	l, b, _ := bank(t)
	card, other := walletCard(t, b), issued(t, b, prepaid("1"))
	no := errors.New("no")
	for name, c := range map[string]struct {
		id     string
		answer error
		want   error
	}{
		"unknown": {"nobody", nil, ErrUnknownCard}, "prepaid": {other.ID, nil, ErrCardType}, "refused": {card.ID, no, no},
	} {
		_, err := b.TurnCard(c.id, func(Card) (Turn, error) { return Turn{State: Active}, c.answer })
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if now, _ := b.Card(card.ID); now.State != StatePending {
		t.Errorf("a refusal left it %s", now.State)
	}
	turned, err := b.TurnCard(card.ID, func(Card) (Turn, error) { return Turn{State: StateInactive, Reason: "lost"}, nil })
	wantErr(t, err, nil)
	if got := reasons(turned); turned.State != StateInactive || !slices.Equal(got, []string{"ordered", "lost"}) {
		t.Errorf("%s, %q", turned.State, got)
	}
	wantErr(t, l.SetCardState(card.ID, Active), ErrCardInactive)
}

func TestCVVIsRenewedOnSchedule(t *testing.T) {
	l, b, fake := bank(t)
	card := walletCard(t, b)
	first, until := card.CVVAt(fake.Now())
	if first.Reveal() != card.CVV.Reveal() || !until.Equal(card.Created.Add(72*time.Hour)) {
		t.Errorf("the first ends at %s", until)
	}
	fake.Advance(until.Sub(fake.Now()) - time.Nanosecond)
	if got := l.Pay(paymentWith(card, "1")).Decline; got != Approved {
		t.Errorf("a moment before its end: %q", got)
	}
	fake.Advance(time.Nanosecond)
	if got := l.Pay(paymentWith(card, "1")).Decline; got != DeclineCVV {
		t.Errorf("at its end: %q", got)
	}
	second, next := card.CVVAt(fake.Now())
	if !next.Equal(until.Add(72 * time.Hour)) {
		t.Errorf("the second ends at %s", next)
	}
	payment := paymentWith(card, "1")
	payment.CVV = second
	if got := l.Pay(payment).Decline; got != Approved {
		t.Errorf("with the present code: %q", got)
	}
}

func TestACardWithoutAnIntervalKeepsItsCVV(t *testing.T) {
	_, b, fake := bank(t)
	card := issued(t, b, prepaid("1"))
	code, until := card.CVVAt(fake.Now().AddDate(2, 0, 0))
	if code.Reveal() != card.CVV.Reveal() || !until.IsZero() {
		t.Errorf("until %s", until)
	}
}

// TestCVVsAreGood: whatever the card, every code has three digits, is in force until the
// next begins, and no code of a thousand intervals comes twice.
func TestCVVsAreGood(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := NewRandom(rapid.Uint64().Draw(t, "seed"), "cvv")
		interval := time.Duration(rapid.IntRange(1, 1000).Draw(t, "hours")) * time.Hour
		created := birthday.Add(time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "created")))
		card := Card{Token: random.UUID(), CVV: NewSecret(random.Digits(cvvLength)), Created: created, CVVInterval: interval}
		seen, at := map[string]bool{}, created
		for range cvvCodes {
			code, until := card.CVVAt(at)
			if last, _ := card.CVVAt(until.Add(-1)); last.Reveal() != code.Reveal() || !until.After(at) || until.Nanosecond() != 0 {
				t.Fatalf("at %s until %s", at, until)
			}
			if len(code.Reveal()) != cvvLength || seen[code.Reveal()] {
				t.Fatalf("a code of %d digits, seen before: %t", len(code.Reveal()), seen[code.Reveal()])
			}
			seen[code.Reveal()], at = true, until
		}
	})
}

// TestWalletCardsConserve: payments and refunds of cards on one wallet, beside other
// movements of it, neither make nor lose money, and overdraw nothing.
func TestWalletCardsConserve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fake := clock.NewFake(birthday)
		l, err := New(Options{Clock: fake, Accounts: []Account{{ID: "a", Opening: money.Must("100")}}, IssuanceFee: money.Must("1")})
		if err != nil {
			t.Fatal(err)
		}
		book, _ := l.Book("a")
		spent := money.Zero
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			_, _ = book.IssueWalletCard(CardOrder{BIN: "400000", CVVInterval: time.Hour}, "", Stage{time.Minute, Active, ""})
			fake.Advance(time.Duration(rapid.IntRange(0, 120).Draw(t, "minutes")) * time.Minute)
			card := rapid.SampledFrom(l.Snapshot().Cards).Draw(t, "card")
			payment := paymentWith(card, amountOf(t).String())
			payment.CVV, _ = card.CVVAt(fake.Now())
			if l.Pay(payment).Decline == Approved {
				spent = spent.Add(payment.Amount)
			}
			_, _ = book.CreateBudget("b", amountOf(t))
		}
		s := l.Snapshot()
		if !s.Audit.Holds {
			t.Fatalf("%v", s.Audit.Problems)
		}
		if got := s.Audit.Totals[string(PurseMerchant)]; !got.Equal(spent) {
			t.Fatalf("merchants have %s of %s", got, spent)
		}
	})
}
