package interlace_test

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/interlace"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox"
	dialect "github.com/card-operator/card-operator/internal/sandbox/interlace"
)

// worlds are what the document leaves open, as the sandbox plays it. The suite of package
// contract plays the default one.
var worlds = map[string]dialect.Options{
	"default":        {},
	"asynchronous":   {Asynchronous: true},
	"other spelling": {TitleCase: true, NumericNames: true, TextTotals: true, TerseBudgets: true, NumericErrors: true, ErrorsOK: true},
	"no keys":        {NoDeduplication: true},
	"busy keys":      {KeyBusy: time.Minute},
}

// life drives the adapter against the sandbox over HTTP.
type life struct {
	*testing.T
	client *interlace.Client
	clock  *clock.Fake
	permit issuer.Permit
}

func newLife(t *testing.T, o dialect.Options) *life {
	t.Helper()
	c := clock.NewFake(issuertest.Epoch)
	server, err := sandbox.New(sandbox.Options{Clock: c, Synchronous: !o.Asynchronous, Interlace: o})
	issuertest.Must(t, err)
	t.Cleanup(server.Close)
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	h := issuertest.Connect(t, transport.Config{BaseURL: web.URL, Allow: issuertest.Hosts(t), Clock: c, Gate: transport.NewGate(c, 1000, 1000)})
	return &life{t, connect(t, interlace.Config{HTTP: h, AccountID: sandbox.DefaultAccountID, Credentials: interlace.Credentials{
		ClientID: sandbox.DefaultClientID, ClientSecret: issuer.NewSensitive(sandbox.DefaultInterlaceSecret),
	}}), c, issuer.Permit{NotAfter: issuertest.Epoch.Add(time.Hour)}}
}

func (l *life) do(err error) {
	l.Helper()
	issuertest.Must(l, err)
}

// products are the ids of what a card may be made of; several where types are not told.
func (l *life) products(t issuer.CardType) (ids []string) {
	l.Helper()
	bins, err := l.client.ListBINs(l.Context())
	l.do(err)
	for _, b := range bins {
		if b.BIN == "493193" && b.Type == t {
			ids = append(ids, b.ID)
		}
	}
	return ids
}

// holder registers a person who may have cards a while later.
func (l *life) holder(productID string) string {
	l.Helper()
	_, err := l.client.CreateCardholder(l.Context(), l.permit, issuer.HolderOrder{
		Cardholder: issuer.Cardholder{FirstName: "Ada", LastName: "Love", Email: "ada@example.com"}, ProductID: productID, ClientID: "h-" + productID,
	})
	l.do(err)
	l.clock.Advance(time.Minute)
	holders, err := l.client.ListCardholders(l.Context())
	l.do(err)
	return holders[0].ID
}

// card orders a prepaid card. Where types are not told the wrong product is refused.
func (l *life) card(name string) issuer.Card {
	l.Helper()
	tag := id.Token("o", "VirtualCard", "ns", name, 0)
	products := l.products(issuer.Prepaid)
	holder := l.holder(products[0])
	err := errors.New("no product")
	for i := 0; err != nil && i < len(products); i++ {
		err = l.client.CreateCard(l.Context(), l.permit, issuer.CardOrder{
			Type: issuer.Prepaid, BIN: "493193", ProductID: products[i], CardholderID: holder,
			Label: id.Tag(name, tag, 64), Reference: tag, ClientID: id.Creation(tag),
		})
		if err != nil && (!issuer.Is(err, refused) || len(products) == 1) {
			l.Fatal(err)
		}
	}
	l.do(err)
	l.clock.Advance(5 * time.Minute)
	cards, err := l.client.ListCards(l.Context())
	l.do(err)
	for _, c := range cards {
		if c.Reference == tag {
			return c
		}
	}
	l.Fatal("the card is not listed")
	return issuer.Card{}
}

