package contract_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/fault"
)

func TestACardIsFoundByItsToken(t *testing.T) {
	each(t, func(s *stage) {
		card := s.card("search")
		if card.ID == "" || card.Type != issuer.Prepaid {
			s.Errorf("%+v", card)
		}
		got, err := s.issuer.GetCard(s.ctx, card.ID)
		if err != nil || got.ID != card.ID || got.LastFour != card.LastFour || len(got.LastFour) != 4 {
			s.Errorf("read by id: %+v, %v", got, err)
		}
	})
}

// The heart of the matter: an order whose answer was lost is found, by what it carries.
func TestALostAnswerToAnOrderIsFound(t *testing.T) {
	for _, do := range []fault.Action{fault.CommitDrop, fault.CommitError, fault.HTML, fault.Empty, fault.Garbage, fault.Truncate} {
		t.Run(string(do), func(t *testing.T) {
			each(t, func(s *stage) {
				order := s.order("lost")
				s.spoil("create card", do, 0)
				err := s.issuer.CreateCard(s.ctx, s.permit, order)
				if issuer.OutcomeOf(err) != issuer.Unknown && (err != nil || do != fault.Empty) {
					s.Errorf("the outcome is %s: %v", issuer.OutcomeOf(err), err)
				}
				if found := s.tagged("lost"); len(found) != 1 {
					s.Errorf("%d cards carry the token", len(found))
				}
			})
		})
	}
}

func TestAnOrderThatNeverArrivedIsNotFound(t *testing.T) {
	each(t, func(s *stage) {
		order := s.order("never")
		s.spoil("create card", fault.Drop, 0)
		s.class(s.issuer.CreateCard(s.ctx, s.permit, order), issuer.Ambiguous)
		if found := s.tagged("never"); len(found) != 0 {
			s.Errorf("%d cards", len(found))
		}
		s.do(s.issuer.CreateCard(s.ctx, s.permit, order)) // the same order, the same id
		if found := s.tagged("never"); len(found) != 1 {
			s.Errorf("%d cards after it was sent again", len(found))
		}
	})
}

func TestFundingACard(t *testing.T) {
	each(t, func(s *stage) {
		s.needs(issuer.FeatureFunding)
		card := s.card("funded")
		start := money.Must(s.balance(card.BalanceID))
		s.do(s.issuer.MoveCardFunds(s.ctx, s.permit, transfer(card.ID, issuer.In, "99.50", "fund-1")))
		s.do(s.issuer.MoveCardFunds(s.ctx, s.permit, transfer(card.ID, issuer.Out, "9.50", "fund-2")))
		if got, want := s.balance(card.BalanceID), start.Add(money.Must("90")).String(); got != want {
			s.Errorf("the card holds %s, want %s", got, want)
		}
		for clientID, want := range map[string]issuer.Movement{
			"fund-1": {Kind: issuer.MovementIn, Amount: money.Must("99.5")}, "fund-2": {Kind: issuer.MovementOut, Amount: money.Must("9.5")},
		} {
			rows := s.movements(card.ID, clientID)
			if len(rows) != 1 || rows[0].Kind != want.Kind || !rows[0].Amount.Equal(want.Amount) || rows[0].Status != issuer.MovementClosed {
				s.Errorf("%s: %+v", clientID, rows)
			}
			all, err := s.issuer.FindMovements(s.ctx, clientID)
			if err != nil || len(all) != 1 || all[0].CardID != card.ID {
				s.Errorf("%s: found %+v, %v", clientID, all, err)
			}
		}
		s.class(s.issuer.MoveCardFunds(s.ctx, s.permit, transfer(card.ID, issuer.Out, "100000", "fund-3")), issuer.Invalid)
		if rows := s.movements(card.ID, "fund-3"); len(rows) > 0 && rows[0].Status != issuer.MovementFailed {
			s.Errorf("a refused movement is listed: %+v", rows)
		}
	})
}

func TestALostAnswerToAMovementIsFound(t *testing.T) {
	each(t, func(s *stage) {
		s.needs(issuer.FeatureFunding)
		card := s.card("lossy")
		s.spoil("fund card", fault.CommitDrop, 0)
		s.class(s.issuer.MoveCardFunds(s.ctx, s.permit, transfer(card.ID, issuer.In, "5", "lost-1")), issuer.Ambiguous)
		if rows := s.movements(card.ID, "lost-1"); len(rows) != 1 {
			s.Errorf("%+v", rows)
		}
	})
}

