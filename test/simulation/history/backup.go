package history

import (
	"reflect"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/test/simulation/apiserver"
)

// wipe loses a status, as a backup does that was restored without it.
func (p *People) wipe(a Action) {
	p.Wiped = true
	if live, ok := p.w.API.Find(keyOf(a.Name)).(v1alpha1.LedgerObject); ok {
		p.putStatus(live, nil)
	}
}

// restore brings back the status that an object had some time ago. The issuer lists what
// was done since before anybody does so: docs/money-safety.md promises nothing otherwise.
func (p *People) restore(a Action) { p.restoreAtRest(a, 0) }

func (p *People) restoreAtRest(a Action, tries int) {
	key, now := keyOf(a.Name), p.w.Now()
	live, ok := p.w.API.Find(key).(v1alpha1.LedgerObject)
	if !ok || tries > 200 {
		return
	}
	if p.changedSince(live, now.Add(-issuingLag)) {
		p.w.After(15*time.Second, func() { p.restoreAtRest(a, tries+1) })
		return
	}
	age, _ := time.ParseDuration(a.Value)
	if old := p.asOf(live, now.Add(-issuingLag-age)); old != nil {
		p.Wiped = true
		p.putStatus(live, old)
		// The operator notices a status that is gone, but not one that is older than it was:
		// that waits for the object's next look, days away. So whoever restores asks for one.
		p.lookNow(a)
	}
}

func (p *People) changedSince(live client.Object, since time.Time) bool {
	log := p.w.API.Log(apiserver.KindOf(live))
	for i := len(log) - 1; i >= 0 && log[i].At.After(since); i-- {
		if log[i].Key == apiserver.KeyOf(live) {
			return true
		}
	}
	return false
}

// asOf is an object as it was; nil when it was not there yet, or another one was.
func (p *People) asOf(live client.Object, at time.Time) client.Object {
	log := p.w.API.Log(apiserver.KindOf(live))
	for i := len(log) - 1; i >= 0; i-- {
		was := log[i].After
		if log[i].Key == apiserver.KeyOf(live) && !log[i].At.After(at) {
			if was == nil || was.GetUID() != live.GetUID() {
				return nil
			}
			return was
		}
	}
	return nil
}

// putStatus gives an object the status of another, or none.
func (p *People) putStatus(live, from client.Object) {
	next, ok := live.DeepCopyObject().(client.Object)
	if !ok {
		return
	}
	status := reflect.ValueOf(next).Elem().FieldByName("Status")
	status.SetZero()
	if from != nil {
		status.Set(reflect.ValueOf(from.DeepCopyObject()).Elem().FieldByName("Status"))
	}
	if stored, err := p.w.API.UpdateStatus(next); err == nil {
		p.Restored[stored.GetResourceVersion()] = true
	}
}
