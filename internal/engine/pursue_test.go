package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

var ctx = context.Background()

func TestNothingIsSentBeforeItsClaimIsStored(t *testing.T) {
	b := newBench(t, newCard())
	s := &script{looks: []engine.Sighting{{Presence: engine.Absent}, {Presence: engine.Happened, Reference: "m-1"}}}
	s.onSend = func() {
		held := b.stored()
		if in := held.Status.Intent; in == nil || in.ID != "id-1" || in.Amount != "50.00" || in.Attempt != 1 || in.Outcome != "" {
			t.Errorf("the API server must hold the claim while the call is made: %+v", in)
		}
		if !controllerutil.ContainsFinalizer(held, v1alpha1.Finalizer) {
			t.Error("an object with an effect under way must not vanish")
		}
	}
	card := b.stored()
	got, err := b.engine.Pursue(ctx, card, b.transfer(s))
	if err != nil || got.End != engine.EndHappened || got.Sighting.Reference != "m-1" || got.Unlisted {
		t.Fatalf("got %+v, %v", got, err)
	}
	b.expectTrail("look, claim, send, look: in this order", "look", "finalizer", "write", "send", "look")
	if card.Status.Intent != nil {
		t.Error("what has ended is no intent any more")
	}
	if b.stored().Status.Intent == nil {
		t.Error("the claim stays at the API server until the caller writes its books with it")
	}
	if want := epoch.Add(timing.Window); !s.permit.NotAfter.Equal(want) {
		t.Errorf("the right to send ends at %v, want %v after the claim", s.permit.NotAfter, timing.Window)
	}
}

func TestNothingIsSentWhenTheClaimIsNotTaken(t *testing.T) {
	for name, c := range map[string]struct {
		why    string
		meddle func(*bench)
	}{
		"conflict at the claim": {"somebody else may have claimed",
			func(b *bench) { b.refuse = func(int) error { return conflict() } }},
		"the write times out": {"it may have been taken or not; both look the same",
			func(b *bench) { b.refuse = func(int) error { return apierrors.NewTimeoutError("slow", 1) } }},
		"the object changed meanwhile": {"the object in hand is old",
			func(b *bench) {
				b.meddle(func(c *v1alpha1.VirtualCard) { c.Labels = map[string]string{"a": "b"} })
			}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, newCard())
			card, s := b.stored(), &script{}
			c.meddle(b)
			_, err := b.engine.Pursue(ctx, card, b.transfer(s))
			if err == nil || !engine.IsWrite(err) {
				t.Errorf("%s: %v must be known as a failed write, so that nothing is written over it", c.why, err)
			}
			if len(s.sent) != 0 {
				t.Errorf("%s: it was sent", c.why)
			}
		})
	}
}

func TestAnEffectThatIsThereIsNotSent(t *testing.T) {
	for name, c := range map[string]struct {
		why     string
		seen    engine.Presence
		lookErr error
		want    engine.End
	}{
		"happened":  {"a status can be lost, the ledger cannot", engine.Happened, nil, engine.EndHappened},
		"failed":    {"the id is used up", engine.Failed, nil, engine.EndFailed},
		"pending":   {"the issuer has it", engine.Pending, nil, ""},
		"no answer": {"who cannot look cannot send", "", errors.New("down"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, newCard())
			s := &script{looks: []engine.Sighting{{Presence: c.seen}}, lookErr: c.lookErr}
			got, err := b.engine.Pursue(ctx, b.stored(), b.transfer(s))
			if got.End != c.want || (err == nil) != (c.want != "") {
				t.Errorf("%s: got %q, %v", c.why, got.End, err)
			}
			b.expectTrail(c.why, "look")
		})
	}
}

