package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

// tolerance is how long an object that was fine stays so while the issuer cannot be
// reached; its CardIssuer says what is wrong at once.
const tolerance = 5 * time.Minute

// Runner runs one kind: it reads the object, lets the kind synchronise it, turns the
// error into conditions, Events and a delay, and writes the status once, if it changed.
type Runner[T v1alpha1.Object] struct {
	*Engine
	// New makes an empty object of the kind.
	New func() T
	// Sync brings the object as far as it can be brought now. It changes only the
	// status of obj; it returns when to look again if nothing happens before.
	Sync func(ctx context.Context, obj T) (time.Duration, error)
	// Steady marks a kind whose objects stay Ready through a short outage.
	Steady bool

	failures failures
	// conflicts are kept apart: a round may wait for something and be outdated as well.
	conflicts failures
	// writes are kept apart too: what Sync says and what the API server refuses take turns.
	writes failures
	// lagging is for how long the cache has been behind this process's own writes.
	lagging failures
}

// Reconcile implements reconcile.Reconciler.
func (r *Runner[T]) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	obj, began := r.New(), r.Clock.Now()
	if err := r.Client.Get(ctx, req.NamespacedName, obj); err != nil {
		r.failures.forget(req.NamespacedName)
		r.conflicts.forget(req.NamespacedName)
		r.writes.forget(req.NamespacedName)
		r.lagging.forget(req.NamespacedName)
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if wait := r.untilCached(obj, req); wait > 0 {
		return reconcile.Result{RequeueAfter: wait}, nil
	}
	before, ok := obj.DeepCopyObject().(T)
	if !ok {
		return reconcile.Result{}, nil
	}
	defer r.sent.Delete(obj.GetUID())
	defer r.ahead.Delete(obj.GetUID())
	oldest := LastTurn(obj)
	asked := r.lookNow(obj, req)
	if asked {
		oldest = r.Clock.Now()
	}
	ctx = context.WithValue(ctx, oldestEvidence{}, oldest)
	if asked || awaited(obj) {
		ctx = issuer.Hurry(ctx)
	}
	ctx = context.WithValue(ctx, roundBegan{}, began)

	after, err := r.Sync(ctx, obj)
	if IsWrite(err) {
		return r.retryWrite(ctx, req, before, err), nil
	}
	if gone(obj) {
		r.failures.forget(req.NamespacedName)
		return reconcile.Result{}, nil
	}
	result, problem := r.conclude(ctx, req, before, obj, after, err)
	if err := r.saveIfChanged(ctx, before, obj); err != nil {
		return r.retryWrite(ctx, req, before, err), nil
	}
	r.conflicts.forget(req.NamespacedName)
	r.writes.forget(req.NamespacedName)
	r.announce(ctx, before, obj, problem)
	return result, nil
}

// longestLag is how long a cache may be behind what this process wrote. A cluster that was
// restored from a backup has lost that write, and its versions count from before it.
const longestLag = 30 * time.Second

// untilCached is when to look again at an object that is older than what this process wrote;
// 0 begins the round. What was written is forgotten in the end: the API server refuses a claim
// over an old object anyway.
func (r *Runner[T]) untilCached(obj T, req reconcile.Request) time.Duration {
	if !r.written.behind(obj) {
		r.lagging.forget(req.NamespacedName)
		return 0
	}
	problem := &Problem{Severity: lagging}
	behind := r.lagging.note(req.NamespacedName, problem, 0, r.Clock.Now())
	if behind < longestLag {
		return delay(problem, behind)
	}
	r.written.forget(obj.GetUID())
	r.lagging.forget(req.NamespacedName)
	return 0
}

// oldestEvidence is the time before which no picture of the issuer serves a round.
type oldestEvidence struct{}

// Since is how old a picture of the issuer may be that serves a round: maxAge; no older
// than the round itself when a person asked to look now; and never older than the
// last turn of the object's conditions, because another process may have written that
// from a newer picture than this one has kept.
func Since(ctx context.Context, now time.Time, maxAge time.Duration) time.Time {
	since := now.Add(-maxAge)
	oldest, _ := ctx.Value(oldestEvidence{}).(time.Time)
	if oldest.After(now) {
		oldest = now // a clock that was ahead of ours
	}
	if oldest.After(since) {
		return oldest
	}
	return since
}

