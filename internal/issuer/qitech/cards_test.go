package qitech

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
)

// The request and the answer of the document's page.
func TestTheDocumentedOrder(t *testing.T) {
	w := newWorld(t, says(http.StatusCreated, `{"card_key":"05fd3654-1f5d-479d-ade5-64239fdf214d","created_at":"2023-02-20T19:28:16Z","status":"created"}`))
	if err := w.client.CreateCard(t.Context(), w.permit, order()); err != nil {
		t.Fatal(err)
	}
	sent := w.requests()
	if len(sent) != 1 || sent[0].method != http.MethodPost || sent[0].uri != "/prepaid/card" {
		t.Fatalf("%+v", sent)
	}
	var got, want map[string]any
	document := `{"account_key":"5294ed8d-08fc-4397-b15f-6d9aa07b0041","program_key":"7d405c31-ec9a-46c1-8ac8-54bab209bf41","type":"virtual",
		"card_name":"bhhxqb3zb5jai","printed_name":"Aurora Catarina","cvv_rotation_interval_hours":72}`
	if json.Unmarshal(sent[0].body, &got) != nil || json.Unmarshal([]byte(document), &want) != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("sent %s", sent[0].body)
	}
}

func TestAnOrderThatCannotBeIsNotSent(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*issuer.CardOrder)
		class  issuer.Class
	}{
		"a number in the name": {func(o *issuer.CardOrder) { o.Cardholder.LastName = "4711" }, issuer.Invalid},
		"a long name":          {func(o *issuer.CardOrder) { o.Cardholder.LastName = strings.Repeat("x", 30) }, issuer.Invalid},
		"no name":              {func(o *issuer.CardOrder) { o.Cardholder = issuer.Cardholder{} }, issuer.Invalid},
		"a long label":         {func(o *issuer.CardOrder) { o.Label = strings.Repeat("x", 16) }, issuer.Invalid},
		"no label":             {func(o *issuer.CardOrder) { o.Label = "" }, issuer.Invalid},
		"a budget card":        {func(o *issuer.CardOrder) { o.Type = issuer.BudgetCard }, issuer.Unsupported},
	} {
		w := newWorld(t, says(http.StatusCreated, `{}`))
		o := order()
		c.change(&o)
		if err := w.client.CreateCard(t.Context(), w.permit, o); !issuer.Is(err, c.class) || len(w.requests()) != 0 {
			t.Errorf("%s: %v, %d requests", name, err, len(w.requests()))
		}
	}
}

func TestPrintedNames(t *testing.T) {
	for name, c := range map[string]struct{ first, last, want string }{
		"plain":       {"Ada", "Example", "Ada Example"},
		"accents":     {"Inês", "Gonçalves", "Ines Goncalves"},
		"spaces":      {" Ada  Maria ", "Example", "Ada Maria Example"},
		"first alone": {"Ada", "", "Ada"},
		"hyphen":      {"Anna-Maria", "X", ""},
		"apostrophe":  {"Conan", "O'Brien", ""},
		"Cyrillic":    {"Ада", "Х", ""},
		"one letter":  {"A", "", ""},
		"exactly 26":  {strings.Repeat("a", 13), strings.Repeat("b", 12), strings.Repeat("a", 13) + " " + strings.Repeat("b", 12)},
		"27":          {strings.Repeat("a", 13), strings.Repeat("b", 13), ""},
	} {
		got, problem := printedName(issuer.Cardholder{FirstName: c.first, LastName: c.last})
		if got != c.want || (problem == "") != (c.want != "") {
			t.Errorf("%s: %q, %q", name, got, problem)
		}
		problems, err := newWorld(t, says(200, `{}`)).client.CheckCard(t.Context(), issuer.CardOrder{Cardholder: issuer.Cardholder{FirstName: c.first, LastName: c.last}})
		if err != nil || (len(problems) == 0) != (c.want != "") || len(problems) > 0 && problems[0].Field != "spec.cardholder" {
			t.Errorf("%s: %+v, %v", name, problems, err)
		}
	}
}

