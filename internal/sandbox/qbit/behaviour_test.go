package qbit_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qbit"
)

func order(change map[string]any) string {
	body := map[string]any{
		"batchCount": 1, "cost": 10, "type": "PrepaidCard", "bin": "493193",
		"firstName": "First", "lastName": "Last", "label": "tok", "useType": "default",
	}
	for key, value := range change {
		body[key] = value
	}
	text, _ := json.Marshal(body)
	return string(text)
}

func TestCreateAndCheckAgree(t *testing.T) {
	w := newWorld(t)
	budget := w.budget("50")
	for name, c := range map[string]struct {
		change map[string]any
		key    string // of the first complaint; empty is a good order
		code   int
	}{
		"good":                {nil, "", 0},
		"cost as a string":    {map[string]any{"cost": "10.00"}, "", 0},
		"free prepaid 493193": {map[string]any{"cost": 0}, "", 0},
		"provider":            {map[string]any{"type": "", "bin": "", "provider": "BudgetCard_493193", "budgetId": budget.ID}, "", 0},
		"phone":               {map[string]any{"bin": "414631", "phone": "1", "phoneCode": "86"}, "", 0},
		"unknown bin":         {map[string]any{"bin": "000000"}, "bin", qbit.CodeUnknownBIN},
		"unknown type":        {map[string]any{"type": "GiftCard"}, "bin", qbit.CodeUnknownBIN},
		"no budget":           {map[string]any{"type": "BudgetCard"}, "budgetId", qbit.CodeParameter},
		"cheap 414631":        {map[string]any{"bin": "414631", "cost": 0.99, "phone": "1", "phoneCode": "86"}, "cost", qbit.CodeParameter},
		"cheap 493728":        {map[string]any{"bin": "493728", "cost": 0, "phone": "1", "phoneCode": "86"}, "cost", qbit.CodeParameter},
		"no phone":            {map[string]any{"bin": "493728", "phoneCode": "86"}, "phone", qbit.CodeParameter},
		"no phone code":       {map[string]any{"bin": "414631", "phone": "1"}, "phoneCode", qbit.CodeParameter},
		"part of a cent":      {map[string]any{"cost": 1.001}, "cost", qbit.CodeParameter},
		"negative":            {map[string]any{"cost": -1}, "cost", qbit.CodeParameter},
		"27 letters":          {map[string]any{"firstName": strings.Repeat("f", 13), "lastName": strings.Repeat("l", 14)}, "firstName", qbit.CodeParameter},
		"no cards":            {map[string]any{"batchCount": 0}, "batchCount", qbit.CodeParameter},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			found := read[struct{ Data []struct{ Key string } }](w, w.call("POST", "/cards/create/check", order(c.change))).Data
			created := w.call("POST", "/cards", order(c.change))
			if c.key == "" {
				w.want(created, http.StatusOK, bodyTrue)
				if len(found) != 0 {
					t.Errorf("complaints about a good order: %v", found)
				}
				return
			}
			w.refused(created, c.code)
			if len(found) == 0 || found[0].Key != c.key {
				t.Errorf("complaints are %v, want one about %s", found, c.key)
			}
		})
	}
}

func TestIssuingIsAsynchronousAndFoundByLabel(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.ledger.IssuingDelay, k.ledger.ListingLag = time.Second, time.Minute })
	w.want(w.call("POST", "/cards", order(nil)), http.StatusOK, bodyTrue)
	for _, wait := range []time.Duration{0, time.Second, 59 * time.Second} {
		w.clock.Advance(wait)
		if n := len(w.rows(w.call("GET", "/cards?label=tok", ""))); n != 0 {
			t.Fatalf("listed too early, after another %s", wait)
		}
	}
	w.clock.Advance(time.Second)
	if rows := w.rows(w.call("GET", "/cards?label=tok", "")); len(rows) != 1 || rows[0]["provider"] != "PrepaidCard_493193" {
		t.Errorf("rows are %v", rows)
	}
	if n := len(w.rows(w.call("GET", "/cards?label=to", ""))); n != 0 {
		t.Error("a label is compared as a whole")
	}
}

func move(card, cost, clientID string) string {
	return fmt.Sprintf(`{"accountId":%q,"cardId":%q,"cost":%s,"clientTransactionId":%q}`, account, card, cost, clientID)
}

