package app

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"

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

// addControllers is the list of everything that runs.
func addControllers(ctx context.Context, mgr ctrl.Manager, o Options, dial account.Dial) error {
	if err := addIndexes(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	eng := &engine.Engine{
		Client: mgr.GetClient(), Reader: mgr.GetAPIReader(), Clock: clock.Real{},
		Events: mgr.GetEventRecorder("card-operator"), Observe: observeIntent,
	}
	accounts := &account.Registry{Client: mgr.GetClient(), Secrets: mgr.GetAPIReader(), Clock: clock.Real{}, Dial: dial}
	keeper := &cardsecret.Keeper{Client: mgr.GetClient(), Reader: mgr.GetAPIReader()}
	w := wake{mgr.GetClient()}

	issuers := &cardissuer.Reconciler{Engine: eng, Connections: accounts, Count: w.count}
	budgets := &budget.Reconciler{Engine: eng, Accounts: accounts}
	cards := &virtualcard.Reconciler{Engine: eng, Accounts: accounts, Secrets: keeper}
	payees := &beneficiary.Reconciler{Engine: eng, Accounts: accounts, Secrets: mgr.GetAPIReader()}
	withdrawals := &withdrawal.Reconciler{Engine: eng, Accounts: accounts}

	// A test runs the operator more than once in one process, so the names repeat.
	build := func(name string, o v1alpha1.Object, workers int) *builder.Builder {
		return ctrl.NewControllerManagedBy(mgr).Named(name).
			For(o, builder.WithPredicates(worthALook())).
			WithOptions(controller.Options{MaxConcurrentReconciles: workers, SkipNameValidation: new(true)})
	}
	connected := builder.WithPredicates(readinessChanged())
	for _, add := range []error{
		build("cardissuer", &v1alpha1.CardIssuer{}, o.Workers).
			Complete(&engine.Runner[*v1alpha1.CardIssuer]{Engine: eng, New: newObject[v1alpha1.CardIssuer], Sync: issuers.Sync}),
		build("budget", &v1alpha1.Budget{}, o.Workers).
			Watches(&v1alpha1.CardIssuer{}, w.objectsOf(&v1alpha1.BudgetList{}), connected).
			Complete(&engine.Runner[*v1alpha1.Budget]{Engine: eng, New: newObject[v1alpha1.Budget], Sync: budgets.Sync, Steady: true}),
		build("virtualcard", &v1alpha1.VirtualCard{}, o.Workers).
			Owns(&corev1.Secret{}, builder.OnlyMetadata).
			Watches(&v1alpha1.CardIssuer{}, w.objectsOf(&v1alpha1.VirtualCardList{}), connected).
			Watches(&v1alpha1.Budget{}, w.referring(&v1alpha1.VirtualCardList{}, indexBudget), connected).
			Watches(&v1alpha1.Withdrawal{}, handler.EnqueueRequestsFromMapFunc(paidFrom), connected).
			Complete(&engine.Runner[*v1alpha1.VirtualCard]{Engine: eng, New: newObject[v1alpha1.VirtualCard], Sync: cards.Sync, Steady: true}),
		build("beneficiary", &v1alpha1.Beneficiary{}, o.Workers).
			Watches(&v1alpha1.CardIssuer{}, w.objectsOf(&v1alpha1.BeneficiaryList{}), connected).
			Complete(&engine.Runner[*v1alpha1.Beneficiary]{Engine: eng, New: newObject[v1alpha1.Beneficiary], Sync: payees.Sync, Steady: true}),
		build("withdrawal", &v1alpha1.Withdrawal{}, o.Workers).
			Watches(&v1alpha1.CardIssuer{}, w.objectsOf(&v1alpha1.WithdrawalList{}), connected).
			Watches(&v1alpha1.VirtualCard{}, w.referring(&v1alpha1.WithdrawalList{}, indexCard), connected).
			Watches(&v1alpha1.Beneficiary{}, w.referring(&v1alpha1.WithdrawalList{}, indexPayee), connected).
			Complete(&engine.Runner[*v1alpha1.Withdrawal]{Engine: eng, New: newObject[v1alpha1.Withdrawal], Sync: withdrawals.Sync}),
	} {
		if add != nil {
			return add
		}
	}
	return nil
}

func newObject[T any]() *T { return new(T) }
