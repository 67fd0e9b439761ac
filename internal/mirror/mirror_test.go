package mirror

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

// directory is an issuer's lists. Calls that a test does not expect panic on nil.
type directory struct {
	issuer.Issuer
	cards      func() ([]issuer.Card, error)
	budgets    []issuer.Budget
	balanceErr error
	balanceOf  []string
	currencies []string
	people     int
}

func (d *directory) ListCardholders(context.Context) ([]issuer.Holder, error) {
	d.people++
	return nil, nil
}

func (d *directory) ListCards(context.Context) ([]issuer.Card, error)     { return d.cards() }
func (d *directory) ListBudgets(context.Context) ([]issuer.Budget, error) { return d.budgets, nil }
func (d *directory) ListBalances(_ context.Context, ids []string) (map[string]issuer.Balance, error) {
	d.balanceOf = ids
	if d.balanceErr != nil {
		return nil, d.balanceErr
	}
	balances := map[string]issuer.Balance{}
	for _, i := range ids {
		balances[i] = issuer.Balance{ID: i, Available: money.Must("7")}
	}
	return balances, nil
}
func (d *directory) ListReceivers(_ context.Context, currency string) ([]issuer.Receiver, error) {
	d.currencies = append(d.currencies, currency)
	return []issuer.Receiver{{ID: "r-" + currency}}, nil
}

func TestAPictureServesAsLongAsItIsFreshEnough(t *testing.T) {
	c, sweeps := clock.NewFake(epoch), 0
	m := New(&directory{cards: func() ([]issuer.Card, error) { sweeps++; return nil, nil }}, c)
	for _, step := range []struct {
		why     string
		advance time.Duration
		maxAge  time.Duration
		want    int
	}{
		{"there is none yet", 0, time.Minute, 1},
		{"it is younger than that", 30 * time.Second, time.Minute, 1},
		{"it is exactly that old", 30 * time.Second, time.Minute, 1},
		{"it is older", time.Nanosecond, time.Minute, 2},
		{"none older than now will do", time.Second, 0, 3},
		{"it began now", 0, 0, 3},
	} {
		c.Advance(step.advance)
		if _, err := m.Cards(ctx, c.Now().Add(-step.maxAge)); err != nil || sweeps != step.want {
			t.Fatalf("%s: %d sweeps, want %d (%v)", step.why, sweeps, step.want, err)
		}
	}
}

// A crowd that wants a picture of now makes one sweep or two, not one each: whoever
// waits while another sweeps shares what came of a sweep that began late enough.
func TestACrowdSharesOneSweep(t *testing.T) {
	c := clock.NewFake(epoch)
	var sweeps atomic.Int32
	release := make(chan struct{})
	m := New(&directory{cards: func() ([]issuer.Card, error) {
		sweeps.Add(1)
		<-release
		return []issuer.Card{{ID: "c-1"}}, nil
	}}, c)
	crowd(t, release, func() {
		if pic, err := m.Cards(ctx, epoch); err != nil {
			t.Error(err)
		} else if _, found := pic.Card("c-1"); !found {
			t.Error("everybody gets the picture")
		}
	})
	if sweeps.Load() != 1 {
		t.Errorf("%d sweeps for one crowd", sweeps.Load())
	}
}

func TestACrowdSharesOneFailure(t *testing.T) {
	c := clock.NewFake(epoch)
	var sweeps atomic.Int32
	release, down := make(chan struct{}), &issuer.Error{Class: issuer.Unavailable}
	m := New(&directory{cards: func() ([]issuer.Card, error) {
		sweeps.Add(1)
		<-release
		return nil, down
	}}, c)
	crowd(t, release, func() {
		if _, err := m.Cards(ctx, epoch); !errors.Is(err, down) {
			t.Errorf("everybody learns why: %v", err)
		}
	})
	if sweeps.Load() != 1 {
		t.Errorf("a crowd does not knock on a closed door one by one: %d sweeps", sweeps.Load())
	}
	c.Advance(time.Second)
	if _, err := m.Cards(ctx, epoch.Add(-time.Hour)); err == nil || sweeps.Load() != 2 {
		t.Error("whoever comes later tries again: a failure is no picture")
	}
}

func crowd(t *testing.T, release chan struct{}, visit func()) {
	t.Helper()
	var all sync.WaitGroup
	for range 20 {
		all.Go(visit)
	}
	close(release)
	all.Wait()
}

