package engine

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// Events records Kubernetes Events; client-go's events.EventRecorder is one.
type Events interface {
	Eventf(regarding, related runtime.Object, eventtype, reason, action, note string, args ...any)
}

// Tell records a Normal event.
func (e *Engine) Tell(o v1alpha1.Object, reason, action, note string, args ...any) {
	e.Events.Eventf(o, nil, corev1.EventTypeNormal, reason, action, note, args...)
}

// Warn records a Warning event.
func (e *Engine) Warn(o v1alpha1.Object, reason, action, note string, args ...any) {
	e.Events.Eventf(o, nil, corev1.EventTypeWarning, reason, action, note, args...)
}
