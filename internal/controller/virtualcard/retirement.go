package virtualcard

import (
	"time"

	"github.com/card-operator/card-operator/internal/engine"
)

// retirement is what this process knows of a close or a freeze that the issuer accepted.
// Both are repeatable, so a process that knows nothing may send one once more.
type retirement struct {
	first, last time.Time
	// absent is since when no list has had the card; zero while it is listed.
	absent time.Time
	// refused: the issuer said no to it.
	refused bool
}

// slowestRetirement is the longest time between two of them.
const slowestRetirement = 5 * time.Minute

// due is when it may be sent again: after as long again as it has lasted.
func (t retirement) due(timing engine.Timing) time.Time {
	if t.last.IsZero() {
		return time.Time{}
	}
	return t.last.Add(min(max(t.last.Sub(t.first), timing.Poll), slowestRetirement))
}

// overdue: the deletion has lasted so long that a person has to ask, and the issuer has had
// the time to show what it accepted, which it has not where something else kept it waiting.
func (t retirement) overdue(deleted, now time.Time, timing engine.Timing) bool {
	return !now.Before(deleted.Add(timing.Patience)) && !now.Before(t.first.Add(timing.ListingLag))
}

// sent is a retirement after it was sent, and accepted, once more.
func (t retirement) sent(now time.Time) retirement {
	if t.first.IsZero() {
		t.first = now
	}
	t.last, t.absent = now, time.Time{}
	return t
}

// turnedDown is a retirement to which the issuer said no.
func (t retirement) turnedDown() retirement {
	t.refused = true
	return t
}

// missed is a retirement whose card was not in a list at now.
func (t retirement) missed(now time.Time) retirement {
	if t.absent.IsZero() {
		t.absent = now
	}
	return t
}

// listed is a retirement whose card was in a list.
func (t retirement) listed() retirement {
	t.absent = time.Time{}
	return t
}
