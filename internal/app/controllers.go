package app

import (
	"context"

	"k8s.io/apimachinery/pkg/labels"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/cardsecret"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/controller/beneficiary"
	"github.com/card-operator/card-operator/internal/controller/budget"
	"github.com/card-operator/card-operator/internal/controller/cardissuer"
	"github.com/card-operator/card-operator/internal/controller/virtualcard"
	"github.com/card-operator/card-operator/internal/controller/withdrawal"
	"github.com/card-operator/card-operator/internal/engine"
)

// +kubebuilder:rbac:groups=card-operator.io,resources=cardissuers;budgets;virtualcards;withdrawals;beneficiaries,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=card-operator.io,resources=cardissuers/status;budgets/status;virtualcards/status;withdrawals/status;beneficiaries/status,verbs=update
// +kubebuilder:rbac:groups=card-operator.io,resources=virtualcards/finalizers,verbs=update
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch;create;patch;delete

// World is everything that a controller touches outside its own process.
type World struct {
	// Client writes, and reads from the caches.
	Client client.Client
	// Reader reads from the API server itself.
	Reader client.Reader
	Clock  clock.Clock
	Events engine.Events
	// Observe is told of every transition of an intent.
	Observe func(engine.Record)
	// Dial connects to issuers.
	Dial account.Dial
	// Poke makes a controller, by its name, look at an object now; nil pokes nobody.
	Poke Poke
	// WebhookPath is where the webhooks of a CardIssuer are served; nil when they are not.
	WebhookPath func(*v1alpha1.CardIssuer) string
	// Issuers selects the CardIssuers to work for, with all that refers to them; nil is all.
	Issuers labels.Selector
}

// Controller is one control loop: what it runs and what wakes it. It is data, so that
// the simulation runs the very controllers that the manager runs.
type Controller struct {
	Name string
	// For is an empty object of the kind; Wakes says which of its changes count.
	For   client.Object
	Wakes predicate.Predicate
	// Watches are the other kinds whose changes wake objects of this one.
	Watches []Watch
	Run     reconcile.Reconciler
}

// Watch says which objects a change of another one wakes.
type Watch struct {
	Object client.Object
	// MetadataOnly keeps everything but the metadata out of the cache.
	MetadataOnly bool
	Map          handler.MapFunc
	// When says which changes count; nil means every one.
	When predicate.Predicate
}

// Controllers is the list of everything that runs.
func Controllers(world World) []Controller {
	list := controllers(world)
	for i, c := range list {
		list[i] = shard{world.Client, world.Issuers}.divided(c)
	}
	return list
}

