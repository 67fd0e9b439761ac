package contract_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/fault"
)

// What comes of a list when the issuer misbehaves: never a short list.
func TestAListIsCompleteOrAnError(t *testing.T) {
	for _, c := range []struct {
		do     fault.Action
		status int
		want   issuer.Class
	}{
		{fault.Refuse, http.StatusServiceUnavailable, issuer.Unavailable},
		{fault.Refuse, http.StatusInternalServerError, issuer.Unavailable},
		{fault.Refuse, http.StatusTooManyRequests, issuer.RateLimited},
		{fault.Drop, 0, issuer.Unavailable},
		{fault.Truncate, 0, issuer.Unavailable},
		{fault.HTML, 0, issuer.Malformed},
		{fault.Garbage, 0, issuer.Malformed},
		{fault.Empty, 0, issuer.Malformed},
		{fault.Huge, 0, issuer.Malformed},
	} {
		t.Run(fmt.Sprint(c.do, c.status), func(t *testing.T) {
			each(t, func(s *stage) {
				s.card("listed")
				s.spoil("list cards", c.do, c.status)
				cards, err := s.issuer.ListCards(s.ctx)
				s.class(err, c.want)
				if len(cards) != 0 {
					s.Errorf("%d cards beside an error", len(cards))
				}
			})
		})
	}
}

// What comes of a call with an effect: certain only where the issuer was.
func TestACallWithAnEffectIsCertainOnlyWhereTheIssuerWas(t *testing.T) {
	for _, c := range []struct {
		do     fault.Action
		status int
	}{
		{fault.Refuse, http.StatusInternalServerError},
		{fault.Refuse, http.StatusServiceUnavailable},
		{fault.Refuse, http.StatusRequestTimeout},
		{fault.Refuse, http.StatusTooEarly},
		{fault.Drop, 0},
		{fault.CommitDrop, 0},
		{fault.CommitError, 0},
		{fault.HTML, 0},
		{fault.Garbage, 0},
		{fault.Redirect, 0},
	} {
		t.Run(fmt.Sprint(c.do, c.status), func(t *testing.T) {
			each(t, func(s *stage) {
				order := s.order("effect")
				before := s.box.Report().Calls
				s.spoil("create card", c.do, c.status)
				got := issuer.OutcomeOf(s.issuer.CreateCard(s.ctx, s.permit, order))
				if got != issuer.Unknown {
					s.Errorf("the outcome is %s, and nobody can know", got)
				}
				if n := sentSince(s, before); n != 1 {
					s.Errorf("the call was sent %d times", n)
				}
			})
		})
	}
}

// A refusal with any other 4xx says no, and yet may hide an effect: nothing was written down
// about it. So it counts only once nothing was listed for long enough.
func TestARefusalThatNoDocumentExplainsIsDoubtful(t *testing.T) {
	for _, status := range []int{
		http.StatusBadRequest, http.StatusPaymentRequired, http.StatusNotAcceptable, http.StatusConflict,
		http.StatusPreconditionFailed, http.StatusUnprocessableEntity,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			each(t, func(s *stage) {
				order := s.order("effect")
				before := s.box.Report().Calls
				s.spoil("create card", fault.Refuse, status)
				err := s.issuer.CreateCard(s.ctx, s.permit, order)
				bare := s.subject.name == "qitech" // its sandbox refuses without a code: that says nothing at all
				if bare != (issuer.OutcomeOf(err) == issuer.Unknown) || !bare && (!issuer.Is(err, issuer.Invalid) || !issuer.IsDoubtful(err)) {
					s.Errorf("%v, doubtful %v", err, issuer.IsDoubtful(err))
				}
				if n := sentSince(s, before); n != 1 {
					s.Errorf("the call was sent %d times", n)
				}
			})
		})
	}
}

// sentSince counts the orders that arrived since a report was made.
func sentSince(s *stage, before map[string]map[string]int) int {
	n := 0
	at := s.subject.calls["create card"]
	for call, told := range s.box.Report().Calls {
		for answer, times := range told {
			if call == at.method+" "+at.path {
				n += times - before[call][answer]
			}
		}
	}
	return n
}