func TestEveryAnswerHasItsConsequence(t *testing.T) {
	absent, there := engine.Sighting{Presence: engine.Absent}, engine.Sighting{Presence: engine.Happened}
	replay := func(f *engine.Effect) { f.Promise.Replays = true }
	create := func(f *engine.Effect) { f.Promise.Creation = true }
	for name, c := range map[string]struct {
		why     string
		answer  error
		then    engine.Sighting
		change  func(*engine.Effect)
		end     engine.End
		outcome v1alpha1.IntentOutcome
		keeps   bool
		reason  string
		steps   string
	}{
		"accepted and found":     {"the ledger shows it: done", nil, there, nil, engine.EndHappened, "", false, "", "claimed accepted happened"},
		"accepted, not found":    {"the list lags; the answer is kept", nil, absent, nil, "", v1alpha1.OutcomeAccepted, true, v1alpha1.ReasonPending, "claimed accepted"},
		"order accepted":         {"cards may take long to show", nil, absent, create, "", v1alpha1.OutcomeAccepted, true, v1alpha1.ReasonCreating, "claimed accepted"},
		"order accepted, shown":  {"most show soon", nil, there, create, engine.EndHappened, "", false, "", "claimed accepted happened"},
		"rejected":               {"a definite no ends the intent", refusal(), absent, nil, "", "", false, v1alpha1.ReasonRejected, "claimed rejected"},
		"rejected, replayable":   {"the first attempt has no predecessor", refusal(), absent, replay, "", "", false, v1alpha1.ReasonRejected, "claimed rejected"},
		"rate limited":           {"it never took effect, so there is nothing to find out", &issuer.Error{Class: issuer.RateLimited}, absent, nil, "", "", false, v1alpha1.ReasonRateLimited, "claimed deferred"},
		"never left":             {"it never took effect, so there is nothing to find out", &issuer.Error{Class: issuer.Unavailable}, absent, nil, "", "", false, v1alpha1.ReasonIssuerUnavailable, "claimed deferred"},
		"permit expired":         {"a paused process does not send", &issuer.Error{Class: issuer.Expired}, absent, nil, "", "", false, v1alpha1.ReasonRateLimited, "claimed deferred"},
		"ambiguous":              {"whoever does not know must look", ambiguous(), absent, nil, "", v1alpha1.OutcomeUnknown, true, v1alpha1.ReasonOutcomeUnknown, "claimed unknown"},
		"malformed":              {"an answer nobody understands is no answer", &issuer.Error{Class: issuer.Malformed}, absent, nil, "", v1alpha1.OutcomeUnknown, true, v1alpha1.ReasonOutcomeUnknown, "claimed unknown"},
		"an error of elsewhere":  {"an error nobody classified is no answer", errors.New("boom"), absent, nil, "", v1alpha1.OutcomeUnknown, true, v1alpha1.ReasonOutcomeUnknown, "claimed unknown"},
		"the context was ended":  {"a shutdown says nothing about the issuer", context.Canceled, absent, nil, "", v1alpha1.OutcomeUnknown, true, v1alpha1.ReasonOutcomeUnknown, "claimed unknown"},
		"accepted, look pending": {"only closed counts", nil, engine.Sighting{Presence: engine.Pending}, nil, "", v1alpha1.OutcomeAccepted, true, v1alpha1.ReasonPending, "claimed accepted"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, newCard())
			card, s := b.stored(), &script{looks: []engine.Sighting{absent, c.then}, answers: []error{c.answer}}
			f := b.transfer(s)
			if c.change != nil {
				c.change(&f)
			}
			got, err := b.engine.Pursue(ctx, card, f)
			if got.End != c.end {
				t.Errorf("%s: ended %q, want %q", c.why, got.End, c.end)
			}
			if c.reason != "" && (err == nil || engine.Explain(err).Reason != c.reason) {
				t.Errorf("%s: %v, want reason %s", c.why, err, c.reason)
			}
			if (card.Status.Intent != nil) != c.keeps {
				t.Fatalf("%s: intent %+v", c.why, card.Status.Intent)
			}
			if c.keeps && (card.Status.Intent.Outcome != c.outcome || card.Status.Intent.AnsweredAt == nil) {
				t.Errorf("%s: intent %+v, want outcome %q and its time", c.why, card.Status.Intent, c.outcome)
			}
			if got := strings.Join(b.steps, " "); got != c.steps {
				t.Errorf("the audit trail says %q, want %q", got, c.steps)
			}
		})
	}
}

func TestARefusalIsToldApartFromEverythingElse(t *testing.T) {
	b := newBench(t, newCard())
	s := &script{answers: []error{refusal()}}
	_, err := b.engine.Pursue(ctx, b.stored(), b.transfer(s))
	var no *engine.Refusal
	if !errors.As(err, &no) || !issuer.Is(err, issuer.Invalid) {
		t.Errorf("callers that run once end on a Refusal, and Explain needs its class: %v", err)
	}
	b = newBench(t, newCard())
	s = &script{answers: []error{&issuer.Error{Class: issuer.RateLimited}}}
	if _, err := b.engine.Pursue(ctx, b.stored(), b.transfer(s)); errors.As(err, &no) {
		t.Error("a deferral is no refusal: a payout that ended on it would never be made")
	}
}

