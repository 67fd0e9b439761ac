package interlace_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/interlace"
)

// moves counts the movements of a client id.
func (w *world) moves(clientID string) int {
	w.t.Helper()
	return len(w.rows("/cards/transaction-list?accountId=" + account + "&clientTransactionId=" + clientID))
}

func TestAKeyTakesEffectOnce(t *testing.T) {
	w := newWorld(t)
	id := w.card("ref", "10")
	move := body("cardId", id, "amount", "5", "clientTransactionId", "c")
	first := w.keyed("k", "POST", "/cards/transfer-in", move)
	w.one(first)
	respelt := strings.Replace(move, "{", "{ ", 1)
	for _, again := range []string{move, respelt} {
		if got := w.keyed("k", "POST", "/cards/transfer-in", again); got != first {
			t.Errorf("the second answer is %v, the first was %v", got, first)
		}
	}
	w.refused(w.keyed("k", "POST", "/cards/transfer-in", body("cardId", id, "amount", "6", "clientTransactionId", "c")), interlace.CodeChangedKey)
	if n := w.moves("c"); n != 1 {
		t.Errorf("%d movements", n)
	}
	// Another URI is another request.
	w.one(w.keyed("k", "POST", "/cards/transfer-out", move))
	w.one(w.keyed("k", "POST", "/cards/transfer-in?x=y", move))
	if n := w.moves("c"); n != 3 {
		t.Errorf("%d movements, want 3", n)
	}
}

func TestTwinsAtOneMomentTakeEffectOnce(t *testing.T) {
	w := newWorld(t)
	id := w.card("ref", "10")
	move := body("cardId", id, "amount", "1", "clientTransactionId", "c")
	answers := make([]answer, 20)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = w.keyed("k", "POST", "/cards/transfer-in", move) })
	}
	wg.Wait()
	last := w.keyed("k", "POST", "/cards/transfer-in", move)
	for _, got := range answers {
		if got != last && !strings.Contains(got.text, interlace.CodeInProgress) {
			t.Errorf("answered %v", got)
		}
	}
	if n := w.moves("c"); n != 1 {
		t.Errorf("%d movements", n)
	}
}

// The header is ignored where the document says so, without a word.
func TestAKeyIsIgnored(t *testing.T) {
	w := newWorld(t)
	id := w.card("ref", "10")
	anonymous := fmt.Sprintf(`{"cardId":%q,"amount":"1","clientTransactionId":"anonymous"}`, id)
	for range 2 {
		w.one(w.keyed("k", "POST", "/cards/transfer-in", anonymous))
	}
	if n := w.moves("anonymous"); n != 2 {
		t.Errorf("without accountId: %d movements, want 2", n)
	}
	for range 2 {
		w.one(w.call("POST", "/cards/transfer-in", body("cardId", id, "amount", "1", "clientTransactionId", "keyless")))
	}
	if n := w.moves("keyless"); n != 2 {
		t.Errorf("without a key: %d movements, want 2", n)
	}
	before := w.keyed("k", "GET", "/card-list?accountId="+account, body())
	w.call("POST", "/cards/"+id+"/freeze", body())
	if after := w.keyed("k", "GET", "/card-list?accountId="+account, body()); after == before {
		t.Error("a GET was replayed")
	}
	off := with(t, func(o *interlace.Options) { o.NoDeduplication = true })
	card := off.card("ref", "10")
	for range 2 {
		off.one(off.keyed("k", "POST", "/cards/transfer-in", body("cardId", card, "amount", "1", "clientTransactionId", "c")))
	}
	if n := off.moves("c"); n != 2 {
		t.Errorf("without deduplication: %d movements, want 2", n)
	}
}

func TestKeysOfEveryMethod(t *testing.T) {
	w := newWorld(t)
	id := w.budget("team", "0")
	for _, method := range []string{"PUT", "PATCH"} {
		first := w.keyed(method, method, "/budgets/"+id, body("name", method))
		w.one(w.call("PUT", "/budgets/"+id, body("name", "meanwhile")))
		if got := w.keyed(method, method, "/budgets/"+id, body("name", method)); got != first {
			t.Errorf("%s: %v", method, got)
		}
		if name := w.one(w.call("GET", "/budgets/"+id, ""))["name"]; name != "meanwhile" {
			t.Errorf("%s took effect twice: %v", method, name)
		}
	}
}

func TestAKeyRemembersSuccessAlone(t *testing.T) {
	w := newWorld(t)
	order := w.order("ref", "amount", "5000")
	w.refused(w.keyed("k", "POST", "/prepaid-card", order), interlace.CodeInsufficientFunds)
	order = w.order("ref")
	first := w.keyed("k", "POST", "/prepaid-card", order)
	w.one(first)
	if got := w.keyed("k", "POST", "/prepaid-card", order); got != first || len(w.list("")) != 1 {
		t.Errorf("%v, %d cards", got, len(w.list("")))
	}
}

func TestAKeyIsOfOneAccount(t *testing.T) {
	w := newWorld(t)
	move := body("name", "team")
	w.one(w.keyed("k", "POST", "/budgets", move))
	// Not even the key of another account can be asked for.
	w.refused(w.send(otherToken, "k", "POST", "/budgets", move), interlace.CodeUnknownAccount)
	w.one(w.send(otherToken, "k", "POST", "/budgets", strings.Replace(move, account, other, 1)))
}

func TestAKeyIsForgottenAfterNinetyDays(t *testing.T) {
	w := newWorld(t)
	id := w.card("ref", "10")
	move := body("cardId", id, "amount", "1", "clientTransactionId", "c")
	send := func() { w.one(w.keyed("k", "POST", "/cards/transfer-in", move)) }
	send()
	w.clock.Advance(90*24*time.Hour - time.Second)
	send()
	if n := w.moves("c"); n != 1 {
		t.Errorf("%d movements before the end", n)
	}
	w.clock.Advance(time.Second)
	send()
	if n := w.moves("c"); n != 2 {
		t.Errorf("%d movements after it", n)
	}
}

func TestAKeyIsBusyForAWhile(t *testing.T) {
	w := with(t, func(o *interlace.Options) { o.KeyBusy = time.Minute })
	id := w.card("ref", "10")
	move := body("cardId", id, "amount", "1", "clientTransactionId", "c")
	first := w.keyed("k", "POST", "/cards/transfer-in", move)
	w.one(first)
	w.refused(w.keyed("k", "POST", "/cards/transfer-in", move), interlace.CodeInProgress)
	w.clock.Advance(time.Minute)
	if got := w.keyed("k", "POST", "/cards/transfer-in", move); got != first || w.moves("c") != 1 {
		t.Errorf("%v after %d movements", got, w.moves("c"))
	}
}

func TestAnUnreadableBodyWithAKeyIsRefused(t *testing.T) {
	w := newWorld(t)
	w.refused(w.keyed("k", "POST", "/budgets", `{"accountId":`), interlace.CodeUnreadable)
	w.refused(w.keyed("k", "POST", "/budgets", `[]`), interlace.CodeUnreadable)
}
