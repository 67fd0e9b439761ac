package account

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

func cardOf(deleted bool) *v1alpha1.VirtualCard {
	card := &v1alpha1.VirtualCard{ObjectMeta: metav1.ObjectMeta{Namespace: "bank", Name: "search"}}
	card.Spec.IssuerRef.Name = "qbit"
	if now := metav1.Now(); deleted {
		card.DeletionTimestamp = &now
	}
	return card
}

// When a namespace is deleted its Secrets may go first, and the CardIssuer be looked at
// before it is known to go.
func TestCredentialsThatGoLeaveTheConnectionToWhatIsDeleted(t *testing.T) {
	ci := newIssuer()
	api := cluster(t, ci, good())
	r, dials := bank(api)
	first, err := r.Connect(ctx, ci)
	if err != nil {
		t.Fatal(err)
	}
	if err := api.Delete(ctx, good()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := r.Connect(ctx, ci); !isMissing(err) {
			t.Errorf("the CardIssuer says so: %v", err)
		}
		if _, err := r.For(ctx, cardOf(false)); !isMissing(err) {
			t.Errorf("nothing new is bought with credentials that were taken away: %v", err)
		}
		if acct, err := r.For(ctx, cardOf(true)); err != nil || acct != first {
			t.Errorf("a card is closed over the connection that there is: %v", err)
		}
	}
	if err := api.Create(ctx, good()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.For(ctx, cardOf(false)); err != nil || *dials != 2 {
		t.Errorf("with new credentials all goes on: %v, %d dials", err, *dials)
	}
}

func TestWithoutCredentialsThereIsNoConnectionToKeep(t *testing.T) {
	r, dials := bank(cluster(t, newIssuer()))
	if _, err := r.For(ctx, cardOf(true)); !isMissing(err) || *dials != 0 {
		t.Errorf("a process that never had them cannot log in: %v", err)
	}
}

func TestAnAPIServerThatCannotSayTakesNothingAway(t *testing.T) {
	ci := newIssuer()
	api := cluster(t, ci, good())
	r, _ := bank(api)
	first, err := r.Connect(ctx, ci)
	if err != nil {
		t.Fatal(err)
	}
	r.Secrets = deaf{api}
	if _, err := r.Connect(ctx, ci); err == nil || isMissing(err) {
		t.Errorf("got %v", err)
	}
	if acct, err := r.For(ctx, cardOf(false)); err != nil || acct != first {
		t.Errorf("the connection stands: %v", err)
	}
}

// deaf is an API server that cannot read Secrets.
type deaf struct{ client.Reader }

func (deaf) Get(context.Context, client.ObjectKey, client.Object, ...client.GetOption) error {
	return errors.New("timed out")
}

func TestACardIssuerThatIsDeletedCanBeSuspended(t *testing.T) {
	ci := newIssuer()
	api := cluster(t, ci, good())
	r, dials := bank(api)
	first, err := r.Connect(ctx, ci)
	if err != nil {
		t.Fatal(err)
	}
	now := metav1.Now()
	ci.Finalizers, ci.Spec.Suspend = []string{v1alpha1.Finalizer}, true
	if err := api.Update(ctx, ci); err != nil {
		t.Fatal(err)
	}
	ci.DeletionTimestamp, ci.Generation = &now, 3
	conn, live := r.connected(ci)
	if acct := conn.under(ci); !live || !acct.Suspended || acct.Mirror != first.Mirror || *dials != 1 {
		t.Error("it keeps its connection, under the spec of now")
	}
	if first.Suspended {
		t.Error("who holds the account already is not changed behind its back")
	}
}

// rows is an adapter that lists cards and budgets.
type rows struct {
	issuer.Issuer
	cards   []issuer.Card
	budgets []issuer.Budget
	err     error
}

func (r *rows) ListCards(context.Context) ([]issuer.Card, error)     { return r.cards, r.err }
func (r *rows) ListBudgets(context.Context) ([]issuer.Budget, error) { return r.budgets, r.err }
func (r *rows) Capabilities() issuer.Capabilities {
	return issuer.Capabilities{Features: map[issuer.Feature]bool{issuer.FeatureBudgets: true}}
}

// Credentials may be replaced by another account's: an order with a lost answer would be
// missed there, and sent there.
func TestNothingIsHandedOutInAnotherAccount(t *testing.T) {
	ours, theirs := issuer.Card{ID: "a", AccountID: "ours"}, issuer.Card{ID: "b", AccountID: "theirs"}
	for name, c := range map[string]struct {
		why    string
		known  string
		inSpec string
		there  rows
		reason string
	}{
		"nothing known yet":       {"it will be read off the rows", "", "", rows{cards: []issuer.Card{theirs}}, ""},
		"the same":                {"it is the same", "ours", "", rows{cards: []issuer.Card{ours}}, ""},
		"among others":            {"its rows are there", "ours", "", rows{cards: []issuer.Card{theirs, ours}}, ""},
		"another":                 {"nothing is sent there", "ours", "", rows{cards: []issuer.Card{theirs}}, v1alpha1.ReasonConflict},
		"the same, by its budget": {"it has no card", "ours", "", rows{budgets: []issuer.Budget{{ID: "p", AccountID: "ours"}}}, ""},
		"another, by its budget":  {"nothing is sent there", "ours", "", rows{budgets: []issuer.Budget{{ID: "p", AccountID: "theirs"}}}, v1alpha1.ReasonConflict},
		"an empty one":            {"rows never go, so it is another", "ours", "", rows{}, v1alpha1.ReasonConflict},
		"said in the spec":        {"it goes with every order, and the issuer checks it", "ours", "ours", rows{cards: []issuer.Card{theirs}}, ""},
		"cannot be read":          {"what is not proven is not handed out", "ours", "", rows{err: &issuer.Error{Class: issuer.Unavailable}}, v1alpha1.ReasonIssuerUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			ci := newIssuer(func(ci *v1alpha1.CardIssuer) {
				ci.Spec.Qbit, ci.Status.AccountID = &v1alpha1.QbitIssuer{AccountID: c.inSpec}, c.known
			})
			r, _ := bank(cluster(t, ci, good()))
			r.Dial = func(*v1alpha1.CardIssuer, Credentials, engine.Timing) (issuer.Issuer, error) { return &c.there, nil }
			for _, deleted := range []bool{false, true} {
				acct, err := r.For(ctx, cardOf(deleted))
				if (acct != nil) != (c.reason == "") || (err != nil && engine.Explain(err).Reason != c.reason) {
					t.Errorf("%s: %v", c.why, err)
				}
			}
			_, err := r.Connect(ctx, ci)
			if (err == nil) != (c.reason == "") {
				t.Errorf("the CardIssuer says so: %v", err)
			}
			if c.reason == v1alpha1.ReasonConflict && !strings.Contains(err.Error(), "ours") {
				t.Errorf("the message names the account: %v", err)
			}
		})
	}
}

