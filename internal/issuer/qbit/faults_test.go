package qbit_test

import (
	"net/http"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/issuer/qbit"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/money"
)

// movers are all calls with an effect.
func movers(t *testing.T) map[string]func(*qbit.Client) error {
	ctx, p := t.Context(), issuer.Permit{}
	return map[string]func(*qbit.Client) error{
		"create budget": func(c *qbit.Client) error {
			_, err := c.CreateBudget(ctx, p, issuer.BudgetOrder{Name: "n"})
			return err
		},
		"rename budget": func(c *qbit.Client) error { return c.RenameBudget(ctx, "b", "n") },
		"move budget":   func(c *qbit.Client) error { return c.MoveBudgetFunds(ctx, p, transfer("b", issuer.In, "1", "t")) },
		"create card": func(c *qbit.Client) error {
			return c.CreateCard(ctx, p, issuer.CardOrder{Type: issuer.Prepaid, BIN: "493193", Label: "l"})
		},
		"move card": func(c *qbit.Client) error { return c.MoveCardFunds(ctx, p, transfer("c", issuer.Out, "1", "t")) },
		"hold":      func(c *qbit.Client) error { return c.HoldCardFunds(ctx, p, transfer("c", issuer.In, "1", "t")) },
		"freeze":    func(c *qbit.Client) error { return c.FreezeCard(ctx, "c") },
		"unfreeze":  func(c *qbit.Client) error { return c.UnfreezeCard(ctx, "c") },
		"close":     func(c *qbit.Client) error { return c.CloseCard(ctx, "c", "t") },
		"create receiver": func(c *qbit.Client) error {
			_, err := c.CreateReceiver(ctx, p, issuer.ReceiverOrder{Currency: "USD"})
			return err
		},
		"withdraw": func(c *qbit.Client) error {
			return c.Withdraw(ctx, p, issuer.Payout{CardID: "c", ReceiverID: "r", ClientID: "w", Amount: money.Must("1")})
		},
	}
}

// readers are all calls without one, but the check, which has tests of its own.
func readers(t *testing.T) map[string]func(*qbit.Client) error {
	ctx := t.Context()
	drop := func(_ any, err error) error { return err }
	return map[string]func(*qbit.Client) error{
		"bins":             func(c *qbit.Client) error { return drop(c.ListBINs(ctx)) },
		"cards":            func(c *qbit.Client) error { return drop(c.ListCards(ctx)) },
		"card":             func(c *qbit.Client) error { return drop(c.GetCard(ctx, "c")) },
		"budgets":          func(c *qbit.Client) error { return drop(c.ListBudgets(ctx)) },
		"balances":         func(c *qbit.Client) error { return drop(c.ListBalances(ctx, []string{"b"})) },
		"receivers":        func(c *qbit.Client) error { return drop(c.ListReceivers(ctx, "USD")) },
		"card movements":   func(c *qbit.Client) error { return drop(c.CardMovements(ctx, "c")) },
		"found movements":  func(c *qbit.Client) error { return drop(c.FindMovements(ctx, "w")) },
		"budget movements": func(c *qbit.Client) error { return drop(c.BudgetMovements(ctx, "b")) },
		"movement":         func(c *qbit.Client) error { return drop(c.MovementDetail(ctx, "m")) },
		"secrets":          func(c *qbit.Client) error { return drop(c.RevealCard(ctx, "c")) },
	}
}

// subject is this adapter, whose calls are tried under faults.
func subject(t *testing.T) issuertest.Subject[*qbit.Client] {
	return issuertest.Subject[*qbit.Client]{
		Connect: func(t testing.TB, h *transport.Client) *qbit.Client {
			return connect(t, qbit.Config{HTTP: h, Credentials: static})
		},
		Warm:   func(c *qbit.Client) error { _, err := c.ListBINs(t.Context()); return err },
		Answer: `{"data":[]}`, Movers: movers(t), Readers: readers(t), ShowsNothing: issuertest.ShowsNoCanary,
	}
}

// faults are those of every dialect, and what this one makes of an answer without data.
func faults() map[string]issuertest.Fault {
	all := issuertest.Faults()
	all["data null"] = issuertest.Fault{Do: says(200, `{"code":0,"data":null}`), OnRead: malformed, OnMove: ambiguous}
	all["data missing"] = issuertest.Fault{Do: says(200, `{"code":0,"message":"ok"}`), OnRead: malformed, OnMove: ambiguous}
	return all
}

