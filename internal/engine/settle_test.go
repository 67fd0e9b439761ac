package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

// "never" was said of attempt 1; attempt 2 certainly had no effect; the next attempt is
// lost after the commit. The old word must not speak of it.
func TestAWordIsTakenOnceWhateverBecomesOfTheNextAttempt(t *testing.T) {
	for name, second := range map[string]error{"deferred": &issuer.Error{Class: issuer.RateLimited, Op: "move"}, "refused": refusal()} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, newCard())
			s := &script{answers: []error{ambiguous(), second, ambiguous(), ambiguous()}}
			f := b.transfer(s)
			round := func() {
				card := b.stored()
				if _, err := b.engine.Pursue(t.Context(), card, f); !engine.IsWrite(err) {
					if err := b.api.Status().Update(t.Context(), card); err != nil {
						t.Fatal(err)
					}
				}
				b.clock.Advance(time.Second)
			}
			round()
			b.meddle(func(c *v1alpha1.VirtualCard) {
				c.Annotations = map[string]string{v1alpha1.AnnotationSettle: "id-1/1=never"}
			})
			for range 4 {
				round()
			}
			if len(s.sent) > 3 {
				t.Errorf("sent %d times; the last two %v apart", len(s.sent), s.sent[3].Sub(s.sent[2]))
			}
		})
	}
}

// A look that begins before the wait is over proves nothing, however late it ends.
func TestSettlingCountsFromTheBeginningOfTheLook(t *testing.T) {
	b := newBench(t, newCard(func(c *v1alpha1.VirtualCard) { c.Finalizers = []string{v1alpha1.Finalizer} }))
	s := &script{answers: []error{nil}}
	f := b.transfer(s)
	look := f.Look
	f.Look = func(ctx context.Context, since time.Time) (engine.Sighting, error) {
		seen, err := look(ctx, since)
		b.clock.Advance(10 * time.Second)
		return seen, err
	}
	card := b.stored()
	engine.NoteLostStatus(card, b.clock.Now())
	b.clock.Advance(timing.InFlight() + timing.ListingLag - 5*time.Second)
	_, _ = b.engine.Pursue(t.Context(), card, f)
	if len(s.sent) > 0 {
		t.Error("sent on the evidence of a look that began too early")
	}
}

func TestAFeeOfAnUnknownKindBesideAPaymentIsNoTwin(t *testing.T) {
	rows := []issuer.Movement{
		{ID: "1", ClientID: "w", Kind: issuer.MovementOut, Status: issuer.MovementClosed},
		{ID: "2", ClientID: "w", Kind: issuer.MovementOther, Status: issuer.MovementClosed},
	}
	if seen, row, err := engine.Sight(rows, "w"); err != nil || seen.Presence != engine.Happened || row.ID != "1" {
		t.Errorf("%+v %+v %v", seen, row, err)
	}
}
