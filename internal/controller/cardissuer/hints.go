package cardissuer

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
)

// hints remembers, for each CardIssuer, the latest hint that this process has followed. A
// process that begins reads everything anyway, so it has followed what it finds.
type hints struct {
	mu       sync.Mutex
	followed map[types.UID]string
}

// take reports whether a hint is new, and remembers it.
func (h *hints) take(uid types.UID, hint string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	before, known := h.followed[uid]
	if h.followed == nil {
		h.followed = map[types.UID]string{}
	}
	h.followed[uid] = hint
	return known && before != hint
}

// leave forgets a hint that could not be followed, so that the next round takes it again.
func (h *hints) leave(uid types.UID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.followed[uid] = ""
}

func (h *hints) forget(uid types.UID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.followed, uid)
}

// followHint sweeps at once when a webhook said that something has changed, and wakes the
// objects of what really has. Nothing is believed but the issuer's own lists.
func (r *Reconciler) followHint(ctx context.Context, ci *v1alpha1.CardIssuer, acct *account.Account) error {
	if !r.hints.take(ci.UID, ci.Annotations[v1alpha1.AnnotationHintedAt]) {
		return nil
	}
	changed, err := acct.Mirror.Refresh(ctx)
	if err == nil && r.Wake != nil {
		err = r.Wake(ctx, ci, changed)
	}
	if err != nil {
		r.hints.leave(ci.UID)
	}
	return err
}
