package ledger

import (
	"errors"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

func TestCardholdersAreReviewed(t *testing.T) {
	l, b, fake := bank(t, func(o *Options) { o.CardholderReviewDelay = time.Minute })
	make := func(last string) Cardholder {
		c, err := b.CreateCardholder(Holder{FirstName: "First", LastName: last}, nil, nil)
		wantErr(t, err, nil)
		return c
	}
	good, bad, byHand := make("Last"), make("REFUSE"), make("Hand")
	wantErr(t, l.SetCardholderStatus(byHand.ID, CardholderInactive), nil)
	order := CardOrder{Type: Prepaid, BIN: "493193", HolderID: good.ID}
	_, err := b.IssueCard(order)
	wantErr(t, err, ErrCardholderNotActive)
	fake.Advance(time.Minute)
	for id, want := range map[string]CardholderStatus{good.ID: CardholderActive, bad.ID: CardholderInactive, byHand.ID: CardholderInactive} {
		now, err := b.Cardholder(id)
		wantErr(t, err, nil)
		if now.Status != want || (now.RejectReason != "") != (id == bad.ID) {
			t.Errorf("%+v, want %s", now, want)
		}
	}
	card, err := b.IssueCard(order)
	wantErr(t, err, nil)
	if card.HolderID != good.ID {
		t.Errorf("the card is of %q", card.HolderID)
	}
	theirs, err := l.Book("tenant-b")
	wantErr(t, err, nil)
	_, err = theirs.IssueCard(order)
	wantErr(t, err, ErrUnknownCardholder)
	_, err = theirs.Cardholder(good.ID)
	wantErr(t, err, ErrUnknownCardholder)
	if _, n := theirs.Cardholders(Page{}); n != 0 {
		t.Errorf("another account lists %d", n)
	}
	wantErr(t, l.SetCardholderStatus("nobody", CardholderActive), ErrUnknownCardholder)
	wantErr(t, l.SetCardholderStatus(good.ID, "Dead"), ErrInvalidState)
}

func TestAReferenceIsTakenOnce(t *testing.T) {
	l, b, fake := bank(t, func(o *Options) { o.IssuingDelay = time.Minute })
	order := CardOrder{Type: Prepaid, BIN: "493193", Reference: "ref", UniqueReference: true, Funding: money.Must("10")}
	_, err := b.OrderCards(order, 1)
	wantErr(t, err, nil)
	_, err = b.OrderCards(order, 1)
	wantErr(t, err, ErrReferenceTaken)
	_, err = b.IssueCard(order)
	wantErr(t, err, ErrReferenceTaken)
	theirs, err := l.Book("tenant-b")
	wantErr(t, err, nil)
	_, err = theirs.IssueCard(order)
	wantErr(t, err, nil)
	fake.Advance(time.Minute)
	_, err = b.IssueCard(order)
	wantErr(t, err, ErrReferenceTaken)
	order.UniqueReference = false
	_, err = b.IssueCard(order)
	wantErr(t, err, nil)
}

func TestAnOrderThatCameToNothingLeavesItsReferenceFree(t *testing.T) {
	_, b, fake := bank(t, func(o *Options) { o.IssuingDelay = time.Minute })
	order := CardOrder{Type: Prepaid, BIN: "493193", Reference: "ref", UniqueReference: true, Holder: Holder{LastName: "REFUSE"}}
	_, err := b.IssueCard(order)
	wantErr(t, err, ErrIssuingRefused)
	_, err = b.OrderCards(order, 1)
	wantErr(t, err, nil)
	fake.Advance(time.Minute)
	order.Holder.LastName = "Last"
	_, err = b.IssueCard(order)
	wantErr(t, err, nil)
}

func TestNamesCanBeUnique(t *testing.T) {
	l, b, _ := bank(t)
	first, err := b.CreateNamedBudget("team", money.Must("1"))
	wantErr(t, err, nil)
	_, err = b.CreateNamedBudget("team", money.Must("1"))
	wantErr(t, err, ErrNameTaken)
	second, err := b.CreateBudget("team", money.Zero)
	wantErr(t, err, nil)
	wantErr(t, b.RenameBudgetUniquely(second.ID, "team"), ErrNameTaken)
	wantErr(t, b.RenameBudgetUniquely(second.ID, "other"), nil)
	wantErr(t, b.RenameBudgetUniquely("nobody", "x"), ErrUnknownBudget)
	theirs, err := l.Book("tenant-b")
	wantErr(t, err, nil)
	_, err = theirs.CreateNamedBudget("team", money.Zero)
	wantErr(t, err, nil)
	_, err = theirs.Budget(first.ID)
	wantErr(t, err, ErrUnknownBudget)
	if got, err := b.Budget(second.ID); err != nil || got.Name != "other" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestOffers(t *testing.T) {
	l, _, _ := bank(t, func(o *Options) {
		o.BINs = []BIN{{ID: "mine", Number: "400000", Type: Prepaid}, {Number: "400001", Type: Prepaid}}
		o.Scenarios = []Scenario{{ID: 1, Name: "Shop", BINs: []string{"400001", "499999", "400000"}}}
	})
	found, err := l.Recommend(1)
	wantErr(t, err, nil)
	if len(found) != 2 || found[0].Number != "400001" || found[1].ID != "mine" {
		t.Errorf("the advice is %v", found)
	}
	if _, err := l.Recommend(2); !errors.Is(err, ErrUnknownScenario) {
		t.Errorf("an unknown scenario: %v", err)
	}
	if bin, err := l.BINByID(found[0].ID); err != nil || bin.Number != "400001" {
		t.Errorf("%v, %v", bin, err)
	}
	_, err = l.BINByID("")
	wantErr(t, err, ErrUnknownBIN)
}

func TestChangesRememberTheirRequest(t *testing.T) {
	l, b, _ := bank(t)
	card, err := b.IssueCard(CardOrder{Type: Prepaid, BIN: "493193"})
	wantErr(t, err, nil)
	wantErr(t, b.Via("/freeze").FreezeCard(card.ID), nil)
	wantErr(t, l.SetCardState(card.ID, Active), nil)
	wantErr(t, b.Via("/delete").CloseCard(card.ID, ""), nil)
	now, _ := b.Card(card.ID)
	var via []string
	for _, turn := range now.History {
		via = append(via, turn.Via)
	}
	if len(via) != 3 || via[0] != "/freeze" || via[1] != "" || via[2] != "/delete" {
		t.Errorf("the requests are %q", via)
	}
}
