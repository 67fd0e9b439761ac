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

// backUp keeps a status as it is.
func (p *People) backUp(a Action) {
	if live := p.w.API.Find(keyOf(a.Name)); live != nil {
		p.backups[a.Name] = live
	}
}

// restore puts back a status that was backed up, or brings back the one that an object had some
// time ago. The latter waits until the issuer lists what was done since.
func (p *People) restore(a Action) {
	if a.Value != "" {
		p.restoreAtRest(a, 0)
		return
	}
	live, ok := p.w.API.Find(keyOf(a.Name)).(v1alpha1.LedgerObject)
	if old := p.backups[a.Name]; ok && old != nil {
		p.Wiped = true
		p.putStatus(live, old)
	}
}

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