func TestTransfersRefuse(t *testing.T) {
	w := newWorld(t)
	card, budget := w.card("10"), w.budget("5")
	shared, _ := w.book.IssueCard(ledger.CardOrder{Type: ledger.BudgetFunded, BIN: "493193", BudgetID: budget.ID})
	closed, blocked := w.card("0"), w.card("1")
	_ = w.book.CloseCard(closed.ID, "")
	_ = w.ledger.SetCardState(blocked.ID, ledger.StateControl)
	for body, code := range map[string]int{
		move(card.ID, "0", ""):                    qbit.CodeAmount,
		move(card.ID, "-1", ""):                   qbit.CodeAmount,
		move(card.ID, "0.001", ""):                qbit.CodeAmount,
		move(card.ID, "10.01", ""):                qbit.CodeInsufficientFunds,
		move(card.ID, `"1,5"`, ""):                qbit.CodeUnreadable,
		move(shared.ID, "1", ""):                  qbit.CodeCardType,
		move(closed.ID, "1", ""):                  qbit.CodeCardInactive,
		move(blocked.ID, "1", ""):                 qbit.CodeCardControl,
		move("nobody", "1", ""):                   qbit.CodeUnknownCard,
		`{"cost":1}`:                              qbit.CodeParameter,
		`{"cost":`:                                qbit.CodeUnreadable,
		`{"accountId":"x","cardId":"y","cost":1}`: qbit.CodeUnknownAccount,
		strings.Replace(move(card.ID, "1", ""), account, other, 1): qbit.CodeUnknownAccount,
	} {
		w.refused(w.call("POST", "/cards/transfer/out", body), code)
	}
	w.refused(w.call("PUT", "/cards/enable", move(blocked.ID, "0", "")), qbit.CodeCardControl)
	w.refused(w.call("PUT", "/cards/suspend", move(closed.ID, "0", "")), qbit.CodeCardInactive)
	w.refused(w.call("GET", "/cards/info?cardId="+closed.ID, ""), qbit.CodeCardInactive)
	w.refused(w.as(otherToken, "GET", "/cards/info?cardId="+card.ID, ""), qbit.CodeUnknownCard)
	w.refused(w.as(otherToken, "POST", "/cards/transfer/out", `{"cardId":"`+card.ID+`","cost":1}`), qbit.CodeUnknownCard)
}

func TestPostAndPutMoveAlike(t *testing.T) {
	w := newWorld(t)
	card := w.card("0")
	for _, method := range []string{"POST", "PUT"} {
		w.want(w.call(method, "/cards/transfer/in", move(card.ID, `"7.50"`, "")), http.StatusOK, bodyTrue)
		w.want(w.call(method, "/cards/frozen", move(card.ID, "2", "")), http.StatusOK, bodyTrue)
		w.want(w.call(method, "/cards/unfrozen", move(card.ID, "1", "")), http.StatusOK, bodyTrue)
		w.want(w.call(method, "/cards/transfer/out", move(card.ID, "0.5", "")), http.StatusOK, bodyTrue)
	}
	if got := w.available(card.BalanceID); got != "12.00" {
		t.Errorf("the card has %s", got)
	}
}

func TestDeleteReturnsTheBalanceAndStaysListed(t *testing.T) {
	w := newWorld(t)
	card := w.card("40")
	w.want(w.call("DELETE", "/cards", move(card.ID, "0", "end")), http.StatusOK, bodyTrue)
	if got := w.available(w.book.Account().BalanceID); got != "1000.00" {
		t.Errorf("the wallet has %s", got)
	}
	if row := w.rows(w.call("GET", "/cards?id="+card.ID, ""))[0]; row["status"] != "Inactive" {
		t.Errorf("status is %v", row["status"])
	}
	w.refused(w.call("DELETE", "/cards", move(card.ID, "0", "end")), qbit.CodeCardInactive)
}

func TestDeduplication(t *testing.T) {
	calls := map[qbit.Call]struct{ method, path string }{
		qbit.CallTransferIn: {"POST", "/cards/transfer/in"}, qbit.CallTransferOut: {"POST", "/cards/transfer/out"},
		qbit.CallFrozen: {"POST", "/cards/frozen"}, qbit.CallUnfrozen: {"POST", "/cards/unfrozen"},
		qbit.CallBudgetAdd: {"POST", "/budget/add"}, qbit.CallBudgetSub: {"POST", "/budget/sub"},
		qbit.CallWithdraw: {"POST", "/cards/withdraw"},
	}
	for call, c := range calls {
		for _, on := range []bool{true, false} {
			t.Run(fmt.Sprint(call, on), func(t *testing.T) {
				w := newWorld(t, func(k *knobs) { k.qbit.Deduplicate = map[qbit.Call]bool{call: on} })
				s := populate(w)
				body := func(amount int) string {
					return fmt.Sprintf(`{"cardId":%q,"budgetId":%q,"receiverId":%q,"cost":%d,"amount":%d,"clientTransactionId":"once"}`,
						s.card, s.budget, s.receiver, amount, amount)
				}
				first := w.call(c.method, c.path, body(2))
				w.want(w.call(c.method, c.path, body(2)), first.status, first.text)
				changed := w.call(c.method, c.path, body(3))
				if on {
					w.refused(changed, qbit.CodeDuplicate)
				}
				if got, want := w.movements("once"), map[bool]int{true: 1, false: 3}[on]; got != want {
					t.Errorf("%d movements, want %d", got, want)
				}
			})
		}
	}
}

