package funding

import (
	"context"
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

var (
	ctx    = context.Background()
	epoch  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	timing = engine.DefaultTiming
)

// world is a purse over a small honest ledger, whose answers a test may lose.
type world struct {
	clock  *clock.Fake
	engine *engine.Engine
	card   *v1alpha1.VirtualCard
	purse  Purse

	rows   []issuer.Movement
	frozen money.Amount
	// known is what the issuer says about frozen balances at all.
	known bool
	sent  []issuer.Transfer
	// status of the rows that a send leaves; empty leaves none.
	status issuer.MovementStatus
	answer error
	told   []string
}

func (w *world) Eventf(_, _ runtime.Object, _, reason, _, _ string, _ ...any) {
	w.told = append(w.told, reason)
}

func newWorld(t *testing.T, purpose string, sum string) *world {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	card := &v1alpha1.VirtualCard{ObjectMeta: metav1.ObjectMeta{Namespace: "ads", Name: "search", UID: "uid-1"}}
	api := fake.NewClientBuilder().WithScheme(scheme).WithObjects(card).WithStatusSubresource(card).Build()
	w := &world{clock: clock.NewFake(epoch), card: &v1alpha1.VirtualCard{}, status: issuer.MovementClosed, known: true}
	if err := api.Get(ctx, client.ObjectKeyFromObject(card), w.card); err != nil {
		t.Fatal(err)
	}
	w.engine = &engine.Engine{Client: api, Reader: api, Clock: w.clock, Events: w}
	w.purse = Purse{
		Object: w.card, RemoteID: "card-1", Purpose: purpose, Promise: engine.Promise{Timing: timing},
		Up: v1alpha1.ActionFund, UpWords: "put in %s", Down: v1alpha1.ActionDefund, DownWords: "take out %s",
		Sum: &w.card.Status.Funded, Count: &w.card.Status.Movements,
		Rows: func(context.Context) ([]issuer.Movement, error) { return w.rows, nil }, Move: w.move,
	}
	if purpose == engine.PurposeHold {
		w.purse.Up, w.purse.Down = v1alpha1.ActionHold, v1alpha1.ActionRelease
		w.purse.Sum, w.purse.Count = &w.card.Status.Held, &w.card.Status.Holds
		w.purse.Frozen = func(context.Context, time.Time) (money.Amount, bool, error) { return w.frozen, w.known, nil }
	}
	*w.purse.Sum = sum
	return w
}

func (w *world) move(_ context.Context, _ issuer.Permit, tr issuer.Transfer) error {
	w.sent = append(w.sent, tr)
	if w.status != "" {
		w.rows = append(w.rows, row(tr.ClientID, kindOf(tr.Direction), tr.Amount.String(), w.status))
	}
	return w.answer
}

func kindOf(d issuer.Direction) issuer.MovementKind {
	if d == issuer.Out {
		return issuer.MovementOut
	}
	return issuer.MovementIn
}

func row(clientID string, kind issuer.MovementKind, amount string, status issuer.MovementStatus) issuer.Movement {
	return issuer.Movement{ID: "m-" + clientID, ClientID: clientID, Kind: kind, Amount: money.Must(amount), Status: status}
}

func own(n int64) string { return id.Movement("card-1", engine.PurposeFund, n) }

// Whatever was put in and whatever is asked for: one movement of the difference, under
// the next number, reaches it; and then there is nothing more to do.
func TestNextReachesTheTarget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Purse{RemoteID: "card-1", Purpose: engine.PurposeFund, Up: v1alpha1.ActionFund, Down: v1alpha1.ActionDefund}
		amount := rapid.Custom(func(t *rapid.T) money.Amount {
			return money.Must(rapid.StringMatching(`-?[0-9]{1,6}\.[0-9]{2}`).Draw(t, "amount"))
		})
		sum, target := amount.Draw(t, "sum"), amount.Draw(t, "target")
		count := rapid.Int64Range(0, 1<<40).Draw(t, "count")
		in, more := p.Next(sum, target, count)
		if !more {
			if !sum.Equal(target) {
				t.Fatalf("%v is not %v", sum, target)
			}
			return
		}
		moved := money.Must(in.Amount)
		if !moved.IsPositive() || in.Sequence != count+1 || in.ID != id.Movement("card-1", engine.PurposeFund, count+1) {
			t.Fatalf("got %+v", in)
		}
		if in.Action == p.Down {
			moved = moved.Neg()
		}
		if !sum.Add(moved).Equal(target) {
			t.Fatalf("%v and %v do not make %v", sum, moved, target)
		}
		if again, _ := p.Next(sum, target, count); again != in {
			t.Fatal("the id is computed, never drawn: asking twice is asking once")
		}
	})
}