// Each documented code means the same to an order, whatever its HTTP status.
func TestEveryCode(t *testing.T) {
	for code, meaning := range codes {
		for _, status := range []int{http.StatusBadRequest, http.StatusNotFound, http.StatusNotAcceptable, http.StatusForbidden} {
			w := newWorld(t, refuses(status, code))
			err := w.client.CreateCard(t.Context(), w.permit, order())
			want := meaning.class
			if want == issuer.NotFound || want == issuer.Unavailable {
				want = issuer.Ambiguous // it may come after the card was made
			}
			if !issuer.Is(err, want) {
				t.Errorf("%s with %d: %v, want %s", code, status, err, want)
			}
			if text := err.Error(); !strings.Contains(text, code) || !strings.Contains(text, meaning.advice) || strings.Contains(text, "canary") {
				t.Errorf("%s: %q", code, text)
			}
		}
	}
}

func TestWhatAnAnswerToAnOrderMeans(t *testing.T) {
	made := `{"card_key":"` + cardKey + `","status":"created"}`
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   issuer.Outcome
	}{
		"made":                         {says(http.StatusCreated, made), issuer.Accepted},
		"made, with another 2xx":       {says(http.StatusOK, made), issuer.Accepted},
		"a yes without a key":          {says(http.StatusCreated, `{}`), issuer.Unknown},
		"a yes with a key that is not": {says(http.StatusCreated, `{"card_key":"../x"}`), issuer.Unknown},
		"a yes that is a list":         {says(http.StatusCreated, `[]`), issuer.Unknown},
		"a yes without a body":         {says(http.StatusCreated, ``), issuer.Unknown},
		"a yes in HTML":                {says(http.StatusCreated, `<html>`), issuer.Unknown},
		"a refusal":                    {refuses(http.StatusBadRequest, "CARD000007"), issuer.Rejected},
		"could not be generated":       {refuses(http.StatusBadRequest, "CARD000009"), issuer.Unknown},
		"an unknown code":              {refuses(http.StatusBadRequest, "CARD000999"), issuer.Rejected},
		"an unknown code, 406":         {refuses(http.StatusNotAcceptable, "CARD000999"), issuer.Rejected},
		"an unknown code, 409":         {refuses(http.StatusConflict, "CARD000999"), issuer.Unknown},
		"a 404 of a proxy":             {says(http.StatusNotFound, `<html>`), issuer.Unknown},
		"a 400 without a code":         {says(http.StatusBadRequest, `{"title":"x"}`), issuer.Unknown},
		"a code that is none":          {says(http.StatusBadRequest, `{"code":"rm -rf"}`), issuer.Unknown},
		"a code that is a number":      {says(http.StatusBadRequest, `{"code":7}`), issuer.Unknown},
		"the key is unknown, as 404":   {refuses(http.StatusNotFound, "GDF000018"), issuer.Deferred},
		"not granted":                  {refuses(http.StatusUnauthorized, "GDF000014"), issuer.Deferred},
		"slow down":                    {says(http.StatusTooManyRequests, ``), issuer.Deferred},
		"an error of theirs":           {says(http.StatusInternalServerError, ``), issuer.Unknown},
	} {
		w := newWorld(t, c.answer)
		err := w.client.CreateCard(t.Context(), w.permit, order())
		if got := issuer.OutcomeOf(err); got != c.want {
			t.Errorf("%s: %s, want %s: %v", name, got, c.want, err)
		}
		if strings.HasPrefix(name, "an unknown code") && c.want == issuer.Rejected && !issuer.IsDoubtful(err) {
			t.Errorf("%s: no document explains it: %v", name, err)
		}
		if n := len(w.requests()); n != 1 {
			t.Errorf("%s: sent %d times", name, n)
		}
	}
}

