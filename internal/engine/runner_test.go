package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

type syncFunc func(context.Context, *v1alpha1.VirtualCard) (time.Duration, error)

func (b *bench) runner(sync syncFunc) *engine.Runner[*v1alpha1.VirtualCard] {
	return &engine.Runner[*v1alpha1.VirtualCard]{
		Engine: b.engine, Sync: sync, New: func() *v1alpha1.VirtualCard { return &v1alpha1.VirtualCard{} },
	}
}

func (b *bench) round(r *engine.Runner[*v1alpha1.VirtualCard]) time.Duration {
	b.t.Helper()
	result, err := r.Reconcile(ctx, reconcile.Request{NamespacedName: cardKey})
	if err != nil {
		b.t.Fatalf("delays are ours, not the queue's: %v", err)
	}
	return result.RequeueAfter
}

func fine(_ context.Context, c *v1alpha1.VirtualCard) (time.Duration, error) {
	engine.OK(c, v1alpha1.ConditionReady, v1alpha1.ReasonReady, "the card can pay")
	return time.Minute, nil
}

func failing(err error) syncFunc {
	return func(context.Context, *v1alpha1.VirtualCard) (time.Duration, error) { return 0, err }
}

func unavailable() error { return &issuer.Error{Class: issuer.Unavailable, Op: "list cards"} }

func TestARoundThatChangesNothingWritesNothing(t *testing.T) {
	b := newBench(t, newCard())
	r := b.runner(fine)
	after := b.round(r)
	if b.writes != 1 || after < time.Minute || after > 72*time.Second {
		t.Errorf("the first round is written once and spread by a fifth at most: %d writes, %v", b.writes, after)
	}
	if stored := b.stored(); stored.Status.ObservedGeneration != 1 || !engine.IsTrue(stored, "Ready") {
		t.Errorf("stored: %+v", stored.Status)
	}
	for range 3 {
		b.clock.Advance(time.Minute)
		b.round(r)
	}
	if b.writes != 1 {
		t.Errorf("a fleet at rest must not write: %d writes", b.writes)
	}
	if len(b.told) != 1 || b.told[0] != "Normal Ready the card can pay" {
		t.Errorf("said once, when it changed: %q", b.told)
	}
}

func TestAnOutcomeIsCarriedOverAConflict(t *testing.T) {
	b := newBench(t, newCard())
	s := &script{looks: []engine.Sighting{{Presence: engine.Absent}, {Presence: engine.Happened}}}
	s.onSend = func() {
		b.meddle(func(c *v1alpha1.VirtualCard) { c.Spec.Label = "changed by a person while the call was made" })
	}
	b.round(b.runner(func(ctx context.Context, c *v1alpha1.VirtualCard) (time.Duration, error) {
		_, err := b.engine.Pursue(ctx, c, b.transfer(s))
		c.Status.Funded, c.Status.Movements = "50.00", 1
		return time.Minute, err
	}))
	stored := b.stored()
	if stored.Status.Funded != "50.00" || stored.Status.Movements != 1 || stored.Status.Intent != nil {
		t.Errorf("what was paid must be in the books although the spec changed: %+v", stored.Status)
	}
	if stored.Spec.Label == "" {
		t.Error("the person's change must survive")
	}
}

func TestAnOutcomeIsNotWrittenOverAnotherClaim(t *testing.T) {
	b := newBench(t, newCard())
	s := &script{}
	s.onSend = func() {
		stored := b.stored()
		stored.Status.Intent.ClaimedAt = metav1.NewMicroTime(epoch.Add(time.Hour))
		if err := b.api.Status().Update(ctx, stored); err != nil {
			t.Fatal(err)
		}
	}
	after := b.round(b.runner(func(ctx context.Context, c *v1alpha1.VirtualCard) (time.Duration, error) {
		_, err := b.engine.Pursue(ctx, c, b.transfer(s))
		return 0, err
	}))
	if in := b.stored().Status.Intent; in == nil || in.Outcome != "" || !in.ClaimedAt.Time.Equal(epoch.Add(time.Hour)) {
		t.Errorf("another leader's claim stands: %+v", in)
	}
	if after > time.Second {
		t.Errorf("looked at again after %v, want at once", after)
	}
}

func TestAConflictWithoutASendOverwritesNothing(t *testing.T) {
	b := newBench(t, newCard())
	r := b.runner(func(_ context.Context, c *v1alpha1.VirtualCard) (time.Duration, error) {
		b.meddle(func(o *v1alpha1.VirtualCard) { o.Labels = map[string]string{"a": "b"} })
		c.Status.Funded = "99.00"
		return time.Minute, nil
	})
	if after := b.round(r); after > time.Second || b.stored().Status.Funded != "" {
		t.Errorf("an old object in hand is read again, not saved: after %v", after)
	}
}

