package account

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/mirror"
)

// credentialsPoll is how soon a missing or refused credentials Secret is read again.
const credentialsPoll = 10 * time.Second

var namespaceKind = corev1.SchemeGroupVersion.WithKind("Namespace")

// Dial makes an adapter for a CardIssuer. It makes no request. Only internal/app knows
// the adapters.
type Dial func(ci *v1alpha1.CardIssuer, creds Credentials, timing engine.Timing) (issuer.Issuer, error)

// Registry keeps the live connections, one per CardIssuer.
type Registry struct {
	// Client reads CardIssuers and namespaces; its cache is enough.
	Client client.Client
	// Secrets reads Secrets from the API server itself.
	Secrets client.Reader
	Clock   clock.Clock
	Dial    Dial

	mu   sync.Mutex
	live map[types.UID]connection
}

type connection struct {
	account     *Account
	generation  int64
	credentials string
}

// For returns the account of an object, or the Problem that keeps it from having one.
func (r *Registry) For(ctx context.Context, o v1alpha1.LedgerObject) (*Account, error) {
	ci, err := r.find(ctx, o)
	if err != nil {
		return nil, err
	}
	if conn, ok := r.connected(ci); ok {
		return conn.account, nil
	}
	return r.Connect(ctx, ci)
}

// Connect makes the connection of a CardIssuer anew if its spec or its credentials have
// changed, and returns it.
func (r *Registry) Connect(ctx context.Context, ci *v1alpha1.CardIssuer) (*Account, error) {
	creds, err := readCredentials(ctx, r.Secrets, ci)
	if err != nil {
		return r.without(ci, err)
	}
	if conn, ok := r.connected(ci); ok && conn.credentials == creds.Version {
		return conn.account, nil
	}
	timing := timingOf(ci)
	adapter, err := r.Dial(ci, creds, timing)
	if err != nil {
		return nil, err
	}
	account := &Account{
		Issuer:       adapter,
		Mirror:       mirror.New(adapter, r.Clock),
		OwnerID:      ci.Spec.OwnerID,
		Timing:       timing,
		TrustReplay:  ci.Spec.Assumptions != nil && ci.Spec.Assumptions.Replay == v1alpha1.ReplayAsDocumented,
		SyncInterval: orDefault(ci.Spec.SyncInterval, time.Minute),
		Suspended:    ci.Spec.Suspend,
	}
	r.keep(ci, connection{account: account, generation: ci.Generation, credentials: creds.Version})
	return account, nil
}

// without says what becomes of a connection whose credentials cannot be read. They may
// go before their CardIssuer does, when a namespace is deleted; its cards are then closed
// over the connection that there is.
func (r *Registry) without(ci *v1alpha1.CardIssuer, err error) (*Account, error) {
	if conn, ok := r.connected(ci); ok && ci.DeletionTimestamp != nil {
		return conn.account, nil
	}
	r.Forget(ci.UID)
	return nil, err
}

// Forget drops the connection of a CardIssuer that is gone.
func (r *Registry) Forget(uid types.UID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.live, uid)
}

func (r *Registry) connected(ci *v1alpha1.CardIssuer) (connection, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	conn, ok := r.live[ci.UID]
	return conn, ok && (conn.generation == ci.Generation || ci.DeletionTimestamp != nil)
}

func (r *Registry) keep(ci *v1alpha1.CardIssuer, conn connection) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.live == nil {
		r.live = map[types.UID]connection{}
	}
	r.live[ci.UID] = conn
}

func timingOf(ci *v1alpha1.CardIssuer) engine.Timing {
	timing := engine.DefaultTiming
	if a := ci.Spec.Assumptions; a != nil {
		timing.CallTimeout = orDefault(a.CallTimeout, timing.CallTimeout)
		timing.ListingLag = orDefault(a.ListingLag, timing.ListingLag)
		timing.IssuingLag = orDefault(a.IssuingLag, timing.IssuingLag)
		timing.Patience = orDefault(a.Patience, timing.Patience)
	}
	return timing
}

func orDefault(d *metav1.Duration, fallback time.Duration) time.Duration {
	if d == nil {
		return fallback
	}
	return d.Duration
}
