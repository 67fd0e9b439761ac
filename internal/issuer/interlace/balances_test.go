package interlace_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
)

// purses is an issuer that has cards, and tells what they hold in one place or another.
type purses struct {
	cards            int
	wallets, budgets string
	// summary is the answer about card n; status is that of every summary.
	summary func(n int) string
	status  int
}

func (p purses) serve(rw http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/open-api/v3")
	answer := map[string]string{"/cards/wallets": p.wallets, "/budgets": p.budgets}[path]
	switch {
	case path == "/card-list":
		var rows []string
		for n := range p.cards {
			rows = append(rows, fmt.Sprintf(`{"id":"c-%d","status":"ACTIVE","balanceId":"w-%d"}`, n, n))
		}
		answer = data(fmt.Sprintf(`{"list":[%s],"total":%d}`, strings.Join(rows, ","), p.cards))
	case strings.HasSuffix(path, "/card-summary") && r.URL.Query().Get("accountId") == account:
		var n int
		_, _ = fmt.Sscanf(path, "/cards/c-%d/card-summary", &n)
		says(p.status, data(p.summary(n)))(rw, r)
		return
	}
	if answer == "" {
		says(404, `{"code":404,"message":"no such path"}`)(rw, r)
		return
	}
	says(200, answer)(rw, r)
}

// What is not offered in one place is read in another.
func TestBalancesFromWhereTheyAreTold(t *testing.T) {
	none, budget := data(`{"list":[],"total":0}`), data(`{"list":[{"id":"b-1","status":"ACTIVE","balance":{"id":"w-b","available":"7"}}],"total":1}`)
	summary := func(n int) string {
		return fmt.Sprintf(`{"cardId":"c-%d","accountId":%q,"balance":{"id":"w-%d","available":"%d.5","currency":"USD"},"velocityControl":{"type":"NA"}}`, n, account, n, n)
	}
	says := func(text string) func(int) string { return func(int) string { return text } }
	for name, c := range map[string]struct {
		purses
		ids  string
		want string // what is found; a class is an error
	}{
		"no wallets, a budget":       {purses{0, "", budget, nil, 200}, "w-b", "w-b 7.00"},
		"no wallets, a card":         {purses{2, "", none, summary, 200}, "w-1", "w-1 1.50"},
		"no wallet of one card":      {purses{2, data(`{"list":[{"id":"w-0","available":"3"}],"total":1}`), none, summary, 200}, "w-0 w-1", "w-0 3.00 w-1 1.50"},
		"no budgets":                 {purses{2, none, "", summary, 200}, "w-1", "w-1 1.50"},
		"a card that nobody listed":  {purses{1, none, none, summary, 200}, "w-7", ""},
		"nothing is offered":         {purses{0, "", "", nil, 200}, "w-1", "NotFound"},
		"no summaries either":        {purses{2, "", none, says(`{}`), 404}, "w-1", "NotFound"},
		"a summary of another card":  {purses{2, none, none, says(`{"cardId":"c-9","balance":{"id":"w-1","available":"1"}}`), 200}, "w-1", "Malformed"},
		"a summary of another purse": {purses{2, none, none, says(`{"cardId":"c-1","balance":{"id":"w-9","available":"1"}}`), 200}, "w-1", "w-1 1.00"},
		"one card is refused": {purses{3, none, none, func(n int) string {
			if n == 0 {
				return `{"cardId":"c-0"}`
			}
			return fmt.Sprintf(`{"balance":{"id":"w-%d","available":"1"}}`, n)
		}, 200}, "w-0 w-1 w-2", "w-1 1.00 w-2 1.00"},
		"a summary without any": {purses{2, none, none, says(`{"cardId":"c-1"}`), 200}, "w-1", "Malformed"},
		"summaries are away":    {purses{2, none, none, says(`{}`), 503}, "w-1", "Unavailable"},
	} {
		w := newWorld(t, c.serve)
		_, err := w.client.ListCards(t.Context())
		issuertest.Must(t, err)
		found, err := w.client.ListBalances(t.Context(), strings.Fields(c.ids))
		var got []string
		for _, id := range strings.Fields(c.ids) {
			if b, told := found[id]; told {
				got = append(got, id, b.Available.String())
			}
		}
		if err != nil {
			got = []string{string(issuer.ClassOf(err))}
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %q, want %q: %v", name, text, c.want, err)
		}
	}
}

// Many cards without wallets are not all asked for at once; in the end each was.
func TestSummariesOfManyCardsTakeTurns(t *testing.T) {
	p := purses{60, data(`{"list":[],"total":0}`), data(`{"list":[],"total":0}`), func(n int) string {
		return fmt.Sprintf(`{"balance":{"id":"w-%d","available":"1"}}`, n)
	}, 200}
	w := newWorld(t, p.serve)
	_, err := w.client.ListCards(t.Context())
	issuertest.Must(t, err)
	var ids []string
	for n := range p.cards {
		ids = append(ids, fmt.Sprintf("w-%d", n))
	}
	seen := map[string]bool{}
	for range 3 {
		found, err := w.client.ListBalances(t.Context(), ids)
		if err != nil || len(found) != 25 {
			t.Errorf("%d balances, %v", len(found), err)
		}
		for id := range found {
			seen[id] = true
		}
	}
	if len(seen) != p.cards {
		t.Errorf("%d of %d were seen", len(seen), p.cards)
	}
}
