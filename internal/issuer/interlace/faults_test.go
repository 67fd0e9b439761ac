package interlace_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/interlace"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/money"
)

// subject is this adapter, whose calls are tried under faults.
func subject(t *testing.T) issuertest.Subject[*interlace.Client] {
	return issuertest.Subject[*interlace.Client]{
		Connect: func(t testing.TB, h *transport.Client) *interlace.Client {
			return connect(t, interlace.Config{HTTP: h, AccountID: account, Credentials: static(secret)})
		},
		Warm:   func(c *interlace.Client) error { _, err := c.ListScenarios(t.Context()); return err },
		Answer: data(`[]`), Movers: movers(t), Readers: readers(t), ShowsNothing: showsNoCanary,
	}
}

// faults are those of every dialect, and what speaks another one.
func faults() map[string]issuertest.Fault {
	all := issuertest.Faults()
	all["no code"] = issuertest.Fault{Do: says(200, `{"data":true}`), OnRead: malformed, OnMove: ambiguous}
	all["code null"] = issuertest.Fault{Do: says(200, `{"code":null,"message":"success","data":{"id":"c-1"}}`), OnRead: malformed, OnMove: ambiguous}
	all["bare object"] = issuertest.Fault{Do: says(200, `{"id":"c-1"}`), OnRead: malformed, OnMove: ambiguous}
	all["refused in six digits"] = issuertest.Fault{Do: says(200, `{"code":"010021","message":"account balance does not exist"}`), OnRead: refused, OnMove: refused}
	all["in progress"] = issuertest.Fault{Do: says(400, `{"code":"010099","message":"Transaction In Progress"}`), OnRead: refused, OnMove: ambiguous}
	all["in progress, 200"] = issuertest.Fault{Do: says(200, `{"code":7,"message":"the transaction in progress"}`), OnRead: refused, OnMove: ambiguous}
	all["in progress, 404"] = issuertest.Fault{Do: says(404, `{"code":7,"message":"transaction in progress"}`), OnRead: issuer.NotFound, OnMove: ambiguous}
	return all
}

// A call with an effect is certain only where the issuer was; what never left is Deferred
// for it, not Ambiguous.
func TestFaults(t *testing.T) { issuertest.RunFaults(t, faults(), subject) }

// No document explains the words of a refusal, so it may hide an effect: it is doubtful, and
// its words are told. One that says that a transaction is in progress is none.
func TestARefusalMayHideAnEffect(t *testing.T) {
	for message, want := range map[string]issuer.Class{
		"Duplicate clientTransactionId": refused, "referenceId was used already": refused, "repeated request": refused,
		"System busy, please try again later": refused, "Request timeout": refused, "insufficient funds": refused,
		"Transaction in progress": ambiguous,
	} {
		for op, call := range movers(t) {
			err := call(newWorld(t, says(200, `{"code":"100001","message":"`+message+`"}`)).client)
			if !issuer.Is(err, want) || issuer.IsDoubtful(err) == (issuer.OutcomeOf(err) == issuer.Unknown) && want == refused || !strings.Contains(err.Error(), message) || !strings.Contains(err.Error(), "100001") {
				t.Errorf("%s, %q: %v, want %s", op, message, err, want)
			}
		}
	}
}

// What each call may be answered with beside the code of success. Whatever else comes says
// nothing, but for a plain false in place of a plain true.
func TestWhatASuccessMustSay(t *testing.T) {
	const (
		moved  = `{"id":"m-1","clientTransactionId":"t-1","amount":"1.00","type":2,"status":"CLOSED"}`
		holder = `{"id":"h-9","status":"PENDING","firstName":"Ada","lastName":"Love","email":"a@b.c"}`
		card   = `{"id":"c-1","status":"ACTIVE","bin":"493193"}`
		budget = `{"id":"b-1","name":"n","status":"ACTIVE","balance":{"id":"w-1","available":"0"}}`
	)
	set := []string{`true`, `null`, `{}`}
	for op, c := range map[string]struct{ yes, no []string }{
		"create budget":       {[]string{budget, `"b-1"`}, []string{`{}`}},
		"rename budget":       {append(set, budget), nil},
		"fund budget":         {[]string{moved}, []string{budget, `{}`}},
		"drain budget":        {[]string{moved}, []string{budget, `{}`}},
		"create prepaid card": {[]string{card, `null`}, []string{moved, `{}`}},
		"create budget card":  {[]string{card, `null`}, []string{moved, `{}`}},
		"fund card":           {[]string{moved}, []string{card, `{}`}},
		"take from card":      {[]string{moved}, []string{card, `{}`}},
		"freeze card":         {append(set, card), nil},
		"unfreeze card":       {append(set, card), nil},
		"close card":          {append(set, card), nil},
		"create cardholder":   {[]string{holder, `"h-9"`}, []string{`{}`}},
	} {
		call := movers(t)[op]
		for _, answer := range c.yes {
			if err := call(newWorld(t, says(200, data(answer))).client); err != nil {
				t.Errorf("%s answered %s: %v", op, answer, err)
			}
		}
		for _, answer := range append(c.no, `true`, `false`, `null`, `17`, `[]`, `""`, `"x y"`, `[{"id":"c-1"}]`) {
			want := ambiguous
			switch err := call(newWorld(t, says(200, data(answer))).client); {
			case slices.Contains(c.yes, answer):
			case answer == `false` && slices.Contains(c.yes, `true`):
				want = refused
				fallthrough
			default:
				if !issuer.Is(err, want) {
					t.Errorf("%s answered %s: %v, want %s", op, answer, err, want)
				}
			}
		}
	}
}

