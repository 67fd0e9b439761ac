package qbit_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/qbit"
	"github.com/card-operator/card-operator/internal/money"
)

// strange are ids that no issuer gives: one could widen a filter, another leave a path.
var strange = []string{"", "a,b", "..", "a b", "a\nb", strings.Repeat("x", 129)}

func TestStrangeIDsAreNeverSent(t *testing.T) {
	ctx, p := t.Context(), issuer.Permit{}
	drop := func(_ any, err error) error { return err }
	for op, call := range map[string]func(*qbit.Client, string) error{
		"rename budget": func(c *qbit.Client, id string) error { return c.RenameBudget(ctx, id, "n") },
		"move budget": func(c *qbit.Client, id string) error {
			return c.MoveBudgetFunds(ctx, p, transfer(id, issuer.In, "1", "t"))
		},
		"move, client id": func(c *qbit.Client, id string) error {
			return c.MoveCardFunds(ctx, p, transfer("c", issuer.In, "1", id))
		},
		"hold": func(c *qbit.Client, id string) error {
			return c.HoldCardFunds(ctx, p, transfer(id, issuer.In, "1", "t"))
		},
		"freeze":           func(c *qbit.Client, id string) error { return c.FreezeCard(ctx, id) },
		"close":            func(c *qbit.Client, id string) error { return c.CloseCard(ctx, id, "t") },
		"withdraw":         func(c *qbit.Client, id string) error { return c.Withdraw(ctx, p, payout(id)) },
		"card":             func(c *qbit.Client, id string) error { return drop(c.GetCard(ctx, id)) },
		"balances":         func(c *qbit.Client, id string) error { return drop(c.ListBalances(ctx, []string{"b", id})) },
		"card movements":   func(c *qbit.Client, id string) error { return drop(c.CardMovements(ctx, id)) },
		"find movements":   func(c *qbit.Client, id string) error { return drop(c.FindMovements(ctx, id)) },
		"budget movements": func(c *qbit.Client, id string) error { return drop(c.BudgetMovements(ctx, id)) },
		"movement":         func(c *qbit.Client, id string) error { return drop(c.MovementDetail(ctx, id)) },
		"secrets":          func(c *qbit.Client, id string) error { return drop(c.RevealCard(ctx, id)) },
		"fingerprint":      func(c *qbit.Client, id string) error { return drop(c.CardFingerprint(ctx, id)) },
	} {
		w := newWorld(t, says(200, `{"data":true}`))
		for _, id := range strange {
			if err := call(w.client, id); !issuer.Is(err, refused) || issuer.OutcomeOf(err) != issuer.Rejected {
				t.Errorf("%s %q: %v", op, id, err)
			}
		}
		if n := len(w.All()); n != 0 {
			t.Errorf("%s: %d requests", op, n)
		}
	}
}

func payout(id string) issuer.Payout {
	return issuer.Payout{CardID: "c", ReceiverID: "r", ClientID: id, Amount: money.Must("1")}
}

func TestABudgetThatCannotBeMeantIsNotOpened(t *testing.T) {
	w := newWorld(t, says(200, `{"data":"b-1"}`))
	for _, order := range []issuer.BudgetOrder{
		{}, {Name: strings.Repeat("n", 65)}, {Name: "n", Opening: money.Must("-0.01")},
	} {
		id, err := w.client.CreateBudget(t.Context(), issuer.Permit{}, order)
		if id != "" || !issuer.Is(err, refused) {
			t.Errorf("%+v: %q, %v", order, id, err)
		}
	}
	if err := w.client.RenameBudget(t.Context(), "b", ""); !issuer.Is(err, refused) {
		t.Error(err)
	}
	if len(w.All()) != 0 {
		t.Errorf("%d requests", len(w.All()))
	}
}

// The second half of a login fails: the order was not sent, and the class says so.
func TestALoginThatBreaksHalfWayDefersTheOrder(t *testing.T) {
	for name, c := range map[string]struct {
		token http.HandlerFunc
		want  issuer.Class
	}{
		"500":           {says(500, ""), unavailable},
		"no token":      {says(200, `{"expiresIn":60}`), unavailable},
		"empty token":   {says(200, `{"accessToken":"","expiresIn":60}`), unavailable},
		"broken token":  {says(200, `{"accessToken":"a b","expiresIn":60}`), unavailable},
		"no number":     {says(200, `{"accessToken":"t","expiresIn":"soon"}`), unavailable},
		"refused":       {says(401, ""), issuer.Unauthorized},
		"code was used": {says(200, `{"code":40102,"message":"code was used"}`), issuer.Unauthorized},
	} {
		w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/authorize") {
				says(200, `{"code":"0123abcd"}`)(rw, r)
				return
			}
			c.token(rw, r)
		}, login)
		err := movers(t)["move card"](w.client)
		if !issuer.Is(err, c.want) || issuer.OutcomeOf(err) != issuer.Deferred || len(w.Requests()) != 0 {
			t.Errorf("%s: %v, %d requests", name, err, len(w.Requests()))
		}
		showsNoCanary(t, err)
	}
}

// Whoever cannot wait for somebody else's login has sent nothing.
func TestWaitingForAnotherLoginCanBeGivenUp(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		close(started)
		<-release
		says(500, "")(rw, r)
	}, login, timeout(time.Minute))
	done := make(chan error)
	go func() { done <- w.client.FreezeCard(t.Context(), "c") }()
	<-started
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := w.client.MoveCardFunds(ctx, issuer.Permit{}, transfer("c", issuer.In, "1", "t"))
	if !issuer.Is(err, unavailable) || issuer.OutcomeOf(err) != issuer.Deferred || !strings.Contains(err.Error(), "another login") {
		t.Errorf("got %v", err)
	}
	close(release)
	if err := <-done; !issuer.Is(err, unavailable) || len(w.Requests()) != 0 {
		t.Errorf("got %v, %d requests", err, len(w.Requests()))
	}
}

// A list that changed while it was read is read once more; when that fails there is no
// list, rather than a short one.
func TestASecondReadingThatFailsIsNoList(t *testing.T) {
	asked := 0
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		asked++
		switch asked {
		case 1:
			says(200, `{"data":{"data":[{"id":"a","status":"Active"}],"total":3}}`)(rw, r)
		case 2:
			says(200, `{"data":{"data":[{"id":"b","status":"Active"}],"total":2}}`)(rw, r)
		case 3:
			says(200, `{"data":{"data":[],"total":2}}`)(rw, r)
		default:
			says(503, "")(rw, r)
		}
	}, options(qbit.Options{PageSize: 1}))
	rows, err := w.client.ListCards(t.Context())
	if rows != nil || !issuer.Is(err, unavailable) || asked != 4 {
		t.Errorf("%v, %v after %d requests", rows, err, asked)
	}
}

// A card without a state is not a card in some state: the list is not believed.
func TestACardWithoutAStateSpoilsTheList(t *testing.T) {
	for _, row := range []string{`{"id":"a"}`, `{"id":"a","status":""}`, `{"id":"a","status":null}`} {
		w := newWorld(t, says(200, inList(row)))
		if rows, err := w.client.ListCards(t.Context()); !issuer.Is(err, malformed) || rows != nil {
			t.Errorf("%s: %v, %v", row, rows, err)
		}
	}
}