func TestTheFirstLookMayBeAFewSecondsOldAndLaterOnesNot(t *testing.T) {
	b := newBench(t, newCard())
	s := &script{answers: []error{ambiguous()}}
	card := b.stored()
	_, _ = b.engine.Pursue(ctx, card, b.transfer(s))
	b.clock.Advance(time.Second)
	_, _ = b.engine.Pursue(ctx, card, b.transfer(s))
	if len(s.since) != 2 || epoch.Sub(s.since[0]) != 2*time.Second {
		t.Errorf("before the claim a shared picture will do: looks since %v", s.since)
	}
	if len(s.since) == 2 && !s.since[1].Equal(b.clock.Now()) {
		t.Error("after a send only a read that began now counts: an older one cannot show it")
	}
}

func TestSuspendedAndUnwantedSendNothing(t *testing.T) {
	b := newBench(t, newCard())
	s := &script{}
	card := b.stored()
	_, err := b.engine.Pursue(ctx, card, b.transfer(s, func(f *engine.Effect) { f.Suspended = true }))
	if err == nil || engine.Explain(err).Reason != v1alpha1.ReasonSuspended || len(card.Status.Plan) != 1 || card.Status.Plan[0] != "would transfer 50.00 to the card" {
		t.Errorf("suspended says what it would do: %v, plan %q", err, card.Status.Plan)
	}
	got, err := b.engine.Pursue(ctx, card, b.transfer(s, func(f *engine.Effect) { f.Unwanted = true }))
	if err != nil || got.End != engine.EndDropped {
		t.Errorf("what nobody wants and nobody sent is dropped: %+v, %v", got, err)
	}
	if len(s.sent) != 0 || b.writes != 0 {
		t.Error("neither may send or claim")
	}
}

func TestAnObjectWithALostStatusWaitsBeforeItSends(t *testing.T) {
	for name, creation := range map[string]bool{"a movement": false, "a creation": true} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, newCard(func(c *v1alpha1.VirtualCard) { c.Status.SettlingSince = at(0) }))
			s := &script{looks: []engine.Sighting{{Presence: engine.Absent}}}
			f := b.transfer(s, func(f *engine.Effect) { f.Promise.Creation = creation })
			// The first look may be 2 s old, so that much is waited for too.
			card, whole := b.stored(), timing.InFlight()+timing.Lag(creation)+2*time.Second
			b.clock.Advance(whole - time.Microsecond)
			_, err := b.engine.Pursue(ctx, card, f)
			if err == nil || engine.Explain(err).Reason != v1alpha1.ReasonSettling || engine.Explain(err).After != time.Microsecond {
				t.Errorf("an absence is not believed before the lag is over: %v", err)
			}
			if len(s.sent) != 0 {
				t.Fatal("sent while settling")
			}
			b.clock.Advance(time.Microsecond)
			_, _ = b.engine.Pursue(ctx, card, f)
			if len(s.sent) != 1 || b.stored().Status.SettlingSince != nil {
				t.Error("afterwards it is sent, and the wait is over with the claim")
			}
		})
	}
}

func TestAnIntentOfSomethingElseIsNotWorkedPast(t *testing.T) {
	foreign := func(c *v1alpha1.VirtualCard) {
		c.Status.Intent = &v1alpha1.Intent{ID: "other", Action: v1alpha1.ActionFund, Attempt: 2, ClaimedAt: metav1.NewMicroTime(epoch)}
	}
	b := newBench(t, newCard(foreign))
	s, card := &script{}, b.stored()
	_, err := b.engine.Pursue(ctx, card, b.transfer(s))
	if err == nil || engine.Explain(err).Reason != v1alpha1.ReasonNeedsDecision || !strings.Contains(err.Error(), "other/2=happened") {
		t.Errorf("a person is told the id and the word that lets go of it: %v", err)
	}
	if card.Status.Intent == nil || len(b.trail) != 0 {
		t.Error("it is kept, and nothing is looked for or sent")
	}
	card.Annotations = map[string]string{v1alpha1.AnnotationSettle: "other/1=never"}
	if _, _ = b.engine.Pursue(ctx, card, b.transfer(s)); card.Status.Intent == nil {
		t.Error("a word about another attempt does not let go of this one")
	}
	card.Annotations[v1alpha1.AnnotationSettle] = "other/2=never"
	if _, err = b.engine.Pursue(ctx, card, b.transfer(s)); card.Status.Intent != nil || err == nil || len(s.sent) != 0 {
		t.Errorf("the right word lets go of it, and the round ends there: %v", err)
	}
}
