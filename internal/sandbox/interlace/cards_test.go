package interlace_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/interlace"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

func (w *world) list(query string) []object {
	w.t.Helper()
	return w.rows("/card-list?accountId=" + account + query)
}

func TestACardIsIssuedAtOnceAndListedWithItsReference(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.ledger.IssuingDelay = time.Hour })
	order := w.order("ref-1")
	made := w.one(w.call("POST", "/prepaid-card", order))
	rows := w.list("")
	if len(rows) != 1 {
		t.Fatalf("%d rows", len(rows))
	}
	if made["cardMode"] != "VIRTUAL_CARD" || rows[0]["cardMode"] != nil {
		t.Errorf("cardMode is %v in the answer and %v in the list", made["cardMode"], rows[0]["cardMode"])
	}
	delete(made, "cardMode")
	if fmt.Sprint(made) != fmt.Sprint(rows[0]) {
		t.Errorf("made %v\nlisted %v", made, rows[0])
	}
	for key, want := range map[string]any{
		"referenceId": "ref-1", "status": "ACTIVE", "label": "ads", "userName": "First Last", "bin": "493193", "accountId": account,
	} {
		if made[key] != want {
			t.Errorf("%s is %v", key, made[key])
		}
	}
	if made["cardAddress"].(object)["city"] != "Town" || w.available(made["balanceId"].(string)) != "10.00" {
		t.Errorf("made %v", made)
	}
}

func TestCardListFilters(t *testing.T) {
	w := newWorld(t)
	budget := w.budget("team", "5")
	prepaid, ofBudget := w.card("a", "1"), w.budgetCard("b", budget)
	holder := w.list("&cardId=" + prepaid)[0]["cardholderId"].(string)
	for query, want := range map[string]string{
		"&cardId=" + prepaid: prepaid, "&referenceId=a": prepaid, "&referenceId=b": ofBudget, "&budgetId=" + budget: ofBudget,
		"&cardholderId=" + holder: prepaid, "&referenceId=c": "", "&label=ads&limit=1": ofBudget, "&label=ads&limit=1&page=2": prepaid, "&label=ad": "",
	} {
		rows := w.list(query)
		if len(rows) != 1 && want != "" || len(rows) == 1 && rows[0]["id"] != want {
			t.Errorf("%q: %v", query, rows)
		}
	}
	w.refused(w.call("GET", "/card-list", ""), interlace.CodeParameter)
	w.refused(w.call("GET", "/card-list?accountId="+other, ""), interlace.CodeUnknownAccount)
}

func TestPagesBeginAtOneAndEndAtAHundred(t *testing.T) {
	w := newWorld(t)
	for i := range 12 {
		w.budget(fmt.Sprint(i), "0")
	}
	for query, want := range map[string]int{"": 10, "?page=1": 10, "?page=2": 2, "?page=3": 0, "?limit=100": 12, "?limit=5&page=3": 2} {
		got := read[rowsAndTotal](w, w.call("GET", "/budgets"+query, ""))
		if len(got.List) != want || got.Total != 12 {
			t.Errorf("%q: %d of %d", query, len(got.List), got.Total)
		}
	}
	for _, bad := range []string{"page=0", "page=-1", "page=x", "limit=0", "limit=101", "limit=x", "page=99999999999"} {
		for _, path := range []string{"/budgets?", "/card-list?accountId=" + account + "&", "/card/bins?", "/cards/wallets?", "/cardholders?", "/cards/transaction-list?accountId=" + account + "&"} {
			w.refused(w.call("GET", path+bad, ""), interlace.CodeParameter)
		}
	}
}

