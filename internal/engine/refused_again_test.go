package engine_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

// doubtfulNo is a refusal that no document explains: each repeat of it is made sure of.
func doubtfulNo() error {
	return &issuer.Error{Class: issuer.Invalid, Op: "move", Code: "17", Message: "insufficient funds", Doubtful: true}
}

// refusedFor plays an issuer that refuses for a while, and says at each round whether Stalled
// was there.
func refusedFor(t *testing.T, d time.Duration) (b *bench, s *script, r *engine.Runner[*v1alpha1.VirtualCard], stalled []bool) {
	t.Helper()
	b = newBench(t, newCard())
	s = &script{answers: []error{doubtfulNo()}}
	r = b.runner(b.pursues(s))
	for end := b.clock.Now().Add(d); b.clock.Now().Before(end); {
		after := b.round(r)
		stalled = append(stalled, engine.IsTrue(b.stored(), v1alpha1.ConditionStalled))
		b.clock.Advance(after)
	}
	return b, s, r, stalled
}

// Each repeat is refused, and each time it takes a while until that is certain: the repeats come
// less and less often all the same, up to five minutes apart.
func TestARefusedEffectIsAskedLessAndLessOften(t *testing.T) {
	_, s, _, _ := refusedFor(t, 4*time.Hour)
	sure := timing.InFlight() + timing.ListingLag + 30*time.Second // one refusal becomes certain
	var before time.Duration
	for i := 1; i < len(s.sent); i++ {
		gap := s.sent[i].Sub(s.sent[i-1])
		if gap < min(before-time.Minute, 5*time.Minute) || gap > 5*time.Minute+sure {
			t.Errorf("repeat %d after %v, before that %v", i, gap, before)
		}
		before = gap
	}
	if before < 5*time.Minute || len(s.sent) < 4*60/7 {
		t.Errorf("%d calls, the last after %v", len(s.sent), before)
	}
}

// Stalled stays with the first refusal that is certain, also while a repeat is made sure of.
func TestStalledStaysWhileARepeatIsMadeSureOf(t *testing.T) {
	b, _, r, stalled := refusedFor(t, time.Hour)
	turns := 0
	for i := 1; i < len(stalled); i++ {
		if stalled[i] != stalled[i-1] {
			turns++
		}
	}
	if stalled[0] || turns != 1 {
		t.Errorf("Stalled turned %d times: %v", turns, stalled)
	}
	for _, c := range b.stored().Status.Conditions {
		if c.Type == v1alpha1.ConditionReconciling && c.Status == metav1.ConditionTrue {
			t.Errorf("both say that all is under way: %+v", c)
		}
	}
	b.meddle(func(c *v1alpha1.VirtualCard) { c.Generation++ })
	for range 100 { // until the new spec's own order is sent
		if b.stored().Status.Intent != nil && b.stored().Status.ObservedGeneration == 2 {
			break
		}
		b.clock.Advance(b.round(r))
	}
	if stored := b.stored(); engine.IsTrue(stored, v1alpha1.ConditionStalled) || !engine.IsTrue(stored, v1alpha1.ConditionReconciling) {
		t.Errorf("of a new spec nothing is refused yet: %+v", stored.Status.Conditions)
	}
}

// A new spec and a person who asks to look now are not kept waiting by earlier refusals.
func TestAPersonDoesNotWaitForARefusal(t *testing.T) {
	for name, change := range map[string]func(*v1alpha1.VirtualCard){
		"a new spec": func(c *v1alpha1.VirtualCard) { c.Generation++ },
		"look now":   func(c *v1alpha1.VirtualCard) { c.Annotations = map[string]string{v1alpha1.AnnotationReconcileAt: "x"} },
	} {
		t.Run(name, func(t *testing.T) {
			b, s, r, _ := refusedFor(t, time.Hour)
			for b.stored().Status.Intent != nil { // until the latest refusal is certain
				b.clock.Advance(b.round(r))
			}
			calls := len(s.sent)
			b.meddle(change)
			if b.round(r); len(s.sent) != calls+1 {
				t.Errorf("sent %d times, before %d", len(s.sent), calls)
			}
		})
	}
}
