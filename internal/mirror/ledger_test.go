package mirror

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

// books is an issuer's ledger, with a filter by client id or without.
type books struct {
	issuer.Issuer
	whole        bool
	rows         func() ([]issuer.Movement, error)
	found, reads atomic.Int32
}

func (b *books) Capabilities() issuer.Capabilities {
	return issuer.Capabilities{WholeLedger: b.whole}
}

func (b *books) ListMovements(context.Context) ([]issuer.Movement, error) {
	b.reads.Add(1)
	return b.rows()
}

func (b *books) FindMovements(_ context.Context, clientID string) ([]issuer.Movement, error) {
	b.found.Add(1)
	return []issuer.Movement{{ClientID: clientID}}, nil
}

// All who wait for a payment share one reading of the ledger, where each would have to read it
// whole.
func TestACrowdSharesOneReadingOfTheLedger(t *testing.T) {
	release := make(chan struct{})
	b := &books{whole: true, rows: func() ([]issuer.Movement, error) {
		<-release
		return []issuer.Movement{{ID: "1", ClientID: "a"}, {ID: "2"}, {ID: "3", ClientID: "b"}, {ID: "4", ClientID: "a"}}, nil
	}}
	m := New(b, clock.NewFake(epoch))
	crowd(t, release, func() {
		rows, err := m.Movements(ctx, "a", epoch)
		if err != nil || len(rows) != 2 || rows[0].ID != "1" || rows[1].ID != "4" {
			t.Errorf("%v, %v", rows, err)
		}
	})
	if n := b.reads.Load(); n != 1 || b.found.Load() != 0 {
		t.Errorf("%d readings", n)
	}
	if rows, err := m.Movements(ctx, "none", epoch); err != nil || len(rows) != 0 {
		t.Errorf("none is an answer: %v, %v", rows, err)
	}
}

// An absence lets a payment be sent, so no reading serves that began before it was asked for.
func TestAnOldReadingOfTheLedgerServesNobody(t *testing.T) {
	c := clock.NewFake(epoch)
	b := &books{whole: true, rows: func() ([]issuer.Movement, error) { c.Advance(time.Minute); return nil, nil }}
	m := New(b, c)
	for _, since := range []time.Time{epoch, epoch, epoch.Add(time.Nanosecond), epoch.Add(time.Minute)} {
		_, _ = m.Movements(ctx, "a", since)
	}
	if n := b.reads.Load(); n != 2 {
		t.Errorf("%d readings", n)
	}
	m.forget()
	if _, kept := m.ledger.last(); kept {
		t.Error("a ledger that nobody waits for takes up no room")
	}
	if _, err := m.Movements(ctx, "a", epoch); err != nil || b.reads.Load() != 3 {
		t.Errorf("%v after %d readings", err, b.reads.Load())
	}
}

func TestALedgerThatCannotBeReadIsNoAbsence(t *testing.T) {
	down := &issuer.Error{Class: issuer.Unavailable}
	m := New(&books{whole: true, rows: func() ([]issuer.Movement, error) { return nil, down }}, clock.NewFake(epoch))
	if rows, err := m.Movements(ctx, "a", epoch); !issuer.Is(err, issuer.Unavailable) || rows != nil {
		t.Errorf("%v, %v", rows, err)
	}
}

// An issuer with a filter is asked for the one payment.
func TestAFilterIsUsedWhereThereIsOne(t *testing.T) {
	b := &books{}
	m := New(b, clock.NewFake(epoch))
	for range 2 {
		if rows, err := m.Movements(ctx, "a", epoch); err != nil || len(rows) != 1 {
			t.Errorf("%v, %v", rows, err)
		}
	}
	if b.found.Load() != 2 || b.reads.Load() != 0 {
		t.Errorf("found %d, read %d", b.found.Load(), b.reads.Load())
	}
}
