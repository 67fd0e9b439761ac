package engine

import (
	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// maxGap is how many unused numbers in a row end the search for an object's movements.
// Numbers are used without gaps, so a wide margin costs nothing but a few hashes.
const maxGap = 32

// Purposes of movements.
const (
	PurposeFund = "fund"
	PurposeHold = "hold"
)

// Tally is what an object's own movements of one purpose come to.
type Tally struct {
	// Net is what was put in less what was taken out, of closed movements.
	Net money.Amount
	// Last is the highest number that the issuer's records show.
	Last int64
	// Open is the id of a movement that the issuer has not finished, if there is one.
	Open string
	// Strange is the id of a movement of ours that is neither in nor out.
	Strange string
	// Twice is the id of a movement of ours that the issuer made more than once.
	Twice string
}

// Count finds the movements that were made on a remote object under our own ids, with
// numbers above after, and sums them up. It needs no memory of having made them.
func Count(rows []issuer.Movement, remoteID, purpose string, after int64) Tally {
	byID := make(map[string][]issuer.Movement, len(rows))
	for _, row := range rows {
		if row.ClientID != "" && row.Kind != issuer.MovementFee {
			byID[row.ClientID] = append(byID[row.ClientID], row)
		}
	}
	tally := Tally{Last: after}
	for n := after + 1; n <= tally.Last+maxGap; n++ {
		listed := byID[id.Movement(remoteID, purpose, n)]
		if len(listed) == 0 {
			continue
		}
		tally.Last = n
		own := withoutRefunds(listed)
		if len(own) == 0 {
			tally.Strange = listed[0].ClientID
			continue
		}
		counted := effective(own)
		for _, row := range counted {
			tally.add(row)
		}
		if len(counted) > 1 {
			tally.Twice = own[0].ClientID
		}
	}
	return tally
}

func (t *Tally) add(row issuer.Movement) {
	switch {
	case row.Status == issuer.MovementPending:
		t.Open = row.ClientID
	case row.Kind == issuer.MovementIn:
		t.Net = t.Net.Add(row.Amount)
	case row.Kind == issuer.MovementOut:
		t.Net = t.Net.Sub(row.Amount)
	default:
		t.Strange = row.ClientID
	}
}

// Sight looks for one client transaction id. Fees and refunds that the issuer lists under the
// same id are not it; two movements under one id are for a person, and so is a refund without
// the movement that it undoes: it tells neither that it was made nor that it was not.
func Sight(rows []issuer.Movement, clientID string) (Sighting, issuer.Movement, error) {
	var own []issuer.Movement
	for _, row := range rows {
		if row.ClientID == clientID && row.Kind != issuer.MovementFee {
			own = append(own, row)
		}
	}
	listed := len(own)
	if own = withoutRefunds(own); listed > 0 && len(own) == 0 {
		return Sighting{}, issuer.Movement{}, Stall(v1alpha1.ReasonConflict,
			"the issuer lists a refund under the id %s, and not what it undoes; nothing is sent. If this stays, ask the issuer what became of it", clientID)
	}
	if done := effective(own); len(done) > 1 {
		return Sighting{}, issuer.Movement{}, Stall(v1alpha1.ReasonConflict,
			"the issuer lists %d movements under the one id %s; nothing is sent. Ask the issuer to take back what is too much", len(done), clientID)
	} else if len(done) == 1 {
		own = done
	}
	if len(own) == 0 {
		return Sighting{Presence: Absent}, issuer.Movement{}, nil
	}
	return Sighting{Presence: presenceOf(own[0].Status), Reference: own[0].ID}, own[0], nil
}

// SumOf sums the closed rows of one kind that the issuer lists under an id: the fees of a
// movement, or its refunds.
func SumOf(rows []issuer.Movement, clientID string, kind issuer.MovementKind) money.Amount {
	sum := money.Zero
	for _, row := range rows {
		if row.ClientID == clientID && row.Kind == kind && row.Status == issuer.MovementClosed {
			sum = sum.Add(row.Amount.Abs())
		}
	}
	return sum
}

// effective leaves out what failed, and beside a movement in or out what is neither: an
// issuer may list a fee or a remark of a kind that nobody knows under the same id.
func effective(rows []issuer.Movement) []issuer.Movement {
	var moved, other []issuer.Movement
	for _, row := range rows {
		switch {
		case row.Status == issuer.MovementFailed:
		case row.Kind == issuer.MovementIn || row.Kind == issuer.MovementOut:
			moved = append(moved, row)
		default:
			other = append(other, row)
		}
	}
	if len(moved) > 0 {
		return moved
	}
	return other
}

// withoutRefunds leaves out the rows that bring money back. One that failed is not made by them,
// and one that the issuer shows as closed was made: nothing is sent again because of a refund. It
// is a pure function.
func withoutRefunds(own []issuer.Movement) []issuer.Movement {
	var kept []issuer.Movement
	for _, row := range own {
		if row.Kind != issuer.MovementRefund {
			kept = append(kept, row)
		}
	}
	return kept
}

func presenceOf(s issuer.MovementStatus) Presence {
	switch s {
	case issuer.MovementClosed:
		return Happened
	case issuer.MovementFailed:
		return Failed
	default:
		return Pending
	}
}