func TestDeduplicationRemembersSuccessAlone(t *testing.T) {
	w := newWorld(t)
	card, receiver := w.card("1"), w.receiver("Bank")
	body := fmt.Sprintf(`{"cardId":%q,"receiverId":%q,"amount":5,"clientTransactionId":"w"}`, card.ID, receiver.ID)
	w.refused(w.call("POST", "/cards/withdraw", body), qbit.CodeInsufficientFunds)
	w.want(w.call("POST", "/cards/transfer/in", move(card.ID, "10", "")), http.StatusOK, bodyTrue)
	for range 3 {
		w.want(w.call("POST", "/cards/withdraw", body), http.StatusOK, bodyTrue)
	}
	if got := w.available(card.BalanceID); got != "6.00" {
		t.Errorf("the card has %s", got)
	}
}

func TestDefaultDeduplicatesWithdrawalsAlone(t *testing.T) {
	w := newWorld(t)
	w.want(w.call("POST", "/cards", order(map[string]any{"clientTransactionId": "c"})), http.StatusOK, bodyTrue)
	w.want(w.call("POST", "/cards", order(map[string]any{"clientTransactionId": "c"})), http.StatusOK, bodyTrue)
	if n := len(w.rows(w.call("GET", "/cards?label=tok", ""))); n != 2 {
		t.Errorf("%d cards: the document promises no deduplication of create", n)
	}
}

func TestForgottenKeyPaysAgain(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.qbit.KeyLifetime = time.Hour })
	card, receiver := w.card("10"), w.receiver("Bank")
	body := fmt.Sprintf(`{"cardId":%q,"receiverId":%q,"amount":5,"clientTransactionId":"w"}`, card.ID, receiver.ID)
	w.call("POST", "/cards/withdraw", body)
	w.clock.Advance(time.Hour)
	w.call("POST", "/cards/withdraw", body)
	if got := w.movements("w"); got != 2 {
		t.Errorf("%d movements, want 2", got)
	}
}

func TestWithdrawalIsSeenInTheTransactions(t *testing.T) {
	w := newWorld(t, func(k *knobs) {
		k.ledger.WithdrawDelay, k.ledger.WithdrawFee = time.Hour, money.Must("0.25")
		k.ledger.ReceiverReviewDelay = time.Minute
	})
	card, receiver := w.card("10"), w.receiver("Bank")
	body := fmt.Sprintf(`{"accountId":%q,"cardId":%q,"receiverId":%q,"amount":5,"clientTransactionId":"w"}`, account, card.ID, receiver.ID)
	w.refused(w.call("POST", "/cards/withdraw", body), qbit.CodeReceiverNotPassed)
	w.clock.Advance(time.Minute)
	w.want(w.call("POST", "/cards/withdraw", body), http.StatusOK, bodyTrue)
	for _, want := range []string{"Pending", "Closed"} {
		row := w.rows(w.call("GET", "/cards/transactions?type=TransferOut&cardId="+card.ID, ""))[0]
		if row["status"] != want || row["fee"] != 0.25 || row["clientTransactionId"] != "w" {
			t.Errorf("row is %v, want %s", row, want)
		}
		w.clock.Advance(time.Hour)
	}
	w.refused(w.call("POST", "/cards/withdraw", strings.Replace(body, `"w"`, `""`, 1)), qbit.CodeParameter)
}

func TestTransactionFilters(t *testing.T) {
	w := newWorld(t)
	card := w.card("10")
	w.clock.Advance(time.Hour)
	w.call("POST", "/cards/transfer/out", move(card.ID, "1", "out"))
	w.call("POST", "/cards/frozen", move(card.ID, "1", "hold"))
	later := w.clock.Now().Format(time.RFC3339)
	for query, want := range map[string]int{
		"": 2, "type=TransferIn": 1, "type=Consumption": 0, "status=Closed": 2, "status=Fail": 0,
		"startTime=" + later: 1, "endTime=2026-11-01T09:30:00Z": 1, "startTime=2026-11-02": 0,
		"cardId=nobody": 0, "limit=1": 1, "page=1": 0, "limit=1&page=1": 1,
	} {
		if n := len(w.rows(w.call("GET", "/cards/transactions?"+query, ""))); n != want {
			t.Errorf("%q: %d rows, want %d", query, n, want)
		}
	}
	w.want(w.call("GET", "/cards/transactions?type=TransferOut&fields=amount,type", ""),
		http.StatusOK, `{"data":[{"amount":1,"type":"TransferOut"}],"total":1}`)
	for _, bad := range []string{"page=-1", "limit=0", "limit=x", "startTime=soon", "page=99999999999"} {
		w.refused(w.call("GET", "/cards/transactions?"+bad, ""), qbit.CodeParameter)
	}
	w.refused(w.call("GET", "/cards/transactions/nobody", ""), qbit.CodeNoTransaction)
}

