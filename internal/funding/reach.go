package funding

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// maxMovements bounds one round; more are made in the next.
const maxMovements = 4

// Reach moves money until what was put in is target. An error says why it is not yet.
// Settle and Recall come before it.
func (p Purse) Reach(ctx context.Context, e *engine.Engine, target money.Amount) error {
	for range maxMovements {
		sum, err := money.Parse(*p.Sum)
		if err != nil {
			return p.corrupt()
		}
		next, more := p.Next(sum, target, *p.Count)
		if !more {
			return nil
		}
		if err := p.pursue(ctx, e, next); err != nil {
			return err
		}
	}
	return engine.Poll(p.Promise.Timing.Poll, v1alpha1.ReasonFunding, "more movements are needed")
}

// Settle resolves a movement of this purse that is under way, whatever the spec says
// now.
func (p Purse) Settle(ctx context.Context, e *engine.Engine) error {
	in := p.Object.Ledger().Intent
	if !p.owns(in) {
		return nil
	}
	return p.pursue(ctx, e, *in)
}

// Recall computes what was put in from the issuer's ledger when the status does not
// know it, or cannot be sure of it because it was lost.
func (p Purse) Recall(ctx context.Context, now time.Time) error {
	settling := p.Object.Ledger().SettlingSince
	if *p.Sum != "" && settling == nil {
		return nil
	}
	rows, err := p.Rows(ctx)
	if err != nil {
		return err
	}
	tally := engine.Count(rows, p.RemoteID, p.Purpose, 0)
	if tally.Strange != "" {
		return engine.Stall(v1alpha1.ReasonConflict, "the issuer lists movement %s of this object as neither in nor out; ask the issuer what it is", tally.Strange)
	}
	if tally.Twice != "" {
		return engine.Stall(v1alpha1.ReasonConflict, "the issuer made movement %s of this object more than once; nothing is sent. Ask the issuer to take back what is too much", tally.Twice)
	}
	sum, count := p.Opening.Add(tally.Net), tally.Last
	if p.Frozen != nil && count == 0 {
		sum, count, err = p.unlisted(ctx, sum)
		if err != nil {
			return err
		}
	}
	*p.Sum, *p.Count = sum.String(), max(count, *p.Count)
	if tally.Open != "" {
		return engine.Poll(p.untilFinished(now), v1alpha1.ReasonPending, "the issuer has not finished the movement %s", tally.Open)
	}
	return nil
}

// unknownAge is how soon a movement is looked at again of which nothing says since when it is
// under way.
const unknownAge = 30 * time.Second

// untilFinished is when to look again at a movement that the issuer has not finished. The claim
// is lost; the wait since then tells how long it has taken at least.
func (p Purse) untilFinished(now time.Time) time.Duration {
	settling := p.Object.Ledger().SettlingSince
	if settling == nil {
		return unknownAge
	}
	return engine.UntilFinished(now.Sub(settling.Time), p.Promise.Timing)
}

// unlisted takes the frozen balance for what this object holds, where the issuer does
// not list holds. Numbers then start from the time of the recovery, so that none that
// was used before the status was lost is used again.
func (p Purse) unlisted(ctx context.Context, sum money.Amount) (money.Amount, int64, error) {
	settling := p.Object.Ledger().SettlingSince
	if settling == nil {
		return sum, 0, nil
	}
	frozen, known, err := p.Frozen(ctx, settling.Time)
	if err != nil || !known {
		return sum, settling.Unix(), err
	}
	return frozen, settling.Unix(), nil
}

