package qitech_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qitech"
)

type changes = map[string]any

func TestCreateRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change changes
		status int
		code   qitech.Code
	}{
		"no account":              {changes{"account_key": nil}, 400, qitech.CodeSchema},
		"no program":              {changes{"program_key": nil}, 400, qitech.CodeSchema},
		"no type":                 {changes{"type": nil}, 400, qitech.CodeSchema},
		"no alias":                {changes{"card_name": nil}, 400, qitech.CodeSchema},
		"no name":                 {changes{"printed_name": nil}, 400, qitech.CodeSchema},
		"no interval":             {changes{"cvv_rotation_interval_hours": nil}, 400, qitech.CodeSchema},
		"an unknown property":     {changes{"request_control_key": "x"}, 400, qitech.CodeSchema},
		"a property respelt":      {changes{"card_name": nil, "Card_Name": "ecommerce"}, 400, qitech.CodeSchema},
		"account no uuid":         {changes{"account_key": "mine"}, 400, qitech.CodeSchema},
		"account in braces":       {changes{"account_key": "{" + account + "}"}, 400, qitech.CodeSchema},
		"program no uuid":         {changes{"program_key": "mine"}, 400, qitech.CodeSchema},
		"type in capitals":        {changes{"type": "VIRTUAL"}, 400, qitech.CodeSchema},
		"plastic":                 {changes{"type": "plastic"}, 400, qitech.CodeSchema},
		"alias empty":             {changes{"card_name": ""}, 400, qitech.CodeSchema},
		"alias of 16":             {changes{"card_name": strings.Repeat("a", 16)}, 400, qitech.CodeSchema},
		"alias a number":          {changes{"card_name": 7}, 400, qitech.CodeSchema},
		"name empty":              {changes{"printed_name": ""}, 400, qitech.CodeSchema},
		"name of spaces":          {changes{"printed_name": "   "}, 400, qitech.CodeSchema},
		"name of 27":              {changes{"printed_name": strings.Repeat("a", 27)}, 400, qitech.CodeSchema},
		"name with a digit":       {changes{"printed_name": "Aurora 2"}, 400, qitech.CodeSchema},
		"name with an accent":     {changes{"printed_name": "São Paulo"}, 400, qitech.CodeSchema},
		"name with a line":        {changes{"printed_name": "Aurora\nCatarina"}, 400, qitech.CodeSchema},
		"interval 0":              {changes{"cvv_rotation_interval_hours": 0}, 400, qitech.CodeSchema},
		"interval negative":       {changes{"cvv_rotation_interval_hours": -1}, 400, qitech.CodeSchema},
		"interval a part":         {changes{"cvv_rotation_interval_hours": 1.5}, 400, qitech.CodeSchema},
		"interval a text":         {changes{"cvv_rotation_interval_hours": "72"}, 400, qitech.CodeSchema},
		"interval enormous":       {changes{"cvv_rotation_interval_hours": 87601}, 400, qitech.CodeSchema},
		"unknown program":         {changes{"program_key": other}, 404, qitech.CodeProgram},
		"unknown account":         {changes{"account_key": apiKey}, 404, qitech.CodeAccount},
		"another's account":       {changes{"account_key": other}, 404, qitech.CodeAccount},
		"a plastic-only program":  {changes{"program_key": plastic}, 403, qitech.CodeVirtualRefused},
		"a holder of wrong kind":  {changes{"printed_name": "REFUSE me"}, 400, qitech.CodePerson},
		"a holder not ready":      {changes{"printed_name": "Aurora UNREADY"}, 400, qitech.CodeHolderStatus},
		"a holder not found":      {changes{"printed_name": "NOBODY"}, 404, qitech.CodeNoPerson},
		"a card not made for now": {changes{"printed_name": "LATER"}, 400, qitech.CodeNotGenerated},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.refused(w.call("POST", "/prepaid/card", order(c.change)), c.status, c.code)
			if n := len(w.ledger.Snapshot().Cards); n != 0 {
				t.Errorf("%d cards were made", n)
			}
		})
	}
}

func TestCreateRefusesWhatIsNoObject(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{"", "null", "[]", `"x"`, `{"account_key":`, order(nil) + order(nil), strings.Replace(order(nil), `"ecommerce"`, "null", 1)} {
		w.refused(w.call("POST", "/prepaid/card", body), http.StatusBadRequest, qitech.CodeSchema)
	}
}

func TestCreateAcceptsTheExtremes(t *testing.T) {
	w := newWorld(t)
	for _, change := range []changes{
		{"card_name": strings.Repeat("é", 15)}, {"card_name": "x", "printed_name": "A"},
		{"printed_name": strings.Repeat("a", 26)}, {"cvv_rotation_interval_hours": 1}, {"cvv_rotation_interval_hours": 87600},
	} {
		if got := w.call("POST", "/prepaid/card", order(change)); got.status != http.StatusCreated {
			t.Errorf("%v: %d %s", change, got.status, got.text)
		}
	}
}

