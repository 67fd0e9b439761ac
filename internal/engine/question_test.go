package engine_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
)

func (b *bench) noted(step string) int {
	return strings.Count(" "+strings.Join(b.steps, " ")+" ", " "+step+" ")
}

// unclear is an effect whose answer was lost and whose records cannot tell.
func unclear() *script {
	return &script{answers: []error{ambiguous()}, looks: []engine.Sighting{{Presence: engine.Absent}, {Presence: engine.Unclear}}}
}

func TestAQuestionIsCountedOncePerAttempt(t *testing.T) {
	b := newBench(t, newCard())
	s := unclear()
	r := b.runner(b.pursues(s))
	b.roundsFor(time.Hour, r)
	if b.noted("parked") != 1 || len(s.sent) != 1 {
		t.Fatalf("recorded %q", b.steps)
	}
	again := b.runner(b.pursues(s)) // another process
	b.round(again)
	b.meddle(func(c *v1alpha1.VirtualCard) {
		c.Annotations = map[string]string{v1alpha1.AnnotationSettle: "id-1/1=never"}
	})
	b.roundsFor(time.Hour, again)
	if b.noted("parked") != 2 || b.noted("settled") != 1 || len(s.sent) != 2 {
		t.Errorf("the second attempt is another question: %q", b.steps)
	}
	asked := 0
	for _, event := range b.told {
		if strings.HasPrefix(event, "Warning "+v1alpha1.ReasonNeedsDecision) {
			asked++
		}
	}
	if asked != 2 {
		t.Errorf("told %q", b.told)
	}
}

// A question is said although what stands beside it would be borne or only waited for.
func TestAQuestionIsNotBorne(t *testing.T) {
	asks := engine.Ask(v1alpha1.ReasonNeedsDecision, engine.Question{Intent: claimed(nil), Command: "kubectl say"}, "what became of it? kubectl say")
	for name, beside := range map[string]error{"an outage": unavailable(), "a wait": engine.Wait(v1alpha1.ReasonPending, "wait")} {
		b := newBench(t, newCard())
		r := b.runner(fine)
		r.Steady = true
		b.round(r)
		r.Sync = failing(engine.Beside(beside, asks))
		after := b.round(r)
		stalled := engine.ConditionOf(b.stored(), v1alpha1.ConditionStalled)
		if stalled == nil || stalled.Reason != engine.Explain(beside).Reason || !strings.Contains(stalled.Message, "besides: what became of it?") || b.noted("parked") != 1 {
			t.Errorf("%s: %+v, recorded %q", name, stalled, b.steps)
		}
		if after > 30*time.Second {
			t.Errorf("%s is tried again as before: after %v", name, after)
		}
	}
	if nothing := engine.Beside(nil, asks); nothing != nil {
		t.Errorf("there is nothing to say it beside of: %v", nothing)
	}
	if alone := unavailable(); !errors.Is(engine.Beside(alone, unavailable()), alone) {
		t.Error("what asks nothing adds nothing")
	}
}

// What is under way is looked at when it wants to be, though the object's problem can wait.
func TestAnIntentIsSettledInItsOwnTime(t *testing.T) {
	closed := engine.Every(time.Hour, engine.Stall(v1alpha1.ReasonClosed, "closed"))
	if same := engine.WhileSettling(closed, nil); !errors.Is(same, closed) {
		t.Errorf("nothing is under way: %v", same)
	}
	refusing := newBench(t, newCard())
	refusing.forbidPatches()
	_, write := refusing.engine.Pursue(ctx, refusing.stored(), refusing.transfer(&script{}))
	if !engine.IsWrite(write) || !errors.Is(engine.WhileSettling(closed, write), write) || !errors.Is(engine.WhileSettling(write, closed), write) {
		t.Errorf("a write that failed comes first: %v", write)
	}
	b := newBench(t, newCard())
	r := b.runner(failing(engine.WhileSettling(closed, engine.Poll(time.Minute, v1alpha1.ReasonPending, "looking"))))
	if after := b.round(r); after > 90*time.Second {
		t.Errorf("looked at after %v", after)
	}
	if root := engine.ConditionOf(b.stored(), v1alpha1.ConditionReady); root == nil || root.Reason != v1alpha1.ReasonClosed {
		t.Errorf("%+v", root)
	}
}

// A word that cannot be acted on yet is no step of the intent.
func TestAWordIsRecordedWhenItIsActedOn(t *testing.T) {
	b := newBench(t, newCard())
	s, card := &script{answers: []error{ambiguous()}}, b.stored()
	_, _ = b.engine.Pursue(ctx, card, b.transfer(s))
	card.Annotations = map[string]string{v1alpha1.AnnotationSettle: "id-1/1=never"}
	b.clock.Advance(timing.InFlight())
	for range 5 {
		_, _ = b.engine.Pursue(ctx, card, b.transfer(s, func(f *engine.Effect) { f.Suspended = true }))
	}
	if b.noted("settled") != 0 {
		t.Errorf("recorded %q", b.steps)
	}
	if got, err := b.engine.Pursue(ctx, card, b.transfer(s, func(f *engine.Effect) { f.Unwanted = true })); err != nil || got.End != engine.EndDropped || b.noted("settled") != 1 {
		t.Errorf("%+v, %v, recorded %q", got, err, b.steps)
	}
}