// Where the adapter says that a call is replayed, the same id has its effect once.
func TestReplaysAreTrue(t *testing.T) {
	each(t, func(s *stage) {
		card := s.card("twice")
		if s.issuer.Capabilities().Replays[issuer.CallMoveCard] {
			for range 2 {
				s.do(s.issuer.MoveCardFunds(s.ctx, s.permit, transfer(card.ID, issuer.In, "5", "twice-1")))
			}
			if rows := s.movements(card.ID, "twice-1"); len(rows) != 1 {
				s.Errorf("moved %d times", len(rows))
			}
		}
		if s.issuer.Capabilities().Replays[issuer.CallCreateCard] {
			order := s.order("two")
			for range 2 {
				s.do(s.issuer.CreateCard(s.ctx, s.permit, order))
			}
			if found := s.tagged("two"); len(found) != 1 {
				s.Errorf("%d cards", len(found))
			}
		}
	})
}

func TestStatesAreSetAndMayBeSetTwice(t *testing.T) {
	each(t, func(s *stage) {
		card := s.card("states")
		for range 2 {
			s.do(s.issuer.FreezeCard(s.ctx, card.ID))
		}
		if got := s.state(card.ID); got != issuer.StateFrozen {
			s.Errorf("frozen: %s", got)
		}
		for range 2 {
			s.do(s.issuer.UnfreezeCard(s.ctx, card.ID))
		}
		if got := s.state(card.ID); got != issuer.StateActive {
			s.Errorf("active again: %s", got)
		}
		s.do(s.issuer.CloseCard(s.ctx, card.ID, id.Closing(card.ID)))
		if got := s.state(card.ID); got != issuer.StateInactive {
			s.Errorf("closed: %s", got)
		}
		if found := s.tagged("states"); len(found) != 1 {
			s.Error("a closed card stays in the list")
		}
		_, err := s.issuer.GetCard(s.ctx, s.subject.nobody)
		s.class(err, issuer.NotFound)
	})
}

func TestRevealing(t *testing.T) {
	each(t, func(s *stage) {
		card := s.card("secret")
		secrets, err := s.issuer.RevealCard(s.ctx, card.ID)
		s.do(err)
		pan := secrets.PAN.Reveal()
		if len(pan) < 12 || !strings.HasSuffix(pan, card.LastFour) || secrets.CVV.Len() != 3 || secrets.ExpMonth.Len() != 2 || secrets.ExpYear.Len() != 4 {
			s.Errorf("%d digits, %d, %d, %d", len(pan), secrets.CVV.Len(), secrets.ExpMonth.Len(), secrets.ExpYear.Len())
		}
		if text := fmt.Sprintf("%v %+v %#v", secrets, secrets, secrets); strings.Contains(text, pan) {
			s.Error("the number prints")
		}
		if s.has(issuer.FeatureCVVRotation) != !secrets.ValidUntil.IsZero() {
			s.Errorf("renewed until %v", secrets.ValidUntil)
		}
		if s.has(issuer.FeatureFingerprint) {
			print1, err := s.issuer.CardFingerprint(s.ctx, card.ID)
			if err != nil || print1.IsZero() {
				s.Errorf("fingerprint: %v", err)
			}
		}
	})
}

func TestARenewedCVVIsAnother(t *testing.T) {
	each(t, func(s *stage) {
		s.needs(issuer.FeatureCVVRotation)
		card := s.card("renewed")
		before, err := s.issuer.RevealCard(s.ctx, card.ID)
		s.do(err)
		s.clock.Advance(before.ValidUntil.Sub(s.clock.Now()) + time.Second)
		after, err := s.issuer.RevealCard(s.ctx, card.ID)
		s.do(err)
		if after.PAN.Reveal() != before.PAN.Reveal() || !after.ValidUntil.After(before.ValidUntil) {
			s.Errorf("valid until %v, then %v", before.ValidUntil, after.ValidUntil)
		}
	})
}

