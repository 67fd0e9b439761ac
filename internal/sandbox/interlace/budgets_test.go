package interlace_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/interlace"
)

func TestBudgets(t *testing.T) {
	w := newWorld(t)
	made := w.one(w.call("POST", "/budgets", body("name", "team", "amount", "50.00")))
	id := made["id"].(string)
	if made["balance"].(object)["available"] != "50.00000000" || made["status"] != "ACTIVE" || made["createTime"] != "1793523600000" {
		t.Errorf("made %v", made)
	}
	if got := w.one(w.call("GET", "/budgets/"+id+"?accountId="+account, "")); fmt.Sprint(got) != fmt.Sprint(made) {
		t.Errorf("read %v", got)
	}
	for i, method := range []string{"PUT", "PATCH"} {
		name := fmt.Sprint("renamed", i)
		if got := w.one(w.call(method, "/budgets/"+id, body("name", name))); got["name"] != name {
			t.Errorf("%s: %v", method, got)
		}
	}
	w.budget("second", "0")
	if rows := w.rows("/budgets?accountId=" + account); len(rows) != 2 || rows[1]["name"] != "renamed1" {
		t.Errorf("rows are %v", rows)
	}
	if rows := w.rows("/budgets?id=" + id); len(rows) != 1 || rows[0]["balance"].(object)["available"] != "50.00000000" {
		t.Errorf("rows are %v", rows)
	}
	if w.wallet() != "950.00" {
		t.Errorf("the wallet has %s", w.wallet())
	}
}

func TestBudgetRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.budget("team", "5")
	w.budget("second", "0")
	for _, c := range []struct{ method, path, body, code string }{
		{"POST", "/budgets", body("name", ""), interlace.CodeParameter},
		{"POST", "/budgets", body("name", "team"), interlace.CodeNameTaken},
		{"POST", "/budgets", body("name", "n", "amount", "5000"), interlace.CodeInsufficientFunds},
		{"POST", "/budgets", body("name", "n", "amount", "-1"), interlace.CodeAmount},
		{"POST", "/budgets", body("name", "n", "amount", "1e3"), interlace.CodeAmount},
		{"POST", "/budgets", body("name", "n", "amount", "0.001"), interlace.CodeAmount},
		{"POST", "/budgets", body("name", "n", "amount", 5), interlace.CodeUnreadable},
		{"POST", "/budgets", body("name", "n", "accountId", other), interlace.CodeUnknownAccount},
		{"POST", "/budgets", `{`, interlace.CodeUnreadable},
		{"PUT", "/budgets/" + id, body("name", "second"), interlace.CodeNameTaken},
		{"PUT", "/budgets/" + id, body("name", ""), interlace.CodeParameter},
		{"PATCH", "/budgets/nobody", body("name", "n"), interlace.CodeUnknownBudget},
		{"PATCH", "/budgets/" + id, `{`, interlace.CodeUnreadable},
		{"GET", "/budgets/nobody", "", interlace.CodeUnknownBudget},
		{"GET", "/budgets/" + id + "?accountId=" + other, "", interlace.CodeUnknownAccount},
		{"GET", "/budgets?accountId=" + other, "", interlace.CodeUnknownAccount},
		{"POST", "/budgets/" + id + "/transfer-out", body("amount", "6", "clientTransactionId", "c"), interlace.CodeInsufficientFunds},
		{"POST", "/budgets/" + id + "/transfer-in", body("amount", "0", "clientTransactionId", "c"), interlace.CodeAmount},
		{"POST", "/budgets/" + id + "/transfer-in", body("amount", "1"), interlace.CodeParameter},
		{"POST", "/budgets/" + id + "/transfer-in", body("amount", "1", "clientTransactionId", "c", "accountId", other), interlace.CodeUnknownAccount},
		{"POST", "/budgets/nobody/transfer-in", body("amount", "1", "clientTransactionId", "c"), interlace.CodeUnknownBudget},
		{"GET", "/budgets/nobody/transactions", "", interlace.CodeUnknownBudget},
		{"GET", "/budgets/" + id + "/transactions?startTime=soon", "", interlace.CodeParameter},
		{"GET", "/budgets/" + id + "/transactions?page=0", "", interlace.CodeParameter},
	} {
		w.refused(w.call(c.method, c.path, c.body), c.code)
	}
	w.refused(w.as(otherToken, "GET", "/budgets/"+id, ""), interlace.CodeUnknownBudget)
	w.refused(w.as(otherToken, "PUT", "/budgets/"+id, `{"name":"x"}`), interlace.CodeUnknownBudget)
	if w.wallet() != "995.00" {
		t.Errorf("the wallet has %s", w.wallet())
	}
	w.one(w.call("PUT", "/budgets/"+id, body("name", "team"))) // its own name is no clash
	w.one(w.as(otherToken, "POST", "/budgets", `{"name":"team"}`))
}