func TestReachMovesTheDifferenceOnce(t *testing.T) {
	w := newWorld(t, engine.PurposeFund, "0.00")
	for _, step := range []struct {
		why, target string
		sent        int
		last        string
		direction   issuer.Direction
	}{
		{"what is asked for is put in", "50", 1, "50.00", issuer.In},
		{"asking again moves nothing", "50.00", 1, "50.00", issuer.In},
		{"raising it moves the difference", "70", 2, "20.00", issuer.In},
		{"lowering it takes the difference back", "30", 3, "40.00", issuer.Out},
	} {
		if err := w.purse.Reach(ctx, w.engine, money.Must(step.target)); err != nil {
			t.Fatalf("%s: %v", step.why, err)
		}
		last := w.sent[len(w.sent)-1]
		if len(w.sent) != step.sent || last.Amount.String() != step.last || last.Direction != step.direction || last.ClientID != own(int64(step.sent)) {
			t.Fatalf("%s: sent %+v", step.why, w.sent)
		}
		if !money.Must(w.card.Status.Funded).Equal(money.Must(step.target)) || w.card.Status.Movements != int64(step.sent) {
			t.Fatalf("%s: books say %s after %d", step.why, w.card.Status.Funded, w.card.Status.Movements)
		}
	}
}

func TestTheLedgersRowIsBooked(t *testing.T) {
	for name, c := range map[string]struct {
		why  string
		row  issuer.Movement
		want string
	}{
		"another amount":    {"this number was used before the status was lost, for 20", row(own(1), issuer.MovementIn, "20", issuer.MovementClosed), "20.00"},
		"another direction": {"this number was used before the status was lost, to take out", row(own(1), issuer.MovementOut, "20", issuer.MovementClosed), "-20.00"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, engine.PurposeFund, "0.00")
			w.rows = []issuer.Movement{c.row}
			in, _ := w.purse.Next(money.Zero, money.Must("50"), 0)
			if err := w.purse.pursue(ctx, w.engine, in); err != nil || len(w.sent) != 0 {
				t.Fatalf("it is there already: %v, sent %v", err, w.sent)
			}
			if w.card.Status.Funded != c.want || w.card.Status.Movements != 1 {
				t.Errorf("%s: books say %s", c.why, w.card.Status.Funded)
			}
		})
	}
}

func TestAFailedMovementUsesItsNumberUpAndMovesNothing(t *testing.T) {
	w := newWorld(t, engine.PurposeFund, "0.00")
	w.rows = []issuer.Movement{row(own(1), issuer.MovementIn, "50", issuer.MovementFailed)}
	err := w.purse.Reach(ctx, w.engine, money.Must("50"))
	if err == nil || engine.Explain(err).Reason != v1alpha1.ReasonRejected || w.card.Status.Funded != "0.00" || w.card.Status.Movements != 1 {
		t.Fatalf("got %v, books say %s after %d", err, w.card.Status.Funded, w.card.Status.Movements)
	}
	if err := w.purse.Reach(ctx, w.engine, money.Must("50")); err != nil || len(w.sent) != 1 || w.sent[0].ClientID != own(2) {
		t.Errorf("the next try has the next number: %v, %+v", err, w.sent)
	}
}

func TestAMovementUnderWayIsSettledWhateverTheSpecSaysNow(t *testing.T) {
	w := newWorld(t, engine.PurposeFund, "0.00")
	w.answer, w.status = &issuer.Error{Class: issuer.Ambiguous}, issuer.MovementClosed
	if err := w.purse.Reach(ctx, w.engine, money.Must("50")); err == nil || w.card.Status.Intent == nil {
		t.Fatalf("the answer was lost: %v", err)
	}
	if err := w.purse.Settle(ctx, w.engine); err != nil || w.card.Status.Funded != "50.00" || len(w.sent) != 1 {
		t.Fatalf("found in the ledger and booked: %v, %s", err, w.card.Status.Funded)
	}
	w.answer = nil
	if err := w.purse.Reach(ctx, w.engine, money.Must("20")); err != nil || !money.Must(w.card.Status.Funded).Equal(money.Must("20")) {
		t.Errorf("only then is the new target reached: %v, %s", err, w.card.Status.Funded)
	}
}

