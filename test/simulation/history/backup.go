package history

import (
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/test/simulation/apiserver"
)

// wipe loses a status, as a backup does that was restored without it.
func (p *People) wipe(a Action) { p.putBack(keyOf(a.Name), nil) }

// backUp keeps a status as it is.
func (p *People) backUp(a Action) {
	if live := p.w.API.Find(keyOf(a.Name)); live != nil {
		p.backups[a.Name] = live
	}
}

// restore puts back a status that was backed up, however old it is.
func (p *People) restore(a Action) {
	if old := p.backups[a.Name]; old != nil {
		p.putBack(keyOf(a.Name), old)
	}
}

// putBack gives an object the status of old, or an empty one.
func (p *People) putBack(key apiserver.Key, old client.Object) {
	p.Wiped = true
	live := p.w.API.Find(key)
	if live == nil {
		return
	}
	var next client.Object
	switch o := live.DeepCopyObject().(type) {
	case *v1alpha1.VirtualCard:
		o.Status, next = statusOf(old, func(b *v1alpha1.VirtualCard) *v1alpha1.VirtualCardStatus { return &b.Status }), o
	case *v1alpha1.Budget:
		o.Status, next = statusOf(old, func(b *v1alpha1.Budget) *v1alpha1.BudgetStatus { return &b.Status }), o
	case *v1alpha1.Withdrawal:
		o.Status, next = statusOf(old, func(b *v1alpha1.Withdrawal) *v1alpha1.WithdrawalStatus { return &b.Status }), o
	case *v1alpha1.Beneficiary:
		o.Status, next = statusOf(old, func(b *v1alpha1.Beneficiary) *v1alpha1.BeneficiaryStatus { return &b.Status }), o
	default:
		return
	}
	_, _ = p.w.API.UpdateStatus(next)
}

// statusOf is a copy of the status of an object, empty where there is none.
func statusOf[T client.Object, S any](old client.Object, of func(T) *S) S {
	var none S
	if old == nil {
		return none
	}
	o, ok := old.DeepCopyObject().(T)
	if !ok {
		return none
	}
	return *of(o)
}
