// Package app puts the operator together: the only place that knows every controller,
// every adapter and every flag.
package app

import (
	"flag"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// Options are the operator's command line.
type Options struct {
	// MetricsAddress serves metrics; "0" serves none.
	MetricsAddress string
	// SecureMetrics serves them over TLS to authorized clients only.
	SecureMetrics bool
	// ProbeAddress serves /healthz and /readyz.
	ProbeAddress string
	// LeaderElection lets one of several replicas work.
	LeaderElection          bool
	LeaderElectionNamespace string
	// IssuerSelector is a label selector: only the CardIssuers that it matches, and what
	// refers to them, are worked on. Empty matches all.
	IssuerSelector string
	// AllowedHosts is the comma-separated list of --allowed-issuer-hosts.
	AllowedHosts string
	// PprofAddress serves profiles of the process; "" serves none.
	PprofAddress string
	// WebhookAddress serves the issuers' webhooks; "0" serves none.
	WebhookAddress string
	// WebhookCertFile and WebhookKeyFile serve them over TLS; without them an ingress must.
	WebhookCertFile, WebhookKeyFile string
	// Workers is the number of objects of one kind that are worked on at once.
	Workers int
	// Zap configures logging.
	Zap zap.Options
}

// AddFlags defines the flags and their defaults.
func (o *Options) AddFlags(fs *flag.FlagSet) {
	fs.StringVar(&o.MetricsAddress, "metrics-bind-address", "0", "address of the metrics endpoint, for example :8443; 0 serves none")
	fs.BoolVar(&o.SecureMetrics, "metrics-secure", true, "serve metrics over TLS, to clients that may GET /metrics")
	fs.StringVar(&o.ProbeAddress, "health-probe-bind-address", ":8081", "address of /healthz and /readyz")
	fs.StringVar(&o.PprofAddress, "pprof-bind-address", "", "address of net/http/pprof, for example 127.0.0.1:6060; a heap holds no card number for longer than a call, but keep it local. Empty serves none")
	fs.StringVar(&o.WebhookAddress, "webhook-bind-address", "0", "address of the issuers' webhooks, for example :9443; 0 serves none: everything still works, later")
	fs.StringVar(&o.WebhookCertFile, "webhook-cert-file", "", "TLS certificate of the webhooks; without it plain HTTP is served, for an ingress that terminates TLS")
	fs.StringVar(&o.WebhookKeyFile, "webhook-key-file", "", "key of --webhook-cert-file")
	fs.BoolVar(&o.LeaderElection, "leader-elect", false, "let one of several replicas work, the others stand by")
	fs.StringVar(&o.LeaderElectionNamespace, "leader-election-namespace", "", "namespace of the lease; the pod's own when empty")
	fs.StringVar(&o.IssuerSelector, "issuer-selector", "", "label selector of the CardIssuers to work for, with all that refers to them, for example shard=a or !shard; empty is all. Each selector has a lease of its own")
	fs.StringVar(&o.AllowedHosts, "allowed-issuer-hosts", strings.Join(transport.DefaultIssuerHosts, ","),
		"comma-separated hosts that a CardIssuer may point credentials at: host, host:port or *.suffix (https, public addresses only; plain http for loopback), or http://host[:port] for a private host without TLS")
	fs.IntVar(&o.Workers, "max-concurrent-reconciles", 64, "objects of one kind that are worked on at once")
	o.Zap.BindFlags(fs)
}
