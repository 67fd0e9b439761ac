package interlace_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/interlace"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

func TestBINsScenariosAndAdvice(t *testing.T) {
	w := newWorld(t)
	bins := w.rows("/card/bins?accountId=" + account)
	if len(bins) != 6 || bins[1]["type"] != "PrepaidCard" || bins[0]["type"] != "BudgetCard" || bins[1]["id"] == bins[0]["id"] {
		t.Errorf("bins are %v", bins)
	}
	if page := w.rows("/card/bins?limit=4&page=2"); len(page) != 2 || page[0]["id"] != bins[4]["id"] {
		t.Errorf("the second page is %v", page)
	}
	if page := w.rows("/card/bins?page=9"); len(page) != 0 {
		t.Errorf("a page behind the last is %v", page)
	}
	scenarios := w.rows("/card/sys/consumption-scenarios?accountId=" + account)
	if fmt.Sprint(scenarios[0]) != "map[id:42 name:Amazon]" {
		t.Errorf("scenarios are %v", scenarios)
	}
	advice := w.rows("/card/bin/recommendation?scenarioId=42&accountId=" + account)
	var best []any
	for _, b := range advice {
		best = append(best, b["bin"])
	}
	if fmt.Sprint(best) != "[414631 414631 493193 493193]" {
		t.Errorf("the advice is %v", best)
	}
	w.refused(w.call("GET", "/card/bin/recommendation?scenarioId=7", ""), interlace.CodeUnknownScenario)
	w.refused(w.call("GET", "/card/bin/recommendation?scenarioId=x", ""), interlace.CodeParameter)
	again := newWorld(t).rows("/card/bins")
	if fmt.Sprint(again) != fmt.Sprint(bins) {
		t.Error("another run has other ids of BINs")
	}
}

func TestCardholders(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.ledger.CardholderReviewDelay = time.Minute })
	good := w.one(w.call("POST", "/cardholders", personBody()))
	bad := w.one(w.call("POST", "/cardholders", personBody("lastName", "REFUSED")))
	id := good["id"].(string)
	if good["status"] != "PENDING" || len(id) != 19 || good["userName"] != "First Last" || good["address"].(object)["city"] != "Town" || len(good["cardBinList"].([]any)) != 6 {
		t.Errorf("made %v", good)
	}
	w.clock.Advance(time.Minute)
	if got := w.one(w.call("GET", "/cardholders/"+id+"?accountId="+account, "")); got["status"] != "ACTIVE" || got["rejectReason"] != nil {
		t.Errorf("reviewed %v", got)
	}
	if got := w.one(w.call("GET", "/cardholders/"+bad["id"].(string), "")); got["status"] != "INACTIVE" || got["rejectReason"] == "" {
		t.Errorf("rejected %v", got)
	}
	if rows := w.rows("/cardholders?accountId=" + account); len(rows) != 2 || rows[1]["id"] != id {
		t.Errorf("rows are %v", rows)
	}
	w.refused(w.call("POST", "/prepaid-card", w.order("r", "cardholderId", bad["id"])), interlace.CodeCardholderInactive)
	w.refused(w.call("GET", "/cardholders/nobody", ""), interlace.CodeUnknownCardholder)
	w.refused(w.as(otherToken, "GET", "/cardholders/"+id, ""), interlace.CodeUnknownCardholder)
	for field, value := range map[string]any{
		"firstName": "Élise", "lastName": "", "email": "nobody", "phoneCountryCode": "+86", "phoneNumber": "1234567890123456",
	} {
		w.refused(w.call("POST", "/cardholders", personBody(field, value)), interlace.CodeParameter)
	}
	w.refused(w.call("POST", "/cardholders", personBody("binId", "nobody")), interlace.CodeUnknownBIN)
	w.refused(w.call("POST", "/cardholders", "{"), interlace.CodeUnreadable)
}

// A person whom the staff approved over the review is still not issued to.
func TestARefusedHolderGetsNoCard(t *testing.T) {
	w := newWorld(t)
	bad := w.one(w.call("POST", "/cardholders", personBody("lastName", "REFUSE")))["id"].(string)
	if err := w.ledger.SetCardholderStatus(bad, ledger.CardholderActive); err != nil {
		t.Fatal(err)
	}
	w.refused(w.call("POST", "/prepaid-card", w.order("r", "cardholderId", bad)), interlace.CodeHolderRefused)
	if w.wallet() != "1000.00" {
		t.Errorf("the wallet has %s", w.wallet())
	}
}

func TestCardholdersOfOneBIN(t *testing.T) {
	w := with(t, func(o *interlace.Options) { o.CardholderPerBIN = true })
	one := w.bin("493193", ledger.Prepaid)
	made := w.one(w.call("POST", "/cardholders", personBody("binId", one)))
	if fmt.Sprint(made["cardBinList"]) != fmt.Sprint([]any{one}) {
		t.Errorf("made %v", made)
	}
	w.one(w.call("POST", "/prepaid-card", w.order("a", "cardholderId", made["id"])))
	w.refused(w.call("POST", "/prepaid-card", w.order("b", "cardholderId", made["id"], "binId", w.bin("414631", ledger.Prepaid))), interlace.CodeParameter)
}

func (w *world) limit(card, kind, limit string) answer {
	w.t.Helper()
	return w.call("PUT", "/cards/"+card+"/velocity-control", body("type", kind, "limit", limit))
}