func TestCardOrdersAreRefused(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.ledger.CardholderReviewDelay = time.Hour })
	pending := w.holder()
	w.clock.Advance(time.Hour)
	holder, unready := pending, w.holder()
	budget := w.budget("team", "0")
	order := func(pairs ...any) string { return w.order("r", append([]any{"cardholderId", holder}, pairs...)...) }
	for name, c := range map[string]struct{ path, body, code string }{
		"no bin":            {"/prepaid-card", order("binId", nil), interlace.CodeParameter},
		"unknown bin":       {"/prepaid-card", order("binId", "493193"), interlace.CodeUnknownBIN},
		"bin of budgets":    {"/prepaid-card", order("binId", w.bin("493193", ledger.BudgetFunded)), interlace.CodeUnknownBIN},
		"no holder":         {"/prepaid-card", order("cardholderId", nil), interlace.CodeParameter},
		"unknown holder":    {"/prepaid-card", order("cardholderId", "1"), interlace.CodeUnknownCardholder},
		"pending holder":    {"/prepaid-card", order("cardholderId", unready), interlace.CodeCardholderInactive},
		"no reference":      {"/prepaid-card", order("referenceId", nil), interlace.CodeParameter},
		"no mode":           {"/prepaid-card", order("cardMode", nil), interlace.CodeParameter},
		"plastic":           {"/prepaid-card", order("cardMode", "PHYSICAL_CARD"), interlace.CodeParameter},
		"below the least":   {"/prepaid-card", order("binId", w.bin("414631", ledger.Prepaid), "amount", "0.99"), interlace.CodeParameter},
		"a number":          {"/prepaid-card", order("amount", 10), interlace.CodeUnreadable},
		"too much":          {"/prepaid-card", order("amount", "5000"), interlace.CodeInsufficientFunds},
		"part of a cent":    {"/prepaid-card", order("amount", "1.001"), interlace.CodeAmount},
		"another's account": {"/prepaid-card", order("accountId", other), interlace.CodeUnknownAccount},
		"unreadable":        {"/prepaid-card", `{`, interlace.CodeUnreadable},
		"no budget":         {"/budget-card", order("amount", nil), interlace.CodeParameter},
		"amount and budget": {"/budget-card", order("budgetId", budget), interlace.CodeParameter},
		"unknown budget": {"/budget-card", order("amount", nil, "budgetId", "nobody",
			"binId", w.bin("493193", ledger.BudgetFunded)), interlace.CodeUnknownBudget},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.refused(w.call("POST", c.path, c.body), c.code)
		})
	}
	w.t = t
	if rows := w.list(""); len(rows) != 0 || w.wallet() != "1000.00" {
		t.Errorf("%d cards, the wallet has %s", len(rows), w.wallet())
	}
	w.one(w.call("POST", "/prepaid-card", order())) // a refused order leaves its reference free
}

func TestAReferenceIsForOneOrder(t *testing.T) {
	w := newWorld(t)
	taken := w.card("ref", "10")
	order := w.order("ref")
	w.refused(w.call("POST", "/prepaid-card", order), interlace.CodeReferenceTaken)
	w.call("DELETE", "/cards/"+taken+"?accountId="+account, "")
	w.refused(w.call("POST", "/prepaid-card", order), interlace.CodeReferenceTaken)
	twice := with(t, func(o *interlace.Options) { o.DuplicateReferences = true })
	first, second := twice.card("ref", "1"), twice.card("ref", "1")
	if first == second || len(twice.list("&referenceId=ref")) != 2 {
		t.Error("the option takes no second order")
	}
}

func TestOrdersCanBeAsynchronous(t *testing.T) {
	w := newWorld(t, func(k *knobs) {
		k.ledger.IssuingDelay, k.interlace.Asynchronous, k.interlace.OptionalCardholder = time.Minute, true, true
	})
	order := w.order("ref", "cardholderId", nil)
	if got := w.call("POST", "/prepaid-card", order); got.status != 200 || got.text != `{"code":"000000","message":"success","data":null}` {
		t.Fatalf("%v", got)
	}
	w.refused(w.call("POST", "/prepaid-card", order), interlace.CodeReferenceTaken)
	w.refused(w.call("POST", "/prepaid-card", w.order("r2", "amount", "5000", "cardholderId", nil)), interlace.CodeInsufficientFunds)
	if len(w.list("")) != 0 {
		t.Error("listed too early")
	}
	w.clock.Advance(time.Minute)
	if rows := w.list("&referenceId=ref"); len(rows) != 1 || rows[0]["cardholderId"] != nil || rows[0]["userName"] != "" {
		t.Errorf("rows are %v", rows)
	}
}