func TestStates(t *testing.T) {
	for status, want := range map[string]issuer.State{
		"created": issuer.StatePending, "building": issuer.StatePending, "embossing": issuer.StatePending, "active": issuer.StateActive,
		"blocked": issuer.StateFrozen, "warning": issuer.StateControl, "pending": issuer.StateControl, "lost": issuer.StateInactive,
		"robbed": issuer.StateInactive, "theft": issuer.StateInactive, "fraud": issuer.StateInactive, "canceled": issuer.StateInactive,
		"sleeping": issuer.StateOther, "ACTIVE": issuer.StateActive, "Blocked": issuer.StateFrozen,
	} {
		w := newWorld(t, says(200, row(cardKey, "tok", status)))
		card, err := w.client.GetCard(t.Context(), cardKey)
		if err != nil || card.State != want || (card.Status != "") != (want == issuer.StateOther) || card.Label != "tok" || card.CreatedAt.Year() != 2023 {
			t.Errorf("%s: %+v, %v", status, card, err)
		}
	}
}

// What the list leaves out is read once for each card; one that cannot be read stays listed.
func TestLastDigitsAreReadOnce(t *testing.T) {
	detail := strings.Replace(row(cardKey, "tok", "active"), `"type"`, `"last_four_digits":"4242","brand":"visa","type"`, 1)
	w := newWorld(t, paged(row(cardKey, "tok", "active"), detail))
	for range 3 {
		cards, err := w.client.ListCards(t.Context())
		if err != nil || len(cards) != 1 || cards[0].LastFour != "4242" || cards[0].Network != "visa" {
			t.Fatalf("%+v, %v", cards, err)
		}
	}
	reads := 0
	for _, r := range w.requests() {
		if strings.HasSuffix(r.uri, cardKey) {
			reads++
		}
	}
	if reads != 1 {
		t.Errorf("read %d times", reads)
	}
	bare := newWorld(t, paged(row(cardKey, "tok", "active"), row(cardKey, "tok", "active")))
	for asked, wait := range []time.Duration{0, time.Minute, time.Hour} {
		bare.clock.Advance(wait)
		before := len(bare.requests())
		if cards, err := bare.client.ListCards(t.Context()); err != nil || len(cards) != 1 || cards[0].LastFour != "" {
			t.Errorf("%+v, %v", cards, err)
		}
		if n := len(bare.requests()) - before - 2; n != []int{1, 0, 1}[asked] {
			t.Errorf("look %d read it %d times", asked, n)
		}
	}
	w.client.remember(issuer.Card{ID: cardKey})
	if w.client.plateOf(cardKey).lastFour != "4242" {
		t.Error("what was known of a card was forgotten")
	}
	hidden := newWorld(t, paged(row(cardKey, "tok", "active"), `{"code":"CARD000016"}`))
	if cards, err := hidden.client.ListCards(t.Context()); err != nil || len(cards) != 1 || cards[0].LastFour != "" {
		t.Errorf("%+v, %v", cards, err)
	}
	for range maxKnown + 1 {
		w.client.remember(issuer.Card{ID: fmt.Sprint(len(w.client.known)), LastFour: "1"})
	}
	if len(w.client.known) > maxKnown {
		t.Errorf("%d remembered", len(w.client.known))
	}
}

// Whoever waits for a list does not wait for the digits of cards that carry no token.
func TestOthersCardsAreCompletedWhenNobodyWaits(t *testing.T) {
	foreign, own := "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
	rows := row(foreign, "marketing", "active") + "," + row(own, "NG2P5ABCDEFGH", "active")
	w := newWorld(t, paged(rows, `{}`))
	read := func() (keys string) {
		for _, r := range w.requests() {
			if key, single := strings.CutPrefix(r.uri, cardsPath+"/"); single {
				keys += key[len(key)-1:]
			}
		}
		return keys
	}
	for _, step := range []struct {
		ctx  context.Context
		want string
	}{{issuer.Hurry(t.Context()), "2"}, {t.Context(), "212"}} {
		if cards, err := w.client.ListCards(step.ctx); err != nil || len(cards) != 2 || read() != step.want {
			t.Errorf("%d cards, read %q, want %q, %v", len(cards), read(), step.want, err)
		}
	}
}

