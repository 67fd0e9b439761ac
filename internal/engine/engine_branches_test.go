package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
)

// The answer was lost and now the records cannot be read: nothing is concluded from
// that, however long it lasts, and nothing is sent again.
func TestRecordsThatCannotBeReadResolveNothing(t *testing.T) {
	b := newBench(t, newCard())
	s := &script{answers: []error{ambiguous()}}
	f, card := b.transfer(s), b.stored()
	if _, err := b.engine.Pursue(ctx, card, f); err == nil {
		t.Fatal("the answer was lost")
	}
	claimed := *card.Status.Intent
	s.lookErr = unavailable()
	for range 10 {
		b.clock.Advance(time.Hour)
		_, err := b.engine.Pursue(ctx, card, f)
		if p := engine.Explain(err); p.Reason != v1alpha1.ReasonIssuerUnavailable || p.Severity != engine.Transient {
			t.Fatalf("got %+v", p)
		}
	}
	if in := card.Status.Intent; in == nil || in.AbsentSince != nil || in.ID != claimed.ID || in.Attempt != 1 || len(s.sent) != 1 {
		t.Errorf("sent %d times, %+v", len(s.sent), in)
	}
}

// The object changed while its call was made and cannot be read again: what was learned
// is not written over what nobody has seen. The claim is there, and the next round looks.
func TestAnOutcomeIsNotCarriedOverWhatCannotBeRead(t *testing.T) {
	b := newBench(t, newCard())
	b.engine.Reader = interceptor.NewClient(b.api, interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			return errors.New("the API server is away")
		},
	})
	s := &script{looks: []engine.Sighting{{Presence: engine.Absent}, {Presence: engine.Happened}}}
	s.onSend = func() { b.meddle(func(c *v1alpha1.VirtualCard) { c.Spec.Label = "changed meanwhile" }) }
	after := b.round(b.runner(func(ctx context.Context, c *v1alpha1.VirtualCard) (time.Duration, error) {
		_, err := b.engine.Pursue(ctx, c, b.transfer(s))
		c.Status.Funded = "50.00"
		return time.Minute, err
	}))
	stored := b.stored()
	if stored.Status.Intent == nil || stored.Status.Intent.ID != "id-1" || stored.Status.Funded != "" || stored.Spec.Label != "changed meanwhile" {
		t.Errorf("stored: %+v", stored.Status)
	}
	if after <= 0 || after > 5*time.Second {
		t.Errorf("looked at again after %v", after)
	}
}

// What keeps an effect from being sent keeps the same id from being sent again too; what
// was sent is looked for all the while, and is found.
func TestABlockedEffectIsLookedForAndNotSent(t *testing.T) {
	why := engine.Stall(v1alpha1.ReasonConflict, "for another card")
	blocked := func(f *engine.Effect) { f.Blocked = why }
	b := newBench(t, newCard())
	s := &script{answers: []error{ambiguous()}}
	card := b.stored()
	if _, err := b.engine.Pursue(ctx, card, b.transfer(s, blocked)); !errors.Is(err, why) || card.Status.Intent != nil || len(s.sent) != 0 {
		t.Fatalf("%v, sent %d times", err, len(s.sent))
	}
	_, _ = b.engine.Pursue(ctx, card, b.transfer(s))
	_, _ = b.until(card, b.transfer(s, blocked), func(_ engine.Pursuit, err error) bool { return errors.Is(err, why) })
	if in := card.Status.Intent; in == nil || in.Attempt != 1 || len(s.sent) != 1 {
		t.Errorf("sent %d times, %+v", len(s.sent), in)
	}
	s.looks = []engine.Sighting{{Presence: engine.Happened}}
	if got, err := b.engine.Pursue(ctx, card, b.transfer(s, blocked)); err != nil || got.End != engine.EndHappened || card.Status.Intent != nil {
		t.Errorf("%+v, %v", got, err)
	}
}