func TestSpellingsOfSuccess(t *testing.T) {
	for body, ok := range map[string]bool{
		`{"code":"000000","message":"success","data":true}`: true, `{"code":0,"data":true}`: true, `{"code":"0","data":true}`: true,
		`{"code":"000000"}`: true, `{"code":000000}`: false, `{"code":"","data":true}`: false, `{"data":true}`: false,
	} {
		if err := newWorld(t, says(200, body)).client.FreezeCard(t.Context(), "c-1"); (err == nil) != ok {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// An answer about something else, of another amount, or of a failure, ends no order.
func TestAnswersAboutSomethingElse(t *testing.T) {
	for _, row := range []string{
		`{"id":"m","clientTransactionId":"t-2","amount":"1","type":2,"status":"CLOSED"}`,
		`{"id":"m","clientTransactionId":"t-1","amount":"1.01","type":2,"status":"CLOSED"}`,
		`{"id":"m","clientTransactionId":"t-1","amount":"1","cardId":"c-2","budgetId":"b-2","type":2,"status":"CLOSED"}`,
		`{"id":"m","clientTransactionId":"t-1","amount":"1","type":2,"status":"FAIL"}`,
		`{"id":"m","clientTransactionId":"t-1","type":2,"status":"CLOSED"}`,
	} {
		for _, op := range []string{"fund card", "take from card", "fund budget", "drain budget"} {
			if err := movers(t)[op](newWorld(t, says(200, data(row))).client); !issuer.Is(err, ambiguous) {
				t.Errorf("%s answered %s: %v", op, row, err)
			}
		}
	}
	other := data(`{"id":"x-9","status":"ACTIVE","bin":"493193","referenceId":"ref-9","balance":{"id":"w","available":"0"}}`)
	for _, op := range []string{"freeze card", "unfreeze card", "close card", "rename budget", "create prepaid card", "create budget card"} {
		if err := movers(t)[op](newWorld(t, says(200, other)).client); !issuer.Is(err, ambiguous) {
			t.Errorf("%s: %v", op, err)
		}
	}
	if _, err := newWorld(t, says(200, listOf(`{"id":"c-9","status":"ACTIVE"}`))).client.GetCard(t.Context(), "c-1"); !issuer.Is(err, issuer.NotFound) {
		t.Errorf("another card: %v", err)
	}
}

// A success that says nothing about a transfer leaves it unclear, in words that say so: the
// answer came.
func TestASuccessThatNamesNoTransaction(t *testing.T) {
	for _, answer := range []string{data(`null`), `{"code":"000000","message":"success"}`} {
		for _, op := range []string{"fund card", "take from card", "fund budget", "drain budget"} {
			err := movers(t)[op](newWorld(t, says(200, answer)).client)
			if !issuer.Is(err, ambiguous) || !strings.Contains(err.Error(), "the answer names no transaction") {
				t.Errorf("%s answered %s: %v", op, answer, err)
			}
		}
	}
}

// A limit that cannot be set ends the call: what comes after it is not sent.
func TestFaultsOfLimits(t *testing.T) {
	read := says(200, listOf(`{"id":"c-1","status":"ACTIVE","transactionLimits":[{"type":"WEEK","value":"9"}]}`))
	for name, f := range faults() {
		if name == issuertest.TimedOut {
			continue // the client of these worlds has patience
		}
		w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				read(rw, r)
				return
			}
			f.Do(rw, r)
		})
		err := w.client.SetCardLimits(t.Context(), "c-1", []issuer.Limit{{Interval: issuer.PerDay, Amount: money.Must("5")}})
		if n := len(w.Requests()); !issuer.Is(err, f.OnMove) || n != 2 {
			t.Errorf("%s: %v after %d requests, want %s", name, err, n, f.OnMove)
		}
		showsNoCanary(t, err)
	}
}
