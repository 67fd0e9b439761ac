package engine_test

import (
	"context"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

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
	b.engine.NoteLostStatus(card)
	b.clock.Advance(timing.InFlight() + timing.ListingLag - 5*time.Second)
	_, _ = b.engine.Pursue(t.Context(), card, f)
	if len(s.sent) > 0 {
		t.Error("sent on the evidence of a look that began too early")
	}
}

// A claim that was refused just after the finalizer went on, as by somebody's edit, is no lost
// status: this process has sent nothing. After a moment another one may have.
func TestAFirstClaimThatIsRefusedIsNoLostStatus(t *testing.T) {
	for name, c := range map[string]struct {
		between func(*bench, *v1alpha1.VirtualCard)
		lost    bool
	}{
		"at once":                        {func(*bench, *v1alpha1.VirtualCard) {}, false},
		"some seconds later":             {func(b *bench, _ *v1alpha1.VirtualCard) { b.clock.Advance(5 * time.Second) }, true},
		"after a pause while it went on": {func(*bench, *v1alpha1.VirtualCard) {}, true},
		"by another process": {func(b *bench, _ *v1alpha1.VirtualCard) {
			b.engine = &engine.Engine{Client: b.api, Reader: b.api, Clock: b.clock}
		}, true},
		"claimed, and lost afterwards": {func(b *bench, _ *v1alpha1.VirtualCard) { b.claimAndLose() }, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, newCard())
			b.refuse = func(n int) error {
				if n == 1 {
					return conflict()
				}
				return nil
			}
			if name == "after a pause while it went on" {
				b.pausesInPatches(10 * time.Second)
			}
			s, card := &script{}, b.stored()
			if _, err := b.engine.Pursue(t.Context(), card, b.transfer(s)); err == nil || len(s.sent) > 0 {
				t.Fatalf("the claim was refused: %v", err)
			}
			c.between(b, card)
			again := b.stored()
			b.engine.NoteLostStatus(again)
			if (again.Status.SettlingSince != nil) != c.lost {
				t.Errorf("settling since %v", again.Status.SettlingSince)
			}
		})
	}
}

// pausesInPatches holds the process up after the API server has taken a patch.
func (b *bench) pausesInPatches(d time.Duration) {
	b.engine.Client = interceptor.NewClient(b.api, interceptor.Funcs{
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			defer b.clock.Advance(d)
			return c.Patch(ctx, o, p, opts...)
		},
	})
}

// claimAndLose lets the claim through, and then somebody wipes the status.
func (b *bench) claimAndLose() {
	_, _ = b.engine.Pursue(b.t.Context(), b.stored(), b.transfer(&script{answers: []error{ambiguous()}}))
	card := b.stored()
	if card.Status.Intent == nil {
		b.t.Fatal("it was claimed")
	}
	card.Status = v1alpha1.VirtualCardStatus{}
	if err := b.api.Status().Update(b.t.Context(), card); err != nil {
		b.t.Fatal(err)
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