func TestARefusedHolderOfTheClient(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.qitech.Clients[0].HolderStatus = "rejected" })
	got := w.call("POST", "/prepaid/card", order(nil))
	w.refused(got, http.StatusBadRequest, qitech.CodeHolderStatus)
	if !strings.Contains(got.text, "status rejected is invalid") {
		t.Errorf("it says %s", got.text)
	}
}

func TestAnAccountWithoutMoneyForTheFee(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.ledger.IssuanceFee = money.Must("1000.01") })
	w.refused(w.call("POST", "/prepaid/card", order(nil)), http.StatusBadRequest, qitech.CodeNotGenerated)
}

func TestCreateDoesNotDeduplicate(t *testing.T) {
	w := newWorld(t)
	if first, second := w.card(), w.card(); first == second {
		t.Error("one card was made of two orders")
	}
}

func TestNotGeneratedIsAmbiguous(t *testing.T) {
	w := newWorld(t)
	w.refused(w.call("POST", "/prepaid/card", order(changes{"printed_name": "Aurora UNSURE"})), http.StatusBadRequest, qitech.CodeNotGenerated)
	if rows := w.list("").Data; len(rows) != 1 || rows[0].Name != "ecommerce" || rows[0].Status != "created" {
		t.Errorf("rows are %+v", rows)
	}
}

func TestScriptedFailures(t *testing.T) {
	w := newWorld(t)
	all := []qitech.Code{
		qitech.CodeProgram, qitech.CodeAccount, qitech.CodePerson, qitech.CodeHolderStatus,
		qitech.CodeNotGenerated, qitech.CodeNoPerson, qitech.CodeVirtualRefused,
	}
	for _, code := range all {
		if err := w.handler.FailCreates(qitech.Failure{Code: code}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.handler.FailCreates(qitech.Failure{}, qitech.Failure{Code: qitech.CodeNotGenerated, Made: true}); err != nil {
		t.Fatal(err)
	}
	if err := w.handler.FailCreates(qitech.Failure{Code: qitech.CodePCI}); err == nil {
		t.Error("creating a card cannot fail so")
	}
	for _, code := range all {
		got := w.call("POST", "/prepaid/card", order(nil))
		w.refused(got, got.status, code)
	}
	w.card()
	w.refused(w.call("POST", "/prepaid/card", order(nil)), http.StatusBadRequest, qitech.CodeNotGenerated)
	w.card()
	if n := len(w.list("").Data); n != 3 {
		t.Errorf("%d cards, want 3", n)
	}
}

func TestFailuresByChance(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.qitech.AmbiguousCreates = 0.5; k.qitech.TrustSignatures = true })
	told := map[int]int{}
	for range 200 {
		told[w.call("POST", "/prepaid/card", order(nil)).status]++
	}
	made := len(w.ledger.Snapshot().Cards)
	if told[201] < 50 || told[400] < 50 || made <= told[201]+10 || made >= 190 {
		t.Errorf("told %v, made %d", told, made)
	}
}

func TestACardBeginsByItself(t *testing.T) {
	w := newWorld(t)
	key := w.card()
	for _, want := range []string{"created", "building", "active"} {
		now := w.get(key)
		if now.Status != want || (now.LastFour != "") != (want == "active") {
			t.Errorf("%+v, want %s", now, want)
		}
		if got := w.call("GET", "/prepaid/card/"+key+"/pci", ""); want != "active" {
			w.refused(got, http.StatusBadRequest, qitech.CodePCI)
		}
		w.clock.Advance(activation / 2)
	}
	now := w.get(key)
	var said []string
	for _, e := range now.Events {
		said = append(said, e.Status+" "+e.CreatedAt)
	}
	if want := []string{"created 2026-11-01T09:00:00Z", "building 2026-11-01T09:03:30Z", "active 2026-11-01T09:07:00Z"}; !slices.Equal(said, want) {
		t.Errorf("events are %q, want %q", said, want)
	}
	if now.CreatedAt != "2026-11-01T09:00:00Z" || now.UpdatedAt != "2026-11-01T09:07:00Z" {
		t.Errorf("created %s, updated %s", now.CreatedAt, now.UpdatedAt)
	}
}

func TestTheDelayIsTheLedgersByDefault(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.qitech.ActivationDelay, k.ledger.IssuingDelay = 0, time.Hour })
	key := w.card()
	w.clock.Advance(time.Hour - time.Second)
	before := w.get(key).Status
	w.clock.Advance(time.Second)
	if after := w.get(key).Status; before != "building" || after != "active" {
		t.Errorf("%s, then %s", before, after)
	}
}

