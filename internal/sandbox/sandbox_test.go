package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox"
	"github.com/card-operator/card-operator/internal/sandbox/fault"
	"github.com/card-operator/card-operator/internal/sandbox/inspect"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qbit"
	"github.com/card-operator/card-operator/internal/sandbox/wire"
)

const token = "token-of-the-tests"

// issuer is a sandbox and a client of it.
type issuer struct {
	*sandbox.Server
	t      *testing.T
	client *http.Client
	url    string
}

func start(t *testing.T, opts sandbox.Options) issuer {
	t.Helper()
	opts.Qbit.StaticTokens = map[string]string{token: sandbox.DefaultAccountID}
	s, err := sandbox.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Cleanup(s.Close)
	return issuer{s, t, http.DefaultClient, server.URL}
}

func (i issuer) call(method, path, body string) (status int, text string, err error) {
	i.t.Helper()
	r, err := http.NewRequestWithContext(i.t.Context(), method, i.url+path, strings.NewReader(body))
	if err != nil {
		i.t.Fatal(err)
	}
	r.Header.Set("x-qbit-access-token", token)
	return i.send(r)
}

func (i issuer) send(r *http.Request) (status int, text string, err error) {
	i.t.Helper()
	response, err := i.client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	return response.StatusCode, string(b), err
}

func (i issuer) must(method, path, body string) string {
	i.t.Helper()
	status, text, err := i.call(method, path, body)
	if err != nil || status/100 != 2 {
		i.t.Fatalf("%s %s: %d %s %v", method, path, status, text, err)
	}
	return text
}

func (i issuer) card(funding string) ledger.Card {
	i.t.Helper()
	book, err := i.Ledger().Book(sandbox.DefaultAccountID)
	if err != nil {
		i.t.Fatal(err)
	}
	card, err := book.IssueCard(ledger.CardOrder{Type: ledger.Prepaid, BIN: "493193", Funding: money.Must(funding), Label: "tok"})
	if err != nil {
		i.t.Fatal(err)
	}
	return card
}

func (i issuer) report() inspect.Report {
	i.t.Helper()
	var r inspect.Report
	if err := json.Unmarshal([]byte(i.must("GET", "/sandbox/report", "")), &r); err != nil {
		i.t.Fatal(err)
	}
	return r
}

func transfer(card ledger.Card, clientID string) string {
	return fmt.Sprintf(`{"cardId":%q,"cost":5,"clientTransactionId":%q}`, card.ID, clientID)
}

func TestMerchantApprovesAndDeclines(t *testing.T) {
	i := start(t, sandbox.Options{})
	card := i.card("20")
	pay := func(cvv, amount string) string {
		return i.must("POST", "/merchant/payments", fmt.Sprintf(
			`{"pan":%q,"cvv":%q,"expMonth":"%02d","expYear":%d,"amount":%q,"merchant":"Shop"}`,
			card.PAN.Reveal(), cvv, card.ExpMonth, card.ExpYear, amount))
	}
	approved := pay(card.CVV.Reveal(), "12.50")
	declined := pay("wrong", "1") + pay(card.CVV.Reveal(), "7.51")
	if !strings.Contains(approved, `"approved":true`) || !strings.Contains(approved, card.LastFour) {
		t.Errorf("answer is %s", approved)
	}
	for _, want := range []string{`"approved":false,"reason":"wrong_cvv"`, `"reason":"insufficient_funds"`} {
		if !strings.Contains(declined, want) {
			t.Errorf("%s lacks %s", declined, want)
		}
	}
	listed := i.must("GET", "/open-api/v1/cards/transactions?type=Consumption&cardId="+card.ID, "")
	if !strings.Contains(listed, `"amount":12.5`) || !strings.Contains(listed, `"total":1`) {
		t.Errorf("transactions are %s", listed)
	}
	everything := approved + declined + listed + i.must("GET", "/sandbox/report", "") + i.must("GET", "/sandbox/report?format=text", "")
	if strings.Contains(everything, card.PAN.Reveal()) {
		t.Error("the card number is shown")
	}
	if status, text, _ := i.call("POST", "/merchant/payments", `{"pan":`+card.PAN.Reveal()+`}`); status != 400 || strings.Contains(text, card.PAN.Reveal()) {
		t.Errorf("unreadable payment: %d %s", status, text)
	}
}

