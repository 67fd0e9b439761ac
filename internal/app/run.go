package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/cardsecret"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups="",resources=events,verbs=create;patch

// Run runs the operator until ctx ends.
func Run(ctx context.Context, cfg *rest.Config, o Options) error {
	hosts, err := transport.ParseAllowList(strings.Split(o.AllowedHosts, ","))
	if err != nil {
		return fmt.Errorf("--allowed-issuer-hosts: %w", err)
	}
	issuers, err := labels.Parse(o.IssuerSelector)
	if err != nil {
		return fmt.Errorf("--issuer-selector: %w", err)
	}
	mgr, err := newManager(cfg, o, leaseName(issuers))
	if err != nil {
		return err
	}
	told := newRecorder(mgr.GetClient(), mgr.GetScheme(), clock.Real{})
	world := World{
		Client: mgr.GetClient(), Reader: mgr.GetAPIReader(), Clock: clock.Real{},
		Events: told, Observe: observeIntent,
		Dial: Dialer(hosts, clock.Real{}, nil), WebhookPath: o.webhookPath(), Issuers: issuers,
	}
	if err := addControllers(ctx, mgr, o, world); err != nil {
		return err
	}
	if err := addWebhooks(ctx, mgr, o, world); err != nil {
		return err
	}
	if err := mgr.Add(&cardsecret.Janitor{Client: world.Client, Clock: world.Clock}); err != nil {
		return err
	}
	defer told.write(ctx)()
	return mgr.Start(ctx)
}

// Scheme knows the kinds that the operator reads and writes.
func Scheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	return scheme, v1alpha1.AddToScheme(scheme)
}

func newManager(cfg *rest.Config, o Options, lease string) (ctrl.Manager, error) {
	scheme, err := Scheme()
	if err != nil {
		return nil, err
	}
	// The limiter of the API client is the API server's own: priority and fairness.
	cfg = rest.CopyConfig(cfg)
	cfg.QPS, cfg.Burst = -1, -1
	mgr, err := ctrl.NewManager(cfg, ctrl.Options{
		Scheme:                        scheme,
		Cache:                         cacheOptions(),
		Metrics:                       metricsOptions(o),
		HealthProbeBindAddress:        o.ProbeAddress,
		PprofBindAddress:              o.PprofAddress,
		LeaderElection:                o.LeaderElection,
		LeaderElectionID:              lease,
		LeaderElectionNamespace:       o.LeaderElectionNamespace,
		LeaderElectionReleaseOnCancel: true,
	})
	if err != nil {
		return nil, err
	}
	if err := mgr.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return nil, err
	}
	return mgr, mgr.AddReadyzCheck("caches", filled(mgr.GetCache()))
}

// cachesWait is how long a probe waits for the caches.
const cachesWait = 500 * time.Millisecond

var errFilling = errors.New("the caches are not filled yet")

// filled is a probe: a replica is ready once it could take over at once. Until then a rollout
// leaves the one before it in place.
func filled(caches interface{ WaitForCacheSync(context.Context) bool }) healthz.Checker {
	return func(r *http.Request) error {
		ctx, cancel := clock.Real{}.WithTimeout(r.Context(), cachesWait)
		defer cancel()
		if !caches.WaitForCacheSync(ctx) {
			return errFilling
		}
		return nil
	}
}

// cacheOptions keep Secrets out: only the metadata of the operator's own is watched, and
// what only others read is kept of nothing.
func cacheOptions() cache.Options {
	own := labels.SelectorFromSet(labels.Set{v1alpha1.LabelManagedBy: "true"})
	return cache.Options{
		DefaultTransform: slim,
		ByObject:         map[client.Object]cache.ByObject{&corev1.Secret{}: {Label: own}},
	}
}

// slim drops what the operator never reads, for which the caches would need as much room as
// for the rest: who manages which field, and the manifest that kubectl keeps in an annotation.
// Neither is lost: what is written are patches, and the status. A copy has none of the room
// that decoding left at the end of each list.
func slim(o any) (any, error) {
	object, isObject := o.(client.Object)
	if !isObject {
		return o, nil
	}
	object.SetManagedFields(nil)
	delete(object.GetAnnotations(), corev1.LastAppliedConfigAnnotation)
	return object.DeepCopyObject(), nil
}

func metricsOptions(o Options) metricsserver.Options {
	options := metricsserver.Options{BindAddress: o.MetricsAddress, SecureServing: o.SecureMetrics}
	if o.SecureMetrics {
		options.FilterProvider = scrapersOnly
	}
	return options
}