func TestAnAccountThatWasFoundToBeAnotherIsLookedAtAgain(t *testing.T) {
	ci := newIssuer(func(ci *v1alpha1.CardIssuer) { ci.Status.AccountID = "ours" })
	r, _ := bank(cluster(t, ci, good()))
	there := &rows{cards: []issuer.Card{{ID: "b", AccountID: "theirs"}}}
	r.Dial = func(*v1alpha1.CardIssuer, Credentials, engine.Timing) (issuer.Issuer, error) { return there, nil }
	connects := func(why string, want bool) {
		t.Helper()
		if _, err := r.Connect(ctx, ci); (err == nil) != want {
			t.Errorf("%s: %v", why, err)
		}
		if _, err := r.For(ctx, cardOf(false)); (err == nil) != want {
			t.Errorf("%s, for its objects: %v", why, err)
		}
	}
	connects("another account", false)
	there.cards = []issuer.Card{{ID: "a", AccountID: "ours"}}
	r.Clock.(*clock.Fake).Advance(2 * time.Minute)
	connects("mended", true)
	there.cards = []issuer.Card{{ID: "b", AccountID: "theirs"}}
	r.Clock.(*clock.Fake).Advance(2 * time.Minute)
	connects("and lost again", false)
}

// At the start every worker needs the account at once. Each connection has a mirror and a login of
// its own, so there is one.
func TestACrowdMakesOneConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ci := newIssuer()
		r, _ := bank(cluster(t, ci, good()))
		var real clock.Real
		var dials atomic.Int32
		r.Clock = real
		r.Dial = func(*v1alpha1.CardIssuer, Credentials, engine.Timing) (issuer.Issuer, error) {
			dials.Add(1)
			return idle{}, real.Sleep(t.Context(), time.Second)
		}
		accounts := make([]*Account, 320)
		var all sync.WaitGroup
		for n := range accounts {
			all.Go(func() {
				var err error
				if accounts[n], err = r.For(t.Context(), cardOf(n%2 == 0)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			if acct, err := r.Connect(t.Context(), ci); err != nil || acct.Mirror == nil {
				t.Error(err)
			}
		})
		all.Wait()
		for _, acct := range accounts {
			if acct.Mirror != accounts[0].Mirror {
				t.Fatal("two mirrors")
			}
		}
		if dials.Load() != 1 {
			t.Errorf("%d dials", dials.Load())
		}
	})
}

// A crowd does not find out one by one that the API server does not answer.
func TestACrowdSharesAFailureToConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ci := newIssuer()
		api := cluster(t, ci, good())
		r, dials := bank(api)
		slow := &slowlyDeaf{Reader: api}
		r.Clock, r.Secrets = clock.Real{}, slow
		var all sync.WaitGroup
		for range 320 {
			all.Go(func() {
				if _, err := r.For(t.Context(), cardOf(false)); err == nil {
					t.Error("connected")
				}
			})
		}
		all.Wait()
		if reads := slow.reads.Load(); reads > 2 || *dials != 0 {
			t.Errorf("%d reads, %d dials", reads, *dials)
		}
		r.Secrets = api
		if _, err := r.For(t.Context(), cardOf(false)); err != nil {
			t.Errorf("who comes later tries anew: %v", err)
		}
		r.Forget(ci.UID)
		if len(r.live)+len(r.dialing) != 0 {
			t.Error("nothing is left of a CardIssuer that is gone")
		}
	})
}

// slowlyDeaf is an API server that takes a second to say that it cannot read Secrets.
type slowlyDeaf struct {
	client.Reader
	reads atomic.Int32
}

func (s *slowlyDeaf) Get(ctx context.Context, _ client.ObjectKey, _ client.Object, _ ...client.GetOption) error {
	s.reads.Add(1)
	_ = clock.Real{}.Sleep(ctx, time.Second)
	return errors.New("timed out")
}

// Whoever gives up waiting, or trying, leaves no failure to the others.
func TestWhoGivesUpConnectingFailsAlone(t *testing.T) {
	ci := newIssuer()
	r, _ := bank(cluster(t, ci, good()))
	given, cancel := context.WithCancel(ctx)
	cancel()
	held, err := r.take(ctx, ci.UID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.For(given, cardOf(false)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := r.Connect(given, ci); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	r.Secrets = deaf{r.Client}
	if _, err := r.connect(given, ci, held); err == nil || held.err != nil {
		t.Errorf("got %v, kept %v", err, held.err)
	}
	held.give()
}
