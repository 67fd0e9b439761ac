package world

import (
	"fmt"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
)

// listener takes down what the operator logs.
type listener struct{ w *World }

// Init implements logr.LogSink.
func (listener) Init(logr.RuntimeInfo) {}

// Enabled implements logr.LogSink.
func (listener) Enabled(level int) bool { return level < 1 }

// Info implements logr.LogSink.
func (l listener) Info(_ int, msg string, kv ...any) {
	l.w.Said = append(l.w.Said, msg+" "+fmt.Sprint(kv...))
}

// Error implements logr.LogSink.
func (l listener) Error(err error, msg string, kv ...any) {
	l.w.Said = append(l.w.Said, msg+" "+fmt.Sprint(err)+" "+fmt.Sprint(kv...))
}

// WithValues implements logr.LogSink.
func (l listener) WithValues(...any) logr.LogSink { return l }

// WithName implements logr.LogSink.
func (l listener) WithName(string) logr.LogSink { return l }

// recorder takes down the Events.
type recorder struct{ p *Process }

// Eventf implements engine.Events.
func (r recorder) Eventf(_, _ runtime.Object, kind, reason, action, note string, args ...any) {
	text := fmt.Sprintf(note, args...)
	r.p.w.Said = append(r.p.w.Said, kind+" "+reason+" "+action+" "+text)
	r.p.w.log("event", reason, text)
}