func TestStatesOfACard(t *testing.T) {
	w := newWorld(t)
	id := w.card("ref", "10")
	path := "/cards/" + id
	for _, step := range []struct{ call, status string }{{"freeze", "FROZEN"}, {"freeze", "FROZEN"}, {"unfreeze", "ACTIVE"}} {
		if got := w.one(w.call("POST", path+"/"+step.call, body())); got["status"] != step.status {
			t.Errorf("%s: %v", step.call, got)
		}
	}
	if err := w.ledger.SetCardState(id, ledger.StateControl); err != nil {
		t.Fatal(err)
	}
	w.refused(w.call("POST", path+"/unfreeze", body()), interlace.CodeCardControl)
	changes := w.list("")[0]["cardStatusChangeRecordList"].([]any)
	var seen []any
	for _, c := range changes {
		c := c.(object)
		seen = append(seen, c["beforeStatus"], c["afterStatus"], c["requestUrl"], c["reasonCode"])
	}
	url := interlace.Prefix + path
	want := fmt.Sprint([]any{"Active", "Frozen", url + "/freeze", "3001", "Frozen", "Active", url + "/unfreeze", "3001", "Active", "Control", nil, nil})
	if fmt.Sprint(seen) != want {
		t.Errorf("changes are %v\nwant %s", seen, want)
	}
	for range 2 {
		if got := w.call("DELETE", path+"?accountId="+account, ""); got.text != `{"code":"000000","message":"success","data":true}` {
			t.Errorf("%v", got)
		}
	}
	if row := w.list("")[0]; row["status"] != "INACTIVE" || w.wallet() != "1000.00" {
		t.Errorf("%v, the wallet has %s", row["status"], w.wallet())
	}
	w.refused(w.call("POST", path+"/freeze", body()), interlace.CodeCardInactive)
	w.refused(w.call("POST", path+"/freeze", `{`), interlace.CodeUnreadable)
	w.refused(w.call("DELETE", path, `{`), interlace.CodeUnreadable)
	w.refused(w.call("DELETE", "/cards/nobody", ""), interlace.CodeUnknownCard)
}

// Nobody sees or moves what belongs to another account.
func TestAccountsAreIsolated(t *testing.T) {
	w := newWorld(t)
	id := w.card("ref", "10")
	limit := `{"type":"DAY","limit":"1"}`
	move := fmt.Sprintf(`{"cardId":%q,"amount":"1","clientTransactionId":"c"}`, id)
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/cards/" + id, ""}, {"DELETE", "/cards/" + id, ""}, {"GET", "/cards/" + id + "/card-summary", ""},
		{"POST", "/cards/" + id + "/freeze", ""}, {"POST", "/cards/" + id + "/unfreeze", ""}, {"PUT", "/cards/" + id + "/velocity-control", limit},
		{"GET", "/cards/" + id + "/private-info/access-token", ""}, {"POST", "/cards/transfer-in", move}, {"POST", "/cards/transfer-out", move},
	} {
		w.refused(w.as(otherToken, c.method, c.path, c.body), interlace.CodeUnknownCard)
		if c.method == "GET" || c.method == "DELETE" {
			w.refused(w.call(c.method, c.path+"?accountId="+other, c.body), interlace.CodeUnknownAccount)
			continue
		}
		foreign := strings.Replace("{"+strings.TrimPrefix(c.body, "{"), "{", `{"accountId":"`+other+`",`, 1)
		if c.body == "" {
			foreign = `{"accountId":"` + other + `"}`
		}
		w.refused(w.call(c.method, c.path, foreign), interlace.CodeUnknownAccount)
	}
	for _, path := range []string{"/card-list", "/cards/transaction-list"} {
		if n := len(read[rowsAndTotal](w, w.as(otherToken, "GET", path+"?accountId="+other, "")).List); n != 0 {
			t.Errorf("%s: %d rows of another", path, n)
		}
	}
	for _, path := range []string{"/card/bins", "/cards/wallets", "/cardholders", "/cardholders/1", "/card/sys/consumption-scenarios", "/card/bin/recommendation"} {
		w.refused(w.call("GET", path+"?accountId="+other, ""), interlace.CodeUnknownAccount)
	}
	w.refused(w.call("POST", "/cardholders", personBody("accountId", other)), interlace.CodeUnknownAccount)
}

