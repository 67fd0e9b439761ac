package engine_test

import (
	"context"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

type turnKey struct{}

// longUnanswered has an intent whose absence can be believed.
func longUnanswered(c *v1alpha1.VirtualCard) {
	claimed := metav1.NewMicroTime(epoch.Add(-time.Hour))
	c.Status.Intent = &v1alpha1.Intent{
		ID: "id-1", Action: v1alpha1.ActionFund, Amount: "50.00", Attempt: 1, ClaimedAt: claimed,
		Outcome: v1alpha1.OutcomeUnknown, AbsentSince: at(-30 * time.Minute),
	}
}

// The wait for the issuer's pace comes before the claim, however long it is: the claim is
// young when it is sent.
func TestTheTurnIsTakenBeforeTheClaim(t *testing.T) {
	b := newBench(t, newCard())
	s := &script{looks: []engine.Sighting{{Presence: engine.Absent}, {Presence: engine.Happened}}}
	effect := b.transfer(s, func(f *engine.Effect) {
		send := f.Send
		f.Send = func(ctx context.Context, permit issuer.Permit) error {
			if ctx.Value(turnKey{}) != "mine" {
				t.Error("the call is made with the turn that was taken for it")
			}
			return send(ctx, permit)
		}
		f.Promise.Turn = func(ctx context.Context) (context.Context, error) {
			b.trail = append(b.trail, "turn")
			b.clock.Advance(time.Minute)
			return context.WithValue(ctx, turnKey{}, "mine"), nil
		}
	})
	if _, err := b.engine.Pursue(ctx, b.stored(), effect); err != nil {
		t.Fatal(err)
	}
	b.expectTrail("nothing waits between claim and call", "look", "turn", "finalizer", "write", "send", "look")
	if want := epoch.Add(time.Minute + timing.Window); !s.permit.NotAfter.Equal(want) {
		t.Errorf("the right to send ends at %v, want %v", s.permit.NotAfter, want)
	}
}

// While nothing can be sent, as while the account rests, nothing is claimed: neither at first
// nor again.
func TestWithoutATurnNothingIsClaimed(t *testing.T) {
	for name, card := range map[string]*v1alpha1.VirtualCard{
		"the first time": newCard(),
		"again":          newCard(longUnanswered),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, card)
			s := &script{}
			held := b.stored()
			was := held.Status.Intent.DeepCopy()
			_, err := b.engine.Pursue(ctx, held, b.transfer(s, func(f *engine.Effect) {
				f.Promise.Turn = func(context.Context) (context.Context, error) {
					return nil, &issuer.Error{Class: issuer.RateLimited, RetryAfter: time.Minute}
				}
			}))
			if engine.Explain(err).Reason != v1alpha1.ReasonRateLimited || b.writes != 0 || len(s.sent) != 0 {
				t.Errorf("%v after %d writes and %d calls", err, b.writes, len(s.sent))
			}
			if got := held.Status.Intent; (got == nil) != (was == nil) || got != nil && got.Attempt != was.Attempt {
				t.Errorf("the intent is as it was: %+v, was %+v", got, was)
			}
		})
	}
}

// Somebody waits for what no round has seen yet, for an effect under way, and for what was
// asked to be looked at now. Everything else is routine.
func TestWhoIsWaitedForIsInAHurry(t *testing.T) {
	seen := func(c *v1alpha1.VirtualCard) { c.Status.ObservedGeneration = c.Generation }
	for name, c := range map[string]struct {
		card *v1alpha1.VirtualCard
		want bool
	}{
		"a new spec":          {newCard(), true},
		"at rest":             {newCard(seen), false},
		"an effect under way": {newCard(seen, longUnanswered), true},
		"asked to be seen now": {newCard(seen, func(c *v1alpha1.VirtualCard) {
			c.Annotations = map[string]string{v1alpha1.AnnotationReconcileAt: "now"}
		}), true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, c.card)
			b.round(b.runner(func(ctx context.Context, _ *v1alpha1.VirtualCard) (time.Duration, error) {
				if got := issuer.InHurry(ctx); got != c.want {
					t.Errorf("in a hurry: %v", got)
				}
				return 0, nil
			}))
		})
	}
}
