package qbit_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// Every answer that the documents print is decoded to what the port promises.
func TestDocumentedAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		call   func(*world) (any, error)
		want   any
	}{
		"new budget": {"budget-create", func(w *world) (any, error) {
			return w.client.CreateBudget(t.Context(), issuer.Permit{}, issuer.BudgetOrder{Name: "n"})
		}, "eb6fbac4-9ba3-4ea4-a915-cab6e2497c21"},
		"budgets": {"budget-list", func(w *world) (any, error) { return w.client.ListBudgets(t.Context()) }, []issuer.Budget{{
			ID: "08971715-b7b4-4916-ad98-c1719ea2035f", AccountID: "88c5610d-2bb3-4a8e-a506-9e00f69bae37", Name: "Kole.Little",
			BalanceID: "46ed0562-48d9-4460-b534-b3c35e96bedc", State: issuer.StateActive, CreatedAt: at("2022-01-18T03:08:56.779Z"),
		}}},
		"budget movements": {"budget-transactions", func(w *world) (any, error) {
			return w.client.BudgetMovements(t.Context(), "00f0012e-ce96-4135-8cf8-e6eb51463040")
		}, []issuer.Movement{{
			ID: "b4e61edc-63d0-44b9-9251-d1b10fcfb4bb", BudgetID: "00f0012e-ce96-4135-8cf8-e6eb51463040",
			ClientID: "5dce475f-4950-4961-9977-0dad80d318e4", Kind: issuer.MovementIn, Amount: money.Must("0.11"),
			Fee: money.Must("0"), Status: issuer.MovementClosed, At: at("2022-01-19T08:44:38.599Z"),
		}}},
		"movements of another budget": {"budget-transactions", func(w *world) (any, error) {
			return w.client.BudgetMovements(t.Context(), "08971715-b7b4-4916-ad98-c1719ea2035f")
		}, []issuer.Movement{}},
		"bins": {"bins", func(w *world) (any, error) { return w.client.ListBINs(t.Context()) }, []issuer.BIN{
			{BIN: "493193", Type: issuer.BudgetCard, Network: "VISA", Country: "HK", ThreeDS: true},
			{BIN: "493193", Type: issuer.Prepaid, Network: "VISA", Country: "HK", ThreeDS: true},
		}},
		"check": {"check", func(w *world) (any, error) {
			return w.client.CheckCard(t.Context(), issuer.CardOrder{BIN: "493193", Type: issuer.Prepaid})
		},
			[]issuer.FieldProblem{
				{Field: "spec.cardholder.firstName", Reason: "FirstName and lastName length cannot exceed 26 characters"},
				{Field: "spec.cardholder.lastName", Reason: "FirstName and lastName length cannot exceed 26 characters"},
			}},
		"cards":    {"card-list", func(w *world) (any, error) { return w.client.ListCards(t.Context()) }, []issuer.Card{documentedCard}},
		"one card": {"card-list", func(w *world) (any, error) { return w.client.GetCard(t.Context(), documentedCard.ID) }, documentedCard},
		"fingerprint": {"configuration", func(w *world) (any, error) {
			s, err := w.client.CardFingerprint(t.Context(), "599a83b8-b1d8-4da9-b7e6-44e37b4dc25d")
			return s.Reveal(), err
		}, "1cb9d6a18619b4908e73de9377b8bafb0a635dc1695d6c0a2ef256b8f29a4822"},
		"secrets": {"card-info", func(w *world) (any, error) {
			s, err := w.client.RevealCard(t.Context(), "4322fd4f-8458-42ea-9414-8362e1dc636a")
			return []string{s.PAN.Reveal(), s.CVV.Reveal(), s.ExpYear.Reveal(), s.ExpMonth.Reveal()}, err
		}, []string{"1211500300873781", "653", "2024", "10"}},
		"movement": {"transaction", func(w *world) (any, error) {
			return w.client.MovementDetail(t.Context(), "8891da4f-a87c-4cf6-a83d-c6cd1004f209")
		}, issuer.Movement{
			ID: "8891da4f-a87c-4cf6-a83d-c6cd1004f209", CardID: "74b0ab9f-1892-423b-b8a4-a4891e158f05", Currency: "USD",
			ClientID: "QBIT:NiumCardRecharge:TransferIn:74b6c5ed-55c9-449d-89f5-e1bcd5b71fa7", Kind: issuer.MovementIn,
			Amount: money.Must("0"), Fee: money.Must("0"), Status: issuer.MovementClosed, At: at("2023-03-15T05:38:58.341Z"),
		}},
		"card movements": {"card-transactions", func(w *world) (any, error) {
			return w.client.CardMovements(t.Context(), documentedMovement.CardID)
		}, []issuer.Movement{documentedMovement}},
		"found movements": {"card-transactions", func(w *world) (any, error) {
			return w.client.FindMovements(t.Context(), documentedMovement.ClientID)
		}, []issuer.Movement{documentedMovement}},
		"new receiver": {"receiver-create", func(w *world) (any, error) {
			return w.client.CreateReceiver(t.Context(), issuer.Permit{}, issuer.ReceiverOrder{Currency: "USD"})
		}, documentedReceiver},
		"receivers": {"receiver-list", func(w *world) (any, error) { return w.client.ListReceivers(t.Context(), "usd") },
			[]issuer.Receiver{documentedReceiver}},
		"receivers in another currency": {"receiver-list", func(w *world) (any, error) { return w.client.ListReceivers(t.Context(), "EUR") },
			[]issuer.Receiver{}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, says(200, fixture(t, c.answer)))
			got, err := c.call(w)
			if err != nil || !reflect.DeepEqual(plain(t, got), plain(t, c.want)) || !reflect.DeepEqual(reveal(got), reveal(c.want)) {
				t.Errorf("got  %#v, %v\nwant %#v", got, err, c.want)
			}
		})
	}
}