func TestHoldsAreListedOnRequest(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.qbit.ListHolds = true })
	card := w.card("10")
	w.call("POST", "/cards/frozen", move(card.ID, "1", "hold"))
	if rows := w.rows(w.call("GET", "/cards/transactions?type=Frozen", "")); len(rows) != 1 {
		t.Errorf("rows are %v", rows)
	}
}

func TestPagesStartAtZeroAndAreCapped(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.qbit.PageLimitCap = 20 })
	for range 25 {
		w.card("0")
	}
	for query, want := range map[string]int{"": 10, "limit=99": 20, "page=1&limit=20": 5, "page=2": 5, "page=3": 0} {
		got := read[struct {
			Data struct {
				Data  []any
				Total int
			}
		}](w, w.call("GET", "/cards?"+query, "")).Data
		if len(got.Data) != want || got.Total != 25 {
			t.Errorf("%q: %d rows of %d", query, len(got.Data), got.Total)
		}
	}
}

func TestBalances(t *testing.T) {
	w := newWorld(t)
	card, budget := w.card("10"), w.budget("5")
	for query, want := range map[string]int{
		"": 3, "id=" + card.BalanceID: 1, "id=" + card.BalanceID + "," + budget.BalanceID: 2,
		"walletType=QbitBudget": 1, "walletType=QbitAccount": 1, "walletType=GlobalAccount": 0, "id=nobody": 0,
	} {
		if n := len(w.rows(w.call("GET", "/balances?"+query, ""))); n != want {
			t.Errorf("%q: %d rows, want %d", query, n, want)
		}
	}
	if n := len(w.rows(w.as(otherToken, "GET", "/balances?id="+card.BalanceID, ""))); n != 0 {
		t.Error("another account reads the balance")
	}
}

func TestBudgetsAreMadeTwiceWhenAskedTwice(t *testing.T) {
	w := newWorld(t)
	first := read[struct{ Data string }](w, w.call("POST", "/budget", `{"name":"n","cost":"1"}`)).Data
	second := read[struct{ Data string }](w, w.call("POST", "/budget", `{"name":"n","cost":1}`)).Data
	if first == second {
		t.Error("the document knows no deduplication of budgets")
	}
	w.refused(w.call("POST", "/budget", `{"name":"n","cost":5000}`), qbit.CodeInsufficientFunds)
	w.refused(w.call("POST", "/budget", `{"cost":1}`), qbit.CodeParameter)
	w.refused(w.call("PUT", "/budget", `{"budgetId":"nobody","name":"m"}`), qbit.CodeUnknownBudget)
	w.refused(w.call("POST", "/budget/sub", `{"budgetId":"`+first+`","cost":2}`), qbit.CodeInsufficientFunds)
	if n := len(w.rows(w.call("GET", "/budget/transactions?id="+first, ""))); n != 1 {
		t.Errorf("%d transactions of the budget, want 1", n)
	}
}

func TestReceivers(t *testing.T) {
	w := newWorld(t)
	w.refused(w.call("POST", "/cards/receiver", `{"lastName":"L","currency":"USD","accountNumber":"1"}`), qbit.CodeParameter)
	w.refused(w.call("POST", "/cards/receiver",
		`{"lastName":"L","currency":"USD","accountNumber":"1","bankName":"B","relationship":"FRIEND"}`), qbit.CodeParameter)
	for bank, status := range map[string]string{"Bank": "Passed", "REFUSE": "Canceled", "REQUEST": "Request"} {
		made := read[struct{ Data map[string]any }](w, w.call("POST", "/cards/receiver",
			fmt.Sprintf(`{"firstName":"F","lastName":"L","currency":"EUR","accountNumber":"1","bankName":%q}`, bank))).Data
		if made["status"] != status || made["accountType"] != "Individual" {
			t.Errorf("%s: %v", bank, made)
		}
	}
	for _, path := range []string{"/cards/receivers", "/cards/receiver", "/benefiaries"} {
		if n := len(w.rows(w.call("GET", path+"?currency=EUR", ""))); n != 3 {
			t.Errorf("%s: %d receivers", path, n)
		}
	}
}

func TestConfigurationReadsTheQueryToo(t *testing.T) {
	w := newWorld(t)
	card := w.card("0")
	if got := read[struct{ Data string }](w, w.call("GET", "/configuration?cardId="+card.ID, "")).Data; len(got) != 64 {
		t.Errorf("fingerprint is %q", got)
	}
	w.refused(w.call("GET", "/configuration", ""), qbit.CodeUnknownCard)
}
