package app

import (
	"github.com/go-logr/logr"
	"go.uber.org/zap/zapcore"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/card-operator/card-operator/internal/engine"
)

// SetLogger sets the loggers of the process. It comes before anything that logs, once.
func SetLogger(o Options) {
	logger := newLogger(o)
	ctrl.SetLogger(logger)
	klog.SetLogger(logger)
}

// newLogger is the process's logger. Audit records go past the level that the flags ask for,
// and past the sampling of lines that come often.
func newLogger(o Options) logr.Logger {
	audit := zap.New(zap.UseFlagOptions(&o.Zap), zap.Level(unsampled))
	return capVerbosity(zap.New(zap.UseFlagOptions(&o.Zap)), audit)
}

// unsampled is the first level at which controller-runtime drops no lines.
const unsampled = zapcore.Level(-2)

// maxVerbosity is the highest log level that is ever enabled. From level 8 on the
// Kubernetes client logs the bodies of requests, and some of ours are card Secrets.
const maxVerbosity = 5

// capped is a log sink that is deaf above maxVerbosity, whatever the flags say.
type capped struct {
	logr.LogSink
	// audit takes over where the engine's audit records begin; it hears level 0 alone.
	audit logr.LogSink
}

// capVerbosity wraps a logger, and the one that hears audit records.
func capVerbosity(l, audit logr.Logger) logr.Logger {
	return l.WithSink(capped{l.GetSink(), audit.GetSink()})
}

// Enabled implements logr.LogSink.
func (c capped) Enabled(level int) bool { return level <= maxVerbosity && c.LogSink.Enabled(level) }

// Info implements logr.LogSink.
func (c capped) Info(level int, msg string, kv ...any) {
	if level <= maxVerbosity {
		c.LogSink.Info(level, msg, kv...)
	}
}

// WithValues implements logr.LogSink.
func (c capped) WithValues(kv ...any) logr.LogSink {
	return capped{c.LogSink.WithValues(kv...), c.audit.WithValues(kv...)}
}

// WithName implements logr.LogSink.
func (c capped) WithName(name string) logr.LogSink {
	if name == engine.AuditLogger {
		return records{c.audit.WithName(name)}
	}
	return capped{c.LogSink.WithName(name), c.audit.WithName(name)}
}

// records hears audit records, and nothing that is said in more detail.
type records struct{ logr.LogSink }

// Enabled implements logr.LogSink.
func (r records) Enabled(level int) bool { return level <= 0 }

// Info implements logr.LogSink.
func (r records) Info(level int, msg string, kv ...any) {
	if level <= 0 {
		r.LogSink.Info(level, msg, kv...)
	}
}

// WithValues implements logr.LogSink.
func (r records) WithValues(kv ...any) logr.LogSink { return records{r.LogSink.WithValues(kv...)} }

// WithName implements logr.LogSink.
func (r records) WithName(name string) logr.LogSink { return records{r.LogSink.WithName(name)} }