func TestLimits(t *testing.T) {
	each(t, func(s *stage) {
		s.needs(issuer.FeatureLimits)
		card := s.card("limited")
		for _, want := range [][]issuer.Limit{
			{{Interval: issuer.PerDay, Amount: money.Must("50")}, {Interval: issuer.PerMonth, Amount: money.Must("500.50")}},
			{{Interval: issuer.PerDay, Amount: money.Must("60")}},
		} {
			s.do(s.issuer.SetCardLimits(s.ctx, card.ID, want))
			got, err := s.issuer.GetCard(s.ctx, card.ID)
			s.do(err)
			if len(got.Limits) != len(want) {
				s.Fatalf("%+v, want %+v", got.Limits, want)
			}
			for _, l := range want {
				ok := false
				for _, g := range got.Limits {
					ok = ok || g.Interval == l.Interval && g.Amount.Equal(l.Amount)
				}
				if !ok {
					s.Errorf("%+v lacks %+v", got.Limits, l)
				}
			}
		}
	})
}

func TestBudgets(t *testing.T) {
	each(t, func(s *stage) {
		s.needs(issuer.FeatureBudgets)
		name := id.Tag("q4", token("q4"), s.issuer.Capabilities().MaxLabel)
		made, err := s.issuer.CreateBudget(s.ctx, s.permit, issuer.BudgetOrder{Name: name, Opening: s.issuer.Capabilities().OpeningBudget})
		s.do(err)
		budget := s.budget(name)
		if made != "" && budget.ID != made || budget.State != issuer.StateActive {
			s.Errorf("%q, listed as %+v", made, budget)
		}
		s.do(s.issuer.MoveBudgetFunds(s.ctx, s.permit, transfer(budget.ID, issuer.In, "50.25", "in-1")))
		s.do(s.issuer.MoveBudgetFunds(s.ctx, s.permit, transfer(budget.ID, issuer.Out, "20", "out-1")))
		if got := s.balance(budget.BalanceID); got != "30.25" {
			s.Errorf("the budget holds %s", got)
		}
		rows, err := s.issuer.BudgetMovements(s.ctx, budget.ID)
		s.do(err)
		kinds := map[string]issuer.MovementKind{}
		for _, m := range rows {
			kinds[m.ClientID] = m.Kind
		}
		if kinds["in-1"] != issuer.MovementIn || kinds["out-1"] != issuer.MovementOut {
			s.Errorf("%v", kinds)
		}
		order := s.orderOf("spender", issuer.BudgetCard)
		order.BudgetID = budget.ID
		s.do(s.issuer.CreateCard(s.ctx, s.permit, order))
		if cards := s.tagged("spender"); len(cards) != 1 || cards[0].Type != issuer.BudgetCard || cards[0].BudgetID != budget.ID {
			s.Errorf("%+v", cards)
		}
		if s.has(issuer.FeatureBudgetRename) {
			s.do(s.issuer.RenameBudget(s.ctx, budget.ID, "renamed"))
			s.budget("renamed")
		}
	})
}

func (s *stage) budget(name string) issuer.Budget {
	s.Helper()
	budgets, err := s.issuer.ListBudgets(s.ctx)
	s.do(err)
	for _, b := range budgets {
		if b.Name == name {
			return b
		}
	}
	s.Fatalf("no budget %q in %+v", name, budgets)
	return issuer.Budget{}
}

func TestAdvice(t *testing.T) {
	each(t, func(s *stage) {
		s.needs(issuer.FeatureScenarios)
		scenarios, err := s.issuer.ListScenarios(s.ctx)
		if err != nil || len(scenarios) == 0 || scenarios[0].ID == "" || scenarios[0].Name == "" {
			s.Fatalf("%+v, %v", scenarios, err)
		}
		bins, err := s.issuer.RecommendBINs(s.ctx, scenarios[0].ID)
		if err != nil || len(bins) == 0 || len(bins[0]) < 6 {
			s.Errorf("%q, %v", bins, err)
		}
	})
}

// A sweep of many pages sees every card, once.
func TestManyPages(t *testing.T) {
	each(t, func(s *stage) {
		order := s.order("many")
		const cards = 230
		for i := range cards {
			order.Reference = token(fmt.Sprint(i))
			order.Label, order.ClientID = id.Tag("m", order.Reference, s.issuer.Capabilities().MaxLabel), id.Creation(order.Reference)
			s.do(s.issuer.CreateCard(s.ctx, s.permit, order))
		}
		listed, err := s.issuer.ListCards(s.ctx)
		s.do(err)
		seen := map[string]bool{}
		for _, c := range listed {
			seen[c.ID] = true
		}
		if len(listed) != cards || len(seen) != cards {
			s.Errorf("%d rows, %d cards", len(listed), len(seen))
		}
	})
}
