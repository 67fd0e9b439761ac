package controller_test

import (
	"context"
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// people is the part of the bank that knows cardholders, recommends BINs and has limits.
type people struct {
	issuer.Incapable
	faults    *faults
	holders   []issuer.Holder
	scenarios []issuer.Scenario
	advice    []string
	limits    []issuer.Limit
	// registered are the ids of the registrations that arrived.
	registered []string
	// objects is what the issuer's document has against somebody.
	objects []issuer.FieldProblem
	// review is the state in which somebody is registered, spells how they are written down.
	review issuer.HolderState
	spells func(*issuer.Holder)
}

func (p *people) ListCardholders(context.Context) ([]issuer.Holder, error) {
	err := p.faults.ask("ListCardholders")
	return p.holders, err
}

func (p *people) CheckCardholder(issuer.HolderOrder) []issuer.FieldProblem { return p.objects }

func (p *people) CreateCardholder(_ context.Context, _ issuer.Permit, o issuer.HolderOrder) (issuer.Holder, error) {
	p.registered = append(p.registered, o.ClientID)
	if err := p.faults.ask("CreateCardholder"); err != nil {
		return issuer.Holder{}, err
	}
	h := issuer.Holder{ID: "h-1", State: p.review, FirstName: o.Cardholder.FirstName, LastName: o.Cardholder.LastName, Email: o.Cardholder.Email}
	if p.spells != nil {
		p.spells(&h)
	}
	p.holders = append(p.holders, h)
	return h, nil
}

func (p *people) ListScenarios(context.Context) ([]issuer.Scenario, error) {
	return p.scenarios, p.faults.ask("ListScenarios")
}

func (p *people) RecommendBINs(context.Context, string) ([]string, error) {
	return p.advice, p.faults.ask("RecommendBINs")
}

func (p *people) SetCardLimits(_ context.Context, _ string, limits []issuer.Limit) error {
	if err := p.faults.ask("SetCardLimits"); err != nil {
		return err
	}
	p.limits = limits
	return nil
}

func forAda(c *v1alpha1.VirtualCard) {
	c.Spec.Cardholder = &v1alpha1.Cardholder{FirstName: "Ada", LastName: "Example", Email: "ada@example.com"}
}

func ada(state issuer.HolderState) issuer.Holder {
	return issuer.Holder{ID: "h-9", State: state, FirstName: "ADA", LastName: "example", Email: "Ada@Example.com"}
}

// keepsPeople is an issuer that keeps cardholders, and what else a test wants of it.
func keepsPeople(change ...func(*world)) func(*world) {
	return func(w *world) {
		w.bank.also = append(w.bank.also, issuer.FeatureCardholders, issuer.FeatureCardholderIDs)
		w.bank.review = issuer.HolderActive
		w.prepare(change...)
	}
}

func TestACardIsChosenByWhatItIsFor(t *testing.T) {
	forTikTok := func(c *v1alpha1.VirtualCard) { c.Spec.BIN, c.Spec.Scenario = "", "tiktok" }
	advises := func(change ...func(*world)) func(*world) {
		return func(w *world) {
			w.bank.also = append(w.bank.also, issuer.FeatureScenarios)
			w.bank.scenarios, w.bank.advice = []issuer.Scenario{{ID: "7", Name: "TikTok"}}, []string{"999999", "493193"}
			w.prepare(change...)
		}
	}
	for name, c := range map[string]struct {
		world func(*world)
		want  outcome
	}{
		"the best that is on offer":      {advises(unlisted), outcome{reason: v1alpha1.ReasonCreating, sent: []string{"CreateCard"}}},
		"an unknown scenario":            {advises(func(w *world) { w.bank.scenarios[0].Name = "Search" }), outcome{reason: v1alpha1.ReasonInvalidSpec, says: "it knows: Search"}},
		"nothing on offer":               {advises(func(w *world) { w.bank.advice = []string{"999999"} }), outcome{reason: v1alpha1.ReasonUnknownBIN, says: "recommends 1 BINs"}},
		"the scenarios cannot be read":   {advises(fails("ListScenarios", 0, down())), outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"the advice cannot be had":       {advises(fails("RecommendBINs", 0, down())), outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"neither BIN nor advice to have": {nil, outcome{reason: v1alpha1.ReasonUnsupported, says: "spec.scenario"}},
	} {
		t.Run(name, func(t *testing.T) {
			card := newCard(forTikTok)
			w := newWorld(t, card)
			if c.world != nil {
				c.world(w)
			}
			w.round(card)
			expect(w, card, c.want)
			got, _ := now(w, card)
			if len(c.want.sent) > 0 && (got.Status.Product == nil || got.Status.Product.BIN != "493193" ||
				got.Status.Product.Reason != `recommended by the issuer for scenario "TikTok" (choice 2 of 2)`) {
				t.Errorf("%+v", got.Status.Product)
			}
		})
	}
}

// What was chosen is what is ordered, although the issuer recommends another meanwhile.
func TestAChoiceStaysWhileItsOrderIsUnderWay(t *testing.T) {
	card := newCard(func(c *v1alpha1.VirtualCard) { c.Spec.BIN, c.Spec.Scenario = "", "TikTok" })
	w := newWorld(t, card)
	w.bank.also = []issuer.Feature{issuer.FeatureScenarios}
	w.bank.scenarios, w.bank.advice = []issuer.Scenario{{ID: "7", Name: "TikTok"}}, []string{"493193"}
	w.bank.bins = append(w.bank.bins, issuer.BIN{BIN: "441112", Type: issuer.Prepaid})
	w.breaks("CreateCard", 1, lost())
	w.round(card)
	w.bank.advice = []string{"441112"}
	for range 40 {
		w.clock.Advance(max(w.round(card), 10*time.Second))
	}
	expect(w, card, outcome{reason: v1alpha1.ReasonReady, sent: []string{"CreateCard", "CreateCard"}})
	if got, _ := now(w, card); got.Status.BIN != "493193" || got.Status.Product.BIN != "493193" {
		t.Errorf("%+v of BIN %s", got.Status.Product, got.Status.BIN)
	}
}

// One list lacks what was chosen: the card does not become another one by itself.
func TestAChoiceIsNotMadeAnewByItself(t *testing.T) {
	tiktok := []issuer.Scenario{{ID: "7", Name: "TikTok"}}
	both := []issuer.BIN{{BIN: "493193", ID: "p-1", Type: issuer.Prepaid}, {BIN: "441112", ID: "p-2", Type: issuer.Prepaid}}
	for name, c := range map[string]struct {
		world func(*world)
		want  outcome
	}{
		"another is recommended":   {nil, outcome{reason: v1alpha1.ReasonUnknownBIN, says: `recommends BIN 441112 (product p-2) now; to choose that, set spec.bin: "441112"`}},
		"no other is on offer":     {func(w *world) { w.bank.advice = []string{"493193"} }, outcome{reason: v1alpha1.ReasonUnknownBIN, says: "recommends no other"}},
		"the advice cannot be had": {fails("RecommendBINs", 0, down()), outcome{reason: v1alpha1.ReasonIssuerUnavailable}},
		"it is on offer again":     {func(w *world) { w.bank.bins = both }, outcome{reason: v1alpha1.ReasonReady}},
		"the owner chooses another": {func(w *world) {
			change(w, newCard(), func(c *v1alpha1.VirtualCard) { c.Spec.BIN, c.Spec.Scenario = "441112", "" })
		}, outcome{reason: v1alpha1.ReasonReady}},
	} {
		t.Run(name, func(t *testing.T) {
			card := newCard(func(c *v1alpha1.VirtualCard) { c.Spec.BIN, c.Spec.Scenario = "", "TikTok" })
			w := newWorld(t, card)
			w.bank.also = []issuer.Feature{issuer.FeatureScenarios}
			w.bank.scenarios, w.bank.advice, w.bank.bins = tiktok, []string{"493193", "441112"}, both
			w.breaks("CreateCard", 1, refusal())
			w.round(card)
			w.bank.bins = both[1:]
			w.clock.Advance(5 * time.Minute)
			w.prepare(c.world)
			w.round(card)
			c.want.sent = []string{"CreateCard"}
			if c.want.reason == v1alpha1.ReasonReady {
				c.want.sent = append(c.want.sent, "CreateCard")
			}
			expect(w, card, c.want)
			if got, _ := now(w, card); got.Status.Product == nil || len(c.want.sent) == 1 && got.Status.Product.BIN != "493193" {
				t.Errorf("%+v", got.Status.Product)
			}
		})
	}
}

func TestLimitsAreBroughtToWhatIsAsked(t *testing.T) {
	asks := func(c *v1alpha1.VirtualCard) {
		c.Spec.Limits = []v1alpha1.SpendingLimit{{Interval: "Month", Amount: "500"}, {Interval: "Day", Amount: "50.00"}}
	}
	has := func(limits ...issuer.Limit) func(*world) {
		return func(w *world) {
			w.bank.also = []issuer.Feature{issuer.FeatureLimits}
			w.bank.cards = []issuer.Card{remoteCard(func(c *issuer.Card) { c.Limits = limits })}
		}
	}
	day, month := issuer.Limit{Interval: issuer.PerDay, Amount: money.Must("50")}, issuer.Limit{Interval: issuer.PerMonth, Amount: money.Must("500")}
	untold := func(w *world) {
		has()(w)
		w.bank.cards[0].LimitsUntold = true
	}
	setBefore := func(c *v1alpha1.VirtualCard) {
		c.Status.Limits = []v1alpha1.LimitStatus{{Interval: "Day", Amount: "50.00"}, {Interval: "Month", Amount: "500.00"}}
	}
	for name, c := range map[string]struct {
		card  *v1alpha1.VirtualCard
		world func(*world)
		set   int
		want  outcome
	}{
		"as asked, in another order": {issuedCard(asks), has(day, month), 0, outcome{reason: v1alpha1.ReasonReady}},
		"one too few":                {issuedCard(asks), has(day), 2, outcome{reason: v1alpha1.ReasonReady}},
		"another amount":             {issuedCard(asks), has(day, issuer.Limit{Interval: issuer.PerMonth, Amount: money.Must("5")}), 2, outcome{reason: v1alpha1.ReasonReady}},
		"not asked for":              {issuedCard(), has(day), 0, outcome{reason: v1alpha1.ReasonReady}},
		"never told, and set before": {issuedCard(asks, setBefore), untold, 0, outcome{reason: v1alpha1.ReasonReady}},
		"never told, and not set":    {issuedCard(asks), untold, 2, outcome{reason: v1alpha1.ReasonReady}},
		"refused": {issuedCard(asks), func(w *world) { has()(w); w.breaks("SetCardLimits", 0, refusal()) }, 0,
			outcome{reason: v1alpha1.ReasonRejected, step: v1alpha1.ConditionSynced}},
		"the issuer keeps one": {issuedCard(asks), func(w *world) {
			has(month)(w)
			w.breaks("SetCardLimits", 0, &issuer.Error{Class: issuer.Conflict, Op: "set card limits", Message: "give one entry in spec.limits"})
		}, 0, outcome{reason: v1alpha1.ReasonConflict, step: v1alpha1.ConditionSynced, says: "one entry in spec.limits"}},
		"suspended": {issuedCard(asks, func(c *v1alpha1.VirtualCard) { c.Spec.Suspend = true }), has(), 0,
			outcome{reason: v1alpha1.ReasonSuspended, says: "would set the card's limits to 50.00 per Day, 500.00 per Month"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.card)
			c.world(w)
			w.round(c.card)
			expect(w, c.card, c.want)
			if len(w.bank.limits) != c.set {
				t.Errorf("set to %v", w.bank.limits)
			}
		})
	}
}

func TestACardThatOwesMoneySaysSo(t *testing.T) {
	card := issuedCard()
	w := newWorld(t, card)
	w.bank.cards = []issuer.Card{remoteCard()}
	for _, c := range []struct {
		balance string
		owes    bool
	}{{"-3.20", true}, {"0", false}} {
		w.bank.balances["bal-1"] = issuer.Balance{ID: "bal-1", Available: money.Must(c.balance)}
		w.clock.Advance(2 * time.Minute)
		w.round(card)
		if got, _ := now(w, card); engine.IsTrue(got, v1alpha1.ConditionOverdrawn) != c.owes || !engine.IsTrue(got, v1alpha1.ConditionReady) {
			t.Errorf("%s: %+v", c.balance, got.Status.Conditions)
		}
	}
}

// An issuer whose cards spend the account's money moves none, and is asked for none.
func TestAnIssuerWithoutFundingIsAskedForNoMovements(t *testing.T) {
	card := newCard(func(c *v1alpha1.VirtualCard) { c.Spec.BIN = "" })
	w := newWorld(t, card)
	w.bank.lacks = map[issuer.Feature]bool{issuer.FeatureFunding: true, issuer.FeatureHolds: true, issuer.FeatureBINs: true, issuer.FeatureBudgets: true}
	for range 4 {
		w.clock.Advance(w.round(card))
	}
	expect(w, card, outcome{reason: v1alpha1.ReasonReady, sent: []string{"CreateCard"}})
	if n := w.asked["CardMovements"] + w.asked["ListBINs"]; n != 0 {
		t.Errorf("%d calls for what it has not", n)
	}
}

func TestALabelThatFindsNoRoomIsNamed(t *testing.T) {
	card := newCard(func(c *v1alpha1.VirtualCard) { c.Spec.Label = "search ads" })
	w := newWorld(t, card)
	w.bank.maxLabel = id.TokenLength + 1
	w.round(card)
	expect(w, card, outcome{reason: v1alpha1.ReasonUnsupported, says: "spec.label"})
}

func TestARenewedCVVIsFetchedAgain(t *testing.T) {
	card := issuedCard(func(c *v1alpha1.VirtualCard) { c.Spec.Secret = &v1alpha1.CardSecretSpec{} })
	w := newWorld(t, card)
	w.bank.cards = []issuer.Card{remoteCard()}
	w.bank.secrets.ValidUntil = epoch.Add(30 * time.Second)
	after := w.round(card)
	if after > 2*time.Minute {
		t.Errorf("it is renewed in half a minute, and looked at after %v", after)
	}
	w.bank.secrets.CVV, w.bank.secrets.ValidUntil = issuer.NewSensitive("999"), epoch.Add(24*time.Hour)
	w.clock.Advance(after)
	w.round(card)
	if w.asked["RevealCard"] != 2 {
		t.Errorf("revealed %d times", w.asked["RevealCard"])
	}
	w.clock.Advance(time.Hour)
	w.round(card)
	if w.asked["RevealCard"] != 2 {
		t.Error("a CVV that is good for a day is not asked for every hour")
	}
}
