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
	// dialing has the turn of whoever connects, by CardIssuer.
	dialing map[types.UID]*turn
}

// turn is held by one who connects. The others take what came of it: each connection has a
// mirror and a login of its own, and a crowd at the start would make hundreds.
type turn struct {
	held chan struct{} // has room for one
	// began and err are of the latest try that failed, for which generation; guarded by held.
	began      time.Time
	generation int64
	err        error
}

type connection struct {
	account     *Account
	generation  int64
	credentials string
	// withdrawn: the credentials Secret is gone or incomplete.
	withdrawn bool
	// proven is the account that the issuer's rows were found to name.
	proven string
}

// For returns the account of an object, or the Problem that keeps it from having one.
//
// An object that is being deleted is served over a connection whose Secret is gone: when a
// namespace is deleted its Secrets may go before the CardIssuer is known to go, and its
// cards have to be closed. What is deleted only closes, freezes and takes back, so nothing
// new can be bought with credentials that were taken away.
func (r *Registry) For(ctx context.Context, o v1alpha1.LedgerObject) (*Account, error) {
	ci, err := r.find(ctx, o)
	if err != nil {
		return nil, err
	}
	conn, err := r.standing(ctx, ci, o.GetDeletionTimestamp() != nil)
	if err != nil {
		return nil, err
	}
	if conn.proven != toProve(ci) {
		if err := r.prove(ctx, ci, conn, time.Time{}); err != nil {
			return nil, err
		}
	}
	return conn.under(ci), nil
}

// standing is the connection that there is, or a new one. Whoever waited for another's try that
// began late enough shares its failure too: a crowd does not read a Secret one by one.
func (r *Registry) standing(ctx context.Context, ci *v1alpha1.CardIssuer, deleted bool) (connection, error) {
	asked := r.Clock.Now()
	if conn, ok := r.usable(ci, deleted); ok {
		return conn, nil
	}
	t, err := r.take(ctx, ci.UID)
	if err != nil {
		return connection{}, err
	}
	defer t.give()
	if conn, ok := r.usable(ci, deleted); ok {
		return conn, nil
	}
	if t.err != nil && t.generation == ci.Generation && t.began.After(asked) {
		return connection{}, t.err
	}
	return r.connect(ctx, ci, t)
}

func (r *Registry) usable(ci *v1alpha1.CardIssuer, deleted bool) (connection, bool) {
	conn, live := r.connected(ci)
	return conn, live && (deleted || !conn.withdrawn)
}

// take waits for the turn to connect a CardIssuer.
func (r *Registry) take(ctx context.Context, uid types.UID) (*turn, error) {
	r.mu.Lock()
	t := r.dialing[uid]
	if t == nil {
		t = &turn{held: make(chan struct{}, 1)}
		if r.dialing == nil {
			r.dialing = map[types.UID]*turn{}
		}
		r.dialing[uid] = t
	}
	r.mu.Unlock()
	select {
	case t.held <- struct{}{}:
		return t, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (t *turn) give() { <-t.held }

// Connect makes the connection of a CardIssuer anew if its spec or its credentials have
// changed, and returns it. Each time it makes sure that it is still the same account.
func (r *Registry) Connect(ctx context.Context, ci *v1alpha1.CardIssuer) (*Account, error) {
	conn, err := r.renewed(ctx, ci)
	if err != nil {
		return nil, err
	}
	if err := r.prove(ctx, ci, conn, r.Clock.Now().Add(-conn.account.SyncInterval)); err != nil {
		return nil, err
	}
	return conn.under(ci), nil
}

// renewed is the connection under the credentials of now. Another's try may have read older ones.
func (r *Registry) renewed(ctx context.Context, ci *v1alpha1.CardIssuer) (connection, error) {
	t, err := r.take(ctx, ci.UID)
	if err != nil {
		return connection{}, err
	}
	defer t.give()
	return r.connect(ctx, ci, t)
}

// connect is called by whoever has the turn.
func (r *Registry) connect(ctx context.Context, ci *v1alpha1.CardIssuer, t *turn) (connection, error) {
	began := r.Clock.Now()
	conn, err := r.dial(ctx, ci)
	t.began, t.generation, t.err = began, ci.Generation, err
	if ctx.Err() != nil {
		t.err = nil // it was given up, which says nothing to others
	}
	return conn, err
}

func (r *Registry) dial(ctx context.Context, ci *v1alpha1.CardIssuer) (connection, error) {
	creds, err := readCredentials(ctx, r.Secrets, ci)
	if err != nil {
		if isMissing(err) {
			r.change(ci.UID, func(c *connection) { c.withdrawn = true })
		}
		return connection{}, err
	}
	if conn, ok := r.connected(ci); ok && conn.credentials == creds.Version {
		r.change(ci.UID, func(c *connection) { c.withdrawn = false })
		return conn, nil
	}
	timing := timingOf(ci)
	adapter, err := r.Dial(ci, creds, timing)
	if err != nil {
		return connection{}, err
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
	account.Mirror.SweepOnly = ci.Spec.Assumptions != nil && ci.Spec.Assumptions.CardLookup == v1alpha1.CardLookupList
	conn := connection{account: account, generation: ci.Generation, credentials: creds.Version}
	r.keep(ci, conn)
	return conn, nil
}

// prove makes sure that the issuer's rows are of the account that the CardIssuer was found
// to be of. Credentials may have been replaced by another account's: an order whose answer
// was lost would be missed there, and sent there.
func (r *Registry) prove(ctx context.Context, ci *v1alpha1.CardIssuer, conn connection, since time.Time) error {
	proven := toProve(ci)
	if proven == "" {
		return nil
	}
	named, err := conn.account.Named(ctx, since)
	if err != nil {
		return err
	}
	problem := sameAccount(ci, named)
	if problem != nil {
		proven = ""
	}
	r.change(ci.UID, func(c *connection) {
		if c.account == conn.account {
			c.proven = proven
		}
	})
	return problem
}

// under is the account as the CardIssuer's spec has it now: one that is being deleted keeps
// its connection, and can be suspended.
func (c connection) under(ci *v1alpha1.CardIssuer) *Account {
	if c.account.Suspended == ci.Spec.Suspend {
		return c.account
	}
	account := *c.account
	account.Suspended = ci.Spec.Suspend
	return &account
}

// Forget drops the connection of a CardIssuer that is gone.
func (r *Registry) Forget(uid types.UID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.live, uid)
	delete(r.dialing, uid)
}

func (r *Registry) connected(ci *v1alpha1.CardIssuer) (connection, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	conn, ok := r.live[ci.UID]
	return conn, ok && (conn.generation == ci.Generation || ci.DeletionTimestamp != nil)
}

// change changes what is known of a live connection.
func (r *Registry) change(uid types.UID, how func(*connection)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if conn, ok := r.live[uid]; ok {
		how(&conn)
		r.live[uid] = conn
	}
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
