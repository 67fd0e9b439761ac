package interlace_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/interlace"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/money"
)

// Every call with an effect: where it goes, what it says, and the key that makes the issuer
// have one effect of it, which counts only beside the account.
func TestRequestsWithAnEffect(t *testing.T) {
	type sent struct{ line, body, key string }
	for op, want := range map[string]sent{
		"create budget":       {"POST /open-api/v3/budgets", `{"accountId":"@","name":"` + tagged + `","amount":"0"}`, id.Order(id.Creation(token), "/budgets", tagged)},
		"rename budget":       {"PUT /open-api/v3/budgets/b-1", `{"accountId":"@","name":"n"}`, ""},
		"fund budget":         {"POST /open-api/v3/budgets/b-1/transfer-in", `{"accountId":"@","clientTransactionId":"t-1","amount":"1"}`, id.Order("t-1", "/budgets/b-1/transfer-in", "1.00")},
		"drain budget":        {"POST /open-api/v3/budgets/b-1/transfer-out", `{"accountId":"@","clientTransactionId":"t-1","amount":"1"}`, id.Order("t-1", "/budgets/b-1/transfer-out", "1.00")},
		"create prepaid card": {"POST /open-api/v3/prepaid-card", `{"accountId":"@","binId":"bin-1","cardholderId":"h-1","referenceId":"ref-1","cardMode":"VIRTUAL_CARD","label":"l","useType":"ads","amount":"1.5"}`, id.Order("create-1", "/prepaid-card", "bin-1", "h-1", "ref-1", "l", "ads")},
		"create budget card":  {"POST /open-api/v3/budget-card", `{"accountId":"@","binId":"bin-1","cardholderId":"h-1","referenceId":"ref-1","cardMode":"VIRTUAL_CARD","label":"l","useType":"ads","budgetId":"b-1"}`, id.Order("create-1", "/budget-card", "bin-1", "h-1", "ref-1", "l", "ads")},
		"fund card":           {"POST /open-api/v3/cards/transfer-in", `{"accountId":"@","cardId":"c-1","clientTransactionId":"t-1","amount":"1"}`, id.Order("t-1", "/cards/transfer-in", "1.00")},
		"take from card":      {"POST /open-api/v3/cards/transfer-out", `{"accountId":"@","cardId":"c-1","clientTransactionId":"t-1","amount":"1"}`, id.Order("t-1", "/cards/transfer-out", "1.00")},
		"freeze card":         {"POST /open-api/v3/cards/c-1/freeze", `{"accountId":"@"}`, ""},
		"unfreeze card":       {"POST /open-api/v3/cards/c-1/unfreeze", `{"accountId":"@"}`, ""},
		"close card":          {"DELETE /open-api/v3/cards/c-1?accountId=" + account, `{"accountId":"@"}`, ""},
		"create cardholder": {"POST /open-api/v3/cardholders", `{"accountId":"@","binId":"bin-1","firstName":"Ada","lastName":"Love",
			"email":"` + issuertest.CanaryMail + `","phoneCountryCode":"1","phoneNumber":"5550100"}`, id.Order("h-1", "/cardholders", "bin-1", "+1", "5550100")},
	} {
		w := newWorld(t, says(200, data(`true`)))
		_ = movers(t)[op](w.client)
		got := w.Last()
		line := got.Method + " " + got.Path
		if got.Query != "" {
			line += "?" + got.Query
		}
		if line != want.line {
			t.Errorf("%s: sent %s, want %s", op, line, want.line)
		}
		body := issuertest.Object(t, strings.ReplaceAll(want.body, "@", account))
		if op == "create cardholder" {
			body["email"] = issuertest.CanaryMail // it has the sign too
		}
		if !reflect.DeepEqual(issuertest.Object(t, got.Body), body) {
			t.Errorf("%s: sent %s, want %s", op, got.Body, want.body)
		}
		if key := strings.Join(got.Header.Values("Idempotency-Key"), " "); key != want.key {
			t.Errorf("%s: key %q, want %q", op, key, want.key)
		}
		if h := got.Header; h.Get("x-access-token") != issuertest.CanaryToken || h.Get("Authorization") != "" {
			t.Errorf("%s: headers %v", op, h)
		}
	}
}