func controllers(world World) []Controller {
	eng := &engine.Engine{Client: world.Client, Reader: world.Reader, Clock: world.Clock, Events: world.Events, Observe: world.Observe}
	accounts := &account.Registry{Client: world.Client, Secrets: world.Reader, Clock: world.Clock, Dial: world.Dial}
	keeper := &cardsecret.Keeper{Client: world.Client, Reader: world.Reader}
	w := wake{world.Client}

	issuers := &cardissuer.Reconciler{
		Engine: eng, Connections: accounts, Count: w.count, Wake: waker{world.Client, world.Poke}.wake, WebhookPath: world.WebhookPath,
	}
	budgets := &budget.Reconciler{Engine: eng, Accounts: accounts}
	cards := &virtualcard.Reconciler{Engine: eng, Accounts: accounts, Secrets: keeper}
	payees := &beneficiary.Reconciler{Engine: eng, Accounts: accounts, Secrets: world.Reader}
	withdrawals := &withdrawal.Reconciler{Engine: eng, Accounts: accounts}

	issuerOf := func(list client.ObjectList) Watch {
		return Watch{Object: &v1alpha1.CardIssuer{}, Map: w.objectsOf(list), When: readinessChanged()}
	}
	return []Controller{
		{
			Name: "cardissuer", For: &v1alpha1.CardIssuer{}, Wakes: worthALook(),
			Watches: []Watch{
				{Object: &v1alpha1.Budget{}, Map: itsIssuer, When: removed()},
				{Object: &v1alpha1.VirtualCard{}, Map: itsIssuer, When: removed()},
				{Object: &v1alpha1.Beneficiary{}, Map: itsIssuer, When: removed()},
				{Object: &v1alpha1.Withdrawal{}, Map: itsIssuer, When: removed()},
			},
			Run: &engine.Runner[*v1alpha1.CardIssuer]{Engine: eng, New: newObject[v1alpha1.CardIssuer], Sync: issuers.Sync},
		},
		{
			Name: "budget", For: &v1alpha1.Budget{}, Wakes: worthALook(),
			Watches: []Watch{
				issuerOf(&v1alpha1.BudgetList{}),
				{Object: &v1alpha1.VirtualCard{}, Map: itsBudget, When: removed()},
			},
			Run: &engine.Runner[*v1alpha1.Budget]{Engine: eng, New: newObject[v1alpha1.Budget], Sync: budgets.Sync, Steady: true},
		},
		{
			Name: "virtualcard", For: &v1alpha1.VirtualCard{}, Wakes: worthALook(),
			Watches: []Watch{
				{Object: cardsecret.Metadata(), MetadataOnly: true, Map: ownerOf},
				issuerOf(&v1alpha1.VirtualCardList{}),
				{Object: &v1alpha1.Budget{}, Map: w.referring(&v1alpha1.VirtualCardList{}, indexBudget), When: readinessChanged()},
				{Object: &v1alpha1.Withdrawal{}, Map: paidFrom, When: readinessChanged()},
			},
			Run: &engine.Runner[*v1alpha1.VirtualCard]{Engine: eng, New: newObject[v1alpha1.VirtualCard], Sync: cards.Sync, Steady: true},
		},
		{
			Name: "beneficiary", For: &v1alpha1.Beneficiary{}, Wakes: worthALook(),
			Watches: []Watch{issuerOf(&v1alpha1.BeneficiaryList{})},
			Run:     &engine.Runner[*v1alpha1.Beneficiary]{Engine: eng, New: newObject[v1alpha1.Beneficiary], Sync: payees.Sync, Steady: true},
		},
		{
			Name: "withdrawal", For: &v1alpha1.Withdrawal{}, Wakes: worthALook(),
			Watches: []Watch{
				issuerOf(&v1alpha1.WithdrawalList{}),
				{Object: &v1alpha1.VirtualCard{}, Map: w.referring(&v1alpha1.WithdrawalList{}, indexCard), When: readinessChanged()},
				{Object: &v1alpha1.Beneficiary{}, Map: w.referring(&v1alpha1.WithdrawalList{}, indexPayee), When: readinessChanged()},
			},
			Run: &engine.Runner[*v1alpha1.Withdrawal]{Engine: eng, New: newObject[v1alpha1.Withdrawal], Sync: withdrawals.Sync},
		},
	}
}

// addControllers hands the controllers to a manager.
func addControllers(ctx context.Context, mgr ctrl.Manager, o Options, world World) error {
	if err := addIndexes(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	pokes := newPokes()
	world.Poke = pokes.poke
	for _, c := range Controllers(world) {
		if err := c.addTo(mgr, o.Workers, pokes.of(c.Name)); err != nil {
			return err
		}
	}
	return nil
}

func (c Controller) addTo(mgr ctrl.Manager, workers int, pokes <-chan event.GenericEvent) error {
	// A test runs the operator more than once in one process, so the names repeat.
	options := controller.Options{MaxConcurrentReconciles: workers, SkipNameValidation: new(true), NewQueue: c.queue(mgr.GetClient()), EnableWarmup: new(true)}
	b := ctrl.NewControllerManagedBy(mgr).Named(c.Name).
		For(c.For, builder.WithPredicates(c.Wakes)).WithOptions(options)
	for _, watch := range c.Watches {
		var opts []builder.WatchesOption
		if watch.When != nil {
			opts = append(opts, builder.WithPredicates(watch.When))
		}
		if watch.MetadataOnly {
			opts = append(opts, builder.OnlyMetadata)
		}
		b = b.Watches(watch.Object, handler.EnqueueRequestsFromMapFunc(watch.Map), opts...)
	}
	return b.WatchesRawSource(source.Channel(pokes, &handler.EnqueueRequestForObject{})).Complete(c.Run)
}

func newObject[T any]() *T { return new(T) }
