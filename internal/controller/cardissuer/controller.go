// Package cardissuer reconciles CardIssuers: it keeps the connection to the account,
// publishes what the issuer offers, and stays until nothing refers to it.
package cardissuer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/mirror"
)

// Connections makes and forgets the connections of CardIssuers.
type Connections interface {
	Connect(ctx context.Context, ci *v1alpha1.CardIssuer) (*account.Account, error)
	Forget(uid types.UID)
}

// Reconciler reconciles CardIssuers.
type Reconciler struct {
	*engine.Engine
	Connections Connections
	// Count counts the objects that refer to a CardIssuer.
	Count func(ctx context.Context, ci *v1alpha1.CardIssuer) (v1alpha1.CardIssuerCounts, error)
	// Wake looks again at the objects of what has changed, and at those that wait for the
	// issuer; nil wakes nobody.
	Wake func(ctx context.Context, ci *v1alpha1.CardIssuer, changed mirror.Changes) error
	// WebhookPath is where the issuer's webhooks are expected; nil means nowhere.
	WebhookPath func(ci *v1alpha1.CardIssuer) string

	sweeps sweeps
}

// Sync reads the account and publishes what it offers.
func (r *Reconciler) Sync(ctx context.Context, ci *v1alpha1.CardIssuer) (time.Duration, error) {
	counts, err := r.Count(ctx, ci)
	if err != nil {
		return 0, err
	}
	was := ci.Status.DeepCopy()
	ci.Status.Counts = &counts
	if ci.DeletionTimestamp != nil {
		return 0, r.remove(ctx, ci, counts)
	}
	if err := r.Hold(ctx, ci); err != nil {
		return 0, err
	}
	engine.ShowSuspended(ci, ci.Spec.Suspend)
	acct, err := r.Connections.Connect(ctx, ci)
	if err != nil {
		return 0, watchCredentials(err)
	}
	if err := r.sweep(ctx, ci, acct); err != nil {
		return 0, watchCredentials(err)
	}
	if err := r.read(ctx, ci, acct); err != nil {
		return 0, watchCredentials(err)
	}
	r.stamp(ci, was)
	engine.OK(ci, v1alpha1.ConditionReady, v1alpha1.ReasonReady, connected(acct, len(ci.Status.BINs)))
	return engine.Spread(acct.SyncInterval, ci.UID), nil
}

// credentialsPoll is how soon refused credentials are looked at again. Only a Secret
// that has changed makes a new login.
const credentialsPoll = 10 * time.Second

func watchCredentials(err error) error {
	if !issuer.Is(err, issuer.Unauthorized) {
		return err
	}
	problem := engine.Explain(err)
	problem.After = credentialsPoll
	return problem
}

// read makes the account's sweeps, which all its objects share.
func (r *Reconciler) read(ctx context.Context, ci *v1alpha1.CardIssuer, acct *account.Account) error {
	since := engine.Since(ctx, r.Clock.Now(), acct.SyncInterval/2)
	bins, err := acct.Mirror.BINs(ctx, since)
	if err != nil {
		return err
	}
	scenarios, err := scenariosOf(ctx, acct, since)
	if err != nil {
		return err
	}
	named, err := acct.Named(ctx, since)
	if err != nil {
		return err
	}
	ci.Status.Issuer = acct.Issuer.Capabilities().Name
	ci.Status.BINs, ci.Status.Scenarios = publish(bins), scenarios
	ci.Status.WebhookPath = r.webhookPath(ci, acct)
	ci.Status.AccountID = accountOf(ci, named)
	return nil
}

// scenariosOf are the names of what cards can be for, where the issuer recommends by it. One
// that cannot say leaves spec.scenario without advice, and nothing else.
func scenariosOf(ctx context.Context, acct *account.Account, since time.Time) ([]string, error) {
	if !acct.Has(issuer.FeatureScenarios) {
		return nil, nil
	}
	scenarios, err := acct.Mirror.Scenarios(ctx, since)
	if issuer.NotOffered(err) {
		return nil, nil
	}
	var names []string
	for _, s := range scenarios {
		names = append(names, s.Name)
	}
	slices.Sort(names)
	return names, err
}

func (r *Reconciler) webhookPath(ci *v1alpha1.CardIssuer, acct *account.Account) string {
	if r.WebhookPath == nil || !acct.Has(issuer.FeatureWebhooks) {
		return ""
	}
	return r.WebhookPath(ci)
}

func connected(acct *account.Account, products int) string {
	if !acct.Has(issuer.FeatureBINs) {
		return "connected; the program says which cards are made"
	}
	return fmt.Sprintf("connected; %d card products on offer", products)
}

// accountOf is the account that the CardIssuer is of. It is read off the issuer's rows once:
// objects have effects there from then on.
func accountOf(ci *v1alpha1.CardIssuer, named []string) string {
	known := cmp.Or(ci.Spec.AccountID(), ci.Status.AccountID)
	if known == "" && len(named) > 0 {
		known = named[0]
	}
	return known
}

// stamp dates a status that says something new. Nothing is written for the date alone.
func (r *Reconciler) stamp(ci *v1alpha1.CardIssuer, was *v1alpha1.CardIssuerStatus) {
	if was.LastSyncTime != nil && engine.IsTrue(ci, v1alpha1.ConditionReady) && engine.Same(was, &ci.Status) {
		return
	}
	now := metav1.NewTime(r.Clock.Now().Truncate(time.Second))
	ci.Status.LastSyncTime = &now
}

// remove keeps the CardIssuer until nothing refers to it, so that deleting a namespace
// closes its cards before their credentials go.
func (r *Reconciler) remove(ctx context.Context, ci *v1alpha1.CardIssuer, counts v1alpha1.CardIssuerCounts) error {
	left := counts.Budgets + counts.VirtualCards + counts.Withdrawals + counts.Beneficiaries
	if left > 0 && !engine.Orphaned(ci) {
		return engine.Wait(v1alpha1.ReasonInUse,
			"still in use by %d Budgets, %d VirtualCards, %d Withdrawals and %d Beneficiaries; delete them first", counts.Budgets, counts.VirtualCards, counts.Withdrawals, counts.Beneficiaries)
	}
	r.Connections.Forget(ci.UID)
	r.sweeps.forget(ci.UID)
	return r.Release(ctx, ci)
}

// publish sorts the offer, so that the same offer is the same status.
func publish(bins []issuer.BIN) []v1alpha1.BINStatus {
	offer := make([]v1alpha1.BINStatus, 0, len(bins))
	for _, b := range bins {
		offer = append(offer, v1alpha1.BINStatus{
			BIN: b.BIN, Type: string(b.Type), Network: b.Network, Country: b.Country, ThreeDS: b.ThreeDS, AVS: b.AVS,
			DayLimit: b.DayLimit, SingleLimit: b.SingleLimit, LifetimeLimit: b.LifetimeLimit,
			ID: b.ID, Currencies: b.Currencies, SupportPhysicalCard: b.Physical,
		})
	}
	slices.SortFunc(offer, func(a, b v1alpha1.BINStatus) int {
		return cmp.Or(cmp.Compare(a.BIN, b.BIN), cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
	})
	return offer
}
