package webhook

import (
	"container/list"
	"crypto/sha256"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/internal/clock"
)

// How many messages of one CardIssuer are remembered, and for how long. Issuers repeat a message for up to
// three hours or so, in growing steps; a repetition that is taken for a new one costs a look.
// A code that somebody plays back is of no use a day later.
const (
	maxSeen      = 2_000
	seenLifetime = 24 * time.Hour
)

// progress is how far a message got.
type progress string

const (
	fresh    progress = "fresh"
	underway progress = "underway"
	done     progress = "done"
)

type digest = [sha256.Size]byte

// histories has what was seen of each CardIssuer, so that none pushes out another's.
type histories struct {
	clock    clock.Clock
	patience time.Duration

	mu sync.Mutex
	by map[types.NamespacedName]*seen
}

// of returns the history of a CardIssuer that has vouched for a message.
func (h *histories) of(ci types.NamespacedName) *seen {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s, known := h.by[ci]; known {
		return s
	}
	if h.by == nil || len(h.by) >= maxListeners {
		h.by = map[types.NamespacedName]*seen{}
	}
	s := newSeen(h.clock, h.patience)
	h.by[ci] = s
	return s
}

// seen remembers the latest messages of one CardIssuer.
type seen struct {
	clock clock.Clock
	// patience is after how long a message under way is taken for lost.
	patience time.Duration

	mu     sync.Mutex
	byKey  map[digest]*list.Element
	recent *list.List // of *sighting, the latest first
}

type sighting struct {
	key      digest
	at       time.Time
	progress progress
}

func newSeen(c clock.Clock, patience time.Duration) *seen {
	return &seen{clock: c, patience: patience, byKey: map[digest]*list.Element{}, recent: list.New()}
}

// begin reports how far a message got before, and marks a fresh one as under way.
func (s *seen) begin(key digest) progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	if e, known := s.byKey[key]; known {
		if at, ok := e.Value.(*sighting); ok && s.holds(at, now) {
			s.recent.MoveToFront(e)
			return at.progress
		}
		s.drop(e)
	}
	s.byKey[key] = s.recent.PushFront(&sighting{key, now, underway})
	for len(s.byKey) > maxSeen {
		s.drop(s.recent.Back())
	}
	return fresh
}

func (s *seen) holds(at *sighting, now time.Time) bool {
	if at.progress == underway {
		return now.Before(at.at.Add(s.patience))
	}
	return now.Before(at.at.Add(seenLifetime))
}

// finish marks a message as dealt with.
func (s *seen) finish(key digest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, known := s.byKey[key]; known {
		if at, ok := e.Value.(*sighting); ok {
			at.progress = done
		}
	}
}

// forget lets a message that could not be dealt with come again.
func (s *seen) forget(key digest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, known := s.byKey[key]; known {
		s.drop(e)
	}
}

func (s *seen) drop(e *list.Element) {
	if at, ok := s.recent.Remove(e).(*sighting); ok {
		delete(s.byKey, at.key)
	}
}
