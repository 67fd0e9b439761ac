package app

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

var (
	intents = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "card_operator_intents_total",
		Help: "Transitions of intents: claimed, accepted, rejected, deferred, unknown, absent, parked, settled, happened, failed, dropped.",
	}, []string{"kind", "action", "transition"})

	calls = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "card_operator_issuer_call_seconds",
		Help:    "Calls to issuers by operation and class of error (OK when there was none).",
		Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 15, 60},
	}, []string{"operation", "class"})

	webhooks = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "card_operator_webhooks_total",
		Help: "Webhooks by the CardIssuer that vouched for them (unknown where none did) and result: accepted, duplicate, refused, malformed, oversized, busy, failed.",
	}, []string{"issuer", "result"})

	codes = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "card_operator_one_time_codes_total",
		Help: "One-time codes of 3-D Secure by CardIssuer and what became of them: delivered, unwanted, expired, contested, taken, undelivered.",
	}, []string{"issuer", "delivery"})
)

func init() {
	metrics.Registry.MustRegister(intents, calls, webhooks, codes)
	for kind, actions := range asked {
		for _, action := range actions {
			intents.WithLabelValues(kind, string(action), string(engine.Parked))
		}
	}
}

// asked is what a person may be asked about. Its counters are there from the start: one that
// appears with its first count has no increase that an alert could see.
var asked = map[string][]v1alpha1.IntentAction{
	"budget":      {v1alpha1.ActionCreate, v1alpha1.ActionFund, v1alpha1.ActionDefund},
	"virtualcard": {v1alpha1.ActionCreate, v1alpha1.ActionRegister, v1alpha1.ActionFund, v1alpha1.ActionDefund, v1alpha1.ActionHold, v1alpha1.ActionRelease},
	"withdrawal":  {v1alpha1.ActionWithdraw},
	"beneficiary": {v1alpha1.ActionCreate},
}

func observeWebhook(issuer, result string) { webhooks.WithLabelValues(issuer, result).Inc() }

func observeCode(issuer, delivery string) { codes.WithLabelValues(issuer, delivery).Inc() }

func observeIntent(r engine.Record) {
	intents.WithLabelValues(r.Kind, string(r.Action), string(r.Transition)).Inc()
}

func observeCall(op string, class issuer.Class, _ int, took time.Duration) {
	if class == "" {
		class = "OK"
	}
	calls.WithLabelValues(op, string(class)).Observe(took.Seconds())
}
