package engine_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

// bench is an engine over a fake API server, with one card on it and a trail of
// everything that left the engine.
type bench struct {
	t      *testing.T
	clock  *clock.Fake
	engine *engine.Engine
	api    client.WithWatch
	trail  []string
	told   []string
	// refuse, when set, may answer the n-th status write instead of the API server.
	refuse func(write int) error
	writes int
	// steps are the transitions that Observe was told of.
	steps []string
}

var cardKey = client.ObjectKey{Namespace: "ads", Name: "search"}

func newCard(change ...func(*v1alpha1.VirtualCard)) *v1alpha1.VirtualCard {
	card := &v1alpha1.VirtualCard{ObjectMeta: metav1.ObjectMeta{
		Namespace: cardKey.Namespace, Name: cardKey.Name, UID: "uid-1", Generation: 1,
	}}
	for _, c := range change {
		c(card)
	}
	return card
}

func newBench(t *testing.T, card *v1alpha1.VirtualCard) *bench {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, clock: clock.NewFake(epoch)}
	b.api = fake.NewClientBuilder().WithScheme(scheme).WithObjects(card).WithStatusSubresource(&v1alpha1.VirtualCard{}).
		WithInterceptorFuncs(interceptor.Funcs{
			SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, o client.Object, opts ...client.SubResourceUpdateOption) error {
				b.writes++
				b.trail = append(b.trail, "write")
				if b.refuse != nil {
					if err := b.refuse(b.writes); err != nil {
						return err
					}
				}
				return c.SubResource(sub).Update(ctx, o, opts...)
			},
			Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
				b.trail = append(b.trail, "finalizer")
				return c.Patch(ctx, o, p, opts...)
			},
		}).Build()
	b.engine = &engine.Engine{Client: b.api, Reader: b.api, Clock: b.clock, Events: b,
		Observe: func(r engine.Record) { b.steps = append(b.steps, string(r.Transition)) }}
	return b
}

// Eventf implements engine.Events.
func (b *bench) Eventf(_, _ runtime.Object, kind, reason, _, note string, args ...any) {
	b.told = append(b.told, kind+" "+reason+" "+fmt.Sprintf(note, args...))
}

// stored is the card as the API server has it.
func (b *bench) stored() *v1alpha1.VirtualCard {
	b.t.Helper()
	var card v1alpha1.VirtualCard
	if err := b.api.Get(context.Background(), cardKey, &card); err != nil {
		b.t.Fatal(err)
	}
	return &card
}

// meddle changes the stored card as somebody else would.
func (b *bench) meddle(change func(*v1alpha1.VirtualCard)) {
	b.t.Helper()
	card := b.stored()
	change(card)
	if err := b.api.Update(context.Background(), card); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) expectTrail(why string, want ...string) {
	b.t.Helper()
	if !slices.Equal(b.trail, want) {
		b.t.Errorf("%s: %q, want %q", why, b.trail, want)
	}
}

func conflict() error {
	return apierrors.NewConflict(schema.GroupResource{Resource: "virtualcards"}, cardKey.Name, nil)
}

// script is an issuer that answers what it is told to.
type script struct {
	bench *bench
	// looks are the answers to the looks, in order; the last one repeats.
	looks []engine.Sighting
	// answers to the sends, in order; the last one repeats.
	answers []error
	lookErr error

	sent   []time.Time
	permit issuer.Permit
	since  []time.Time
	// onSend runs within each send.
	onSend func()
}

func (s *script) look(_ context.Context, since time.Time) (engine.Sighting, error) {
	s.bench.trail = append(s.bench.trail, "look")
	s.since = append(s.since, since)
	if s.lookErr != nil {
		return engine.Sighting{}, s.lookErr
	}
	return next(&s.looks), nil
}

func (s *script) send(_ context.Context, p issuer.Permit) error {
	s.bench.trail = append(s.bench.trail, "send")
	s.sent, s.permit = append(s.sent, s.bench.clock.Now()), p
	if s.onSend != nil {
		s.onSend()
	}
	return next(&s.answers)
}

func next[T any](queue *[]T) T {
	var none T
	if len(*queue) == 0 {
		return none
	}
	first := (*queue)[0]
	if len(*queue) > 1 {
		*queue = (*queue)[1:]
	}
	return first
}

// transfer is the effect that most tests pursue.
func (b *bench) transfer(s *script, change ...func(*engine.Effect)) engine.Effect {
	s.bench = b
	if len(s.looks) == 0 {
		s.looks = []engine.Sighting{{Presence: engine.Absent}}
	}
	f := engine.Effect{
		Intent: v1alpha1.Intent{ID: "id-1", Action: v1alpha1.ActionFund, Amount: "50.00", Sequence: 1},
		What:   "transfer 50.00 to the card", Promise: engine.Promise{Timing: timing},
		Look: s.look, Send: s.send,
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

func ambiguous() error { return &issuer.Error{Class: issuer.Ambiguous, Op: "move"} }

func refusal() error {
	return &issuer.Error{Class: issuer.Invalid, Op: "move", Code: "17", Message: "insufficient funds"}
}
