package engine

import (
	"strconv"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// written remembers the latest version of each object that this process wrote, until its
// cache has it. A round over an older one would see nothing of what was done, do again what
// may be repeated, and be refused the rest.
type written struct{ versions sync.Map }

func (w *written) note(o v1alpha1.Object) { w.versions.Store(o.GetUID(), o.GetResourceVersion()) }

func (w *written) forget(uid types.UID) { w.versions.Delete(uid) }

// behind reports whether an object from the cache is older than what was written.
func (w *written) behind(o v1alpha1.Object) bool {
	latest, known := w.versions.Load(o.GetUID())
	if !known {
		return false
	}
	version, ok := latest.(string)
	if ok && older(o.GetResourceVersion(), version) {
		return true
	}
	w.forget(o.GetUID())
	return false
}

// older compares versions, which are numbers that grow; of others nothing can be told.
func older(a, b string) bool {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	return errX == nil && errY == nil && x < y
}