// The same order is the same request, to the letter: a key never comes with another body.
func TestTheSameOrderIsTheSameRequest(t *testing.T) {
	fields := options(interlace.Options{CardholderFields: map[string]string{"a": "1", "b": "2", "c": "3", "d": "4"}})
	for op, call := range movers(t) {
		w := newWorld(t, says(503, ""), fields)
		for range 5 {
			_ = call(w.client)
		}
		for _, r := range w.Requests() {
			if first := w.Requests()[0]; r.Body != first.Body || r.Path != first.Path || r.Header.Get("Idempotency-Key") != first.Header.Get("Idempotency-Key") {
				t.Errorf("%s: %+v, then %+v", op, first, r)
			}
		}
	}
}

// keyOf is the key that a call travels with.
func keyOf(t *testing.T, call func(*interlace.Client) error, settings ...setting) string {
	t.Helper()
	w := newWorld(t, says(503, ""), settings...)
	_ = call(w.client)
	return w.Last().Header.Get("Idempotency-Key")
}

// Another order under the same id, after a refusal, has another key: an issuer that remembers
// the first would refuse it for 90 days. What may change while an order is under way is no part
// of the key, nor is how an amount is written.
func TestTheKeySaysWhatIsOrdered(t *testing.T) {
	ctx, p := t.Context(), issuer.Permit{}
	move := func(o issuer.Transfer) func(*interlace.Client) error {
		return func(c *interlace.Client) error { return c.MoveCardFunds(ctx, p, o) }
	}
	pot := func(o issuer.Transfer) func(*interlace.Client) error {
		return func(c *interlace.Client) error { return c.MoveBudgetFunds(ctx, p, o) }
	}
	card := func(change func(*issuer.CardOrder)) func(*interlace.Client) error {
		o := order(issuer.BudgetCard)
		change(&o)
		return func(c *interlace.Client) error { return c.CreateCard(ctx, p, o) }
	}
	person := func(change func(*issuer.HolderOrder)) func(*interlace.Client) error {
		o := issuer.HolderOrder{Cardholder: ada, Address: &issuer.Address{Line1: "1 Main St"}, ProductID: "bin-1", ClientID: "h-1"}
		change(&o)
		return func(c *interlace.Client) error { _, err := c.CreateCardholder(ctx, p, o); return err }
	}
	budget := func(name string) func(*interlace.Client) error {
		return func(c *interlace.Client) error {
			_, err := c.CreateBudget(ctx, p, issuer.BudgetOrder{Name: name})
			return err
		}
	}
	for name, c := range map[string]struct {
		a, b func(*interlace.Client) error
		same bool
	}{
		"amount":             {move(transfer("c-1", issuer.In, "50", "t-1")), move(transfer("c-1", issuer.In, "40", "t-1")), false},
		"direction":          {move(transfer("c-1", issuer.In, "50", "t-1")), move(transfer("c-1", issuer.Out, "50", "t-1")), false},
		"movement":           {move(transfer("c-1", issuer.In, "50", "t-1")), move(transfer("c-1", issuer.In, "50", "t-2")), false},
		"spelling":           {move(transfer("c-1", issuer.In, "50", "t-1")), move(transfer("c-1", issuer.In, "50.00", "t-1")), true},
		"budget's amount":    {pot(transfer("b-1", issuer.In, "50", "t-1")), pot(transfer("b-1", issuer.In, "40", "t-1")), false},
		"budget's direction": {pot(transfer("b-1", issuer.In, "50", "t-1")), pot(transfer("b-1", issuer.Out, "50", "t-1")), false},
		"budget's name":      {budget(tagged), budget("more " + tagged), false},
		"product":            {card(func(*issuer.CardOrder) {}), card(func(o *issuer.CardOrder) { o.ProductID = "bin-2" }), false},
		"holder":             {card(func(*issuer.CardOrder) {}), card(func(o *issuer.CardOrder) { o.CardholderID = "h-2" }), false},
		"label":              {card(func(*issuer.CardOrder) {}), card(func(o *issuer.CardOrder) { o.Label = "m" }), false},
		"usage":              {card(func(*issuer.CardOrder) {}), card(func(o *issuer.CardOrder) { o.Usage = "" }), false},
		"the budget's id":    {card(func(*issuer.CardOrder) {}), card(func(o *issuer.CardOrder) { o.BudgetID = "b-2" }), true},
		"telephone":          {person(func(*issuer.HolderOrder) {}), person(func(o *issuer.HolderOrder) { o.Cardholder.Phone = "5550101" }), false},
		"address":            {person(func(*issuer.HolderOrder) {}), person(func(o *issuer.HolderOrder) { o.Address.Line1 = "2 Main St" }), false},
	} {
		if a, b := keyOf(t, c.a), keyOf(t, c.b); (a == b) != c.same || a == "" {
			t.Errorf("%s: %s and %s", name, a, b)
		}
	}
	fields := options(interlace.Options{CardholderFields: map[string]string{"a": "1"}})
	if register := person(func(*issuer.HolderOrder) {}); keyOf(t, register) != keyOf(t, register, fields) {
		t.Error("the CardIssuer may be edited while a registration is under way")
	}
}