func TestLimitsHoldAtTheMerchant(t *testing.T) {
	w := newWorld(t)
	id := w.card("ref", "100")
	w.one(w.limit(id, "TRANSACTION", "20"))
	got := w.one(w.limit(id, "day", "30"))
	if fmt.Sprint(got["transactionLimits"]) != "[map[type:TRANSACTION value:20] map[type:DAY value:30]]" {
		t.Errorf("limits are %v", got["transactionLimits"])
	}
	for _, step := range []struct {
		amount string
		want   ledger.Decline
	}{{"20.01", ledger.DeclineLimit}, {"20", ""}, {"11", ledger.DeclineLimit}, {"10", ""}, {"0.01", ledger.DeclineLimit}} {
		if reason := w.pay(id, step.amount); reason != step.want {
			t.Errorf("%s: %q, want %q", step.amount, reason, step.want)
		}
	}
	summary := w.one(w.call("GET", "/cards/"+id+"/card-summary?accountId="+account, ""))
	if fmt.Sprint(summary["velocityControl"]) != "map[available:0 limit:30 type:DAY]" || summary["balance"].(object)["available"] != "70.00000000" ||
		fmt.Sprint(summary["statistics"]) != "map[consumption:30]" {
		t.Errorf("the summary is %v", summary)
	}
	w.clock.Advance(7 * time.Hour) // 09:00 UTC is 17:00 in GMT+8
	if reason := w.pay(id, "10"); reason != "" {
		t.Errorf("after midnight in GMT+8: %s", reason)
	}
	w.one(w.limit(id, "DAY", "5"))
	if summary = w.one(w.call("GET", "/cards/"+id+"/card-summary", "")); fmt.Sprint(summary["velocityControl"]) != "map[available:0 limit:5 type:DAY]" {
		t.Errorf("the summary is %v", summary)
	}
	if got = w.one(w.limit(id, "NA", "0")); fmt.Sprint(got["transactionLimits"]) != "[]" {
		t.Errorf("limits are %v", got["transactionLimits"])
	}
	if reason := w.pay(id, "50"); reason != "" {
		t.Errorf("without limits: %s", reason)
	}
	if summary = w.one(w.call("GET", "/cards/"+id+"/card-summary", "")); fmt.Sprint(summary["velocityControl"]) != "map[available:0 limit:0 type:NA]" {
		t.Errorf("the summary is %v", summary)
	}
}

func TestLimitRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.card("ref", "10")
	for _, c := range []struct{ body, code string }{
		{body("type", "", "limit", "0"), interlace.CodeParameter}, {body("type", "HOUR", "limit", "1"), interlace.CodeParameter},
		{body("type", "NA", "limit", "1"), interlace.CodeParameter}, {body("type", "DAY"), interlace.CodeParameter},
		{body("type", "DAY", "limit", "0"), interlace.CodeAmount}, {body("type", "DAY", "limit", 5), interlace.CodeUnreadable},
		{"{", interlace.CodeUnreadable},
	} {
		w.refused(w.call("PUT", "/cards/"+id+"/velocity-control", c.body), c.code)
	}
	w.refused(w.limit("nobody", "DAY", "1"), interlace.CodeUnknownCard)
	w.call("DELETE", "/cards/"+id, "")
	w.refused(w.limit(id, "DAY", "1"), interlace.CodeCardInactive)
	w.refused(w.call("GET", "/cards/nobody/card-summary", ""), interlace.CodeUnknownCard)
}

func TestACardCanBeLimitedToOneLimit(t *testing.T) {
	w := with(t, func(o *interlace.Options) { o.SingleLimit = true })
	id := w.card("ref", "10")
	w.one(w.limit(id, "WEEK", "5"))
	if got := w.one(w.limit(id, "YEAR", "7")); fmt.Sprint(got["transactionLimits"]) != "[map[type:YEAR value:7]]" {
		t.Errorf("limits are %v", got["transactionLimits"])
	}
}

func TestWallets(t *testing.T) {
	w := newWorld(t)
	card, budget := w.card("ref", "10"), w.budget("team", "5")
	w.budgetCard("b", budget)
	rows := w.rows("/cards/wallets?accountId=" + account)
	got := map[any]any{}
	for _, row := range rows {
		got[row["walletType"]] = row["available"]
	}
	if fmt.Sprint(got) != "map[0:985.00 1:5.00 2:10.00]" || len(rows) != 3 {
		t.Errorf("wallets are %v", rows)
	}
	if id := w.list("&cardId=" + card)[0]["balanceId"]; rows[1]["id"] != id {
		t.Errorf("the card's balance %v is not among %v", id, rows)
	}
}

func TestListsLag(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.ledger.ListingLag = time.Minute })
	id := w.card("ref", "10")
	lists := []string{"/card-list?accountId=" + account, "/cards/transaction-list?accountId=" + account, "/cardholders?accountId=" + account}
	for _, path := range lists {
		if n := len(w.rows(path)); n != 0 {
			t.Errorf("%s: %d rows at once", path, n)
		}
	}
	w.one(w.call("GET", "/cards/"+id, "")) // a card itself does not lag
	w.clock.Advance(time.Minute)
	for _, path := range lists {
		if n := len(w.rows(path)); n != 1 {
			t.Errorf("%s: %d rows later", path, n)
		}
	}
}
