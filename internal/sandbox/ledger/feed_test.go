package ledger

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// told is the news in short: kind, and state or status.
func told(events []Event) string {
	var lines []string
	for _, e := range events {
		line := string(e.News) + " " + string(e.Card.State)
		if e.Movement.ID != "" {
			line = fmt.Sprint(e.News, " ", e.Movement.Kind, " ", e.Movement.Status)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, ", ")
}

func TestAFeedTellsWhatHasHappenedSinceItWasLastAsked(t *testing.T) {
	l, b, fake := bank(t, func(o *Options) { o.WithdrawDelay = time.Minute })
	old := issued(t, b, prepaid("10"))
	f := l.Feed()
	want := func(step, want string) {
		t.Helper()
		if got := told(f.Next()); got != want {
			t.Errorf("%s: %s, want %s", step, got, want)
		}
		if again := f.Next(); len(again) != 0 {
			t.Errorf("%s: told twice: %v", step, told(again))
		}
	}
	want("what exists is no news", "")

	card := issued(t, b, prepaid("20"))
	want("a card", "CardCreated Active, MovementCreated CardIn Closed")
	wantErr(t, b.FreezeCard(old.ID), nil)
	want("frozen", "CardUpdated Frozen")
	wantErr(t, b.FreezeCard(old.ID), nil)
	want("frozen again", "")
	wantErr(t, l.SetCardState(old.ID, StateControl), nil)
	want("blocked", "CardUpdated Control")

	receiver, err := b.CreateReceiver(Payee{Currency: "USD", FirstName: "A", LastName: "B", AccountNumber: "1"})
	wantErr(t, err, nil)
	_, err = b.Withdraw(card.ID, receiver.ID, money.Must("5"), "w-1")
	wantErr(t, err, nil)
	want("a withdrawal", "MovementCreated Withdrawal Pending")
	fake.Advance(time.Minute)
	want("it closes by itself", "MovementUpdated Withdrawal Closed")
	if len(f.open) != 0 || len(f.status) != 0 {
		t.Errorf("it is still followed: %v, %v", f.open, f.status)
	}
	wantErr(t, b.CloseCard(card.ID, "close"), nil)
	want("closed", "CardUpdated Inactive, MovementCreated Closing Closed")
}

func TestAFeedTellsEveryTurnOfAWalletCard(t *testing.T) {
	l, b, fake := bank(t)
	f := l.Feed()
	_, err := b.IssueWalletCard(CardOrder{BIN: "400000", Holder: Holder{FirstName: "A", LastName: "B"}}, "created",
		Stage{time.Minute, StatePending, "building"}, Stage{2 * time.Minute, Active, ""})
	wantErr(t, err, nil)
	if got := told(f.Next()); got != "CardCreated Pending" {
		t.Error(got)
	}
	fake.Advance(time.Hour)
	events := f.Next()
	if got := told(events); got != "CardUpdated Pending, CardUpdated Active" {
		t.Fatal(got)
	}
	if first := events[0]; len(first.Card.History) != 2 || first.Card.History[1].Reason != "building" || events[1].Was != StatePending {
		t.Errorf("%+v", events)
	}

	late := l.Feed()
	_, err = b.IssueWalletCard(CardOrder{BIN: "400000", Holder: Holder{FirstName: "A", LastName: "B"}}, "created", Stage{0, Active, ""})
	wantErr(t, err, nil)
	if got := told(late.Next()); got != "CardCreated Pending, CardUpdated Active" {
		t.Error(got)
	}
}