func TestReadRequests(t *testing.T) {
	const at, page = "accountId=" + account, "&limit=100&page=1"
	for op, want := range map[string]string{
		"bins":             "/card/bins?" + at + page,
		"cards":            "/card-list?" + at + page,
		"card":             "/card-list?" + at + "&cardId=c-1" + page,
		"budgets":          "/budgets?" + at + page,
		"balances":         "/cards/wallets?" + at + page,
		"card movements":   "/cards/transaction-list?" + at + "&cardId=c-1" + page,
		"found movements":  "/cards/transaction-list?" + at + "&clientTransactionId=t-1" + page,
		"budget movements": "/budgets/b-1/transactions?" + at + page,
		"movement":         "/cards/transaction-list?" + at + "&id=m-1" + page,
		"cardholders":      "/cardholders?" + at + page,
		"scenarios":        "/card/sys/consumption-scenarios?" + at,
		"recommended":      "/card/bin/recommendation?" + at + "&scenarioId=42",
		"secrets":          "/cards/c-1?" + at,
		"fingerprint":      "/cards/c-1/private-info/access-token?" + at,
		"limits, read":     "/card-list?" + at + "&cardId=c-1" + page,
	} {
		w := newWorld(t, says(200, data(`{"list":[],"total":0}`)))
		_ = readers(t)[op](w.client)
		got := w.Requests()[0]
		if got.Method != http.MethodGet || got.Path+"?"+got.Query != "/open-api/v3"+want || got.Header.Get("Idempotency-Key") != "" || got.Body != "" {
			t.Errorf("%s: sent %s %s?%s", op, got.Method, got.Path, got.Query)
		}
	}
}

func TestRenamingByPATCH(t *testing.T) {
	w := newWorld(t, says(200, data(`true`)), options(interlace.Options{RenameMethod: "PATCH"}))
	if err := w.client.RenameBudget(t.Context(), "b-1", "n"); err != nil || w.Last().Method != http.MethodPatch {
		t.Errorf("%s, %v", w.Last().Method, err)
	}
}

// An issuer that renames by the other method is told apart from one that was not reached, and
// the words name the option.
func TestARenameThatTheIssuerDoesNotTakeNamesTheOption(t *testing.T) {
	err := newWorld(t, says(405, "")).client.RenameBudget(t.Context(), "b-1", "n")
	if !issuer.Is(err, refused) || issuer.IsDoubtful(err) || !strings.Contains(err.Error(), "spec.interlace.renameMethod") {
		t.Errorf("%v", err)
	}
}