var documentedCard = issuer.Card{
	Holder: "as aa",
	ID:     "ce04331f-d2f3-42de-8d65-f66c69aa3888", AccountID: "e8b0d02e-5f70-4baa-b824-b4f87e34716d", State: issuer.StateInactive,
	Currency: "USD", BIN: "493193", Type: issuer.Prepaid, LastFour: "9990", Label: "默认",
	BalanceID: "7eddcfcc-f6a3-4875-8aab-2c7a0f639023", CreatedAt: at("2021-08-30T11:59:32.935Z"),
}

var documentedMovement = issuer.Movement{
	ID: "302b17cf-b56a-4f86-bc7f-32ae6dd71550", CardID: "de61fa0f-c6b2-4dfe-b411-873fd43fbd51", Currency: "USD",
	ClientID: "595f83f6-9b28-464d-be77-e9e7319d2951", Kind: issuer.MovementIn, Amount: money.Must("10"), Fee: money.Must("0"),
	Status: issuer.MovementClosed, At: at("2021-10-28T11:07:31.019Z"),
}

var documentedReceiver = issuer.Receiver{
	ID: "e01844db-9790-432e-86f9-da2ed0675367", State: issuer.ReceiverPassed, LastName: "QbitPay", Currency: "USD",
	AccountNumber: issuer.NewSensitive("1234567890"), IBAN: issuer.NewSensitive("0000000000000000"), BIC: "XXX123456",
	RoutingNumber: "12345678",
}

