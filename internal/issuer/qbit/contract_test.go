package qbit_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/qbit"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox"
)

// life drives the adapter against the sandbox over HTTP.
type life struct {
	*testing.T
	ctx    context.Context
	issuer issuer.Issuer
	permit issuer.Permit
}

func newLife(t *testing.T) *life {
	t.Helper()
	c := clock.NewFake(epoch)
	server, err := sandbox.New(sandbox.Options{Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	hosts, _ := transport.ParseAllowList([]string{"127.0.0.1"})
	h, err := transport.New(transport.Config{BaseURL: web.URL, Allow: hosts, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	client, err := qbit.New(qbit.Config{HTTP: h, AccountID: sandbox.DefaultAccountID, Credentials: qbit.Credentials{
		ClientID: sandbox.DefaultClientID, ClientSecret: issuer.NewSensitive(sandbox.DefaultClientSecret),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return &life{t, t.Context(), client, issuer.Permit{NotAfter: epoch.Add(time.Hour)}}
}

func (l *life) do(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// holds checks what is on a card or a budget.
func (l *life) holds(balanceID, available, frozen string) {
	l.Helper()
	found, err := l.issuer.ListBalances(l.ctx, []string{balanceID})
	l.do(err)
	if b := found[balanceID]; b.Available.String() != available || b.Frozen.String() != frozen {
		l.Fatalf("holds %s and %s frozen, want %s and %s", b.Available, b.Frozen, available, frozen)
	}
}

func (l *life) newCard(order issuer.CardOrder) issuer.Card {
	l.Helper()
	problems, err := l.issuer.CheckCard(l.ctx, order)
	l.do(err)
	if len(problems) != 0 {
		l.Fatal(problems)
	}
	l.do(l.issuer.CreateCard(l.ctx, l.permit, order))
	cards, err := l.issuer.ListCards(l.ctx)
	l.do(err)
	for _, c := range cards {
		if c.Label == order.Label {
			return c
		}
	}
	l.Fatal("the card is not listed")
	return issuer.Card{}
}

func (l *life) newBudget(name string) issuer.Budget {
	l.Helper()
	made, err := l.issuer.CreateBudget(l.ctx, l.permit, issuer.BudgetOrder{Name: name, Opening: l.issuer.Capabilities().OpeningBudget})
	l.do(err)
	budgets, err := l.issuer.ListBudgets(l.ctx)
	l.do(err)
	for _, b := range budgets {
		if b.ID == made && b.Name == name && b.State == issuer.StateActive {
			return b
		}
	}
	l.Fatal("the budget is not listed")
	return issuer.Budget{}
}

// moved checks that one movement with the client id is in the ledger.
func (l *life) moved(rows []issuer.Movement, err error, clientID string, kind issuer.MovementKind, amount string) issuer.Movement {
	l.Helper()
	l.do(err)
	var found []issuer.Movement
	for _, m := range rows {
		if m.ClientID == clientID {
			found = append(found, m)
		}
	}
	if len(found) != 1 || found[0].Kind != kind || !found[0].Amount.Equal(money.Must(amount)) || found[0].Status != issuer.MovementClosed {
		l.Fatalf("the ledger has %+v", found)
	}
	return found[0]
}

func TestLifeOfABudget(t *testing.T) {
	l := newLife(t)
	b := l.newBudget("q4 " + id.Token("o", "Budget", "ns", "q4", 0))
	l.do(l.issuer.MoveBudgetFunds(l.ctx, l.permit, transfer(b.ID, issuer.In, "50.25", "in-1")))
	l.do(l.issuer.MoveBudgetFunds(l.ctx, l.permit, transfer(b.ID, issuer.Out, "20", "out-1")))
	l.holds(b.BalanceID, "30.25", "0.00")
	rows, err := l.issuer.BudgetMovements(l.ctx, b.ID)
	l.moved(rows, err, "in-1", issuer.MovementIn, "50.25")
	l.moved(rows, err, "out-1", issuer.MovementOut, "20")
	l.do(l.issuer.RenameBudget(l.ctx, b.ID, "renamed"))
	if err := l.issuer.MoveBudgetFunds(l.ctx, l.permit, transfer(b.ID, issuer.Out, "1000", "out-2")); !issuer.Is(err, issuer.Invalid) {
		t.Errorf("more than there is: %v", err)
	}
	card := l.newCard(issuer.CardOrder{Type: issuer.BudgetCard, BIN: "493193", BudgetID: b.ID, Label: "shared", ClientID: "c", Cardholder: holder})
	if card.Type != issuer.BudgetCard || card.BudgetID != b.ID {
		t.Errorf("card %+v", card)
	}
	l.do(l.issuer.MoveBudgetFunds(l.ctx, l.permit, transfer(b.ID, issuer.Out, "30.25", "out-3")))
	l.holds(b.BalanceID, "0.00", "0.00")
}

var holder = issuer.Cardholder{FirstName: "Ada", LastName: "Love", Email: "ada@example.com", PhoneCountryCode: "1", Phone: "5550100"}

func TestLifeOfAPrepaidCard(t *testing.T) {
	l := newLife(t)
	bins, err := l.issuer.ListBINs(l.ctx)
	l.do(err)
	if len(bins) == 0 {
		t.Fatal("no BINs")
	}
	order := issuer.CardOrder{Type: issuer.Prepaid, BIN: "414631", Label: "search " + id.Token("o", "VirtualCard", "ns", "s", 0),
		ClientID: "create", Cardholder: holder, Address: &issuer.Address{Line1: "1 Main St", City: "San Jose", State: "CA", Country: "US", PostalCode: "95131"}}
	order.Opening = l.issuer.Capabilities().Opening(order.Type, order.BIN)
	card := l.newCard(order)
	l.do(l.issuer.MoveCardFunds(l.ctx, l.permit, transfer(card.ID, issuer.In, "99", "fund-1")))
	l.holds(card.BalanceID, "100.00", "0.00")
	l.do(l.issuer.HoldCardFunds(l.ctx, l.permit, transfer(card.ID, issuer.In, "40", "hold-1")))
	l.holds(card.BalanceID, "60.00", "40.00")
	l.do(l.issuer.HoldCardFunds(l.ctx, l.permit, transfer(card.ID, issuer.Out, "40", "hold-2")))
	l.do(l.issuer.MoveCardFunds(l.ctx, l.permit, transfer(card.ID, issuer.Out, "10", "fund-2")))
	l.holds(card.BalanceID, "90.00", "0.00")
	rows, err := l.issuer.CardMovements(l.ctx, card.ID)
	seen := l.moved(rows, err, "fund-1", issuer.MovementIn, "99")
	detail, err := l.issuer.MovementDetail(l.ctx, seen.ID)
	if err != nil || detail.ID != seen.ID || detail.ClientID != "fund-1" {
		t.Errorf("detail %+v, %v", detail, err)
	}
	l.freeze(card.ID)
	l.reveal(card)
	l.withdraw(card)
	l.do(l.issuer.CloseCard(l.ctx, card.ID, id.Closing(card.ID)))
	l.inState(card.ID, issuer.StateInactive)
	if _, err := l.issuer.GetCard(l.ctx, "nobody"); !issuer.Is(err, issuer.NotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func (l *life) inState(cardID string, want issuer.State) {
	l.Helper()
	card, err := l.issuer.GetCard(l.ctx, cardID)
	l.do(err)
	if card.State != want {
		l.Fatalf("the card is %s, want %s", card.State, want)
	}
}

func (l *life) freeze(cardID string) {
	l.Helper()
	l.do(l.issuer.FreezeCard(l.ctx, cardID))
	l.inState(cardID, issuer.StateFrozen)
	l.do(l.issuer.UnfreezeCard(l.ctx, cardID))
	l.inState(cardID, issuer.StateActive)
}

func (l *life) reveal(card issuer.Card) {
	l.Helper()
	secrets, err := l.issuer.RevealCard(l.ctx, card.ID)
	l.do(err)
	if pan := secrets.PAN.Reveal(); len(pan) < 12 || pan[len(pan)-4:] != card.LastFour || secrets.CVV.Len() != 3 {
		l.Fatal("these are another card's secrets")
	}
	fingerprint, err := l.issuer.CardFingerprint(l.ctx, card.ID)
	l.do(err)
	if fingerprint.IsZero() {
		l.Fatal("no fingerprint")
	}
}

func (l *life) withdraw(card issuer.Card) {
	l.Helper()
	made, err := l.issuer.CreateReceiver(l.ctx, l.permit, issuer.ReceiverOrder{
		FirstName: "Grace", LastName: "Hop", AccountType: "Individual", Currency: "USD", AccountNumber: issuer.NewSensitive("1234567890"),
		BankName: "Bank", Relationship: "SAME_ACCOUNT", RoutingType: "aba", RoutingNumber: "021000021",
	})
	l.do(err)
	receivers, err := l.issuer.ListReceivers(l.ctx, "USD")
	l.do(err)
	if len(receivers) != 1 || receivers[0].ID != made.ID || receivers[0].State != issuer.ReceiverPassed || receivers[0].AccountNumber.Reveal() != "1234567890" {
		l.Fatalf("receivers %+v", receivers)
	}
	payout := issuer.Payout{CardID: card.ID, ReceiverID: made.ID, Amount: money.Must("12.50"), ClientID: id.Payment("o", "ns", "w")}
	for range 2 { // the one call that the issuer promises to replay
		l.do(l.issuer.Withdraw(l.ctx, l.permit, payout))
	}
	rows, err := l.issuer.FindMovements(l.ctx, payout.ClientID)
	l.moved(rows, err, payout.ClientID, issuer.MovementOut, "12.50")
	all, err := l.issuer.ListMovements(l.ctx)
	l.do(err)
	l.moved(slices.DeleteFunc(all, func(m issuer.Movement) bool { return m.ClientID != payout.ClientID }), nil, payout.ClientID, issuer.MovementOut, "12.50")
	if !l.issuer.Capabilities().WholeLedger {
		l.Error("there is no filter by client id")
	}
	l.holds(card.BalanceID, "77.50", "0.00")
}

// A sweep of many pages sees every card.
func TestManyCards(t *testing.T) {
	l := newLife(t)
	for range 230 {
		l.do(l.issuer.CreateCard(l.ctx, l.permit, issuer.CardOrder{Type: issuer.Prepaid, BIN: "493193", Label: "many", Cardholder: holder}))
	}
	cards, err := l.issuer.ListCards(l.ctx)
	if err != nil || len(cards) != 230 {
		t.Errorf("%d cards, %v", len(cards), err)
	}
}
