package cardissuer

import (
	"cmp"
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/mirror"
)

// swept is the latest sweep of an account by this process, and the hint that it followed.
type swept struct {
	at   time.Time
	hint string
	// mirror is of the connection that was swept: a new one, after new credentials, cannot
	// say what has changed since.
	mirror *mirror.Mirror
}

// sweeps remembers the latest of each CardIssuer.
type sweeps struct {
	mu     sync.Mutex
	latest map[types.UID]swept
}

// due reports whether it is time to compare the account with what was seen of it: a new hint
// has come, or what was seen is old. A process that begins reads everything anyway.
func (s *sweeps) due(uid types.UID, now swept, maxAge time.Duration) (due bool, why reasons) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, known := s.latest[uid]
	if !known {
		s.put(uid, now)
		return false, reasons{}
	}
	why = reasons{hinted: before.hint != now.hint, reconnected: before.mirror != now.mirror}
	return why.hinted || why.reconnected || now.at.Sub(before.at) >= maxAge, why
}

// reasons are why objects are woken although no list shows a change.
type reasons struct {
	hinted, reconnected bool
}

func (s *sweeps) done(uid types.UID, now swept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(uid, now)
}

func (s *sweeps) put(uid types.UID, now swept) {
	if s.latest == nil {
		s.latest = map[types.UID]swept{}
	}
	s.latest[uid] = now
}

func (s *sweeps) forget(uid types.UID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.latest, uid)
}

// sweep compares the account with what was seen of it, at the interval or when a webhook
// said that something has changed, and wakes the objects of what really has. Nothing is
// believed but the issuer's own lists.
func (r *Reconciler) sweep(ctx context.Context, ci *v1alpha1.CardIssuer, acct *account.Account) error {
	now := swept{at: r.Clock.Now(), hint: ci.Annotations[v1alpha1.AnnotationHintedAt], mirror: acct.Mirror}
	due, why := r.sweeps.due(ci.UID, now, acct.SyncInterval/2)
	if !due {
		return nil
	}
	changed, err := acct.Mirror.Refresh(ctx)
	changed.All = why.reconnected
	if err != nil { // what is known is told now; the next try is for the rest
		changed.All = false
	}
	// A hint may be about what an object waits for and no list shows as changed.
	if r.Wake != nil && (why.hinted && err == nil || changed.Any()) {
		if woken := r.Wake(ctx, ci, changed); woken != nil {
			acct.Mirror.Untold(changed)
			err = cmp.Or(err, woken)
		}
	}
	if err == nil {
		r.sweeps.done(ci.UID, now)
	}
	return err
}
