package ledger

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

func TestLimitsBeginAnewAtMidnightInGMT8(t *testing.T) {
	at := func(text string) time.Time {
		moment, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	now := at("2026-11-01T09:00:00Z") // a Sunday
	for interval, want := range map[Interval]string{
		PerDay: "2026-11-01T00:00:00+08:00", PerWeek: "2026-10-26T00:00:00+08:00", PerMonth: "2026-11-01T00:00:00+08:00",
		PerQuarter: "2026-10-01T00:00:00+08:00", PerYear: "2026-01-01T00:00:00+08:00",
	} {
		if got := windowStart(interval, now); !got.Equal(at(want)) {
			t.Errorf("%s began at %s, want %s", interval, got, want)
		}
	}
	if got := windowStart(PerDay, at("2026-10-31T16:00:00Z")); !got.Equal(at("2026-10-31T16:00:00Z")) {
		t.Errorf("midnight belongs to the new day: %s", got)
	}
	if got := windowStart(PerWeek, at("2026-11-02T00:00:00Z")); !got.Equal(at("2026-11-02T00:00:00+08:00")) {
		t.Errorf("a Monday begins its week: %s", got)
	}
	if got := windowStart(PerLifetime, now); !got.IsZero() {
		t.Errorf("a lifetime has no beginning: %s", got)
	}
}

func TestLimitsCountWhatTheCardAloneHasSpent(t *testing.T) {
	l, b, fake := bank(t)
	budget, err := b.CreateBudget("team", money.Must("100"))
	wantErr(t, err, nil)
	card, err := b.IssueCard(CardOrder{Type: BudgetFunded, BIN: "493193", BudgetID: budget.ID})
	wantErr(t, err, nil)
	other, err := b.IssueCard(CardOrder{Type: BudgetFunded, BIN: "493193", BudgetID: budget.ID})
	wantErr(t, err, nil)
	for interval, amount := range map[Interval]string{PerTransaction: "8", PerMonth: "10", PerLifetime: "12"} {
		_, err := b.ChangeLimits(card.ID, func(limits []Limit) []Limit {
			return append(limits, Limit{interval, money.Must(amount)})
		})
		wantErr(t, err, nil)
	}
	pay := func(card Card, amount string, want Decline) {
		t.Helper()
		if got := l.Pay(paymentWith(card, amount)).Decline; got != want {
			t.Errorf("%s: %q, want %q", amount, got, want)
		}
	}
	pay(other, "50", Approved)
	pay(card, "8.01", DeclineLimit)
	pay(card, "8", Approved)
	pay(card, "2.01", DeclineLimit)
	pay(card, "2", Approved)
	pay(card, "0.01", DeclineLimit)
	fake.Advance(30 * 24 * time.Hour)
	pay(card, "2.01", DeclineLimit)
	pay(card, "2", Approved)
	left := map[Interval]string{}
	rows, err := b.Allowances(card.ID)
	wantErr(t, err, nil)
	for _, row := range rows {
		left[row.Interval] = row.Left.String()
	}
	if left[PerTransaction] != "8.00" || left[PerMonth] != "8.00" || left[PerLifetime] != "0.00" {
		t.Errorf("left is %v", left)
	}
}

func TestLimitsAreOfLiveCardsAndPositive(t *testing.T) {
	_, b, _ := bank(t)
	card, err := b.IssueCard(CardOrder{Type: Prepaid, BIN: "493193"})
	wantErr(t, err, nil)
	set := func(id, amount string) error {
		_, err := b.ChangeLimits(id, func([]Limit) []Limit { return []Limit{{PerDay, money.Must(amount)}} })
		return err
	}
	wantErr(t, set(card.ID, "5"), nil)
	wantErr(t, set(card.ID, "0"), ErrInvalidAmount)
	wantErr(t, set("nobody", "5"), ErrUnknownCard)
	if now, _ := b.Card(card.ID); len(now.Limits) != 1 || now.Limits[0].Amount.String() != "5.00" {
		t.Errorf("a refused change was kept: %v", now.Limits)
	}
	wantErr(t, b.CloseCard(card.ID, ""), nil)
	wantErr(t, set(card.ID, "5"), ErrCardInactive)
	_, err = b.Allowances("nobody")
	wantErr(t, err, ErrUnknownCard)
}