func TestAFailureDoesNotServeAsAPicture(t *testing.T) {
	c, fail := clock.NewFake(epoch), false
	d := &directory{}
	d.cards = func() ([]issuer.Card, error) {
		if fail {
			return nil, errors.New("down")
		}
		return []issuer.Card{{ID: "c-1"}}, nil
	}
	m := New(d, c)
	_, _ = m.Cards(ctx, c.Now())
	c.Advance(time.Minute)
	fail = true
	if _, err := m.Cards(ctx, c.Now()); err == nil {
		t.Fatal("no answer is an error")
	}
	c.Advance(time.Second)
	if _, err := m.Cards(ctx, epoch.Add(-time.Hour)); err == nil {
		t.Error("an absence must never be concluded from a sweep that failed")
	}
	fail = false
	c.Advance(time.Second)
	if pic, err := m.Cards(ctx, epoch); err != nil {
		t.Error(err)
	} else if _, found := pic.Card("c-1"); !found {
		t.Error("and it recovers")
	}
}

func TestAChangeDuringASweepMakesItStale(t *testing.T) {
	c, sweeps := clock.NewFake(epoch), 0
	var m *Mirror
	m = New(&directory{cards: func() ([]issuer.Card, error) {
		if sweeps++; sweeps == 1 {
			m.TouchCards()
		}
		return []issuer.Card{{ID: "c-1"}}, nil
	}}, c)
	if pic, err := m.Cards(ctx, epoch); err != nil {
		t.Fatal(err)
	} else if _, found := pic.Card("c-1"); !found {
		t.Error("it serves whoever made it")
	}
	if _, _ = m.Cards(ctx, epoch.Add(-time.Hour)); sweeps != 2 {
		t.Error("it may have seen the time before the change: nobody else is served by it")
	}
	if _, _ = m.Cards(ctx, epoch.Add(-time.Hour)); sweeps != 2 {
		t.Error("the next one is good again")
	}
	m.TouchCards()
	if _, _ = m.Cards(ctx, epoch.Add(-time.Hour)); sweeps != 3 {
		t.Error("after a change the next look is a sweep")
	}
}

func TestACallerWhoGaveUpSweepsNothing(t *testing.T) {
	sweeps := 0
	m := New(&directory{cards: func() ([]issuer.Card, error) { sweeps++; return nil, nil }}, clock.NewFake(epoch))
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := m.Cards(ended, epoch); !errors.Is(err, context.Canceled) || sweeps != 0 {
		t.Errorf("got %v after %d sweeps", err, sweeps)
	}
}

func TestCardsAreFoundByTheirToken(t *testing.T) {
	token, other := id.Token("fleet", "VirtualCard", "ads", "search", 0), id.Token("fleet", "VirtualCard", "ads", "video", 0)
	d := &directory{cards: func() ([]issuer.Card, error) {
		return []issuer.Card{
			{ID: "a", Label: id.Tag("search", token, 64), BalanceID: "b-a", AccountID: "acct"},
			{ID: "b", Label: id.Tag("search", token, 64), State: issuer.StateInactive, BalanceID: "b-b"},
			{ID: "c", Label: "by hand"},
		}, nil
	}}
	pic, err := New(d, clock.NewFake(epoch)).Cards(ctx, epoch)
	if err != nil {
		t.Fatal(err)
	}
	if got := pic.Tagged(token); len(got) != 2 || len(pic.Tagged(other)) != 0 {
		t.Errorf("both cards of the token and none of another: %+v", got)
	}
	if ids := pic.balanceIDs(); len(ids) != 1 || ids[0] != "b-a" || d.balanceOf != nil {
		t.Errorf("closed cards and cards without a balance are not asked for: %q, %q", ids, d.balanceOf)
	}
	if named := pic.Accounts(); len(named) != 1 || named[0] != "acct" {
		t.Errorf("the account is read off any row: %q", named)
	}
}

func TestABudgetRemembersThatItWasClosed(t *testing.T) {
	token := id.Token("fleet", "Budget", "ads", "q4", 0)
	d := &directory{budgets: []issuer.Budget{
		{ID: "old", Name: id.TagClosed("ads/q4", token, 64)}, {ID: "new", Name: id.Tag("ads/q4", token, 64), BalanceID: "b"},
	}}
	pic, err := New(d, clock.NewFake(epoch)).Budgets(ctx, epoch)
	if err != nil {
		t.Fatal(err)
	}
	closed := map[string]bool{}
	for _, b := range pic.Tagged(token) {
		closed[b.ID] = b.Closed
	}
	if len(closed) != 2 || !closed["old"] || closed["new"] {
		t.Errorf("a drained budget makes room for the next: %v", closed)
	}
}