func TestReportFindsPlantedDuplicates(t *testing.T) {
	i := start(t, sandbox.Options{})
	card := i.card("100")
	if r := i.report(); len(r.Duplicates) != 0 || !r.Conservation.Holds {
		t.Fatalf("a clean report: %+v", r)
	}
	i.card("1") // the same label
	for range 2 {
		i.must("POST", "/open-api/v1/cards/transfer/in", transfer(card, "same"))
		i.must("POST", "/open-api/v1/budget", `{"name":"team","cost":1}`)
		i.must("POST", "/open-api/v1/budget", `{"name":"closed-team","cost":1}`)
		i.must("POST", "/open-api/v1/cards/receiver", `{"lastName":"L","currency":"USD","accountNumber":"998877","bankName":"B"}`)
		i.must("POST", "/open-api/v1/cards", `{"batchCount":2,"cost":0,"type":"PrepaidCard","bin":"493193","firstName":"F","lastName":"L","label":"other","clientTransactionId":"order"}`)
	}
	found := map[string]int{}
	r := i.report()
	for _, d := range r.Duplicates {
		found[d.What+" "+d.Key] = len(d.IDs)
	}
	want := map[string]int{"movement same": 2, "label tok": 2, "label other": 4, "order order": 4, "budget team": 2, "receiver L #1": 2}
	if fmt.Sprint(found) != fmt.Sprint(want) {
		t.Errorf("found %v\nwant %v", found, want)
	}
	if text := i.must("GET", "/sandbox/report?format=text", ""); !strings.Contains(text, "Conservation") || strings.Contains(text, "998877") {
		t.Errorf("the text is\n%s", text)
	}
	if !r.Conservation.Holds || r.Counts["Movement.CardIn"] != 4 {
		t.Errorf("%+v %v", r.Conservation, r.Counts)
	}
}

func TestABatchIsNoDuplicate(t *testing.T) {
	i := start(t, sandbox.Options{})
	i.must("POST", "/open-api/v1/cards", `{"batchCount":3,"cost":1,"type":"PrepaidCard","bin":"493193","firstName":"F","lastName":"L","label":"x","clientTransactionId":"o"}`)
	if r := i.report(); len(r.Duplicates) != 0 || len(r.Cards) != 3 {
		t.Errorf("%+v", r.Duplicates)
	}
}

func TestLostAnswerIsCountedAndTheEffectIsThere(t *testing.T) {
	i := start(t, sandbox.Options{Faults: []fault.Rule{{Path: "/open-api/v1/cards/transfer/*", Nth: 1, Do: fault.CommitDrop}}})
	card := i.card("0")
	if _, _, err := i.call("POST", "/open-api/v1/cards/transfer/in", transfer(card, "f-1")); err == nil {
		t.Fatal("the answer was not lost")
	}
	i.must("POST", "/open-api/v1/cards/transfer/in", transfer(card, "f-2"))
	r := i.report()
	told := r.Calls["POST /open-api/v1/cards/transfer/in"]
	if told[inspect.Lost] != 1 || told["200"] != 1 || len(r.Faults) != 1 || r.Faults[0].Hits != 1 {
		t.Errorf("calls %v, faults %+v", told, r.Faults)
	}
	if got := r.Cards[0].Balances.Available; got.String() != "10.00" {
		t.Errorf("the card has %s", got)
	}
}

func TestAdminIsFreeOfFaultsAndLimits(t *testing.T) {
	i := start(t, sandbox.Options{
		Faults: []fault.Rule{{Do: fault.Refuse, Status: 500}},
		Limits: fault.Limits{RequestsPerSecond: 0.001, Burst: 1},
	})
	for range 3 {
		i.must("GET", "/sandbox/report", "")
		i.must("GET", "/sandbox/faults", "")
		i.must("GET", "/healthz", "")
	}
	if status, _, _ := i.call("GET", "/open-api/v1/cards", ""); status != 500 {
		t.Errorf("the rule gave %d", status)
	}
	if status, _, _ := i.call("GET", "/open-api/v1/cards", ""); status != 429 {
		t.Errorf("the limit gave %d", status)
	}
}

