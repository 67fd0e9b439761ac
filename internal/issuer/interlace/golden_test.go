package interlace_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/money"
)

// Every object that the document prints and that this package reads is decoded to what the
// port promises.
func TestDocumentedObjects(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		call   func(*world) (any, error)
		want   any
	}{
		"cards": {listOf(fixture(t, "card")), func(w *world) (any, error) { return w.client.ListCards(t.Context()) },
			[]issuer.Card{documentedCard}},
		"one card": {listOf(fixture(t, "card")), func(w *world) (any, error) { return w.client.GetCard(t.Context(), documentedCard.ID) },
			documentedCard},
		"card of a negative balance": {listOf(part(t, "negative-balance", "data", "list", "card")), func(w *world) (any, error) {
			return w.client.ListCards(t.Context())
		}, []issuer.Card{withReference}},
		"wallet of a negative balance": {listOf(part(t, "negative-balance", "data", "list", "cardWallet")), balances("92826c47-d1cd-475a-a131-81229b4b6814"),
			map[string]issuer.Balance{"92826c47-d1cd-475a-a131-81229b4b6814": {ID: "92826c47-d1cd-475a-a131-81229b4b6814", Available: money.Must("12.03"), Currency: "USD"}}},
		"wallet": {listOf(fixture(t, "wallet")), balances("1f74664d-7680-4038-ac0f-16e62d7d0372"),
			map[string]issuer.Balance{"1f74664d-7680-4038-ac0f-16e62d7d0372": {ID: "1f74664d-7680-4038-ac0f-16e62d7d0372", Available: money.Must("12.03"), Currency: "USD"}}},
		"card movement": {listOf(fixture(t, "card-transaction")), func(w *world) (any, error) {
			return w.client.CardMovements(t.Context(), documentedMovement.CardID)
		}, []issuer.Movement{documentedMovement}},
		"found movement": {listOf(fixture(t, "card-transaction")), func(w *world) (any, error) {
			return w.client.FindMovements(t.Context(), documentedMovement.ClientID)
		}, []issuer.Movement{documentedMovement}},
		"movements of another id": {listOf(fixture(t, "card-transaction")), func(w *world) (any, error) {
			return w.client.FindMovements(t.Context(), "other")
		}, []issuer.Movement{}},
		"one movement": {listOf(fixture(t, "card-transaction")), func(w *world) (any, error) {
			return w.client.MovementDetail(t.Context(), documentedMovement.ID)
		}, documentedMovement},
		"budgets": {listOf(fixture(t, "budget")), func(w *world) (any, error) { return w.client.ListBudgets(t.Context()) }, []issuer.Budget{{
			ID: "e9561c9f-a7f6-4356-b2fe-4a4984c33c01", AccountID: "c83929c5-4ff3-42d4-af6d-56043022ebad", Name: "test name11222322222333",
			State: issuer.StateInactive, BalanceID: "a95b3d17-c8a4-4036-9898-13123d47c79f", CreatedAt: at("2025-09-16T06:49:28.531Z"),
		}}},
		"budget movement": {listOf(fixture(t, "budget-transaction")), func(w *world) (any, error) {
			return w.client.BudgetMovements(t.Context(), "b2312eab-8b13-40c7-a7e2-221ef79cfd09")
		}, []issuer.Movement{{
			ID: "4f6d3e91-b8d0-4a7a-9a60-94c8e3c5f731", CardID: "1a9e92d7-1d12-4a6b-9b5b-9f2cb2d6a120", BudgetID: "b2312eab-8b13-40c7-a7e2-221ef79cfd09",
			ClientID: "txn_custom_123456", Kind: issuer.MovementIn, Amount: money.Must("200"), Fee: money.Must("5"),
			Status: issuer.MovementClosed, At: at("2025-08-18T06:22:25.103Z"),
		}}},
		"bins": {listOf(fixture(t, "bin")), func(w *world) (any, error) { return w.client.ListBINs(t.Context()) }, []issuer.BIN{{
			BIN: "411111", ID: "bin-123e4567-e89b-12d3-a456-426614174000", Type: issuer.Prepaid, Network: "VISA", AVS: true,
			DayLimit: "5000", SingleLimit: "1000", Currencies: []string{"USD", "EUR", "CNY"}, Physical: true,
		}}},
		"recommended": {data(`[` + fixture(t, "bin") + `]`), func(w *world) (any, error) { return w.client.RecommendBINs(t.Context(), "42") }, []string{"411111"}},
		"scenarios": {data(`[` + fixture(t, "scenario") + `]`), func(w *world) (any, error) { return w.client.ListScenarios(t.Context()) },
			[]issuer.Scenario{{ID: "42", Name: "Amazon"}}},
		"cardholders": {listOf(fixture(t, "cardholder")), func(w *world) (any, error) { return w.client.ListCardholders(t.Context()) },
			[]issuer.Holder{documentedHolder}},
		"new cardholder": {data(fixture(t, "cardholder")), func(w *world) (any, error) {
			return w.client.CreateCardholder(t.Context(), issuer.Permit{}, issuer.HolderOrder{Cardholder: ada, ProductID: "bin-1", ClientID: "h-1"})
		}, documentedHolder},
		"new budget": {data(fixture(t, "budget")), func(w *world) (any, error) {
			return w.client.CreateBudget(t.Context(), issuer.Permit{}, issuer.BudgetOrder{Name: tagged})
		}, "e9561c9f-a7f6-4356-b2fe-4a4984c33c01"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.call(newWorld(t, says(200, c.answer)))
			if err != nil || !reflect.DeepEqual(issuertest.Plain(t, got), issuertest.Plain(t, c.want)) {
				t.Errorf("got  %#v, %v\nwant %#v", got, err, c.want)
			}
		})
	}
}

