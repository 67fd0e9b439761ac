package funding

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

var down = &issuer.Error{Class: issuer.Unavailable, Op: "list"}

// failing answers with down from the n-th time on, and honestly before.
func (w *world) failing(n int) func(context.Context) ([]issuer.Movement, error) {
	asked := 0
	return func(context.Context) ([]issuer.Movement, error) {
		if asked++; asked >= n {
			return nil, down
		}
		return w.rows, nil
	}
}

func TestNothingIsMovedWhileTheLedgerCannotBeRead(t *testing.T) {
	w := newWorld(t, engine.PurposeFund, "0.00")
	w.purse.Rows = w.failing(1)
	err := w.purse.Reach(ctx, w.engine, money.Must("50"))
	if !errors.Is(err, down) || len(w.sent) != 0 || w.card.Status.Intent != nil || w.card.Status.Funded != "0.00" {
		t.Errorf("got %v, sent %v, intent %v", err, w.sent, w.card.Status.Intent)
	}
}

func TestAnAcceptedMovementStaysUnderWayWhileTheLedgerCannotBeRead(t *testing.T) {
	w := newWorld(t, engine.PurposeFund, "0.00")
	w.purse.Rows = w.failing(2)
	err := w.purse.Reach(ctx, w.engine, money.Must("50"))
	in := w.card.Status.Intent
	if err == nil || len(w.sent) != 1 || in == nil || in.Outcome != v1alpha1.OutcomeAccepted || w.card.Status.Funded != "0.00" {
		t.Fatalf("accepted, and not counted before it is seen: %v, %+v", err, in)
	}
	if err := w.purse.Settle(ctx, w.engine); !errors.Is(err, down) || w.card.Status.Intent == nil || len(w.sent) != 1 {
		t.Errorf("and kept: %v", err)
	}
}

func TestAMovementThatTheLedgerShowsTwiceIsForAPerson(t *testing.T) {
	w := newWorld(t, engine.PurposeFund, "0.00")
	twice := row(own(1), issuer.MovementIn, "50", issuer.MovementClosed)
	w.rows = []issuer.Movement{twice, twice}
	err := w.purse.Reach(ctx, w.engine, money.Must("50"))
	if err == nil || engine.Explain(err).Reason != v1alpha1.ReasonConflict || len(w.sent) != 0 || w.card.Status.Funded != "0.00" {
		t.Errorf("got %v, sent %v, books say %s", err, w.sent, w.card.Status.Funded)
	}
}

func (w *world) blind(from int) {
	asked := 0
	w.purse.Frozen = func(context.Context, time.Time) (money.Amount, bool, error) {
		if asked++; asked >= from {
			return money.Zero, false, down
		}
		return w.frozen, true, nil
	}
}

// A hold that the issuer does not list is recognised by what was frozen before: without
// that, it must not be sent.
func TestNothingIsHeldWhileTheFrozenBalanceCannotBeRead(t *testing.T) {
	w := newWorld(t, engine.PurposeHold, "0.00")
	w.blind(1)
	err := w.purse.Reach(ctx, w.engine, money.Must("20"))
	if !errors.Is(err, down) || len(w.sent) != 0 || w.card.Status.Intent != nil {
		t.Errorf("got %v, sent %v", err, w.sent)
	}
}

func TestAHoldStaysUnderWayWhileTheFrozenBalanceCannotBeRead(t *testing.T) {
	w := newWorld(t, engine.PurposeHold, "0.00")
	w.status, w.answer = "", &issuer.Error{Class: issuer.Ambiguous}
	w.blind(2)
	if err := w.purse.Reach(ctx, w.engine, money.Must("20")); err == nil || len(w.sent) != 1 {
		t.Fatalf("sent, and the answer was lost: %v", err)
	}
	w.clock.Advance(time.Hour)
	if err := w.purse.Settle(ctx, w.engine); !errors.Is(err, down) || w.card.Status.Intent == nil || len(w.sent) != 1 || w.card.Status.Held != "0.00" {
		t.Errorf("neither counted nor sent again: %v", err)
	}
}

func TestALostHoldIsNotRecalledFromABalanceThatCannotBeRead(t *testing.T) {
	w := newWorld(t, engine.PurposeHold, "")
	w.settle(epoch)
	w.blind(1)
	if err := w.purse.Recall(ctx, w.clock.Now()); !errors.Is(err, down) || w.card.Status.Held != "" || w.card.Status.Holds != 0 {
		t.Errorf("unknown stays unknown: %v, %q", err, w.card.Status.Held)
	}
}

// The books disagree with the ledger time and again, as when others write into them: one
// round makes few movements, and the next goes on.
func TestARoundMakesFewMovements(t *testing.T) {
	w := newWorld(t, engine.PurposeFund, "0.00")
	move := w.purse.Move
	w.purse.Move = func(ctx context.Context, p issuer.Permit, tr issuer.Transfer) error {
		err := move(ctx, p, tr)
		w.rows[len(w.rows)-1].Amount = money.Must("1")
		return err
	}
	err := w.purse.Reach(ctx, w.engine, money.Must("50"))
	if err == nil || engine.Explain(err).Reason != v1alpha1.ReasonFunding || engine.Explain(err).After <= 0 || len(w.sent) != 4 {
		t.Fatalf("got %v after %d movements", err, len(w.sent))
	}
	if w.card.Status.Funded != "4.00" || w.card.Status.Movements != 4 || w.sent[3].Amount.String() != "47.00" {
		t.Errorf("what the ledger shows counts: %s after %d, %v", w.card.Status.Funded, w.card.Status.Movements, w.sent)
	}
}
