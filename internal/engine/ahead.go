package engine

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/id"
)

// A creation and the first movement on what it creates are claimed in one write: the claim
// names the movement by its number, and its id follows from the id of what was created. The
// round that holds the claim sends the movement under it, within the same window. Whoever finds
// the claim later cannot know whether that was done, and looks for the movement as for any
// other whose answer was lost.

// following is what is left of a claim when its effect has come to its end: nothing, or the
// movement that was claimed with it and may have been sent by whoever held the claim.
func (e *Engine) following(o v1alpha1.LedgerObject, intent v1alpha1.Intent, p Pursuit) *v1alpha1.Intent {
	if intent.Next == nil || p.End != EndHappened {
		return nil
	}
	next := promoted(intent, p.Sighting.Reference)
	if held, sent := e.sent.Load(o.GetUID()); sent && sameClaim(&intent, held) {
		e.ahead.Store(o.GetUID(), next) // this round's own: it has not sent it yet
		return nil
	}
	return &next
}

// promoted is the intent of the movement that was claimed together with a creation. It is a
// pure function.
func promoted(creation v1alpha1.Intent, remoteID string) v1alpha1.Intent {
	return v1alpha1.Intent{
		ID:     id.Movement(remoteID, PurposeFund, creation.Next.Sequence),
		Action: creation.Next.Action, Amount: creation.Next.Amount, Sequence: creation.Next.Sequence,
		ClaimedAt: creation.ClaimedAt, Attempt: 1,
	}
}

// claimedAhead reports whether an intent is the one that this round has claimed already, and
// dates it so. It is called with a turn in hand, so that the call needs a moment only; at the
// end of the window a new claim is the better one.
func (e *Engine) claimedAhead(o v1alpha1.LedgerObject, intent *v1alpha1.Intent, t Timing) bool {
	held, claimed := e.ahead.LoadAndDelete(o.GetUID())
	if !claimed {
		return false
	}
	ahead, ok := held.(v1alpha1.Intent)
	if !ok || !sameOrder(ahead, *intent) || e.Clock.Now().After(ahead.ClaimedAt.Add(t.Window-aMoment)) {
		return false
	}
	intent.ClaimedAt = ahead.ClaimedAt
	return true
}

// aMoment is ample for a call that has its turn to be on the wire.
const aMoment = time.Second

// sameOrder reports whether two intents would send the same.
func sameOrder(a, b v1alpha1.Intent) bool {
	return a.ID == b.ID && a.Action == b.Action && a.Amount == b.Amount && a.Sequence == b.Sequence &&
		a.Attempt == b.Attempt && b.FirstClaimedAt == (*metav1.MicroTime)(nil) && b.Target == "" && b.Baseline == ""
}
