package app

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox"
)

// At the default rate of 5 calls a second and with 64 workers, far more calls wait for the
// gate than a claim has seconds. Every one of 200 cards is ordered and funded nonetheless, and
// claimed once for each.
func TestNoClaimGrowsOldInTheQueue(t *testing.T) {
	const cards, workers = 200, 64
	synctest.Test(t, func(t *testing.T) {
		r := newRush(t, cards)
		began := r.clock.Now()
		r.run(cards, workers)
		if n := r.steps[engine.Claimed]; n != 2*cards || r.steps[engine.Confirmed] != 2*cards || r.steps[engine.NotSent] != 0 {
			t.Errorf("%d effects took these steps: %v", 2*cards, r.steps)
		}
		if took := r.clock.Now().Sub(began); took > 15*time.Minute {
			t.Errorf("took %v", took)
		}
	})
}

// rush is many new cards at once, over a real adapter, gate and sandbox.
type rush struct {
	t       *testing.T
	clock   clock.Real
	runner  *engine.Runner[*v1alpha1.VirtualCard]
	account *account.Account

	// turn is held by whoever sweeps; it guards what the latest sweep has shown.
	turn  chan struct{}
	swept time.Time
	cards map[string]string

	mu    sync.Mutex // guards what follows
	steps map[engine.Transition]int
	ready map[string]bool
}

func newRush(t *testing.T, cards int) *rush {
	r := &rush{t: t, turn: make(chan struct{}, 1), steps: map[engine.Transition]int{}, ready: map[string]bool{}}
	bank, err := sandbox.New(sandbox.Options{Clock: r.clock, Seed: 1, Synchronous: true})
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := transport.ParseAllowList([]string{"http://issuer.test"})
	if err != nil {
		t.Fatal(err)
	}
	ci := &v1alpha1.CardIssuer{Spec: v1alpha1.CardIssuerSpec{Qbit: &v1alpha1.QbitIssuer{BaseURL: "http://issuer.test"}}}
	creds := account.Credentials{ClientID: issuer.NewSensitive(sandbox.DefaultClientID), ClientSecret: issuer.NewSensitive(sandbox.DefaultClientSecret)}
	adapter, err := Dialer(hosts, r.clock, bank.Transport())(ci, creds, engine.DefaultTiming)
	if err != nil {
		t.Fatal(err)
	}
	r.account = &account.Account{Issuer: adapter, Timing: engine.DefaultTiming}
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	objects := fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&v1alpha1.VirtualCard{})
	for n := range cards {
		objects.WithObjects(&v1alpha1.VirtualCard{ObjectMeta: metav1.ObjectMeta{Namespace: "ads", Name: nameOf(n), UID: types.UID(nameOf(n)), Generation: 1}})
	}
	api := objects.Build()
	r.runner = &engine.Runner[*v1alpha1.VirtualCard]{
		Engine: &engine.Engine{Client: api, Reader: api, Clock: r.clock, Events: deaf{}, Observe: r.observe},
		New:    newObject[v1alpha1.VirtualCard], Sync: r.sync,
	}
	return r
}

func nameOf(n int) string { return fmt.Sprintf("card-%03d", n) }

// deaf hears no Event.
type deaf struct{}

func (deaf) Eventf(runtime.Object, runtime.Object, string, string, string, string, ...any) {}

func (r *rush) observe(record engine.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.steps[record.Transition]++
}

// run lets workers take turns with the cards until all are funded.
func (r *rush) run(cards, workers int) {
	free := make(chan struct{}, workers)
	var all sync.WaitGroup
	for n := range cards {
		all.Go(func() {
			for done := false; !done; {
				done = r.round(nameOf(n), free)
			}
		})
	}
	all.Wait()
}

// round is one round of one card, and the wait until its next.
func (r *rush) round(name string, free chan struct{}) (done bool) {
	free <- struct{}{}
	result, err := r.runner.Reconcile(r.t.Context(), reconcile.Request{NamespacedName: client.ObjectKey{Namespace: "ads", Name: name}})
	<-free
	if err != nil {
		r.t.Error(err)
	}
	if r.isReady(name) {
		return true
	}
	_ = r.clock.Sleep(r.t.Context(), result.RequeueAfter)
	return false
}

func (r *rush) isReady(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ready[name]
}

// sync orders a card and puts 50 on it.
func (r *rush) sync(ctx context.Context, card *v1alpha1.VirtualCard) (time.Duration, error) {
	if card.Status.ID == "" {
		done, err := r.runner.Pursue(ctx, card, r.order(card))
		if err != nil {
			return 0, err
		}
		card.Status.ID = done.Sighting.Reference
	}
	if _, err := r.runner.Pursue(ctx, card, r.fund(card.Status.ID)); err != nil {
		return 0, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ready[card.Name] = true
	return 0, nil
}

// sweep is a picture of all cards, which whoever waits for one shares: so that all of them
// want to send at the same time. (The mirror waits in a way that synctest cannot see.)
func (r *rush) sweep(ctx context.Context, since time.Time) (map[string]string, error) {
	r.turn <- struct{}{}
	defer func() { <-r.turn }()
	if r.swept.IsZero() || r.swept.Before(since) {
		r.swept = r.clock.Now()
		rows, err := r.account.Issuer.ListCards(issuer.Hurry(ctx))
		if err != nil {
			return nil, err
		}
		r.cards = map[string]string{}
		for _, row := range rows {
			r.cards[row.Label] = row.ID
		}
	}
	return r.cards, nil
}

func (r *rush) order(card *v1alpha1.VirtualCard) engine.Effect {
	token := id.Token("fleet", "VirtualCard", card.Namespace, card.Name, 0)
	order := issuer.CardOrder{
		Type: issuer.Prepaid, BIN: "493193", Label: token, Opening: money.Must("10"),
		Cardholder: issuer.Cardholder{FirstName: "Ada", LastName: "Example"},
	}
	return engine.Effect{
		Intent: v1alpha1.Intent{ID: id.Creation(token), Action: v1alpha1.ActionCreate}, What: "order a card",
		Promise: r.account.Creation(issuer.CallCreateCard),
		Look: func(ctx context.Context, since time.Time) (engine.Sighting, error) {
			cards, err := r.sweep(ctx, since)
			if cardID := cards[token]; cardID != "" {
				return engine.Sighting{Presence: engine.Happened, Reference: cardID}, nil
			}
			return engine.Sighting{Presence: engine.Absent}, err
		},
		Send: func(ctx context.Context, permit issuer.Permit) error {
			return r.account.Issuer.CreateCard(ctx, permit, order)
		},
	}
}

func (r *rush) fund(cardID string) engine.Effect {
	transfer := issuer.Transfer{ObjectID: cardID, Direction: issuer.In, Amount: money.Must("50"), ClientID: id.Movement(cardID, engine.PurposeFund, 1)}
	return engine.Effect{
		Intent: v1alpha1.Intent{ID: transfer.ClientID, Action: v1alpha1.ActionFund, Amount: "50.00", Sequence: 1}, What: "fund the card",
		Promise: r.account.Promise(issuer.CallMoveCard),
		Look: func(ctx context.Context, _ time.Time) (engine.Sighting, error) {
			rows, err := r.account.Issuer.CardMovements(ctx, cardID)
			if err != nil {
				return engine.Sighting{}, err
			}
			seen, _, err := engine.Sight(rows, transfer.ClientID)
			return seen, err
		},
		Send: func(ctx context.Context, permit issuer.Permit) error {
			return r.account.Issuer.MoveCardFunds(ctx, permit, transfer)
		},
	}
}