// pursue brings one movement to its end and counts it.
func (p Purse) pursue(ctx context.Context, e *engine.Engine, in v1alpha1.Intent) error {
	var row issuer.Movement
	var listed bool
	claimed := p.Object.Ledger().Intent
	doubted, sent := claimed != nil && engine.Doubted(*claimed), false
	if err := p.setBaseline(ctx, e, &in); err != nil {
		return err
	}
	amount := money.Must(in.Amount)
	pursuit, err := e.Pursue(ctx, p.Object, engine.Effect{
		Intent: in, What: p.what(in), Promise: p.Promise, Suspended: p.Suspended, Unwanted: p.Unwanted,
		Doubt: func() (held string, doubts bool) {
			held, doubts = p.doubt(in, listed)
			doubted = doubted || doubts
			return held, doubts
		},
		Look: func(ctx context.Context, since time.Time) (engine.Sighting, error) {
			rows, err := p.Rows(ctx)
			if err != nil {
				return engine.Sighting{}, err
			}
			listed = p.lists(rows)
			return p.look(ctx, in, since, rows, &row)
		},
		Send: func(ctx context.Context, permit issuer.Permit) error {
			sent = true
			return p.Move(ctx, permit, issuer.Transfer{ObjectID: p.RemoteID, Direction: p.direction(in), Amount: amount, ClientID: in.ID})
		},
	})
	if err != nil {
		return err
	}
	if doubted && !sent && pursuit.End == engine.EndHappened {
		return p.takeOver(e, in)
	}
	return p.book(e, in, row, pursuit)
}

// takeOver ends a doubt: what is frozen is this object's own, by what a movement would have
// made of it or by a person's word. However many movements the status has forgotten, it is
// what is held, and none of their numbers is used again.
func (p Purse) takeOver(e *engine.Engine, in v1alpha1.Intent) error {
	if _, err := money.Parse(in.Baseline); err != nil {
		return p.book(e, in, issuer.Movement{}, engine.Pursuit{End: engine.EndHappened})
	}
	*p.Sum, *p.Count = in.Baseline, max(*p.Count, e.Clock.Now().Unix())
	e.Tell(p.Object, v1alpha1.EventAdopted, string(in.Action), "what is frozen, %s, was taken over by an old status", in.Baseline)
	return nil
}

// setBaseline takes down what is frozen before a movement is sent for the first time.
func (p Purse) setBaseline(ctx context.Context, e *engine.Engine, in *v1alpha1.Intent) error {
	if p.Frozen == nil || in.Baseline != "" && !engine.Doubted(*in) {
		return nil
	}
	frozen, known, err := p.Frozen(ctx, e.Clock.Now())
	if err != nil {
		return err
	}
	in.Baseline = ""
	if known {
		in.Baseline = frozen.String()
	}
	return nil
}

// doubt reports, where the issuer does not list holds, that the frozen balance is not what
// this object holds by its status, and what that is. The status may be an old one, and the
// movement that it plans one that was made; or somebody else has moved. What the balance would
// be without the movement is then what the status says.
func (p Purse) doubt(in v1alpha1.Intent, listed bool) (string, bool) {
	frozen, err := money.Parse(in.Baseline)
	if p.Frozen == nil || listed || err != nil {
		return "", false
	}
	held, err := money.Parse(*p.Sum)
	return held.String(), err == nil && !frozen.Equal(held)
}

// lists reports whether the ledger shows the latest movement that the status knows of: then it
// would show the next as well, and nothing hangs on the frozen balance.
func (p Purse) lists(rows []issuer.Movement) bool {
	latest := id.Movement(p.RemoteID, p.Purpose, *p.Count)
	return *p.Count > 0 && slices.ContainsFunc(rows, func(row issuer.Movement) bool { return row.ClientID == latest })
}

func (p Purse) direction(in v1alpha1.Intent) issuer.Direction {
	if in.Action == p.Down {
		return issuer.Out
	}
	return issuer.In
}