// awaited reports whether somebody waits for obj: a spec that no round has seen yet, which may
// ask for a freeze, or an effect under way. Even a sweep that it needs is no routine then.
func awaited(obj v1alpha1.Object) bool {
	ledger, keeps := any(obj).(v1alpha1.LedgerObject)
	return obj.Common().ObservedGeneration != obj.GetGeneration() || keeps && ledger.Ledger().Intent != nil
}

// LastTurn is when a condition of obj last changed its status.
func LastTurn(obj v1alpha1.Object) time.Time {
	var last time.Time
	for _, c := range obj.Common().Conditions {
		if c.LastTransitionTime.After(last) {
			last = c.LastTransitionTime.Time
		}
	}
	return last
}

// maxToken is what status.lastHandledReconcileAt can hold.
const maxToken = 1024

// lookNow echoes the look-now annotation and reports whether it is new. A new one
// forgets all backoff, as a new spec does.
func (r *Runner[T]) lookNow(obj T, req reconcile.Request) bool {
	token := issuer.Truncate(obj.GetAnnotations()[v1alpha1.AnnotationReconcileAt], maxToken)
	common := obj.Common()
	asked := token != common.LastHandledReconcileAt
	if asked {
		r.failures.forget(req.NamespacedName)
	}
	common.LastHandledReconcileAt = token
	return asked && token != ""
}

// conclude turns the end of a round into conditions and a delay. The problem is what they say.
func (r *Runner[T]) conclude(ctx context.Context, req reconcile.Request, before, obj T, after time.Duration, err error) (reconcile.Result, *Problem) {
	if err == nil {
		r.failures.forget(req.NamespacedName)
		summarise(obj, nil)
		obj.Common().ObservedGeneration = obj.GetGeneration()
		return reconcile.Result{RequeueAfter: after}, nil
	}
	problem := Explain(err)
	failing := r.failures.note(req.NamespacedName, problem, obj.GetGeneration(), r.Clock.Now())
	logProblem(ctx, problem)
	if r.bears(before, obj, problem, failing) {
		obj.Common().Conditions = before.Common().Conditions
		return reconcile.Result{RequeueAfter: delay(problem, failing)}, nil
	}
	var step *stepError
	if errors.As(err, &step) {
		Not(obj, step.condition, problem.Reason, problem.Message)
	}
	summarise(obj, problem)
	obj.Common().ObservedGeneration = obj.GetGeneration()
	return reconcile.Result{RequeueAfter: delay(problem, failing)}, problem
}

// bears reports whether a problem is left unsaid for now.
func (r *Runner[T]) bears(before, obj T, p *Problem, failing time.Duration) bool {
	return r.Steady && p.Severity == Transient && p.Question == nil && failing < tolerance &&
		IsTrue(before, before.RootCondition()) && before.Common().ObservedGeneration == obj.GetGeneration() &&
		obj.GetDeletionTimestamp() == nil
}

func (r *Runner[T]) saveIfChanged(ctx context.Context, before, obj T) error {
	_, wasSent := r.sent.Load(obj.GetUID())
	before.SetResourceVersion(obj.GetResourceVersion())
	before.SetFinalizers(obj.GetFinalizers())
	if !wasSent && Same(before, obj) {
		return nil
	}
	return client.IgnoreNotFound(r.save(ctx, obj))
}

// retryWrite: a conflict is not an error, the object in hand was old.
func (r *Runner[T]) retryWrite(ctx context.Context, req reconcile.Request, before T, err error) reconcile.Result {
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		log.FromContext(ctx).V(1).Info("the object changed meanwhile; looking again")
		problem := &Problem{Severity: outdated}
		return reconcile.Result{RequeueAfter: delay(problem, r.conflicts.note(req.NamespacedName, problem, before.GetGeneration(), r.Clock.Now()))}
	}
	problem := &Problem{Severity: Transient}
	failing := r.writes.note(req.NamespacedName, problem, before.GetGeneration(), r.Clock.Now())
	log.FromContext(ctx).Error(err, "the API server did not take a write")
	if failing >= bearable(err) {
		r.sayRefused(ctx, before, err)
	}
	return reconcile.Result{RequeueAfter: delay(problem, failing)}
}