func TestAnOldPermitSendsNothing(t *testing.T) {
	each(t, func(s *stage) {
		order := s.order("old")
		card := s.card("there")
		s.clock.Advance(time.Minute)
		old := issuer.Permit{NotAfter: s.clock.Now().Add(-time.Second)}
		before := s.calls.Load()
		errs := []error{s.issuer.CreateCard(s.ctx, old, order)}
		if s.has(issuer.FeatureFunding) {
			errs = append(errs, s.issuer.MoveCardFunds(s.ctx, old, transfer(card.ID, issuer.In, "1", "x")))
		}
		late := issuer.WithPermit(s.ctx, old)
		errs = append(errs, s.issuer.FreezeCard(late, card.ID), s.issuer.CloseCard(late, card.ID, id.Closing(card.ID)))
		if s.has(issuer.FeatureBudgetRename) {
			errs = append(errs, s.issuer.RenameBudget(late, s.subject.nobody, "x"))
		}
		for _, err := range errs {
			s.class(err, issuer.Expired)
		}
		if n := s.calls.Load() - before; n != 0 {
			s.Errorf("%d requests", n)
		}
	})
}

// Every flag is told truthfully: what an adapter says that it cannot do is refused without
// a request, and what it can do is not.
func TestCapabilitiesAreTrue(t *testing.T) {
	each(t, func(s *stage) {
		card := s.card("able")
		ctx, permit, b := s.ctx, s.permit, s.issuer
		for feature, call := range map[issuer.Feature]func() error{
			issuer.FeatureBudgets:      func() error { _, err := b.ListBudgets(ctx); return err },
			issuer.FeatureBudgetRename: func() error { return b.RenameBudget(ctx, s.subject.nobody, "x") },
			issuer.FeatureFunding:      func() error { return b.MoveCardFunds(ctx, permit, transfer(card.ID, issuer.In, "1", "c-1")) },
			issuer.FeatureHolds:        func() error { return b.HoldCardFunds(ctx, permit, transfer(card.ID, issuer.In, "1", "c-2")) },
			issuer.FeatureFreeze:       func() error { return b.FreezeCard(ctx, card.ID) },
			issuer.FeatureLimits: func() error {
				return b.SetCardLimits(ctx, card.ID, []issuer.Limit{{Interval: issuer.PerDay, Amount: money.Must("5")}})
			},
			issuer.FeatureScenarios:     func() error { _, err := b.ListScenarios(ctx); return err },
			issuer.FeatureCardholders:   func() error { _, err := b.ListCardholders(ctx); return err },
			issuer.FeatureReveal:        func() error { _, err := b.RevealCard(ctx, card.ID); return err },
			issuer.FeatureFingerprint:   func() error { _, err := b.CardFingerprint(ctx, card.ID); return err },
			issuer.FeatureBeneficiaries: func() error { _, err := b.ListReceivers(ctx, "USD"); return err },
			issuer.FeatureWithdrawals: func() error {
				return b.Withdraw(ctx, permit, issuer.Payout{CardID: card.ID, ReceiverID: s.subject.nobody, Amount: money.Must("1"), ClientID: id.Payment("o", "n", "w")})
			},
			issuer.FeatureLookup: func() error {
				found, err := b.FindCards(ctx, issuer.CardTag{Label: card.Label, Reference: card.Reference})
				if err == nil && (len(found) != 1 || found[0].ID != card.ID) {
					s.Errorf("looked for by its tag: %+v", found)
				}
				return err
			},
			issuer.FeatureWebhooks: func() error { _, err := b.Verify(issuer.Webhook{Now: epoch}); return err },
		} {
			before := s.calls.Load()
			err := call()
			if refused := issuer.Is(err, issuer.Unsupported); refused == s.has(feature) {
				s.Errorf("%s: %v, and the call answers %v", feature, s.has(feature), err)
			}
			if n := s.calls.Load() - before; !s.has(feature) && n != 0 {
				s.Errorf("%s: %d requests for something that it cannot", feature, n)
			}
		}
		bins, err := b.ListBINs(ctx)
		if err != nil || (len(bins) > 0) != s.has(issuer.FeatureBINs) {
			s.Errorf("BINs: %v, and %d are told: %v", s.has(issuer.FeatureBINs), len(bins), err)
		}
		secrets, err := b.RevealCard(ctx, card.ID)
		if err != nil || secrets.ValidUntil.IsZero() == s.has(issuer.FeatureCVVRotation) {
			s.Errorf("CVV rotation: %v, and a code is good until %v: %v", s.has(issuer.FeatureCVVRotation), secrets.ValidUntil, err)
		}
		can := b.Capabilities()
		if can.Name == "" || can.MaxLabel < id.TokenLength {
			s.Errorf("%+v", can)
		}
		for _, a := range can.Assumed {
			if a.What == "" || a.Option == "" {
				s.Errorf("an assumption without words: %+v", a)
			}
		}
	})
}