// look finds a movement by its id; a hold that the issuer does not list shows in the
// frozen balance. Where it lists them, its list is what counts: a card that was closed meanwhile
// has nothing frozen, whatever became of the hold.
func (p Purse) look(ctx context.Context, in v1alpha1.Intent, since time.Time, rows []issuer.Movement, row *issuer.Movement) (engine.Sighting, error) {
	seen, found, err := engine.Sight(rows, in.ID)
	if err != nil {
		return engine.Sighting{}, err
	}
	*row = found
	claimed := p.Object.Ledger().Intent
	if seen.Presence != engine.Absent || p.Frozen == nil || claimed == nil || p.lists(rows) {
		return seen, nil
	}
	frozen, known, err := p.Frozen(ctx, since)
	if issuer.Is(err, issuer.Invalid) {
		known, err = false, nil // it does not say, and whoever knows better must be able to settle this
	}
	if err != nil {
		return engine.Sighting{}, err
	}
	if engine.Doubted(*claimed) && since.Before(claimed.ClaimedAt.Add(p.Promise.Timing.ListingLag)) {
		return engine.Sighting{Presence: engine.Pending}, nil // the balance may lag behind what was moved last
	}
	return p.infer(*claimed, frozen, known), nil
}

// infer tells from the frozen balance whether a hold or release took place.
func (p Purse) infer(claimed v1alpha1.Intent, frozen money.Amount, known bool) engine.Sighting {
	base, err := money.Parse(claimed.Baseline)
	if err != nil || !known {
		return engine.Sighting{Presence: engine.Unclear, Detail: ": it lists no such movement and no frozen balance"}
	}
	expected := base.Add(money.Must(claimed.Amount))
	if claimed.Action == p.Down {
		expected = base.Sub(money.Must(claimed.Amount))
	}
	switch {
	case frozen.Equal(expected):
		return engine.Sighting{Presence: engine.Happened}
	case frozen.Equal(base):
		return engine.Sighting{Presence: engine.Absent}
	case engine.Doubted(claimed):
		return engine.Sighting{Presence: engine.Unclear, Detail: fmt.Sprintf(": the frozen balance is %s, and by this status %s is held", frozen, base)}
	default:
		return engine.Sighting{Presence: engine.Unclear, Detail: fmt.Sprintf(
			": the frozen balance is %s, where %s would mean yes and %s no", frozen, expected, base)}
	}
}

// moved is what a movement added: by the ledger's row where there is one, which may be
// another movement of that number than this status planned.
func (p Purse) moved(in v1alpha1.Intent, row issuer.Movement) money.Amount {
	switch {
	case row.ID != "" && row.Kind == issuer.MovementIn:
		return row.Amount
	case row.ID != "" && row.Kind == issuer.MovementOut:
		return row.Amount.Neg()
	case p.direction(in) == issuer.Out:
		return money.Must(in.Amount).Neg()
	default:
		return money.Must(in.Amount)
	}
}

// book counts a movement that came to its end. What the ledger shows counts, not what
// was planned.
func (p Purse) book(e *engine.Engine, in v1alpha1.Intent, row issuer.Movement, pursuit engine.Pursuit) error {
	if pursuit.End == engine.EndDropped {
		return nil
	}
	*p.Count = max(*p.Count, in.Sequence)
	if pursuit.End == engine.EndFailed {
		return &engine.Problem{Severity: engine.Refused, Reason: v1alpha1.ReasonRejected,
			Message: "the issuer lists as failed: " + p.what(in) + " (id " + in.ID + "); trying again under the next id"}
	}
	if *p.Sum != "" { // an unknown sum is recalled from the ledger, this movement included
		sum, err := money.Parse(*p.Sum)
		if err != nil {
			return p.corrupt()
		}
		*p.Sum = sum.Add(p.moved(in, row)).String()
	}
	if pursuit.Unlisted {
		e.Warn(p.Object, v1alpha1.EventUnlisted, string(in.Action), "the issuer accepted and does not list: %s (id %s)", p.what(in), in.ID)
		return nil
	}
	e.Tell(p.Object, v1alpha1.EventMoved, string(in.Action), "%s (id %s)", p.what(in), in.ID)
	return nil
}

// corrupt: somebody has written something into the status. Cleared, it is recalled from
// the ledger.
func (p Purse) corrupt() error {
	return engine.Stall(v1alpha1.ReasonConflict, "status has the sum %q, which is no amount: clear the status", *p.Sum)
}