// A call with an effect is certain only where the issuer was; what never left is Deferred
// for it, not Ambiguous.
func TestFaults(t *testing.T) { issuertest.RunFaults(t, faults(), subject) }

// Every spelling of success that the document shows.
func TestSpellingsOfSuccess(t *testing.T) {
	for _, body := range []string{`{"data":true}`, `{"code":0,"message":"ok","data":true}`, `{"code":"0","data":true}`, `{"code":"000000","data":true}`, `{"code":null,"data":true}`} {
		if err := newWorld(t, says(200, body)).client.FreezeCard(t.Context(), "c"); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// Where the document shows a plain true or false, false refuses; where it shows an id or an
// object, it says nothing.
func TestFalseRefusesOnlyWhereItIsDocumented(t *testing.T) {
	for op, call := range movers(t) {
		want := refused
		if op == "create budget" || op == "create receiver" {
			want = ambiguous
		}
		if err := call(newWorld(t, says(200, `{"data":false}`)).client); !issuer.Is(err, want) {
			t.Errorf("%s: %v, want %s", op, err, want)
		}
	}
}

func TestCheckCardTolerates(t *testing.T) {
	order := issuer.CardOrder{Type: issuer.Prepaid, BIN: "493193"}
	for _, f := range []http.HandlerFunc{
		says(200, `{"data":[]}`), says(200, `{"code":0,"data":true}`), says(404, no), says(404, page), says(405, ""), says(501, ""),
	} {
		if problems, err := newWorld(t, f).client.CheckCard(t.Context(), order); err != nil || len(problems) != 0 {
			t.Errorf("%v, %v", problems, err)
		}
	}
	for want, f := range map[issuer.Class]http.HandlerFunc{
		malformed: says(200, `{"data":{"key":1}}`), unavailable: says(500, ""), refused: says(400, no), issuer.RateLimited: says(429, ""),
	} {
		if _, err := newWorld(t, f).client.CheckCard(t.Context(), order); !issuer.Is(err, want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	w := newWorld(t, says(200, `{"data":[{"key":"cardAddress.addressLine1","reason":"x"},{"key":"cardAddress","reason":"y"},
		{"key":"phoneCode","reason":null},{"key":"shoeSize","reason":"z"},{"key":"cost","reason":["a"]}]}`))
	problems, err := w.client.CheckCard(t.Context(), order)
	want := []string{"spec.billingAddress.line1", "spec.billingAddress", "spec.cardholder.phone.countryCode", "issuer field shoeSize", "spec.funding"}
	for i, p := range problems {
		if p.Field != want[i] {
			t.Errorf("%+v, want %s", p, want[i])
		}
	}
	if err != nil || len(problems) != len(want) {
		t.Errorf("%v, %v", problems, err)
	}
	if problems, _ = newWorld(t, says(200, `{"data":false}`)).client.CheckCard(t.Context(), order); len(problems) != 1 {
		t.Errorf("false: %v", problems)
	}
}

func TestDocumentedRulesNeedNoRequest(t *testing.T) {
	for field, order := range map[string]issuer.CardOrder{
		"spec.cardholder.phone": {Type: issuer.Prepaid, BIN: "414631", Opening: money.Must("1"), Cardholder: issuer.Cardholder{Phone: "1"}},
		"spec.funding":          {Type: issuer.Prepaid, BIN: "441112", Opening: money.Must("0.99")},
		"spec.budgetRef":        {Type: issuer.BudgetCard, BIN: "493193"},
	} {
		w := newWorld(t, says(500, ""))
		problems, err := w.client.CheckCard(t.Context(), order)
		if err != nil || len(problems) != 1 || problems[0].Field != field || len(w.Requests()) != 0 {
			t.Errorf("%s: %v, %v", field, problems, err)
		}
	}
	c := newWorld(t, says(500, "")).client.Capabilities()
	for bin, want := range map[string]string{"493193": "0.00", "414631": "1.00"} {
		if got := c.Opening(issuer.Prepaid, bin).String(); got != want || !c.Opening(issuer.BudgetCard, bin).IsZero() {
			t.Errorf("%s opens with %s", bin, got)
		}
	}
	if !c.Replays[issuer.CallWithdraw] || len(c.Replays) != 1 || c.Has(issuer.FeatureRelabel) || !c.Has(issuer.FeatureHolds) || c.MaxLabel != 64 {
		t.Errorf("capabilities %+v", c)
	}
}