func TestTheIssuersOwnHand(t *testing.T) {
	i := start(t, sandbox.Options{Ledger: ledger.Options{ReceiverReviewDelay: time.Hour}})
	card := i.card("20")
	i.must("POST", "/sandbox/outside-moves", fmt.Sprintf(`{"kind":"CardOut","cardId":%q,"amount":"5.00"}`, card.ID))
	i.must("POST", "/sandbox/cards/"+card.ID+"/state", `{"state":"Control"}`)
	r := i.report()
	last := r.Movements[len(r.Movements)-1]
	if r.Cards[0].State != "Control" || !last.Outside || last.ClientID != "" || last.Amount.String() != "5.00" {
		t.Errorf("%+v %+v", r.Cards[0], last)
	}
	if status, _, _ := i.call("PUT", "/open-api/v1/cards/enable", fmt.Sprintf(`{"cardId":%q}`, card.ID)); status != 400 {
		t.Errorf("enabling a blocked card: %d", status)
	}
	i.must("POST", "/sandbox/cards/"+card.ID+"/state", `{"state":"Inactive"}`)
	i.must("POST", "/open-api/v1/cards/receiver", `{"lastName":"L","currency":"USD","accountNumber":"1","bankName":"B"}`)
	i.must("POST", "/sandbox/receivers/"+i.report().Receivers[0].ID+"/status", `{"status":"Passed"}`)
	for path, want := range map[string]int{
		"/sandbox/cards/nobody/state": 404, "/sandbox/cards/" + card.ID + "/state": 400,
		"/sandbox/outside-moves": 404, "/sandbox/receivers/nobody/status": 404,
	} {
		if status, text, _ := i.call("POST", path, `{"state":"Active","status":"Passed"}`); status != want {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if r := i.report(); r.Receivers[0].Status != "Passed" || !r.Conservation.Holds {
		t.Errorf("%+v", r)
	}
}

func TestVirtualTimeWithoutASocket(t *testing.T) {
	fake := clock.NewFake(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC))
	i := start(t, sandbox.Options{Clock: fake, Synchronous: true, Faults: []fault.Rule{
		{BodyContains: "dropped", Do: fault.CommitDrop},
		{BodyContains: "cut", Do: fault.Truncate},
		{BodyContains: "later", Do: fault.DelayedCommit, Delay: fault.Duration(time.Minute)},
	}})
	i.client, i.url = &http.Client{Transport: i.Transport()}, "http://sandbox.invalid"
	card := i.card("0")
	if _, _, err := i.call("POST", "/open-api/v1/cards/transfer/in", transfer(card, "dropped")); !errors.Is(err, wire.ErrDropped) {
		t.Errorf("dropped: %v", err)
	}
	if _, _, err := i.call("POST", "/open-api/v1/cards/transfer/in", transfer(card, "cut")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut: %v", err)
	}
	if status, _, _ := i.call("POST", "/open-api/v1/cards/transfer/in", transfer(card, "later")); status != 504 {
		t.Errorf("later: %d", status)
	}
	for _, want := range []string{`"total":2`, `"total":3`} {
		if got := i.must("GET", "/open-api/v1/cards/transactions", ""); !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
		fake.Advance(time.Minute)
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	for name, opts := range map[string]sandbox.Options{
		"fault":   {Faults: []fault.Rule{{Do: "explode"}}},
		"account": {Ledger: ledger.Options{Accounts: []ledger.Account{{}}}},
		"twice":   {Ledger: ledger.Options{Accounts: []ledger.Account{{ID: "a"}, {ID: "a"}}}},
		"opening": {Ledger: ledger.Options{Accounts: []ledger.Account{{ID: "a", Opening: money.Must("-1")}}}},
	} {
		if _, err := sandbox.New(opts); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestDefaultClientCanLogIn(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{Qbit: qbit.Options{TokenLifetime: time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	i := issuer{s, t, &http.Client{Transport: s.Transport()}, "http://sandbox.invalid"}
	var first struct{ Code string }
	if err := json.Unmarshal([]byte(i.must("GET", "/open-api/oauth/authorize?clientId="+sandbox.DefaultClientID, "")), &first); err != nil {
		t.Fatal(err)
	}
	got := i.must("POST", "/open-api/oauth/access-token", fmt.Sprintf(
		`{"clientId":%q,"clientSecret":%q,"code":%q}`, sandbox.DefaultClientID, sandbox.DefaultClientSecret, first.Code))
	if !strings.Contains(got, `"accessToken"`) || !strings.Contains(got, `"expiresIn":3600`) {
		t.Errorf("answer is %s", got)
	}
}