// A prepaid card that opens with nothing names no amount.
func TestACardThatOpensWithNothing(t *testing.T) {
	w := newWorld(t, says(200, data(`null`)))
	o := order(issuer.Prepaid)
	o.Opening, o.Usage = money.Zero, ""
	if err := w.client.CreateCard(t.Context(), issuer.Permit{}, o); err != nil || strings.Contains(w.Last().Body, "amount") || strings.Contains(w.Last().Body, "useType") {
		t.Errorf("%s, %v", w.Last().Body, err)
	}
}

func TestStrangeIDsAreNeverSent(t *testing.T) {
	ctx, p := t.Context(), issuer.Permit{}
	drop := func(_ any, err error) error { return err }
	with := func(change func(*issuer.CardOrder, string), kind issuer.CardType) func(*interlace.Client, string) error {
		return func(c *interlace.Client, id string) error {
			o := order(kind)
			change(&o, id)
			return c.CreateCard(ctx, p, o)
		}
	}
	for op, call := range map[string]func(*interlace.Client, string) error{
		"rename budget": func(c *interlace.Client, id string) error { return c.RenameBudget(ctx, id, "n") },
		"move budget": func(c *interlace.Client, id string) error {
			return c.MoveBudgetFunds(ctx, p, transfer(id, issuer.In, "1", "t"))
		},
		"move, client id": func(c *interlace.Client, id string) error {
			return c.MoveCardFunds(ctx, p, transfer("c", issuer.In, "1", id))
		},
		"card, product":    with(func(o *issuer.CardOrder, id string) { o.ProductID = id }, issuer.Prepaid),
		"card, holder":     with(func(o *issuer.CardOrder, id string) { o.CardholderID = id }, issuer.Prepaid),
		"card, reference":  with(func(o *issuer.CardOrder, id string) { o.Reference = id }, issuer.Prepaid),
		"card, client id":  with(func(o *issuer.CardOrder, id string) { o.ClientID = id }, issuer.Prepaid),
		"card, budget":     with(func(o *issuer.CardOrder, id string) { o.BudgetID = id }, issuer.BudgetCard),
		"freeze":           func(c *interlace.Client, id string) error { return c.FreezeCard(ctx, id) },
		"unfreeze":         func(c *interlace.Client, id string) error { return c.UnfreezeCard(ctx, id) },
		"close":            func(c *interlace.Client, id string) error { return c.CloseCard(ctx, id, "t") },
		"limits":           func(c *interlace.Client, id string) error { return c.SetCardLimits(ctx, id, nil) },
		"card":             func(c *interlace.Client, id string) error { return drop(c.GetCard(ctx, id)) },
		"balances":         func(c *interlace.Client, id string) error { return drop(c.ListBalances(ctx, []string{"b", id})) },
		"card movements":   func(c *interlace.Client, id string) error { return drop(c.CardMovements(ctx, id)) },
		"find movements":   func(c *interlace.Client, id string) error { return drop(c.FindMovements(ctx, id)) },
		"budget movements": func(c *interlace.Client, id string) error { return drop(c.BudgetMovements(ctx, id)) },
		"movement":         func(c *interlace.Client, id string) error { return drop(c.MovementDetail(ctx, id)) },
		"secrets":          func(c *interlace.Client, id string) error { return drop(c.RevealCard(ctx, id)) },
		"fingerprint":      func(c *interlace.Client, id string) error { return drop(c.CardFingerprint(ctx, id)) },
		"recommended":      func(c *interlace.Client, id string) error { return drop(c.RecommendBINs(ctx, id)) },
		"holder, product": func(c *interlace.Client, id string) error {
			return drop(c.CreateCardholder(ctx, p, issuer.HolderOrder{Cardholder: ada, ProductID: id, ClientID: "c"}))
		},
		"holder, client id": func(c *interlace.Client, id string) error {
			return drop(c.CreateCardholder(ctx, p, issuer.HolderOrder{Cardholder: ada, ProductID: "b", ClientID: id}))
		},
	} {
		w := newWorld(t, says(200, data(`true`)))
		for _, id := range issuertest.StrangeIDs {
			if err := call(w.client, id); !issuer.Is(err, refused) || issuer.OutcomeOf(err) != issuer.Rejected {
				t.Errorf("%s %q: %v", op, id, err)
			}
		}
		if n := len(w.All()); n != 0 {
			t.Errorf("%s: %d requests", op, n)
		}
	}
}

