package qitech_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qitech"
)

func TestListPages(t *testing.T) {
	w := newWorld(t)
	var want []string
	for range 12 {
		want = append([]string{w.card()}, want...)
	}
	first := w.list("")
	if len(first.Data) != 10 || first.Pagination.Current != 0 || first.Pagination.Rows != 10 || first.Pagination.Next != 1 {
		t.Errorf("by default %d rows, %+v", len(first.Data), first.Pagination)
	}
	var got []string
	for page := range 4 {
		part := w.list(fmt.Sprintf("&size=5&page=%d", page))
		for _, row := range part.Data {
			got = append(got, row.Key)
		}
		if part.Pagination.Next != page+1 {
			t.Errorf("page %d names %d as the next", page, part.Pagination.Next)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if text := w.call("GET", cardsOfMine+"&page=9", "").text; !strings.Contains(text, `"data":[]`) {
		t.Errorf("a page beyond the end is %s", text)
	}
}

func TestListLeavesOut(t *testing.T) {
	w := newWorld(t)
	key := w.activeCard()
	text := w.call("GET", cardsOfMine, "").text
	for _, never := range []string{"last_four_digits", "status_events", w.reveal(key).Number} {
		if strings.Contains(text, never) {
			t.Errorf("%s is in the list", never)
		}
	}
	w.call("PATCH", "/prepaid/card/"+key, `{"status":"lost"}`)
	if rows := w.list("").Data; len(rows) != 1 || rows[0].Status != "lost" {
		t.Errorf("ended cards stay in the list: %+v", rows)
	}
}

func TestListRefuses(t *testing.T) {
	w := newWorld(t)
	w.refused(w.call("GET", "/prepaid/card", ""), http.StatusBadRequest, qitech.CodeNoAccountKey)
	w.refused(w.call("GET", "/prepaid/card?account_key="+other, ""), http.StatusNotFound, qitech.CodeAccount)
	for _, query := range []string{"size=0", "size=-1", "size=x", "size=101", "page=-1", "page=1.5", "page=99999999999"} {
		w.refused(w.call("GET", cardsOfMine+"&"+query, ""), http.StatusBadRequest, qitech.CodePaging)
	}
}

func TestAccountsAreIsolated(t *testing.T) {
	w := newWorld(t)
	key := w.card()
	if _, err := w.book.IssueCard(ledger.CardOrder{Type: ledger.Prepaid, BIN: "493193"}); err != nil {
		t.Fatal(err)
	}
	if rows := w.list("").Data; len(rows) != 1 || rows[0].Key != key {
		t.Errorf("another dialect's card is listed: %+v", rows)
	}
	got := w.asOther("GET", "/prepaid/card?account_key="+other, "")
	if got.status != http.StatusOK || !strings.Contains(got.text, `"data":[]`) {
		t.Errorf("%d %s", got.status, got.text)
	}
}

func TestListsLagAndReadsDoNot(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.ledger.ListingLag = time.Minute })
	key := w.card()
	w.clock.Advance(time.Minute - time.Second)
	if n := len(w.list("").Data); n != 0 {
		t.Error("listed too early")
	}
	if now := w.get(key); now.Key != key {
		t.Errorf("got %+v", now)
	}
	w.clock.Advance(time.Second)
	if n := len(w.list("").Data); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func TestTheCVVIsRenewed(t *testing.T) {
	w := newWorld(t)
	key := w.activeCard()
	old := w.reveal(key)
	if want := time.Date(2026, 11, 4, 9, 0, 0, 0, time.UTC); !old.Until.Equal(want) || old.Name != "Aurora Catarina" || old.Expires != "11/29" {
		t.Errorf("valid until %s, want %s; %s, %s", old.Until, want, old.Name, old.Expires)
	}
	w.clock.Advance(old.Until.Sub(w.clock.Now()) - time.Millisecond)
	if got := w.reveal(key); got != old || w.pay(old, "1") != ledger.Approved {
		t.Error("it changed too early")
	}
	w.clock.Advance(time.Millisecond)
	renewed := w.reveal(key)
	if renewed.CVV == old.CVV || renewed.Number != old.Number || !renewed.Until.Equal(old.Until.Add(72*time.Hour)) {
		t.Errorf("valid until %s", renewed.Until)
	}
	if got := w.pay(old, "1"); got != ledger.DeclineCVV {
		t.Errorf("with the old code: %q", got)
	}
	if got := w.pay(renewed, "1"); got != ledger.Approved {
		t.Errorf("with the new code: %q", got)
	}
}

func TestWhatIsRevealed(t *testing.T) {
	w := newWorld(t)
	key := w.activeCard()
	before := w.reveal(key)
	w.call("PATCH", "/prepaid/card/"+key, `{"status":"blocked"}`)
	if w.reveal(key) != before {
		t.Error("a blocked card is another")
	}
	w.call("PATCH", "/prepaid/card/"+key, `{"status":"canceled"}`)
	w.refused(w.call("GET", "/prepaid/card/"+key+"/pci", ""), http.StatusBadRequest, qitech.CodePCI)
}

func TestCardsSpendTheirAccount(t *testing.T) {
	w := newWorld(t)
	key := w.activeCard()
	card := w.reveal(key)
	if got := w.pay(card, "12.50"); got != ledger.Approved || w.wallet() != "987.50" {
		t.Errorf("%q, and the wallet has %s", got, w.wallet())
	}
	if got := w.pay(card, "987.51"); got != ledger.DeclineFunds {
		t.Errorf("more than there is: %q", got)
	}
	w.call("PATCH", "/prepaid/card/"+key, `{"status":"blocked"}`)
	if got := w.pay(card, "1"); got != ledger.DeclineFrozen {
		t.Errorf("blocked: %q", got)
	}
	w.call("PATCH", "/prepaid/card/"+key, `{"status":"active"}`)
	if got := w.pay(card, "1"); got != ledger.Approved {
		t.Errorf("unblocked: %q", got)
	}
	w.call("PATCH", "/prepaid/card/"+key, `{"status":"fraud"}`)
	if got := w.pay(card, "1"); got != ledger.DeclineInactive || w.wallet() != "986.50" {
		t.Errorf("ended: %q, and the wallet has %s", got, w.wallet())
	}
}

func (w *world) purchase(key, more string) answer {
	w.t.Helper()
	return w.call("POST", "/mock/card/authorization", fmt.Sprintf(`{"card_key":%q,"authorization_type":"purchase"%s}`, key, more))
}

func TestSimulatedPurchases(t *testing.T) {
	w := newWorld(t)
	key := w.card()
	verdict := func(approved bool, code string) string {
		return fmt.Sprintf(`{"is_approved":%t,"response_code":%q,"limit_amount":null}`, approved, code)
	}
	try := func(more, want string) {
		t.Helper()
		if got := w.purchase(key, more); got.text != want {
			t.Errorf("%s: %s, want %s", more, got.text, want)
		}
	}
	try("", verdict(false, "62"))
	w.clock.Advance(activation)
	try("", verdict(true, "00"))
	try(`,"amount":150.75`, verdict(true, "00"))
	try(`,"amount":9999`, verdict(false, "51"))
	try(`,"amount":-1`, verdict(false, "13"))
	if got := w.wallet(); got != "848.25" {
		t.Errorf("the wallet has %s", got)
	}
	w.clock.Advance(5 * 365 * 24 * time.Hour)
	try("", verdict(false, "54"))
	for _, body := range []string{"{}", `{"card_key":"x","authorization_type":"refund"}`, `{"card_key":"x","authorization_type":"purchase","tip":1}`} {
		w.refused(w.call("POST", "/mock/card/authorization", body), http.StatusBadRequest, qitech.CodeSchema)
	}
}

func TestAuthorizations(t *testing.T) {
	w := newWorld(t)
	key, another := w.activeCard(), w.activeCard()
	w.purchase(another, "")
	w.purchase(key, `,"amount":25.32`)
	w.clock.Advance(24 * time.Hour)
	w.purchase(key, `,"amount":65`)
	w.purchase(key, `,"amount":5000`)
	of := func(query string) (amounts []string) {
		t.Helper()
		body := read[struct {
			Data []struct {
				Raw number `json:"billing_amount"`
			}
		}](w, w.call("GET", "/prepaid/card/"+key+"/authorizations"+query, ""))
		for _, x := range body.Data {
			amounts = append(amounts, string(x.Raw))
		}
		return amounts
	}
	for query, want := range map[string]string{
		"": "[65 25.32]", "?size=1": "[65]", "?size=1&page=1": "[25.32]", "?to_date=2026-11-01": "[25.32]",
		"?from_date=2026-11-02": "[65]", "?from_date=2026-11-01&to_date=2026-11-02": "[65 25.32]", "?from_date=2026-11-03": "[]",
	} {
		if got := fmt.Sprint(of(query)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	w.refused(w.call("GET", "/prepaid/card/"+key+"/authorizations?from_date=1.11.2026", ""), http.StatusBadRequest, qitech.CodeSchema)
	w.refused(w.call("GET", "/prepaid/card/"+key+"/authorizations?to_date=x", ""), http.StatusBadRequest, qitech.CodeSchema)
	w.refused(w.call("GET", "/prepaid/card/"+key+"/authorizations?size=x", ""), http.StatusBadRequest, qitech.CodePaging)
}

// number is a JSON number as it is spelt.
type number string

func (n *number) UnmarshalJSON(b []byte) error {
	*n = number(b)
	return nil
}
