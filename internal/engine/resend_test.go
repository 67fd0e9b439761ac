package engine_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

// until pursues as a controller would, waiting as long as it is told to, until ok.
func (b *bench) until(card *v1alpha1.VirtualCard, f engine.Effect, ok func(engine.Pursuit, error) bool) (engine.Pursuit, error) {
	b.t.Helper()
	for range 500 {
		got, err := b.engine.Pursue(ctx, card, f)
		if ok(got, err) {
			return got, err
		}
		if err == nil {
			b.t.Fatalf("ended with %+v", got)
		}
		after := engine.Explain(err).After
		if after <= 0 {
			b.t.Fatalf("nobody would look again after: %v", err)
		}
		b.clock.Advance(after)
	}
	b.t.Fatal("no end after 500 rounds")
	return engine.Pursuit{}, nil
}

func TestALostAnswerIsSentAgainOnlyAfterTrustedAbsence(t *testing.T) {
	for name, c := range map[string]struct {
		why     string
		promise engine.Promise
		least   time.Duration
		most    time.Duration
	}{
		"movement": {"in flight, then one listing lag", engine.Promise{Timing: timing}, timing.InFlight() + timing.ListingLag, 2 * time.Minute},
		"creation": {"in flight, then one issuing lag", engine.Promise{Timing: timing, Creation: true}, timing.InFlight() + timing.IssuingLag, 4 * time.Minute},
		"replay":   {"the issuer promises one effect", engine.Promise{Timing: timing, Replays: true}, 2 * time.Second, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, newCard())
			s := &script{answers: []error{ambiguous()}}
			f, card := b.transfer(s, func(f *engine.Effect) { f.Promise = c.promise }), b.stored()
			_, _ = b.until(card, f, func(engine.Pursuit, error) bool { return len(s.sent) == 2 })
			if gap := s.sent[1].Sub(s.sent[0]); gap < c.least || gap > c.most {
				t.Errorf("%s: sent again after %v", c.why, gap)
			}
			in := b.stored().Status.Intent
			if in == nil || in.ID != "id-1" || in.Amount != "50.00" || in.Attempt != 2 || in.AbsentSince != nil || !in.ClaimedAt.Time.Equal(s.sent[1]) {
				t.Errorf("the same id and amount, claimed anew before it was sent: %+v", in)
			}
			if want := s.sent[1].Add(timing.Window); !s.permit.NotAfter.Equal(want) {
				t.Error("the second send has a window of its own")
			}
		})
	}
}

func TestALostAnswerIsFoundAndNotSentAgain(t *testing.T) {
	b := newBench(t, newCard())
	s := &script{answers: []error{ambiguous()}, looks: []engine.Sighting{{Presence: engine.Absent}, {Presence: engine.Absent}, {Presence: engine.Happened, Reference: "m-9"}}}
	card := b.stored()
	got, err := b.until(card, b.transfer(s), func(p engine.Pursuit, err error) bool { return err == nil })
	if err != nil || got.Sighting.Reference != "m-9" || len(s.sent) != 1 || card.Status.Intent != nil {
		t.Errorf("one effect, however the answer went: %+v, sent %d times", got, len(s.sent))
	}
}

func TestALostAnswerThatFailedEndsAsFailed(t *testing.T) {
	b := newBench(t, newCard())
	s := &script{answers: []error{ambiguous()}, looks: []engine.Sighting{{Presence: engine.Absent}, {Presence: engine.Failed}}}
	card := b.stored()
	got, _ := b.until(card, b.transfer(s), func(p engine.Pursuit, err error) bool { return err == nil })
	if got.End != engine.EndFailed || card.Status.Intent != nil {
		t.Errorf("the ledger says it failed, so the id is used up: %+v", got)
	}
}

func TestAnAcceptedMovementThatNeverShowsIsBelieved(t *testing.T) {
	b := newBench(t, newCard())
	s, card := &script{}, b.stored()
	got, _ := b.until(card, b.transfer(s), func(p engine.Pursuit, err error) bool { return err == nil })
	if got.End != engine.EndHappened || !got.Unlisted || len(s.sent) != 1 {
		t.Errorf("a yes stands, and is marked as unlisted: %+v", got)
	}
}

func TestAnAcceptedOrderThatNeverShowsIsForAPerson(t *testing.T) {
	b := newBench(t, newCard())
	s, card := &script{}, b.stored()
	f := b.transfer(s, func(f *engine.Effect) { f.Promise.Creation = true })
	_, err := b.until(card, f, func(_ engine.Pursuit, err error) bool {
		return err != nil && engine.Explain(err).Reason == v1alpha1.ReasonNeedsDecision
	})
	for _, word := range []string{"id-1/1=happened", "kubectl -n ads annotate --overwrite virtualcard search", "accepted"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the message must say %q: %v", word, err)
		}
	}
	if waited := b.clock.Now().Sub(epoch); waited < timing.Patience || len(s.sent) != 1 {
		t.Errorf("asked after %v, sent %d times; a yes is never sent again", waited, len(s.sent))
	}
}

