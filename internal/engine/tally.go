package engine

import (
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
}

// Count finds the movements that were made on a remote object under our own ids, with
// numbers above after, and sums them up. It needs no memory of having made them.
func Count(rows []issuer.Movement, remoteID, purpose string, after int64) Tally {
	byID := make(map[string]issuer.Movement, len(rows))
	for _, row := range rows {
		if row.ClientID != "" {
			byID[row.ClientID] = row
		}
	}
	tally := Tally{Last: after}
	for n := after + 1; n <= tally.Last+maxGap; n++ {
		row, found := byID[id.Movement(remoteID, purpose, n)]
		if !found {
			continue
		}
		tally.Last = n
		tally.add(row)
	}
	return tally
}

func (t *Tally) add(row issuer.Movement) {
	switch {
	case row.Status == issuer.MovementFailed:
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

// Sight looks for one client transaction id.
func Sight(rows []issuer.Movement, clientID string) (Sighting, issuer.Movement) {
	for _, row := range rows {
		if row.ClientID == clientID {
			return Sighting{Presence: presenceOf(row.Status), Reference: row.ID}, row
		}
	}
	return Sighting{Presence: Absent}, issuer.Movement{}
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
