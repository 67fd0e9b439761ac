package virtualcard

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/id"
)

// person is somebody at an account, by the id of their registration.
type person struct {
	issuer types.NamespacedName
	id     string
}

func (rd *round) person() person {
	h := rd.card.Spec.Cardholder
	if h == nil {
		h = &v1alpha1.Cardholder{}
	}
	return person{account.IssuerKey(rd.card), id.Cardholder(rd.account.OwnerID, h.FirstName, h.LastName, h.Email)}
}

// registeredAs is the id that the issuer has answered to the person's registration; empty
// where nobody remembers it. The status is that of this very person only while the claim is
// there: before it the spec may have named another.
func (rd *round) registeredAs() string {
	if registering(rd.card) && rd.card.Status.CardholderID != "" {
		return rd.card.Status.CardholderID
	}
	return rd.registrations.known(rd.person())
}

// maxRegistered bounds what is remembered.
const maxRegistered = 10_000

// registrations are the people who are being registered now, and the ids of those who were.
// The zero value has none.
type registrations struct {
	mu   sync.Mutex
	busy map[person]bool
	ids  map[person]string
}

// enter reports whether nobody else registers the person now; then the caller must leave.
func (r *registrations) enter(p person) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[p] {
		return false
	}
	if r.busy == nil {
		r.busy = map[person]bool{}
	}
	r.busy[p] = true
	return true
}

func (r *registrations) leave(p person) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, p)
}

func (r *registrations) note(p person, holderID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ids == nil || len(r.ids) >= maxRegistered {
		r.ids = map[person]string{}
	}
	r.ids[p] = holderID
}

func (r *registrations) known(p person) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ids[p]
}
