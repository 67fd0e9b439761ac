package contract_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox"
	"github.com/card-operator/card-operator/internal/sandbox/fault"
)

var epoch = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// stage is an adapter connected to a sandbox that speaks its dialect.
type stage struct {
	*testing.T
	ctx     context.Context
	subject subject
	box     *sandbox.Server
	clock   *clock.Fake
	issuer  issuer.Issuer
	permit  issuer.Permit
	calls   atomic.Int64
}

// each runs a test on every adapter.
func each(t *testing.T, test func(*stage)) {
	t.Helper()
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) { test(newStage(t, s)) })
	}
}

func newStage(t *testing.T, s subject) *stage {
	t.Helper()
	st := &stage{T: t, ctx: t.Context(), subject: s, clock: clock.NewFake(epoch), permit: issuer.Permit{NotAfter: epoch.Add(time.Hour)}}
	options := sandbox.Options{Clock: st.clock, Synchronous: true}
	if s.sandbox != nil {
		s.sandbox(t, &options)
	}
	var err error
	if st.box, err = sandbox.New(options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.box.Close)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		st.calls.Add(1)
		st.box.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	hosts, err := transport.ParseAllowList([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	wire, err := transport.New(transport.Config{BaseURL: web.URL, Allow: hosts, Clock: st.clock, Gate: transport.NewGate(st.clock, 1000, 1000), Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if st.issuer, err = s.connect(t, wire); err != nil {
		t.Fatal(err)
	}
	return st
}

func (s *stage) has(f issuer.Feature) bool { return s.issuer.Capabilities().Has(f) }

// needs skips a test of something that the issuer cannot do; TestCapabilitiesAreTrue makes
// sure that it really cannot.
func (s *stage) needs(f issuer.Feature) {
	s.Helper()
	if !s.has(f) {
		s.Skipf("%s has no %s", s.issuer.Capabilities().Name, f)
	}
}

func (s *stage) do(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// class checks what kind of error came of a call.
func (s *stage) class(err error, want issuer.Class) {
	s.Helper()
	if !issuer.Is(err, want) {
		s.Errorf("class %q, want %q: %v", issuer.ClassOf(err), want, err)
	}
}

// spoil makes the sandbox misbehave once at one of the subject's calls; at a read as often
// as it is asked, because an HTTP client may ask again for what it can.
func (s *stage) spoil(call string, do fault.Action, status int) {
	s.Helper()
	at, known := s.subject.calls[call]
	if !known {
		s.Fatalf("the subject does not say where %s goes", call)
	}
	rule := fault.Rule{Method: at.method, Path: at.path, Do: do, Status: status}
	if at.method != http.MethodGet {
		rule.Times = 1
	}
	if do == fault.Redirect {
		rule.Location = "http://127.0.0.1:1/"
	}
	if _, err := s.box.Faults().Add(rule); err != nil {
		s.Fatal(err)
	}
}

func token(name string) string { return id.Token("contract", "VirtualCard", "ns", name, 0) }

// order is one for a prepaid card, as the controllers would write it.
func (s *stage) order(name string) issuer.CardOrder { return s.orderOf(name, issuer.Prepaid) }

func (s *stage) orderOf(name string, cardType issuer.CardType) issuer.CardOrder {
	s.Helper()
	can := s.issuer.Capabilities()
	order := issuer.CardOrder{
		Type: cardType, Label: id.Tag(name, token(name), can.MaxLabel), Reference: token(name), ClientID: id.Creation(token(name)),
		Cardholder: issuer.Cardholder{FirstName: "Ada", LastName: "Love", Email: "ada@example.com", PhoneCountryCode: "1", Phone: "5550100"},
	}
	if s.has(issuer.FeatureBINs) {
		bins, err := s.issuer.ListBINs(s.ctx)
		s.do(err)
		for _, bin := range bins {
			if bin.Type == cardType && bin.BIN == "493193" {
				order.BIN, order.ProductID = bin.BIN, bin.ID
			}
		}
	}
	if s.has(issuer.FeatureCardholders) {
		order.CardholderID = s.holder(order.Cardholder, order.ProductID)
	}
	order.Opening = can.Opening(order.Type, order.BIN)
	return order
}

// holder registers a person, or finds them.
func (s *stage) holder(who issuer.Cardholder, product string) string {
	s.Helper()
	for range 2 {
		holders, err := s.issuer.ListCardholders(s.ctx)
		s.do(err)
		for _, h := range holders {
			if h.Email == who.Email && h.State == issuer.HolderActive {
				return h.ID
			}
		}
		_, err = s.issuer.CreateCardholder(s.ctx, s.permit, issuer.HolderOrder{
			Cardholder: who, ProductID: product, ClientID: id.Cardholder("contract", who.FirstName, who.LastName, who.Email)})
		s.do(err)
	}
	s.Fatal("the cardholder is not listed as active")
	return ""
}

// tagged are the cards that carry a token.
func (s *stage) tagged(name string) []issuer.Card {
	s.Helper()
	cards, err := s.issuer.ListCards(s.ctx)
	s.do(err)
	var found []issuer.Card
	for _, c := range cards {
		if in, _, ok := id.TokenIn(c.Label); c.Reference == token(name) || ok && in == token(name) {
			found = append(found, c)
		}
	}
	return found
}

// card orders a card and waits until it is active.
func (s *stage) card(name string) issuer.Card {
	s.Helper()
	s.do(s.issuer.CreateCard(s.ctx, s.permit, s.order(name)))
	for range 20 {
		if found := s.tagged(name); len(found) == 1 && found[0].State == issuer.StateActive {
			return found[0]
		}
		s.clock.Advance(30 * time.Second)
		s.permit.NotAfter = s.clock.Now().Add(time.Hour)
	}
	s.Fatalf("the card does not become active: %+v", s.tagged(name))
	return issuer.Card{}
}

func (s *stage) state(cardID string) issuer.State {
	s.Helper()
	card, err := s.issuer.GetCard(s.ctx, cardID)
	s.do(err)
	return card.State
}

func (s *stage) balance(balanceID string) string {
	s.Helper()
	found, err := s.issuer.ListBalances(s.ctx, []string{balanceID})
	s.do(err)
	return found[balanceID].Available.String()
}

func transfer(objectID string, direction issuer.Direction, amount, clientID string) issuer.Transfer {
	return issuer.Transfer{ObjectID: objectID, Direction: direction, Amount: money.Must(amount), ClientID: clientID}
}

// movements are the rows of a card with one client id.
func (s *stage) movements(cardID, clientID string) []issuer.Movement {
	s.Helper()
	rows, err := s.issuer.CardMovements(s.ctx, cardID)
	s.do(err)
	var found []issuer.Movement
	for _, m := range rows {
		if m.ClientID == clientID {
			found = append(found, m)
		}
	}
	return found
}