func TestOrdersThatCannotBeMeantAreNotSent(t *testing.T) {
	ctx, p := t.Context(), issuer.Permit{}
	w := newWorld(t, says(200, data(`true`)))
	c := w.client
	long := strings.Repeat("n", 65)
	card := func(change func(*issuer.CardOrder)) error {
		o := order(issuer.Prepaid)
		change(&o)
		return c.CreateCard(ctx, p, o)
	}
	budget := func(o issuer.BudgetOrder) error { _, err := c.CreateBudget(ctx, p, o); return err }
	for name, err := range map[string]error{
		"card without label":     card(func(o *issuer.CardOrder) { o.Label = "" }),
		"card, long label":       card(func(o *issuer.CardOrder) { o.Label = long }),
		"card of another type":   card(func(o *issuer.CardOrder) { o.Type = "Credit" }),
		"card, negative":         card(func(o *issuer.CardOrder) { o.Opening = money.Must("-1") }),
		"budget without name":    budget(issuer.BudgetOrder{}),
		"budget, long name":      budget(issuer.BudgetOrder{Name: long}),
		"budget, no token":       budget(issuer.BudgetOrder{Name: "n"}),
		"budget, negative":       budget(issuer.BudgetOrder{Name: tagged, Opening: money.Must("-1")}),
		"rename to nothing":      c.RenameBudget(ctx, "b-1", ""),
		"transfer of nothing":    c.MoveCardFunds(ctx, p, transfer("c-1", issuer.In, "0", "t")),
		"transfer to nowhere":    c.MoveBudgetFunds(ctx, p, transfer("b-1", "", "1", "t")),
		"limit of nothing":       c.SetCardLimits(ctx, "c-1", []issuer.Limit{{Interval: issuer.PerDay}}),
		"limit of no interval":   c.SetCardLimits(ctx, "c-1", []issuer.Limit{{Interval: "Hour", Amount: money.Must("1")}}),
		"two limits of one kind": c.SetCardLimits(ctx, "c-1", []issuer.Limit{{Interval: issuer.PerDay, Amount: money.Must("1")}, {Interval: issuer.PerDay, Amount: money.Must("2")}}),
	} {
		if !issuer.Is(err, refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(w.All()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// What v3 has no call for is refused without one.
func TestWhatThisIssuerLacks(t *testing.T) {
	w := newWorld(t, says(500, ""))
	ctx, p := t.Context(), issuer.Permit{}
	_, receivers := w.client.ListReceivers(ctx, "USD")
	_, made := w.client.CreateReceiver(ctx, p, issuer.ReceiverOrder{})
	for name, err := range map[string]error{
		"withdraw": w.client.Withdraw(ctx, p, issuer.Payout{}), "hold": w.client.HoldCardFunds(ctx, p, issuer.Transfer{}),
		"receivers": receivers, "receiver": made,
	} {
		if !issuer.Is(err, issuer.Unsupported) || len(w.All()) != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	can := w.client.Capabilities()
	for _, f := range []issuer.Feature{issuer.FeatureWithdrawals, issuer.FeatureBeneficiaries, issuer.FeatureHolds, issuer.FeatureRelabel, issuer.FeatureCVVRotation} {
		if can.Has(f) {
			t.Errorf("has %s", f)
		}
	}
	if can.Name != "Interlace v3" || can.MaxLabel != 64 || can.ReplayWindow.Hours() != 90*24 || len(can.Replays) != 5 || len(can.Features) != 18 {
		t.Errorf("%+v", can)
	}
	if got := can.Opening(issuer.Prepaid, "493193").String() + can.Opening(issuer.Prepaid, "414631").String() + can.Opening(issuer.BudgetCard, "414631").String(); got != "0.001.000.00" {
		t.Errorf("opens with %s", got)
	}
}
