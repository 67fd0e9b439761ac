package engine

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

// firstRound is how long after it has put the finalizer on a process knows that nothing was
// sent: no other can have come to lead meanwhile, since the lease is longer.
const firstRound = 5 * time.Second

// NoteLostStatus notices that an object had effects at the issuer and its status tells
// of none: the finalizer goes on before the first effect, so one without the other
// means that the status was lost, or that its first round was interrupted between the two. A
// write that failed just now is no loss.
func (e *Engine) NoteLostStatus(o v1alpha1.LedgerObject) {
	lost := controllerutil.ContainsFinalizer(o, v1alpha1.Finalizer) &&
		o.Ledger().Intent == nil && o.Common().ObservedGeneration == 0 && len(o.Common().Conditions) == 0
	if lost && !e.beganJustNow(o) {
		StartSettling(o, e.Clock.Now())
	}
}

// beganJustNow reports whether this process has put the finalizer on a moment ago, and has
// written no status since.
func (e *Engine) beganJustNow(o v1alpha1.LedgerObject) bool {
	began, known := e.begun.Load(o.GetUID())
	at, ok := began.(time.Time)
	return known && ok && e.Clock.Now().Before(at.Add(firstRound))
}

// StartSettling makes the object wait, before its next effect, until the issuer's lists
// can be believed.
func StartSettling(o v1alpha1.LedgerObject, now time.Time) {
	if o.Ledger().SettlingSince == nil {
		stamp := metav1.NewMicroTime(now.Truncate(time.Microsecond))
		o.Ledger().SettlingSince = &stamp
	}
}

// SettlingLeft is how long an object still has to wait before an absence counts.
func SettlingLeft(o v1alpha1.LedgerObject, p Promise, now time.Time) time.Duration {
	since := o.Ledger().SettlingSince
	if since == nil {
		return 0
	}
	return max(since.Add(p.Timing.InFlight()+p.Timing.Lag(p.Creation)).Sub(now), 0)
}

// EndSettling ends a wait that is over. What was read from the issuer's lists before
// this call, in the same round, can be believed.
func EndSettling(o v1alpha1.LedgerObject, t Timing, began time.Time) {
	if o.Ledger().SettlingSince != nil && SettlingLeft(o, Promise{Timing: t}, began) == 0 {
		o.Ledger().SettlingSince = nil
	}
}

// AfterSettling makes sure that the object is looked at when its wait ends.
func AfterSettling(o v1alpha1.LedgerObject, t Timing, now time.Time, after time.Duration) time.Duration {
	if o.Ledger().SettlingSince == nil {
		return after
	}
	return min(after, max(SettlingLeft(o, Promise{Timing: t}, now), t.Poll))
}

// Orphaned reports whether a person gave up the remote side of an object.
func Orphaned(o v1alpha1.Object) bool {
	return o.GetAnnotations()[v1alpha1.AnnotationOrphan] == "true"
}

// Deleting says what keeps an object from going, and the one way to let it go anyway.
func Deleting(o v1alpha1.Object, err error) error {
	if err == nil || IsWrite(err) {
		return err
	}
	problem := *Explain(err)
	problem.Message = fmt.Sprintf("deleting: %s. If the issuer is gone for good, give up what it holds: kubectl -n %s annotate %s %s %s=true",
		problem.Message, o.GetNamespace(), resourceOf(o), o.GetName(), v1alpha1.AnnotationOrphan)
	return &problem
}

// ShowSuspended keeps the condition Suspended true to the facts.
func ShowSuspended(o v1alpha1.Object, suspended bool) {
	if !suspended {
		Drop(o, v1alpha1.ConditionSuspended)
		return
	}
	OK(o, v1alpha1.ConditionSuspended, v1alpha1.ReasonSuspended, "observing only; nothing is sent. status.plan has what would be")
}

// Planned reports, at the end of a suspended round, that not all is as the spec asks.
func Planned(o v1alpha1.LedgerObject) error {
	if plan := o.Ledger().Plan; len(plan) > 0 {
		return Wait(v1alpha1.ReasonSuspended, "suspended: %s", strings.Join(plan, "; "))
	}
	return nil
}

// Older orders two objects that ask for the same thing.
func Older(a, b v1alpha1.Object) bool {
	x, y := a.GetCreationTimestamp(), b.GetCreationTimestamp()
	if !x.Equal(&y) {
		return x.Before(&y)
	}
	return a.GetUID() < b.GetUID()
}

// ShowBalance is a balance as a status shows it.
func ShowBalance(b issuer.Balance) *v1alpha1.Balance {
	return &v1alpha1.Balance{
		Available: b.Available.String(), Pending: b.Pending.String(), Frozen: b.Frozen.String(), Currency: b.Currency,
	}
}