// TestTransitions goes from each status to each.
func TestTransitions(t *testing.T) {
	ended := []string{"canceled", "lost", "robbed", "theft", "fraud"}
	for _, from := range append([]string{"created", "building", "active", "blocked", "warning"}, ended...) {
		for _, to := range append([]string{"active", "blocked", "created", "building", "embossing", "warning", "pending", "expired", ""}, ended...) {
			w := newWorld(t, func(k *knobs) { k.qitech.TrustSignatures = true })
			key := w.bring(from)
			if now := w.get(key).Status; now != from {
				t.Fatalf("it is %s, want %s", now, from)
			}
			got := w.call("PATCH", "/prepaid/card/"+key, fmt.Sprintf(`{"status":%q}`, to))
			initial := from == "created" || from == "building"
			switch {
			case !slices.Contains(ended, to) && to != "active" && to != "blocked":
				w.refused(got, http.StatusNotAcceptable, qitech.CodeInvalidStatus)
			case slices.Contains(ended, from) || from == to:
				w.refused(got, http.StatusNotAcceptable, qitech.CodeCurrentStatus)
			case (initial || from == "warning") && !slices.Contains(ended, to):
				w.refused(got, http.StatusNotAcceptable, qitech.CodeTransition)
			case got.status != http.StatusOK || w.get(key).Status != to:
				t.Errorf("%s > %s: %d %s", from, to, got.status, got.text)
			}
		}
	}
}

// bring makes a card of a status.
func (w *world) bring(status string) string {
	w.t.Helper()
	key := w.card()
	if status == "created" {
		return key
	}
	w.clock.Advance(activation / 2)
	if status == "building" {
		return key
	}
	w.clock.Advance(activation / 2)
	if status == "warning" {
		if err := w.ledger.SetCardState(key, ledger.StateControl); err != nil {
			w.t.Fatal(err)
		}
	} else if status != "active" {
		w.call("PATCH", "/prepaid/card/"+key, fmt.Sprintf(`{"status":%q}`, status))
	}
	return key
}

func TestACardThatHasNotBegunCanRefuseToBeCanceled(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.qitech.RefuseCancelInitial = true })
	key := w.card()
	w.refused(w.call("PATCH", "/prepaid/card/"+key, `{"status":"canceled"}`), http.StatusNotAcceptable, qitech.CodeTransition)
	w.clock.Advance(activation)
	if got := w.call("PATCH", "/prepaid/card/"+key, `{"status":"canceled"}`); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.text)
	}
}

func TestStatusNeedsItsSchema(t *testing.T) {
	w := newWorld(t)
	key := w.activeCard()
	for _, body := range []string{"", "{}", `{"status":1}`, `{"status":null}`, `{"status":"blocked","reason":"x"}`, `{"status":"blocked","card_key":"x"}`} {
		w.refused(w.call("PATCH", "/prepaid/card/"+key, body), http.StatusBadRequest, qitech.CodeSchema)
	}
	if now := w.get(key).Status; now != "active" {
		t.Errorf("it is %s", now)
	}
}

func TestTheIssuersOwnHandIsSeen(t *testing.T) {
	w := newWorld(t)
	key := w.activeCard()
	for _, c := range []struct {
		state ledger.State
		want  string
	}{{ledger.StateFrozen, "blocked"}, {ledger.StateControl, "warning"}, {ledger.Active, "active"}, {ledger.StateInactive, "canceled"}} {
		if err := w.ledger.SetCardState(key, c.state); err != nil {
			t.Fatal(err)
		}
		if now := w.get(key).Status; now != c.want {
			t.Errorf("%s is %s, want %s", c.state, now, c.want)
		}
	}
}

func TestUnknownCards(t *testing.T) {
	w := newWorld(t)
	theirs := w.activeCard()
	if err := w.ledger.SetCardState(theirs, ledger.Active); err != nil {
		t.Fatal(err)
	}
	prepaid, err := w.book.IssueCard(ledger.CardOrder{Type: ledger.Prepaid, BIN: "493193"})
	if err != nil {
		t.Fatal(err)
	}
	purchase := func(key string) string { return fmt.Sprintf(`{"card_key":%q,"authorization_type":"purchase"}`, key) }
	for name, try := range map[string]func(method, path, body string) answer{other: w.call, theirs: w.asOther, prepaid.ID: w.call} {
		for _, c := range [][3]string{
			{"GET", "/prepaid/card/" + name, ""}, {"GET", "/prepaid/card/" + name + "/pci", ""},
			{"GET", "/prepaid/card/" + name + "/authorizations", ""}, {"PATCH", "/prepaid/card/" + name, `{"status":"blocked"}`},
			{"POST", "/mock/card/authorization", purchase(name)},
		} {
			got := try(c[0], c[1], c[2])
			w.refused(got, http.StatusNotFound, qitech.CodeCard)
			if !strings.Contains(got.text, name) {
				t.Errorf("it does not name the key: %s", got.text)
			}
		}
	}
	if now := w.get(theirs).Status; now != "active" {
		t.Errorf("another client made it %s", now)
	}
}

// TestAWalletCardOfAnotherWay: a ledger whose BINs offer wallet cards may issue them without
// a history.
func TestAWalletCardOfAnotherWay(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.ledger.BINs = []ledger.BIN{{Number: "400001", Type: ledger.WalletFunded}} })
	card, err := w.book.IssueCard(ledger.CardOrder{Type: ledger.WalletFunded, BIN: "400001", Label: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if now := w.get(card.ID); now.Status != "active" || now.UpdatedAt != now.CreatedAt {
		t.Errorf("%+v", now)
	}
}