// plain compares amounts by value: it goes through JSON.
func plain(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// reveal is what plain cannot see.
func reveal(v any) (texts []string) {
	switch v := v.(type) {
	case issuer.Receiver:
		return []string{v.AccountNumber.Reveal(), v.IBAN.Reveal()}
	case []issuer.Receiver:
		for _, r := range v {
			texts = append(texts, reveal(r)...)
		}
	}
	return texts
}

func TestDocumentedConfirmations(t *testing.T) {
	var p issuer.Permit
	for name, call := range map[string]func(*world) error{
		"budget-rename": func(w *world) error { return w.client.RenameBudget(t.Context(), "b", "n") },
		"budget-add": func(w *world) error {
			return w.client.MoveBudgetFunds(t.Context(), p, transfer("b", issuer.In, "1", "t"))
		},
		"budget-sub": func(w *world) error {
			return w.client.MoveBudgetFunds(t.Context(), p, transfer("b", issuer.Out, "1", "t"))
		},
		"card-create": func(w *world) error {
			return w.client.CreateCard(t.Context(), p, issuer.CardOrder{Type: issuer.Prepaid, BIN: "493193", Label: "l"})
		},
		"transfer-in": func(w *world) error {
			return w.client.MoveCardFunds(t.Context(), p, transfer("c", issuer.In, "1", "t"))
		},
		"transfer-out": func(w *world) error {
			return w.client.MoveCardFunds(t.Context(), p, transfer("c", issuer.Out, "1", "t"))
		},
		"frozen": func(w *world) error {
			return w.client.HoldCardFunds(t.Context(), p, transfer("c", issuer.In, "1", "t"))
		},
		"unfrozen": func(w *world) error {
			return w.client.HoldCardFunds(t.Context(), p, transfer("c", issuer.Out, "1", "t"))
		},
		"suspend": func(w *world) error { return w.client.FreezeCard(t.Context(), "c") },
		"enable":  func(w *world) error { return w.client.UnfreezeCard(t.Context(), "c") },
		"delete":  func(w *world) error { return w.client.CloseCard(t.Context(), "c", "t") },
	} {
		if err := call(newWorld(t, says(200, fixture(t, name)))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := call(newWorld(t, says(200, `{"data":false}`))); !issuer.Is(err, issuer.Invalid) {
			t.Errorf("%s answered false: %v", name, err)
		}
		if err := call(newWorld(t, says(200, `{"code":0,"message":"ok"}`))); !issuer.Is(err, issuer.Ambiguous) {
			t.Errorf("%s answered nothing: %v", name, err)
		}
	}
}

// The resources document names the last digits differently, and has objects of its own.
func TestDocumentedResources(t *testing.T) {
	cards, err := newWorld(t, says(200, inList(fixture(t, "resource-card")))).client.ListCards(t.Context())
	if err != nil || len(cards) != 1 || !reflect.DeepEqual(cards[0], documentedCard) {
		t.Errorf("card %+v, %v", cards, err)
	}
	budgets, err := newWorld(t, says(200, inList(fixture(t, "resource-budget")))).client.ListBudgets(t.Context())
	if err != nil || len(budgets) != 1 || budgets[0].Name != "Kole.Little" {
		t.Errorf("budget %+v, %v", budgets, err)
	}
	w := newWorld(t, says(200, inList(fixture(t, "resource-balance"))))
	const id = "5abd4512-073f-43a0-a6e9-8378464f4e2f"
	found, err := w.client.ListBalances(t.Context(), []string{id, "other", id})
	if b := found[id]; err != nil || len(found) != 1 || b.Available.String() != "100.00" || b.Pending.String() != "50.00" || !b.Frozen.IsZero() || b.Currency != "USD" {
		t.Errorf("balances %+v, %v", found, err)
	}
	if w.Requests()[0].Query != "id="+id+"%2Cother&limit=100&page=0" {
		t.Errorf("asked for %s", w.Requests()[0].Query)
	}
	rows, err := newWorld(t, says(200, inList(fixture(t, "resource-card-transaction")))).client.CardMovements(t.Context(), documentedMovement.CardID)
	if err != nil || len(rows) != 1 || rows[0].ID != documentedMovement.ID {
		t.Errorf("card movements %+v, %v", rows, err)
	}
	rows, err = newWorld(t, says(200, inList(fixture(t, "resource-budget-transaction")))).client.BudgetMovements(t.Context(), "00f0012e-ce96-4135-8cf8-e6eb51463040")
	if err != nil || len(rows) != 1 || !rows[0].Amount.Equal(money.Must("0.11")) {
		t.Errorf("budget movements %+v, %v", rows, err)
	}
}