func TestAFailedClaimIsNotOverwrittenByConditions(t *testing.T) {
	b := newBench(t, newCard(func(c *v1alpha1.VirtualCard) { c.Status.ObservedGeneration = 1 }))
	b.refuse = func(int) error { return apierrors.NewInternalError(errors.New("etcd")) }
	r := b.runner(func(ctx context.Context, c *v1alpha1.VirtualCard) (time.Duration, error) {
		_, err := b.engine.Pursue(ctx, c, b.transfer(&script{}))
		return 0, err
	})
	first := b.round(r)
	if b.writes != 1 {
		t.Errorf("the claim may have been stored; a status without it must not be: %d writes", b.writes)
	}
	b.clock.Advance(time.Minute)
	if second := b.round(r); first <= 0 || second <= first {
		t.Errorf("tried again ever less often: %v, then %v", first, second)
	}
}

func TestAProblemShowsInConditions(t *testing.T) {
	for name, c := range map[string]struct {
		why            string
		err            error
		present, other string
		event          string
	}{
		"waiting":   {"it goes on by itself", engine.Wait(v1alpha1.ReasonWaitingForBudget, "create it"), "Reconciling", "Stalled", "Normal"},
		"transient": {"it goes on by itself, but is worth a Warning", unavailable(), "Reconciling", "Stalled", "Warning"},
		"refused":   {"a person may have to act", refusal(), "Stalled", "Reconciling", "Warning"},
		"stalled":   {"a person has to act", engine.Stall(v1alpha1.ReasonUnknownBIN, "no such BIN"), "Stalled", "Reconciling", "Warning"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, newCard())
			r := b.runner(failing(engine.In(v1alpha1.ConditionIssued, c.err)))
			after := b.round(r)
			stored, reason := b.stored(), engine.Explain(c.err).Reason
			for _, condition := range []string{"Ready", "Issued"} {
				got := engine.ConditionOf(stored, condition)
				if got == nil || got.Status != metav1.ConditionFalse || got.Reason != reason || got.ObservedGeneration != 1 {
					t.Errorf("%s: condition %s is %+v", c.why, condition, got)
				}
			}
			if !engine.IsTrue(stored, c.present) || engine.ConditionOf(stored, c.other) != nil {
				t.Errorf("%s: kstatus wants %s and no %s: %+v", c.why, c.present, c.other, stored.Status.Conditions)
			}
			if len(b.told) != 1 || !strings.HasPrefix(b.told[0], c.event+" "+reason) {
				t.Errorf("%s: events %q", c.why, b.told)
			}
			if after <= 0 {
				t.Error("somebody must look again")
			}
			r.Sync = fine
			b.round(r)
			for _, gone := range []string{"Reconciling", "Stalled"} {
				if engine.ConditionOf(b.stored(), gone) != nil {
					t.Errorf("%s must go with its cause", gone)
				}
			}
		})
	}
}

func TestASteadyKindBearsAShortOutage(t *testing.T) {
	b := newBench(t, newCard())
	r := b.runner(fine)
	r.Steady = true
	b.round(r)
	r.Sync = func(_ context.Context, c *v1alpha1.VirtualCard) (time.Duration, error) {
		engine.Not(c, v1alpha1.ConditionSynced, v1alpha1.ReasonSynced, "half way")
		return 0, unavailable()
	}
	for _, passed := range []time.Duration{0, 4 * time.Minute, 59 * time.Second} {
		b.clock.Advance(passed)
		b.round(r)
		if !engine.IsTrue(b.stored(), "Ready") || b.writes != 1 {
			t.Fatal("nobody is paged about an outage of less than five minutes; its CardIssuer says it")
		}
	}
	b.clock.Advance(time.Second)
	b.round(r)
	if engine.IsTrue(b.stored(), "Ready") {
		t.Error("after five minutes the card no longer says that all is well")
	}
}

func TestSteadyBearsOnlyWhatPassesByItself(t *testing.T) {
	for name, c := range map[string]struct {
		why    string
		steady bool
		err    error
		before func(*v1alpha1.VirtualCard)
	}{
		"another kind":   {"only kinds that say so bear anything", false, unavailable(), nil},
		"a refusal":      {"a refusal is news", true, refusal(), nil},
		"a wait":         {"what it waits for is news", true, engine.Wait("X", "x"), nil},
		"a new spec":     {"the new spec is not yet in force", true, unavailable(), func(c *v1alpha1.VirtualCard) { c.Generation = 2 }},
		"never was fine": {"there is nothing to keep", true, unavailable(), func(c *v1alpha1.VirtualCard) { c.Status.Conditions = nil }},
		"being deleted": {"who deletes wants to know what it waits for", true, unavailable(), func(c *v1alpha1.VirtualCard) {
			now := metav1.NewTime(epoch)
			c.DeletionTimestamp, c.Finalizers = &now, []string{v1alpha1.Finalizer}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, newCard(func(o *v1alpha1.VirtualCard) {
				o.Status.ObservedGeneration = 1
				engine.OK(o, "Ready", "Ready", "fine")
				if c.before != nil {
					c.before(o)
				}
			}))
			r := b.runner(failing(c.err))
			r.Steady = c.steady
			b.round(r)
			if engine.IsTrue(b.stored(), "Ready") || engine.ConditionOf(b.stored(), "Ready") == nil {
				t.Errorf("%s: %+v", c.why, b.stored().Status.Conditions)
			}
		})
	}
}

