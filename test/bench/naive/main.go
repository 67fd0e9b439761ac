// Command naive is a controller as they are usually written: each object is looked at by
// itself, once a minute, in the order in which they come. The bench measures it beside the
// operator. It is not safe with money: a lost answer makes a second card.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/app"
)

const (
	workers = 10
	poll    = time.Minute
)

func main() {
	ctrl.SetLogger(zap.New())
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "naive:", err)
		os.Exit(1)
	}
}

func run() error {
	scheme, err := app.Scheme()
	if err != nil {
		return err
	}
	cfg, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	cfg.QPS, cfg.Burst = -1, -1 // the default of 20 a second would measure that
	mgr, err := ctrl.NewManager(cfg, ctrl.Options{Scheme: scheme, HealthProbeBindAddress: "0", Metrics: server.Options{BindAddress: os.Getenv("METRICS")}})
	if err != nil {
		return err
	}
	r := &reconciler{Client: mgr.GetClient(), bank: bank{os.Getenv("ISSUER_URL"), os.Getenv("ISSUER_TOKEN"), os.Getenv("ISSUER_ACCOUNT")}}
	err = ctrl.NewControllerManagedBy(mgr).For(&v1alpha1.VirtualCard{}).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers}).Complete(r)
	if err != nil {
		return err
	}
	return mgr.Start(ctrl.SetupSignalHandler())
}

type reconciler struct {
	client.Client
	bank bank
}

// Reconcile creates what is not there, looks at what is, and comes again in a minute.
func (r *reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var card v1alpha1.VirtualCard
	if err := r.Get(ctx, req.NamespacedName, &card); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	label := string(card.UID)
	remote, found, err := r.bank.find(ctx, label)
	switch {
	case err != nil:
		return ctrl.Result{}, err
	case !found && card.Status.Label == "":
		return ctrl.Result{RequeueAfter: time.Second}, r.order(ctx, &card, label)
	case !found || remote.State != "Active":
		return ctrl.Result{RequeueAfter: time.Second}, nil
	case card.Status.ID == "":
		return ctrl.Result{RequeueAfter: poll}, r.finish(ctx, &card, remote.ID, label)
	}
	return ctrl.Result{RequeueAfter: poll}, nil
}

func (r *reconciler) order(ctx context.Context, card *v1alpha1.VirtualCard, label string) error {
	if err := r.bank.order(ctx, label, card.Spec.BIN); err != nil {
		return err
	}
	card.Status.Label = label
	return r.Status().Update(ctx, card)
}

func (r *reconciler) finish(ctx context.Context, card *v1alpha1.VirtualCard, id, label string) error {
	if err := r.bank.fund(ctx, id, string(card.Spec.Funding), label+"-fund"); err != nil {
		return err
	}
	number, err := r.bank.number(ctx, id)
	if err != nil {
		return err
	}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: card.Namespace, Name: card.Name}}
	_, err = controllerutil.CreateOrUpdate(ctx, r.Client, secret, func() error {
		secret.StringData = map[string]string{"pan": number.Number, "cvv": number.CVV}
		return controllerutil.SetControllerReference(card, secret, r.Scheme())
	})
	if err != nil {
		return err
	}
	card.Status.ID = id
	meta.SetStatusCondition(&card.Status.Conditions, metav1.Condition{Type: "Ready", Status: metav1.ConditionTrue, Reason: "Ready", Message: "made"})
	return r.Status().Update(ctx, card)
}
