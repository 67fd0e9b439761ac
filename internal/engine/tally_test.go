package engine_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func row(n int64, kind issuer.MovementKind, amount string, status issuer.MovementStatus) issuer.Movement {
	return issuer.Movement{ID: "m", ClientID: id.Movement("card-1", engine.PurposeFund, n), Kind: kind, Amount: money.Must(amount), Status: status}
}

func TestCountNeedsNoMemory(t *testing.T) {
	rows := []issuer.Movement{
		row(2, issuer.MovementOut, "20", issuer.MovementClosed),
		{ID: "x", ClientID: "somebody-else", Kind: issuer.MovementIn, Amount: money.Must("1000"), Status: issuer.MovementClosed},
		row(1, issuer.MovementIn, "50", issuer.MovementClosed),
		row(3, issuer.MovementIn, "70", issuer.MovementFailed),
		{ID: "y", Kind: issuer.MovementSpend, Amount: money.Must("9.99"), Status: issuer.MovementClosed},
	}
	got := engine.Count(rows, "card-1", engine.PurposeFund, 0)
	if !got.Net.Equal(money.Must("30")) || got.Last != 3 || got.Open != "" || got.Strange != "" {
		t.Errorf("got %+v", got)
	}
	if rest := engine.Count(rows, "card-1", engine.PurposeFund, 1); !rest.Net.Equal(money.Must("-20")) || rest.Last != 3 {
		t.Errorf("above 1: %+v", rest)
	}
	if other := engine.Count(rows, "card-2", engine.PurposeFund, 0); !other.Net.IsZero() || other.Last != 0 {
		t.Errorf("another card: %+v", other)
	}
}

func TestCountNamesWhatIsOpenOrStrange(t *testing.T) {
	open := engine.Count([]issuer.Movement{row(1, issuer.MovementIn, "50", issuer.MovementPending)}, "card-1", engine.PurposeFund, 0)
	if open.Open == "" || !open.Net.IsZero() || open.Last != 1 {
		t.Errorf("pending: %+v", open)
	}
	strange := engine.Count([]issuer.Movement{row(1, issuer.MovementOther, "50", issuer.MovementClosed)}, "card-1", engine.PurposeFund, 0)
	if strange.Strange == "" {
		t.Errorf("other: %+v", strange)
	}
}

func TestCountIsTheSumInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := money.Zero
		var rows []issuer.Movement
		n := rapid.IntRange(0, 60).Draw(t, "n")
		for i := range n {
			kind := rapid.SampledFrom([]issuer.MovementKind{issuer.MovementIn, issuer.MovementOut}).Draw(t, "kind")
			r := row(int64(i+1), kind, "0.01", issuer.MovementClosed)
			rows = append(rows, r)
			if kind == issuer.MovementIn {
				total = total.Add(r.Amount)
			} else {
				total = total.Sub(r.Amount)
			}
		}
		rows = rapid.Permutation(rows).Draw(t, "order")
		got := engine.Count(rows, "card-1", engine.PurposeFund, 0)
		if !got.Net.Equal(total) || got.Last != int64(n) {
			t.Fatalf("got %v and %d, want %v and %d", got.Net, got.Last, total, n)
		}
	})
}