func TestBalancesThatCannotBeReadStopNothing(t *testing.T) {
	one := func() ([]issuer.Card, error) { return []issuer.Card{{ID: "a", BalanceID: "b"}}, nil }
	for _, class := range []issuer.Class{
		issuer.Unsupported, issuer.NotFound, issuer.Malformed, issuer.Forbidden, issuer.Unavailable, issuer.RateLimited, issuer.Unauthorized,
	} {
		d := &directory{cards: one, budgets: []issuer.Budget{{ID: "p", BalanceID: "q"}}, balanceErr: &issuer.Error{Class: class}}
		m := New(d, clock.NewFake(epoch))
		cards, err := m.Cards(ctx, epoch)
		if err != nil {
			t.Errorf("%s: a card waits to be frozen: %v", class, err)
		}
		card, found := cards.Card("a")
		if _, known := m.Balance(ctx, card, epoch); !found || known {
			t.Errorf("%s: the cards are there, what they hold is not known", class)
		}
		budgets, err := m.Budgets(ctx, epoch)
		if _, found := budgets.Budget("p"); err != nil || !found {
			t.Errorf("%s: the budgets are there: %v", class, err)
		}
	}
}

func TestEachCurrencyHasAPictureOfItsOwn(t *testing.T) {
	d := &directory{}
	m := New(d, clock.NewFake(epoch))
	for _, currency := range []string{"USD", "EUR", "USD"} {
		rows, err := m.Receivers(ctx, currency, epoch)
		if err != nil || rows[0].ID != "r-"+currency {
			t.Errorf("%s: %v, %v", currency, rows, err)
		}
	}
	if len(d.currencies) != 2 {
		t.Errorf("asked for %q", d.currencies)
	}
}

// A routine sweep hurries once somebody who is in a hurry waits for it.
func TestARoutineSweepHurriesForWhoWaits(t *testing.T) {
	calm, hurried := make(chan bool), make(chan bool)
	p := &picture[int]{clock: clock.NewFake(epoch)}
	p.sweep = func(ctx context.Context) (int, error) {
		calm <- issuer.InHurry(ctx)
		for p.hurried.Load() == 0 {
			runtime.Gosched()
		}
		hurried <- issuer.InHurry(ctx)
		return 1, nil
	}
	var all sync.WaitGroup
	all.Go(func() { _, _ = p.get(ctx, epoch) })
	if <-calm {
		t.Error("nobody waits for it yet")
	}
	all.Go(func() { _, _ = p.get(issuer.Hurry(ctx), epoch) })
	if !<-hurried {
		t.Error("somebody waits for its other pages")
	}
	all.Wait()
	if p.hurried.Load() != 0 {
		t.Error("nobody waits any more")
	}
}

// A sweep makes no picture of the cardholders too old: nobody at rest is worth a call each time.
func TestASweepLeavesThePictureOfTheCardholders(t *testing.T) {
	c, d := clock.NewFake(epoch), &directory{}
	m := New(d, c)
	for range 3 {
		if _, err := m.Cardholders(ctx, epoch); err != nil {
			t.Fatal(err)
		}
		c.Advance(time.Minute)
		if _, err := m.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if d.people != 1 {
		t.Errorf("asked %d times", d.people)
	}
}

// An issuer that keeps names in upper case hides no card: it would be ordered again.
func TestACardIsTaggedInAnyCase(t *testing.T) {
	shown := labelled("1", "one")
	shown.Label = " " + strings.ToUpper(shown.Label) + "  "
	l := &many{cards: []issuer.Card{shown, {ID: "2", Label: "ads-INTERNATIONAL"}}}
	picture, err := New(l, clock.NewFake(epoch)).Cards(ctx, epoch)
	if err != nil || len(picture.Tagged(tokenOf("one"))) != 1 || len(picture.Tagged(tokenOf("two"))) != 0 {
		t.Errorf("%v, %v", picture.Tagged(tokenOf("one")), err)
	}
}