func TestSuspendedAndUnwantedAreNotSentAgain(t *testing.T) {
	b := newBench(t, newCard())
	s, card := &script{answers: []error{ambiguous()}}, b.stored()
	f := b.transfer(s)
	_, _ = b.engine.Pursue(ctx, card, f)
	f.Suspended = true
	for range 100 { // far beyond every lag
		_, _ = b.engine.Pursue(ctx, card, f)
		b.clock.Advance(10 * time.Second)
	}
	if len(s.sent) != 1 || card.Status.Intent == nil {
		t.Fatalf("suspended looks and sends nothing, and keeps what it does not know: sent %d", len(s.sent))
	}
	f.Suspended, f.Unwanted = false, true
	got, err := b.engine.Pursue(ctx, card, f)
	if err != nil || got.End != engine.EndDropped || len(s.sent) != 1 || card.Status.Intent != nil {
		t.Errorf("certain and unwanted is dropped: %+v, %v", got, err)
	}
}

func TestUnwantedIsStillLookedForUntilItIsCertain(t *testing.T) {
	b := newBench(t, newCard())
	s, card := &script{answers: []error{ambiguous()}}, b.stored()
	_, _ = b.engine.Pursue(ctx, card, b.transfer(s))
	if _, err := b.engine.Pursue(ctx, card, b.transfer(s, func(f *engine.Effect) { f.Unwanted = true })); err == nil || card.Status.Intent == nil {
		t.Error("a card that was perhaps ordered must not be left behind without an object")
	}
}

// That a repeat would do no harm is no proof that nothing happened.
func TestUnwantedIsNotDroppedBecauseItCouldBeReplayed(t *testing.T) {
	b := newBench(t, newCard())
	s, card := &script{answers: []error{ambiguous()}}, b.stored()
	f := b.transfer(s, func(f *engine.Effect) { f.Promise.Replays = true })
	_, _ = b.engine.Pursue(ctx, card, f)
	f.Unwanted = true
	got, err := b.until(card, f, func(got engine.Pursuit, err error) bool { return err == nil })
	if waited := b.clock.Now().Sub(epoch); waited < timing.InFlight()+timing.ListingLag {
		t.Errorf("dropped after %v, before its absence could be believed", waited)
	}
	if err != nil || got.End != engine.EndDropped || len(s.sent) != 1 {
		t.Errorf("%+v, %v, sent %d", got, err, len(s.sent))
	}
}

func TestARepeatThatIsRefusedIsLookedInto(t *testing.T) {
	b := newBench(t, newCard())
	s, card := &script{answers: []error{ambiguous(), refusal()}}, b.stored()
	f := b.transfer(s, func(f *engine.Effect) { f.Promise.Replays, f.Promise.MustShow = true, true })
	_, err := b.until(card, f, func(engine.Pursuit, error) bool { return len(s.sent) == 2 })
	var no *engine.Refusal
	if errors.As(err, &no) || card.Status.Intent == nil || card.Status.Intent.Refusal == "" {
		t.Fatalf("insufficient funds may be because the first attempt went through: %v", err)
	}
	refusedAt := b.clock.Now()
	_, err = b.until(card, f, func(_ engine.Pursuit, err error) bool { return errors.As(err, &no) })
	if waited := b.clock.Now().Sub(refusedAt); waited < timing.InFlight()+timing.ListingLag {
		t.Errorf("the refusal counted after %v, before an absence could be believed", waited)
	}
	if len(s.sent) != 2 || card.Status.Intent != nil || !strings.Contains(err.Error(), "insufficient funds") {
		t.Errorf("a no is not argued with: sent %d, %v", len(s.sent), err)
	}
}

// Nobody has written down what the issuer means: it may be "try later" after the effect.
func TestARefusalInUnknownWordsCountsOnceNothingIsListed(t *testing.T) {
	b := newBench(t, newCard())
	words := &issuer.Error{Class: issuer.Invalid, Op: "move", Code: "99", Message: "system busy", Doubtful: true}
	s, card := &script{answers: []error{words}}, b.stored()
	f, began := b.transfer(s), b.clock.Now()
	var no *engine.Refusal
	if _, err := b.engine.Pursue(ctx, card, f); errors.As(err, &no) || card.Status.Intent == nil {
		t.Fatalf("believed at once: %v", err)
	}
	_, err := b.until(card, f, func(_ engine.Pursuit, err error) bool { return errors.As(err, &no) })
	if waited := b.clock.Now().Sub(began); waited < timing.InFlight()+timing.ListingLag || len(s.sent) != 1 || !strings.Contains(err.Error(), "system busy") {
		t.Errorf("after %v and %d calls: %v", waited, len(s.sent), err)
	}
}

func TestARepeatThatIsRefusedBecauseTheFirstWentThroughHasHappened(t *testing.T) {
	b := newBench(t, newCard())
	s, card := &script{answers: []error{ambiguous(), refusal()}}, b.stored()
	f := b.transfer(s, func(f *engine.Effect) { f.Promise.Replays = true })
	_, _ = b.until(card, f, func(engine.Pursuit, error) bool { return len(s.sent) == 2 })
	s.looks = []engine.Sighting{{Presence: engine.Happened}}
	got, err := b.engine.Pursue(ctx, card, f)
	if err != nil || got.End != engine.EndHappened {
		t.Errorf("the ledger outranks the refusal: %+v, %v", got, err)
	}
}