// A process that was paused keeps an old picture: what another has written since is not
// taken back because of it.
func TestAnOldPictureDoesNotTakeBackANewerStatus(t *testing.T) {
	for why, c := range map[string]struct {
		turned, want time.Duration // from now
	}{
		"turned since the picture may have been taken": {-10 * time.Second, -10 * time.Second},
		"turned long ago":                 {-time.Hour, -time.Minute},
		"turned by a clock that is ahead": {time.Hour, 0},
	} {
		t.Run(why, func(t *testing.T) {
			b := newBench(t, newCard(func(card *v1alpha1.VirtualCard) {
				card.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue,
					LastTransitionTime: metav1.NewTime(epoch.Add(c.turned))}}
			}))
			b.round(b.runner(func(ctx context.Context, _ *v1alpha1.VirtualCard) (time.Duration, error) {
				if got := engine.Since(ctx, b.clock.Now(), time.Minute).Sub(epoch); got != c.want {
					t.Errorf("pictures since %v serve, want %v", got, c.want)
				}
				return 0, nil
			}))
		})
	}
}

func TestLookNowIsAskedOnceAndForgetsBackoff(t *testing.T) {
	b := newBench(t, newCard())
	var since []time.Time
	r := b.runner(func(ctx context.Context, _ *v1alpha1.VirtualCard) (time.Duration, error) {
		since = append(since, engine.Since(ctx, b.clock.Now(), time.Minute))
		return 0, unavailable()
	})
	b.round(r)
	b.clock.Advance(90 * time.Second)
	if slow := b.round(r); slow != 90*time.Second {
		t.Fatalf("the delay is as long as it has been failing: %v", slow)
	}
	b.meddle(func(c *v1alpha1.VirtualCard) {
		c.Annotations = map[string]string{v1alpha1.AnnotationReconcileAt: "monday"}
	})
	if soon := b.round(r); soon != time.Second {
		t.Errorf("who asks to look now does not wait for old failures: %v", soon)
	}
	if got := b.stored().Status.LastHandledReconcileAt; got != "monday" {
		t.Errorf("the echo tells that it was acted on: %q", got)
	}
	b.round(r)
	want := []time.Duration{time.Minute, time.Minute, 0, time.Minute}
	for i, began := range []time.Duration{0, 90 * time.Second, 90 * time.Second, 90 * time.Second} {
		if age := epoch.Add(began).Sub(since[i]); age != want[i] {
			t.Errorf("round %d accepts a picture of age %v, want %v: only the one that was asked for looks afresh", i, age, want[i])
		}
	}
}

func TestANewSpecForgetsBackoff(t *testing.T) {
	b := newBench(t, newCard())
	r := b.runner(failing(unavailable()))
	b.round(r)
	b.clock.Advance(90 * time.Second)
	b.round(r)
	b.meddle(func(c *v1alpha1.VirtualCard) { c.Generation, c.Spec.Label = 2, "new" })
	if b.stored().Generation == 1 {
		t.Skip("this fake keeps generations to itself")
	}
	if soon := b.round(r); soon != time.Second {
		t.Errorf("a person who mended the spec is not kept waiting: %v", soon)
	}
}

func TestAnObjectThatIsGoneIsLeftAlone(t *testing.T) {
	b := newBench(t, newCard(func(c *v1alpha1.VirtualCard) { c.Name = "another" }))
	if after := b.round(b.runner(failing(errors.New("must not run")))); after != 0 || b.writes != 0 {
		t.Error("nothing to read, nothing to do")
	}
	now := metav1.NewTime(epoch)
	b = newBench(t, newCard(func(c *v1alpha1.VirtualCard) {
		c.DeletionTimestamp, c.Finalizers = &now, []string{v1alpha1.Finalizer}
	}))
	after := b.round(b.runner(func(ctx context.Context, c *v1alpha1.VirtualCard) (time.Duration, error) {
		return 0, b.engine.Release(ctx, c)
	}))
	if after != 0 || b.writes != 0 {
		t.Error("a status cannot be written to an object that was just let go")
	}
}