func TestReadingACard(t *testing.T) {
	other := "9bd93e97-bb6d-410f-8981-06b2765f12a1"
	for name, c := range map[string]struct {
		id     string
		answer http.HandlerFunc
		class  issuer.Class
	}{
		"another card":      {cardKey, says(200, row(other, "x", "active")), issuer.Malformed},
		"another account's": {cardKey, says(200, strings.Replace(row(cardKey, "a", "active"), accountKey, other, 1)), issuer.NotFound},
		"unknown":           {cardKey, refuses(404, "CARD000011"), issuer.NotFound},
		"not now":           {cardKey, refuses(400, "CARD000015"), issuer.Unavailable},
		"no key":            {"", says(200, `{}`), issuer.Invalid},
		"a path":            {"../accounts", says(200, `{}`), issuer.Invalid},
		"not a card":        {cardKey, says(200, `{"card_key":7}`), issuer.Malformed},
		"a list":            {cardKey, says(200, `[]`), issuer.Malformed},
	} {
		w := newWorld(t, c.answer)
		if _, err := w.client.GetCard(t.Context(), c.id); !issuer.Is(err, c.class) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Setting a state that is already there is no failure, whatever the issuer says.
func TestSettingAStatus(t *testing.T) {
	answers := func(code, status string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPatch && code != "" {
				refuses(http.StatusNotAcceptable, code)(w, r)
				return
			}
			_, _ = io.WriteString(w, row(cardKey, "tok", status))
		}
	}
	for name, c := range map[string]struct {
		code, status string
		class        issuer.Class
	}{
		"a yes":               {"", "active", ""},
		"already so":          {"CARD000014", "blocked", ""},
		"not allowed, and so": {"CARD000013", "blocked", ""},
		"not allowed":         {"CARD000013", "active", issuer.Invalid},
		"another no":          {"CARD000025", "blocked", issuer.Invalid},
	} {
		w := newWorld(t, answers(c.code, c.status))
		if err := w.client.FreezeCard(t.Context(), cardKey); issuer.ClassOf(err) != c.class {
			t.Errorf("%s: %v", name, err)
		}
	}
	for status, want := range map[string]struct {
		class   issuer.Class
		patched int
	}{"blocked": {"", 1}, "active": {"", 0}, "created": {issuer.Unavailable, 0}, "warning": {issuer.Conflict, 0}, "canceled": {issuer.Conflict, 0}} {
		w := newWorld(t, answers("", status))
		err := w.client.UnfreezeCard(t.Context(), cardKey)
		patched := 0
		for _, r := range w.requests() {
			if r.method == http.MethodPatch {
				patched++
			}
		}
		if issuer.ClassOf(err) != want.class || patched != want.patched {
			t.Errorf("releasing a card that is %s: %v, %d times", status, err, patched)
		}
	}
	lost := newWorld(t, refuses(404, "CARD000011"))
	if err := lost.client.UnfreezeCard(t.Context(), cardKey); !issuer.Is(err, issuer.NotFound) {
		t.Errorf("%v", err)
	}
	unread := newWorld(t, func(w http.ResponseWriter, r *http.Request) { refuses(http.StatusNotAcceptable, "CARD000014")(w, r) })
	if err := unread.client.CloseCard(t.Context(), cardKey, ""); !issuer.Is(err, issuer.Invalid) {
		t.Errorf("a state that cannot be read proves nothing: %v", err)
	}
	if err := unread.client.CloseCard(t.Context(), "../x", ""); !issuer.Is(err, issuer.Invalid) {
		t.Errorf("%v", err)
	}
}
