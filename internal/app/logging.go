package app

import (
	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
)

// SetLogger sets the loggers of the process. It comes before anything that logs, once.
func SetLogger(o Options) {
	logger := capVerbosity(zap.New(zap.UseFlagOptions(&o.Zap)))
	ctrl.SetLogger(logger)
	klog.SetLogger(logger)
}

// maxVerbosity is the highest log level that is ever enabled. From level 8 on the
// Kubernetes client logs the bodies of requests, and some of ours are card Secrets.
const maxVerbosity = 5

// capped is a log sink that is deaf above maxVerbosity, whatever the flags say.
type capped struct{ logr.LogSink }

// capVerbosity wraps a logger.
func capVerbosity(l logr.Logger) logr.Logger { return l.WithSink(capped{l.GetSink()}) }

// Enabled implements logr.LogSink.
func (c capped) Enabled(level int) bool { return level <= maxVerbosity && c.LogSink.Enabled(level) }

// Info implements logr.LogSink.
func (c capped) Info(level int, msg string, kv ...any) {
	if level <= maxVerbosity {
		c.LogSink.Info(level, msg, kv...)
	}
}

// WithValues implements logr.LogSink.
func (c capped) WithValues(kv ...any) logr.LogSink { return capped{c.LogSink.WithValues(kv...)} }

// WithName implements logr.LogSink.
func (c capped) WithName(name string) logr.LogSink { return capped{c.LogSink.WithName(name)} }
