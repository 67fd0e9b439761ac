package virtualcard

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

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

// retirements are those of all cards that are being deleted.
type retirements struct {
	mu    sync.Mutex
	known map[types.UID]retirement
}

func (r *retirements) of(card types.UID) retirement {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known[card]
}

func (r *retirements) note(card types.UID, now time.Time) retirement {
	r.mu.Lock()
	defer r.mu.Unlock()
	tried := retirement{first: now, last: now}
	if before := r.known[card]; !before.first.IsZero() {
		tried.first = before.first
	}
	tried.refused = r.known[card].refused
	r.put(card, tried)
	return tried
}

// refuse takes down that the issuer said no.
func (r *retirements) refuse(card types.UID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	tried := r.known[card]
	tried.refused = true
	r.put(card, tried)
}

// missed takes down that a card is not listed, and returns since when.
func (r *retirements) missed(card types.UID, now time.Time) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	tried := r.known[card]
	if tried.absent.IsZero() {
		tried.absent = now
		r.put(card, tried)
	}
	return tried.absent
}

// seen takes down that a card is listed.
func (r *retirements) seen(card types.UID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if tried, known := r.known[card]; known {
		tried.absent = time.Time{}
		r.put(card, tried)
	}
}

func (r *retirements) put(card types.UID, tried retirement) {
	if r.known == nil {
		r.known = map[types.UID]retirement{}
	}
	r.known[card] = tried
}

func (r *retirements) forget(card types.UID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, card)
}