func TestWorlds(t *testing.T) {
	for name, o := range worlds {
		t.Run(name, func(t *testing.T) {
			l := newLife(t, o)
			card := l.card("life")
			l.permit.NotAfter = l.clock.Now().Add(time.Hour)
			l.money(card)
			l.budget()
			l.do(l.client.FreezeCard(l.Context(), card.ID))
			l.do(l.client.FreezeCard(l.Context(), card.ID))
			l.do(l.client.UnfreezeCard(l.Context(), card.ID))
			l.do(l.client.SetCardLimits(l.Context(), card.ID, []issuer.Limit{{Interval: issuer.PerDay, Amount: money.Must("5")}}))
			found, err := l.client.GetCard(l.Context(), card.ID)
			l.do(err)
			if found.State != issuer.StateActive || len(found.Limits) != 1 || !found.Limits[0].Amount.Equal(money.Must("5")) {
				t.Errorf("%+v", found)
			}
			secrets, err := l.client.RevealCard(l.Context(), card.ID)
			if err != nil || wholeEnd(secrets) != card.LastFour {
				t.Errorf("revealed %v", err)
			}
			l.do(l.client.CloseCard(l.Context(), card.ID, "close"))
		})
	}
}

func wholeEnd(s issuer.CardSecrets) string {
	pan := s.PAN.Reveal()
	return pan[max(0, len(pan)-4):]
}

// money moves on a card are found by their id; a twin has no effect where keys are kept,
// and is never taken for a refusal.
func (l *life) money(card issuer.Card) {
	l.Helper()
	in := transfer(card.ID, issuer.In, "9.50", "fund-1")
	l.do(l.client.MoveCardFunds(l.Context(), l.permit, in))
	rows, err := l.client.FindMovements(l.Context(), "fund-1")
	if err != nil || len(rows) != 1 || rows[0].Kind != issuer.MovementIn || rows[0].Status != issuer.MovementClosed {
		l.Errorf("%+v, %v", rows, err)
	}
	if err := l.client.MoveCardFunds(l.Context(), l.permit, transfer(card.ID, issuer.Out, "1000", "fund-2")); !issuer.Is(err, refused) {
		l.Errorf("more than there is: %v", err)
	}
	balance, err := l.client.ListBalances(l.Context(), []string{card.BalanceID})
	if err != nil || balance[card.BalanceID].Available.String() != "9.50" {
		l.Errorf("%+v, %v", balance, err)
	}
	if err := l.client.MoveCardFunds(l.Context(), l.permit, in); err != nil && issuer.OutcomeOf(err) != issuer.Unknown && !issuer.IsDoubtful(err) {
		l.Errorf("a twin: %v", err)
	}
	in.Amount = money.Must("9.51")
	if err := l.client.MoveCardFunds(l.Context(), l.permit, in); err != nil && issuer.OutcomeOf(err) != issuer.Unknown && !issuer.IsDoubtful(err) {
		l.Errorf("another amount under the same id: %v", err)
	}
}

func (l *life) budget() {
	l.Helper()
	made, err := l.client.CreateBudget(l.Context(), l.permit, issuer.BudgetOrder{Name: tagged})
	l.do(err)
	l.do(l.client.MoveBudgetFunds(l.Context(), l.permit, transfer(made, issuer.In, "5", "in-1")))
	l.do(l.client.RenameBudget(l.Context(), made, "renamed "+tagged))
	rows, err := l.client.BudgetMovements(l.Context(), made)
	if err != nil || len(rows) != 1 || rows[0].Kind != issuer.MovementIn || rows[0].ClientID != "in-1" {
		l.Errorf("%+v, %v", rows, err)
	}
	budgets, err := l.client.ListBudgets(l.Context())
	if err != nil || len(budgets) != 1 || budgets[0].Name != "renamed "+tagged || budgets[0].State != issuer.StateActive {
		l.Errorf("%+v, %v", budgets, err)
	}
	if _, err := l.client.CreateBudget(l.Context(), l.permit, issuer.BudgetOrder{Name: "renamed " + tagged}); err != nil && issuer.OutcomeOf(err) != issuer.Unknown && !issuer.IsDoubtful(err) {
		l.Errorf("a twin: %v", err)
	}
}