func TestARepeatThatIsDeferredIsNotForgotten(t *testing.T) {
	b := newBench(t, newCard())
	s, card := &script{answers: []error{ambiguous(), &issuer.Error{Class: issuer.RateLimited}}}, b.stored()
	f := b.transfer(s, func(f *engine.Effect) { f.Promise.Replays = true })
	_, _ = b.until(card, f, func(engine.Pursuit, error) bool { return len(s.sent) == 2 })
	if card.Status.Intent == nil {
		t.Error("that the second attempt did not happen says nothing about the first")
	}
}

func TestAWordSettlesOneAttemptOnce(t *testing.T) {
	b := newBench(t, newCard())
	s, card := &script{answers: []error{ambiguous()}}, b.stored()
	f := b.transfer(s)
	_, _ = b.engine.Pursue(ctx, card, f)
	card.Annotations = map[string]string{v1alpha1.AnnotationSettle: "id-1/1=never"}
	_, _ = b.engine.Pursue(ctx, card, f)
	if len(s.sent) != 1 || strings.Contains(strings.Join(b.steps, " "), "settled") {
		t.Fatalf("the call that the word speaks of may still be under way: sent %d times", len(s.sent))
	}
	b.clock.Advance(timing.InFlight())
	_, _ = b.engine.Pursue(ctx, card, f)
	if len(s.sent) != 2 {
		t.Fatalf("then the word lets it be sent again at once: sent %d times", len(s.sent))
	}
	_, _ = b.engine.Pursue(ctx, card, f)
	if len(s.sent) != 2 {
		t.Error("the word was about attempt 1; it is not taken again for attempt 2")
	}
	card.Annotations = map[string]string{v1alpha1.AnnotationSettle: "id-1/2=happened"}
	got, err := b.engine.Pursue(ctx, card, f)
	if err != nil || got.End != engine.EndHappened || card.Status.Intent != nil {
		t.Errorf("a word about attempt 2 settles it: %+v, %v", got, err)
	}
}

func TestAWordThatIsNotUnderstoodSettlesNothing(t *testing.T) {
	for _, word := range []string{"", "never", "id-1=never", "id-1/1=NEVER", "id-1/1", "id-2/1=never", "id-1/10=never"} {
		b := newBench(t, newCard())
		s, card := &script{answers: []error{ambiguous()}}, b.stored()
		_, _ = b.engine.Pursue(ctx, card, b.transfer(s))
		card.Annotations = map[string]string{v1alpha1.AnnotationSettle: word}
		if _, err := b.engine.Pursue(ctx, card, b.transfer(s)); err == nil || len(s.sent) != 1 || card.Status.Intent == nil {
			t.Errorf("%q must settle nothing: %v", word, err)
		}
	}
}

// An issuer forgets an id after its window, counted from the first time that it was sent:
// from then on an absence has to be believed like anybody's.
func TestAReplayIsReliedUponOnlyWithinItsWindow(t *testing.T) {
	const window = 90 * 24 * time.Hour
	promise := engine.Promise{Timing: timing, Replays: true, ReplayWindow: window}
	claimed := func(ago time.Duration, first *time.Duration) v1alpha1.Intent {
		in := v1alpha1.Intent{ID: "id-1", Attempt: 1, Outcome: v1alpha1.OutcomeUnknown, ClaimedAt: metav1.NewMicroTime(epoch.Add(-ago))}
		if first != nil {
			in.FirstClaimedAt = &metav1.MicroTime{Time: epoch.Add(-*first)}
		}
		return in
	}
	long, short := 85*24*time.Hour, 24*time.Hour
	for why, c := range map[string]struct {
		intent v1alpha1.Intent
		again  bool
	}{
		"a minute ago":                          {claimed(time.Minute, nil), true},
		"nearly as long ago as it is kept":      {claimed(long, nil), false},
		"again a minute ago, at first long ago": {claimed(time.Minute, &long), false},
		"again a minute ago, at first a day":    {claimed(time.Minute, &short), true},
	} {
		got := engine.Judge(c.intent, engine.Sighting{Presence: engine.Absent}, engine.Undecided, epoch, promise)
		if (got.Step == engine.StepSendAgain) != c.again {
			t.Errorf("%s: %s", why, got.Step)
		}
	}
}

func TestEveryAttemptRemembersTheFirst(t *testing.T) {
	b := newBench(t, newCard())
	s := &script{answers: []error{ambiguous(), ambiguous()}}
	f, card := b.transfer(s, func(f *engine.Effect) { f.Promise.Replays = true }), b.stored()
	_, _ = b.until(card, f, func(engine.Pursuit, error) bool { return len(s.sent) == 3 })
	in := b.stored().Status.Intent
	if in == nil || in.Attempt != 3 || in.FirstClaimedAt == nil || !in.FirstClaimedAt.Time.Equal(s.sent[0]) {
		t.Errorf("%+v, first sent at %v", in, s.sent[0])
	}
}