func TestALostMovementIsSentAgainWithTheAmountThatWasClaimed(t *testing.T) {
	w := newWorld(t, engine.PurposeFund, "0.00")
	w.answer, w.status = &issuer.Error{Class: issuer.Ambiguous}, ""
	_ = w.purse.Reach(ctx, w.engine, money.Must("50"))
	w.answer, w.status = nil, issuer.MovementClosed
	for range 100 {
		err := w.purse.Settle(ctx, w.engine)
		if err == nil {
			break
		}
		w.clock.Advance(engine.Explain(err).After)
	}
	if len(w.sent) != 2 || w.sent[1].ClientID != w.sent[0].ClientID || !w.sent[1].Amount.Equal(money.Must("50")) || w.card.Status.Funded != "50.00" {
		t.Errorf("same id, same amount: %+v, books %s", w.sent, w.card.Status.Funded)
	}
}

func TestAnotherPursesMovementIsLeftAlone(t *testing.T) {
	w := newWorld(t, engine.PurposeFund, "0.00")
	w.card.Status.Intent = &v1alpha1.Intent{ID: "x", Action: v1alpha1.ActionHold}
	if err := w.purse.Settle(ctx, w.engine); err != nil || w.card.Status.Intent == nil {
		t.Errorf("a hold is settled by the purse of holds: %v", err)
	}
	w.card.Status.Intent = nil
	if err := w.purse.Settle(ctx, w.engine); err != nil {
		t.Errorf("nothing is under way: %v", err)
	}
}

func TestAnUnwantedMovementIsDroppedAndNotBooked(t *testing.T) {
	w := newWorld(t, engine.PurposeFund, "0.00")
	w.purse.Unwanted = true
	in, _ := w.purse.Next(money.Zero, money.Must("50"), 0)
	if err := w.purse.pursue(ctx, w.engine, in); err != nil || w.card.Status.Funded != "0.00" || w.card.Status.Movements != 0 || len(w.sent) != 0 {
		t.Errorf("nothing happened, nothing is booked: %v, %s after %d", err, w.card.Status.Funded, w.card.Status.Movements)
	}
}

func TestAnAcceptedMovementThatIsNeverListedIsBookedAndSaid(t *testing.T) {
	w := newWorld(t, engine.PurposeFund, "0.00")
	w.status = ""
	_ = w.purse.Reach(ctx, w.engine, money.Must("50"))
	w.clock.Advance(timing.ListingLag)
	if err := w.purse.Settle(ctx, w.engine); err != nil || w.card.Status.Funded != "50.00" {
		t.Fatalf("a yes stands: %v, %s", err, w.card.Status.Funded)
	}
	if len(w.told) != 1 || w.told[0] != v1alpha1.EventUnlisted {
		t.Errorf("and somebody is told that it is not listed: %q", w.told)
	}
}

func TestReachStopsOnASumThatIsNoAmount(t *testing.T) {
	w := newWorld(t, engine.PurposeFund, "lots")
	if err := w.purse.Reach(ctx, w.engine, money.Must("50")); err == nil || engine.Explain(err).Severity != engine.Stalled || len(w.sent) != 0 {
		t.Errorf("what was put in must be known before anything is: %v", err)
	}
}

// A sum that somebody has spoilt is not overwritten by the next movement that is booked.
func TestAMovementIsNotBookedOnASumThatIsNoAmount(t *testing.T) {
	w := newWorld(t, engine.PurposeFund, "0.00")
	w.status = ""
	_ = w.purse.Reach(ctx, w.engine, money.Must("50"))
	w.card.Status.Funded = "lots"
	w.clock.Advance(timing.ListingLag)
	if err := w.purse.Settle(ctx, w.engine); err == nil || engine.Explain(err).Severity != engine.Stalled || w.card.Status.Funded != "lots" {
		t.Errorf("%v, %q", err, w.card.Status.Funded)
	}
}

func TestALedgerThatCannotBeReadStopsEverything(t *testing.T) {
	w, down := newWorld(t, engine.PurposeFund, ""), errors.New("down")
	w.purse.Rows = func(context.Context) ([]issuer.Movement, error) { return nil, down }
	if err := w.purse.Recall(ctx, w.clock.Now()); !errors.Is(err, down) || w.card.Status.Funded != "" {
		t.Errorf("unknown stays unknown: %v, %q", err, w.card.Status.Funded)
	}
}