func TestCardTransfers(t *testing.T) {
	w := newWorld(t)
	id := w.card("ref", "10")
	in := w.one(w.call("POST", "/cards/transfer-in", body("cardId", id, "amount", "5.50", "clientTransactionId", "in")))
	for key, want := range map[string]any{
		"type": 2.0, "status": "CLOSED", "amount": "5.5", "clientTransactionId": "in", "cardId": id, "direction": 1.0, "remark": nil,
	} {
		if in[key] != want {
			t.Errorf("%s is %v, want %v", key, in[key], want)
		}
	}
	out := w.one(w.call("POST", "/cards/transfer-out", body("cardId", id, "amount", "1", "clientTransactionId", "out")))
	if out["type"] != 3.0 || out["direction"] != 2.0 || w.wallet() != "985.50" {
		t.Errorf("out: %v, the wallet has %s", out, w.wallet())
	}
	ofBudget := w.budgetCard("b", w.budget("team", "5"))
	for name, c := range map[string]struct{ body, code string }{
		"budget card":    {body("cardId", ofBudget, "amount", "1", "clientTransactionId", "c"), interlace.CodeCardType},
		"unknown":        {body("cardId", "nobody", "amount", "1", "clientTransactionId", "c"), interlace.CodeUnknownCard},
		"no card":        {body("amount", "1", "clientTransactionId", "c"), interlace.CodeParameter},
		"no id":          {body("cardId", id, "amount", "1"), interlace.CodeParameter},
		"no amount":      {body("cardId", id, "clientTransactionId", "c"), interlace.CodeAmount},
		"negative":       {body("cardId", id, "amount", "-1", "clientTransactionId", "c"), interlace.CodeAmount},
		"too much":       {body("cardId", id, "amount", "5000", "clientTransactionId", "c"), interlace.CodeInsufficientFunds},
		"unreadable":     {`[]`, interlace.CodeUnreadable},
		"another's body": {body("cardId", id, "amount", "1", "clientTransactionId", "c", "accountId", other), interlace.CodeUnknownAccount},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			for _, call := range []string{"in", "out"} {
				w.refused(w.call("POST", "/cards/transfer-"+call, c.body), c.code)
			}
		})
	}
}

func TestTransactionListFilters(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.ledger.WithdrawFee, k.ledger.WithdrawDelay = money.Must("0.25"), time.Minute })
	id := w.card("ref", "10")
	w.clock.Advance(time.Hour)
	moved := w.one(w.call("POST", "/cards/transfer-in", body("cardId", id, "amount", "5", "clientTransactionId", "in")))
	if reason := w.pay(id, "3"); reason != "" {
		t.Fatal(reason)
	}
	bounced, err := w.book.CreateReceiver(ledger.Payee{BankName: "BOUNCE"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.book.Withdraw(id, bounced.ID, money.Must("1"), "w"); err != nil {
		t.Fatal(err)
	}
	list := "/cards/transaction-list?accountId=" + account
	if row := w.rows(list + "&status=PENDING")[0]; row["completeTime"] != nil || row["fee"] != "0.25" || row["feeDetails"].([]any)[0].(object)["amount"] != "0.25" {
		t.Errorf("pending: %v", row)
	}
	w.clock.Advance(time.Hour)
	for query, want := range map[string]int{
		"": 4, "&type=2": 2, "&type=1": 1, "&type=3": 1, "&type=0": 0, "&type=x": 0, "&status=CLOSED": 3, "&status=fail": 1, "&status=PENDING": 0,
		"&clientTransactionId=in": 1, "&clientTransactionId=nobody": 0, "&cardId=" + id: 4, "&cardId=nobody": 0,
		"&id=" + moved["id"].(string): 1, "&startTime=1793527200000": 3, "&endTime=1793527199999": 1, "&limit=1&page=4": 1,
	} {
		if n := len(w.rows(list + query)); n != want {
			t.Errorf("%q: %d rows, want %d", query, n, want)
		}
	}
	if row := w.rows(list + "&type=1")[0]; row["merchantName"] != "Amazon.com" || row["mcc"] != "5399" || row["relatedCardTransactionId"] != nil {
		t.Errorf("spent: %v", row)
	}
	if row := w.rows(list + "&status=FAIL")[0]; row["remark"] != "returned by the receiver's bank" {
		t.Errorf("failed: %v", row)
	}
	w.refused(w.call("GET", "/cards/transaction-list", ""), interlace.CodeParameter)
	w.refused(w.call("GET", list+"&startTime=2026-11-01", ""), interlace.CodeParameter)
}