func balances(ids ...string) func(*world) (any, error) {
	return func(w *world) (any, error) { return w.client.ListBalances(w.T.Context(), ids) }
}

// part is a part of a fixture; of a list, its first element.
func part(t *testing.T, name string, path ...string) string {
	t.Helper()
	var v any = issuertest.Object(t, fixture(t, name))
	for _, key := range path {
		if list, ok := v.([]any); ok {
			v = list[0]
		}
		v = v.(map[string]any)[key]
	}
	text, err := json.Marshal(v)
	issuertest.Must(t, err)
	return string(text)
}

var documentedCard = issuer.Card{
	Holder: "John Doe",
	ID:     "d8eda079-6ba7-409e-99c8-ab5f83566fbd", AccountID: account, Currency: "USD", BIN: "411111", State: issuer.StateActive,
	LastFour: "4567", Label: "Personal Visa", BalanceID: "0d13f168-339b-4b74-a412-07a6ababcd9c",
	BudgetID: "c0598084-16d9-4426-b98e-382166afb0eb", Type: issuer.BudgetCard, CardholderID: "4377d744-23cf-4c5e-9a39-34c70cf39c31",
	CreatedAt: at("2025-08-26T06:54:41.381Z"), Limits: []issuer.Limit{{Interval: issuer.PerLifetime, Amount: money.Must("5000")}},
}

var withReference = func() issuer.Card {
	c := documentedCard
	c.CardholderID, c.Reference, c.CreatedAt = "1963922322985988097", "78ad30f2-5794-47r6-b413-62gh699ab203", at("2024-03-19T01:54:36.127Z")
	return c
}()

var documentedMovement = issuer.Movement{
	ID: "d8eda079-6ba7-409e-99c8-ab5f83566fbd", CardID: "0d13f168-339b-4b74-a412-07a6ababcd9c", ClientID: "client_txn_abc123def456",
	Kind: issuer.MovementSpend, Amount: money.Must("125.5"), Fee: money.Must("3.25"), Currency: "USD",
	Status: issuer.MovementClosed, At: at("2025-08-26T06:54:41.381Z"),
}

var documentedHolder = issuer.Holder{
	ID: "1967846523043602433", State: issuer.HolderActive, FirstName: "xu", LastName: "mingru", Email: "[email\u00a0protected]",
	BINs: []string{"1871360496083530000", "1871360596906217473", "1871360464026470000", "1871360899013545985"},
}

// The balance of a budget stands within it; the wallets need not have it.
func TestTheBalanceOfABudgetIsWithinIt(t *testing.T) {
	const id, wallet = "a95b3d17-c8a4-4036-9898-13123d47c79f", "1f74664d-7680-4038-ac0f-16e62d7d0372"
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		name := map[string]string{"/open-api/v3/cards/wallets": "wallet", "/open-api/v3/budgets": "budget"}[r.URL.Path]
		says(200, listOf(fixture(t, name)))(rw, r)
	})
	found, err := w.client.ListBalances(t.Context(), []string{id, wallet, "nobody's", id})
	if err != nil || len(found) != 2 || !found[id].Available.IsZero() || found[id].Currency != "USD" || found[wallet].Available.String() != "12.03" {
		t.Errorf("%+v, %v", found, err)
	}
	asked := len(w.Requests())
	if found, err = w.client.ListBalances(t.Context(), nil); err != nil || len(found) != 0 || len(w.Requests()) != asked {
		t.Errorf("none asked for: %+v, %v", found, err)
	}
}

// A budget list that fails is no list of balances.
func TestBalancesNeedBothLists(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/budgets") {
			says(503, "")(rw, r)
			return
		}
		says(200, data(`{"list":[],"total":0}`))(rw, r)
	})
	if found, err := w.client.ListBalances(t.Context(), []string{"w"}); !issuer.Is(err, unavailable) || found != nil {
		t.Errorf("%+v, %v", found, err)
	}
}

// The three names of a card's address, and whatever else comes along, do not matter.
func TestACardsAddressHasThreeNames(t *testing.T) {
	for _, name := range []string{"cardAddress", "address", "billingAddress"} {
		row := strings.Replace(fixture(t, "card"), "cardAddress", name, 1)
		cards, err := newWorld(t, says(200, listOf(row))).client.ListCards(t.Context())
		if err != nil || !reflect.DeepEqual(issuertest.Plain(t, cards), issuertest.Plain(t, []issuer.Card{documentedCard})) {
			t.Errorf("%s: %+v, %v", name, cards, err)
		}
	}
}

// The document's card is encrypted under a key that nobody here has: that is said, and
// what to look at.
func TestTheDocumentedSecretsAreUnderAnotherKey(t *testing.T) {
	s, err := newWorld(t, says(200, data(fixture(t, "private-info")))).client.RevealCard(t.Context(), "c-1")
	if !issuer.Is(err, issuer.Unauthorized) || !strings.Contains(err.Error(), "clientSecret") || !s.PAN.IsZero() {
		t.Errorf("%v", err)
	}
}