func TestNamesAndAnswersOfOtherWorlds(t *testing.T) {
	w := with(t, func(o *interlace.Options) { o.DuplicateNames, o.TerseBudgets = true, true })
	first := read[string](w, w.call("POST", "/budgets", body("name", "team")))
	second := read[string](w, w.call("POST", "/budgets", body("name", "team")))
	if first == second {
		t.Error("one budget for two")
	}
	if !read[bool](w, w.call("PUT", "/budgets/"+first, body("name", "team"))) {
		t.Error("a change of the name is not true")
	}
}

func TestBudgetTransactions(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.ledger.IssuanceFee = money.Must("1") })
	id := w.budget("team", "50")
	card := w.budgetCard("ref", id)
	w.clock.Advance(time.Hour)
	in := w.one(w.call("POST", "/budgets/"+id+"/transfer-in", body("amount", "5", "clientTransactionId", "in")))
	if in["type"] != "TransferIn" || in["status"] != "Closed" || in["amount"] != "5.00" || in["clientTransactionId"] != "in" || in["cardId"] != nil {
		t.Errorf("in: %v", in)
	}
	w.one(w.call("POST", "/budgets/"+id+"/transfer-out", body("amount", "2", "clientTransactionId", "out")))
	if reason := w.pay(card, "3"); reason != "" {
		t.Fatal(reason)
	}
	list := "/budgets/" + id + "/transactions?accountId=" + account
	for query, want := range map[string]int{
		"": 5, "&type=TransferIn": 2, "&type=0": 2, "&type=transferout": 1, "&type=Consumption": 1, "&type=2": 1, "&type=Refund": 0,
		"&status=CLOSED": 5, "&status=Fail": 0, "&status=other": 0, "&limit=2": 2, "&page=2&limit=4": 1,
		"&startTime=1793523600001": 3, "&endTime=1793523600001": 2,
	} {
		if n := len(w.rows(list + query)); n != want {
			t.Errorf("%q: %d rows, want %d", query, n, want)
		}
	}
	if spent := w.rows(list + "&type=Consumption")[0]; spent["cardId"] != card || spent["detail"] != "Amazon.com" {
		t.Errorf("spent: %v", spent)
	}
	if got := w.one(w.call("GET", "/budgets/"+id, ""))["balance"].(object)["available"]; got != "49.00000000" {
		t.Errorf("the budget has %v", got)
	}
}

func TestAccountTransactions(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.ledger.IssuanceFee = money.Must("1") })
	id := w.budget("team", "50")
	w.budgetCard("ref", id)
	card := w.card("prepaid", "10")
	w.one(w.call("POST", "/budgets/"+id+"/transfer-out", body("amount", "2", "clientTransactionId", "out")))
	rows := w.rows("/infinity-account/transactions?accountId=" + account)
	var types []any
	for _, row := range rows {
		types = append(types, row["type"], row["direction"])
	}
	if want := "[2 1 11 2 1 2 10 2 0 1]"; fmt.Sprint(types) != want {
		t.Errorf("types and directions are %v, want %s", types, want)
	}
	path := "/infinity-account/transactions/"
	if got := w.one(w.call("GET", path+rows[0]["id"].(string), "")); fmt.Sprint(got) != fmt.Sprint(rows[0]) {
		t.Errorf("read %v", got)
	}
	if reason := w.pay(card, "1"); reason != "" {
		t.Fatal(reason)
	}
	spent := w.rows("/cards/transaction-list?type=1&accountId=" + account)[0]["id"].(string)
	w.refused(w.call("GET", path+spent, ""), interlace.CodeUnknownTransaction)
	w.refused(w.call("GET", path+"nobody", ""), interlace.CodeUnknownTransaction)
	w.refused(w.as(otherToken, "GET", path+rows[0]["id"].(string), ""), interlace.CodeUnknownTransaction)
	for _, bad := range []string{"/x?accountId=" + other} {
		w.refused(w.call("GET", "/infinity-account/transactions"+bad, ""), interlace.CodeUnknownAccount)
	}
	w.refused(w.call("GET", "/infinity-account/transactions?limit=101", ""), interlace.CodeParameter)
	w.refused(w.call("GET", "/infinity-account/transactions?endTime=x", ""), interlace.CodeParameter)
}