// bearable is how long a write may fail before people are told: not long when the API server
// has understood it and says no, which a policy or missing permissions do for good.
func bearable(err error) time.Duration {
	if apierrors.IsForbidden(err) || apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) || apierrors.IsRequestEntityTooLargeError(err) {
		return refusedTwice
	}
	return tolerance
}

// refusedTwice lets a write fail a few times, as while permissions are being changed.
const refusedTwice = 5 * time.Second

// sayRefused tells people that the API server does not take what the operator has to write,
// and what that holds up. Where nothing of the round was written, a condition can say it too.
func (r *Runner[T]) sayRefused(ctx context.Context, before T, err error) {
	what, then := "a write of this object", "What was learned in the round is not kept, and nothing new is sent"
	var finalizer *finalizerError
	unwritten := errors.As(err, &finalizer)
	if unwritten {
		what, then = "the finalizer of this object", "Nothing is sent to the issuer before it is there"
	}
	message := fmt.Sprintf("the API server does not take %s: %s. %s. Check the operator's permissions (config/rbac), admission policies and webhooks, and that the CRDs are of its version",
		what, issuer.Truncate(issuer.Clean(err.Error()), besideQuestion), then)
	r.Warn(before, v1alpha1.EventWriteRefused, "Reconcile", "%s", message)
	obj, ok := before.DeepCopyObject().(T)
	if !unwritten || !ok {
		return
	}
	summarise(obj, &Problem{Severity: Transient, Reason: v1alpha1.ReasonReconcileError, Message: message})
	obj.Common().ObservedGeneration = obj.GetGeneration()
	if err := r.saveIfChanged(ctx, before, obj); err != nil {
		log.FromContext(ctx).Error(err, "the condition that says so was not taken either")
	}
}

// announce records an Event when the root condition changed what it says, or asks a person
// what it did not ask before.
func (r *Runner[T]) announce(ctx context.Context, before, obj T, p *Problem) {
	asked := r.askedNow(ctx, before, obj, p)
	root := ConditionOf(obj, obj.RootCondition())
	was := ConditionOf(before, obj.RootCondition())
	if root == nil || (!asked && was != nil && was.Status == root.Status && was.Reason == root.Reason) {
		return
	}
	stalled := ConditionOf(obj, v1alpha1.ConditionStalled) != nil
	if stalled || noisy[root.Reason] {
		r.Warn(obj, root.Reason, "Reconcile", "%s", root.Message)
		return
	}
	r.Tell(obj, root.Reason, "Reconcile", "%s", root.Message)
}

// noisy reasons are Warnings although the operator goes on by itself.
var noisy = map[string]bool{
	v1alpha1.ReasonIssuerUnavailable: true,
	v1alpha1.ReasonIssuerUnreadable:  true,
	v1alpha1.ReasonRateLimited:       true,
	v1alpha1.ReasonOutcomeUnknown:    true,
	v1alpha1.ReasonReconcileError:    true,
}

func logProblem(ctx context.Context, p *Problem) {
	logger := log.FromContext(ctx)
	if p.Severity == Waiting {
		logger.V(1).Info("waiting", "reason", p.Reason, "message", p.Message)
		return
	}
	logger.Info("not as asked", "reason", p.Reason, "message", p.Message)
}

// IsWrite reports whether the API server refused a write, or may have. Nothing may be
// written over what is there then.
func IsWrite(err error) bool {
	var w *writeError
	return errors.As(err, &w) || apierrors.IsConflict(err)
}

// gone reports whether the object has left: nothing holds it and it is being deleted.
func gone(o v1alpha1.Object) bool {
	return o.GetDeletionTimestamp() != nil && len(o.GetFinalizers()) == 0
}
