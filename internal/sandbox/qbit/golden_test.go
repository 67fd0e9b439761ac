package qbit_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// example is a sample of the documents, as printed but for its token.
type example struct {
	Section  string
	Method   string
	Path     string
	Request  map[string]any
	Response any
	Object   any
}

func examples(t *testing.T, pattern string) map[string]example {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	found := map[string]example{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var x example
		if err := json.Unmarshal(text, &x); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		found[strings.TrimSuffix(filepath.Base(file), ".json")] = x
	}
	return found
}

// subjects are the objects of this world that the examples' ids stand for.
type subjects struct {
	card, budget, receiver, movement string
}

func populate(w *world) subjects {
	w.t.Helper()
	card, budget, receiver := w.card("100"), w.budget("50"), w.receiver("Bank")
	if _, err := w.book.Hold(card.ID, money.Must("20"), ""); err != nil {
		w.t.Fatal(err)
	}
	m, err := w.book.TransferIn(card.ID, money.Must("5"), "earlier")
	if err != nil {
		w.t.Fatal(err)
	}
	return subjects{card.ID, budget.ID, receiver.ID, m.ID}
}

// request is an example's body with the ids of this world.
func (s subjects) request(x example) string {
	if x.Request == nil {
		return ""
	}
	body := maps.Clone(x.Request)
	for key, id := range map[string]string{"accountId": account, "cardId": s.card, "budgetId": s.budget} {
		if _, there := body[key]; there {
			body[key] = id
		}
	}
	text, _ := json.Marshal(body)
	return string(text)
}

// path is an example's path and query with the ids of this world.
func (s subjects) path(x example) string {
	path, query, _ := strings.Cut(x.Path, "?")
	if rest, ok := strings.CutPrefix(path, "/open-api/v1/cards/transactions/"); ok && rest != "" {
		path = "/open-api/v1/cards/transactions/" + s.movement
	}
	values, _ := url.ParseQuery(query)
	for key, id := range map[string]string{"accountId": account, "cardId": s.card, "id": s.subject(path)} {
		if values.Has(key) {
			values.Set(key, id)
		}
	}
	return path + "?" + values.Encode()
}

func (s subjects) subject(path string) string {
	switch {
	case strings.Contains(path, "/budget"):
		return s.budget
	case strings.Contains(path, "/benefiaries"):
		return s.receiver
	}
	return s.card
}

// exact are the examples whose answers depend on nothing but the request.
var exact = []string{
	"budget-rename", "budget-add", "budget-sub", "cards-create-check", "cards-create", "transfer-in",
	"transfer-out", "suspend", "enable", "delete", "frozen", "unfrozen",
}

func TestExamplesOfTheCardsDocument(t *testing.T) {
	all := examples(t, "[^o]*.json")
	if len(all) != 23 {
		t.Errorf("%d examples, and the document has 23", len(all))
	}
	for name, x := range all {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := populate(w)
			got := read[any](w, w.call(x.Method, s.path(x), s.request(x)))
			sameShape(t, "", got, x.Response)
			if slices.Contains(exact, name) && !reflect.DeepEqual(got, x.Response) {
				t.Errorf("got %v\nwant %v", got, x.Response)
			}
		})
	}
}

func TestReceiverExampleIsEchoed(t *testing.T) {
	w := newWorld(t)
	x := examples(t, "receiver-create.json")["receiver-create"]
	got := read[map[string]map[string]any](w, w.call(x.Method, "/cards/receiver", subjects{}.request(x)))["data"]
	want := x.Response.(map[string]any)["data"].(map[string]any)
	for key, value := range want {
		if key != "id" && key != "accountId" && !reflect.DeepEqual(got[key], value) {
			t.Errorf("%s is %v, want %v", key, got[key], value)
		}
	}
}

func TestObjectsOfTheResourcesDocument(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.qbit.ResourceNames = true })
	s := populate(w)
	if _, err := w.book.AddToBudget(s.budget, money.Must("1"), "x"); err != nil {
		t.Fatal(err)
	}
	lists := map[string]string{
		"object-account": "/accounts", "object-balance": "/balances", "object-budget": "/budget",
		"object-card": "/cards", "object-card-transaction": "/cards/transactions",
		"object-budget-transaction": "/budget/transactions",
	}
	for name, x := range examples(t, "object-*.json") {
		rows := w.rows(w.call("GET", lists[name], ""))
		if len(rows) == 0 {
			t.Fatalf("%s: nothing is listed", name)
		}
		sameShape(t, name, any(rows[0]), x.Object)
	}
}

func TestBudgetCardsCarryTheirBudget(t *testing.T) {
	w := newWorld(t)
	budget := w.budget("50")
	_, err := w.book.IssueCard(ledger.CardOrder{Type: ledger.BudgetFunded, BIN: "493193", BudgetID: budget.ID})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.rows(w.call("GET", "/cards", ""))[0]["budgetId"]; got != budget.ID {
		t.Errorf("budgetId is %v", got)
	}
}

// sameShape wants the same keys and JSON types. A list is compared by its first rows.
func sameShape(t *testing.T, path string, got, want any) {
	t.Helper()
	if kind(got) != kind(want) {
		t.Errorf("%s is a %s, want a %s", path, kind(got), kind(want))
		return
	}
	switch want := want.(type) {
	case map[string]any:
		got := got.(map[string]any)
		if g, w := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)); !slices.Equal(g, w) {
			t.Errorf("%s has keys %v, want %v", path, g, w)
			return
		}
		for key := range want {
			sameShape(t, path+"."+key, got[key], want[key])
		}
	case []any:
		got := got.([]any)
		if len(got) == 0 && len(want) > 0 {
			t.Errorf("%s is empty", path)
			return
		}
		if len(want) > 0 {
			sameShape(t, path+"[0]", got[0], want[0])
		}
	}
}

func kind(v any) string { return fmt.Sprintf("%T", v) }
