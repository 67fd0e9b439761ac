package engine

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

// maxConditionMessage keeps every condition readable and well below the API's bound.
const maxConditionMessage = 1024

// undated marks a condition that has changed in this round; date gives it its time.
var undated = metav1.Unix(0, 0)

// Set writes one condition of an object. One that says what it said before keeps its
// time.
func Set(o v1alpha1.Object, condition string, status metav1.ConditionStatus, reason, message string) {
	meta.SetStatusCondition(&o.Common().Conditions, metav1.Condition{
		Type: condition, Status: status, Reason: reason, Message: bound(message), ObservedGeneration: o.GetGeneration(),
		LastTransitionTime: undated,
	})
}

// date gives the conditions that have changed their time, before a status is written.
func (e *Engine) date(o v1alpha1.Object) {
	now := metav1.NewTime(e.Clock.Now().Truncate(time.Second))
	conditions := o.Common().Conditions
	for i := range conditions {
		if conditions[i].LastTransitionTime.Equal(&undated) {
			conditions[i].LastTransitionTime = now
		}
	}
}

// OK sets a condition to True.
func OK(o v1alpha1.Object, condition, reason, message string) {
	Set(o, condition, metav1.ConditionTrue, reason, message)
}

// Not sets a condition to False.
func Not(o v1alpha1.Object, condition, reason, message string) {
	Set(o, condition, metav1.ConditionFalse, reason, message)
}

// Drop removes a condition.
func Drop(o v1alpha1.Object, condition string) {
	meta.RemoveStatusCondition(&o.Common().Conditions, condition)
}

// IsTrue reports whether a condition is True.
func IsTrue(o v1alpha1.Object, condition string) bool {
	return meta.IsStatusConditionTrue(o.Common().Conditions, condition)
}

// ConditionOf returns a condition, or nil.
func ConditionOf(o v1alpha1.Object, condition string) *metav1.Condition {
	return meta.FindStatusCondition(o.Common().Conditions, condition)
}

// summarise computes the root condition and the kstatus pair from the steps' conditions
// and the problem that ended the round, if there was one.
func summarise(o v1alpha1.Object, p *Problem) {
	root := o.RootCondition()
	if p == nil {
		Drop(o, v1alpha1.ConditionReconciling)
		if IsTrue(o, root) { // what has ended badly goes on saying so
			Drop(o, v1alpha1.ConditionStalled)
		}
		return
	}
	Not(o, root, p.Reason, p.Message)
	if p.Severity == Stalled || p.Severity == Refused || p.Question != nil {
		Drop(o, v1alpha1.ConditionReconciling)
		OK(o, v1alpha1.ConditionStalled, p.Reason, p.Message)
		return
	}
	if p.makesSure() && refusedBefore(o) {
		Drop(o, v1alpha1.ConditionReconciling)
		return
	}
	Drop(o, v1alpha1.ConditionStalled)
	OK(o, v1alpha1.ConditionReconciling, p.Reason, p.Message)
}

// refusedBefore reports whether what this spec asks was refused already: while a repeat of it
// is made sure of, Stalled stays as it is, since nothing has become better.
func refusedBefore(o v1alpha1.Object) bool {
	stalled := ConditionOf(o, v1alpha1.ConditionStalled)
	return stalled != nil && stalled.Reason == v1alpha1.ReasonRejected && stalled.ObservedGeneration == o.GetGeneration()
}

func bound(message string) string {
	if len(message) <= maxConditionMessage {
		return message
	}
	return issuer.Truncate(message, maxConditionMessage)
}
