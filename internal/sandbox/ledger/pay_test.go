package ledger

import (
	"testing"

	"github.com/card-operator/card-operator/internal/money"
)

func paymentWith(c Card, amount string) Payment {
	return Payment{
		PAN: c.PAN, CVV: c.CVV, ExpMonth: c.ExpMonth, ExpYear: c.ExpYear,
		Amount: money.Must(amount), Merchant: "shop",
	}
}

func TestPaymentDeclines(t *testing.T) {
	l, b, fake := bank(t)
	card := issued(t, b, prepaid("50"))
	_, err := b.Hold(card.ID, money.Must("20"), "")
	wantErr(t, err, nil)
	with := func(change func(*Payment)) Payment {
		p := paymentWith(card, "10")
		change(&p)
		return p
	}
	for name, c := range map[string]struct {
		pay  Payment
		want Decline
	}{
		"unknown":     {with(func(p *Payment) { p.PAN = NewSecret("4931930000000000") }), DeclineUnknown},
		"cvv":         {with(func(p *Payment) { p.CVV = NewSecret("xxx") }), DeclineCVV},
		"month":       {with(func(p *Payment) { p.ExpMonth++ }), DeclineExpiry},
		"year":        {with(func(p *Payment) { p.ExpYear++ }), DeclineExpiry},
		"held money":  {with(func(p *Payment) { p.Amount = money.Must("30.01") }), DeclineFunds},
		"zero amount": {with(func(p *Payment) { p.Amount = money.Zero }), DeclineAmount},
	} {
		if got := l.Pay(c.pay); got.Decline != c.want || got.ID != "" {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
	for state, want := range map[State]Decline{StateFrozen: DeclineFrozen, StateControl: DeclineControl} {
		wantErr(t, l.SetCardState(card.ID, state), nil)
		if got := l.Pay(paymentWith(card, "10")).Decline; got != want {
			t.Errorf("%s: %s", state, got)
		}
	}
	wantErr(t, l.SetCardState(card.ID, Active), nil)
	if got := l.Pay(paymentWith(card, "30")); got.Decline != Approved || got.LastFour != card.LastFour {
		t.Errorf("a good payment was declined: %+v", got)
	}
	fake.Advance(4 * 365 * 24 * 3600e9)
	if got := l.Pay(paymentWith(card, "1")).Decline; got != DeclineExpired {
		t.Errorf("after the expiry: %s", got)
	}
	wantErr(t, b.CloseCard(card.ID, ""), nil)
}

func TestBudgetCardsSpendTheirBudget(t *testing.T) {
	l, b, _ := bank(t)
	budget, _ := b.CreateBudget("team", money.Must("10"))
	card := issued(t, b, CardOrder{Type: BudgetFunded, BIN: "493193", BudgetID: budget.ID})
	if got := l.Pay(paymentWith(card, "10.01")).Decline; got != DeclineFunds {
		t.Errorf("more than the budget: %s", got)
	}
	receipt := l.Pay(paymentWith(card, "7"))
	wantAmount(t, "budget", held(t, b, budget.BalanceID).Available, "3.00")
	made, err := b.Movement(receipt.ID)
	if err != nil || made.Kind != KindConsumption || made.BudgetID != budget.ID || made.CardID != card.ID {
		t.Errorf("%+v, %v", made, err)
	}
	_, err = l.MoveOutside(Move{Kind: KindCredit, CardID: card.ID, Amount: money.Must("7")})
	wantErr(t, err, nil)
	wantAmount(t, "budget after the refund", held(t, b, budget.BalanceID).Available, "10.00")
}

func TestLuhn(t *testing.T) {
	for number, want := range map[string]bool{"4111111111111111": true, "4111111111111112": false, "": false} {
		if Luhn(number) != want {
			t.Errorf("Luhn(%s) is not %t", number, want)
		}
	}
}
