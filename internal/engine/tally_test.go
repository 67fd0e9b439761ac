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

// A refund under a movement's own id is no movement, and makes nothing be sent again.
func TestRefundsUnderTheSameID(t *testing.T) {
	refund := func(amount string, status issuer.MovementStatus) issuer.Movement {
		return row(1, issuer.MovementRefund, amount, status)
	}
	in := func(status issuer.MovementStatus) issuer.Movement { return row(1, issuer.MovementIn, "50", status) }
	for name, c := range map[string]struct {
		rows     []issuer.Movement
		net      string
		presence engine.Presence
		// open and strange are what the sum says besides.
		open, strange bool
	}{
		"failed, and its money came back":  {[]issuer.Movement{refund("50", issuer.MovementClosed), in(issuer.MovementFailed)}, "0", engine.Failed, false, false},
		"failed, fee and all":              {[]issuer.Movement{in(issuer.MovementFailed), refund("50.25", issuer.MovementClosed)}, "0", engine.Failed, false, false},
		"made, and refunded in full":       {[]issuer.Movement{in(issuer.MovementClosed), refund("-50", issuer.MovementClosed)}, "50", engine.Happened, false, false},
		"made, and its fee refunded":       {[]issuer.Movement{in(issuer.MovementClosed), refund("0.25", issuer.MovementClosed)}, "50", engine.Happened, false, false},
		"made, and a refund is on its way": {[]issuer.Movement{in(issuer.MovementClosed), refund("50", issuer.MovementPending)}, "50", engine.Happened, false, false},
		"not finished":                     {[]issuer.Movement{in(issuer.MovementPending), refund("50", issuer.MovementClosed)}, "0", engine.Pending, true, false},
		"a refund alone tells nothing":     {[]issuer.Movement{refund("50", issuer.MovementClosed)}, "0", "", false, true},
		"nor does one that has failed":     {[]issuer.Movement{refund("50", issuer.MovementFailed)}, "0", "", false, true},
	} {
		seen, _, err := engine.Sight(c.rows, c.rows[0].ClientID)
		if (err != nil) != c.strange || seen.Presence != c.presence {
			t.Errorf("%s: %+v, %v", name, seen, err)
		}
		got := engine.Count(c.rows, "card-1", engine.PurposeFund, 0)
		if !got.Net.Equal(money.Must(c.net)) || got.Last != 1 || got.Twice != "" || (got.Open != "") != c.open || (got.Strange != "") != c.strange {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestFeesThatAreRowsOfTheirOwn(t *testing.T) {
	rows := []issuer.Movement{
		row(1, issuer.MovementOut, "50", issuer.MovementClosed),
		row(1, issuer.MovementFee, "-0.50", issuer.MovementClosed),
		row(1, issuer.MovementFee, "0.25", issuer.MovementClosed),
		row(1, issuer.MovementFee, "7", issuer.MovementFailed),
		row(2, issuer.MovementFee, "9", issuer.MovementClosed),
	}
	if got := engine.SumOf(rows, rows[0].ClientID, issuer.MovementFee); !got.Equal(money.Must("0.75")) {
		t.Errorf("got %v", got)
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
