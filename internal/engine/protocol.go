package engine

import (
	"context"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// Presence is what a look at the issuer's records said about an effect.
type Presence string

// Presences. Pending, Happened and Failed all mean that the issuer has the order.
const (
	Absent   Presence = "Absent"
	Pending  Presence = "Pending"
	Happened Presence = "Happened"
	Failed   Presence = "Failed"
	// Unclear: the records cannot tell, and once no call is under way looking again will not
	// help.
	Unclear Presence = "Unclear"
)

// Sighting is the result of one look.
type Sighting struct {
	Presence Presence
	// Reference is the issuer's own id of what was found.
	Reference string
	// Detail says for a person why the records are Unclear, "" or ": …".
	Detail string
}

// Step is what to do next about a claimed effect.
type Step string

// Steps.
const (
	// StepFinish: the effect happened.
	StepFinish Step = "Finish"
	// StepFail: the issuer has the order and failed it.
	StepFail Step = "Fail"
	// StepWait: look again at Verdict.At.
	StepWait Step = "Wait"
	// StepNoteAbsence: as StepWait, and remember that nothing was there.
	StepNoteAbsence Step = "NoteAbsence"
	// StepSendAgain: it certainly never happened; the same id may be sent again.
	StepSendAgain Step = "SendAgain"
	// StepPark: looking cannot resolve it; a person must.
	StepPark Step = "Park"
	// StepRefuse: a repeated call was refused, and the first certainly never happened.
	StepRefuse Step = "Refuse"
	// StepTrustAnswer: accepted, never listed, and the lag is over: the answer stands.
	StepTrustAnswer Step = "TrustAnswer"
)

// Verdict is a step and when it is due.
type Verdict struct {
	Step Step
	At   time.Time
}

// Promise is what may be concluded about one kind of effect.
type Promise struct {
	Timing Timing
	// Replays: the issuer gives the same id its effect once, however often it is sent.
	Replays bool
	// ReplayWindow is how long after the first claim it does; 0 means for ever.
	ReplayWindow time.Duration
	// Creation: the effect shows only after the issuing lag, and an accepted order must
	// show in the end.
	Creation bool
	// MustShow: the effect ends only when the issuer's records show its end.
	MustShow bool
	// Turn waits until the call may be sent and returns the context to send it under. It is
	// taken before the claim, whose Window is short; nil waits for nothing.
	Turn func(context.Context) (context.Context, error)
}

func (p Promise) turn(ctx context.Context) (context.Context, error) {
	if p.Turn == nil {
		return ctx, nil
	}
	return p.Turn(ctx)
}

// Decision is what a person said about an intent with AnnotationSettle.
type Decision string

// Decisions. The empty one means that nobody said anything.
const (
	Undecided   Decision = ""
	DidHappen   Decision = "happened"
	DidNotOccur Decision = "never"
)

// Judge says what to do about a claimed effect, given a look that began at now.
func Judge(in v1alpha1.Intent, seen Sighting, decided Decision, now time.Time, p Promise) Verdict {
	switch seen.Presence {
	case Happened:
		return Verdict{Step: StepFinish}
	case Failed:
		return Verdict{Step: StepFail}
	case Pending:
		return Verdict{Step: StepWait, At: now.Add(UntilFinished(now.Sub(in.ClaimedAt.Time), p.Timing))}
	}
	switch decided {
	case DidHappen:
		return judgeHappened(now, p)
	case DidNotOccur:
		return judgeNever(in, now, p)
	}
	if seen.Presence == Unclear && (p.MustShow || in.Outcome != v1alpha1.OutcomeAccepted) {
		return judgeUnclear(in, now, p)
	}
	if in.Outcome == v1alpha1.OutcomeAccepted {
		return judgeAccepted(in, now, p)
	}
	return judgeUnknown(in, now, p)
}

// judgeHappened: a person said so. What was created has to show all the same.
func judgeHappened(now time.Time, p Promise) Verdict {
	if p.Creation {
		return Verdict{Step: StepWait, At: now.Add(30 * time.Second)}
	}
	return Verdict{Step: StepFinish}
}

// judgeNever: a person said so.
func judgeNever(in v1alpha1.Intent, now time.Time, p Promise) Verdict {
	if inFlight(in, now, p.Timing) {
		return untilLanded(in, now, p.Timing)
	}
	return Verdict{Step: StepSendAgain}
}

// judgeUnclear: the records cannot tell, and neither does the answer.
func judgeUnclear(in v1alpha1.Intent, now time.Time, p Promise) Verdict {
	if in.Outcome != v1alpha1.OutcomeAccepted && inFlight(in, now, p.Timing) {
		return untilLanded(in, now, p.Timing)
	}
	return Verdict{Step: StepPark, At: now.Add(slowPoll)}
}

// inFlight reports whether a call under this claim may still have its effect. Nobody can know
// then that it had none, and records that cannot tell may do so in a moment.
func inFlight(in v1alpha1.Intent, now time.Time, t Timing) bool {
	return now.Before(in.ClaimedAt.Add(t.InFlight()))
}

func untilLanded(in v1alpha1.Intent, now time.Time, t Timing) Verdict {
	return Verdict{Step: StepWait, At: earlier(in.ClaimedAt.Add(t.InFlight()), now.Add(pollDelay(now.Sub(in.ClaimedAt.Time), t)))}
}

// judgeAccepted: the issuer said yes, so nothing is ever sent again.
func judgeAccepted(in v1alpha1.Intent, now time.Time, p Promise) Verdict {
	answered := in.ClaimedAt.Time
	if in.AnsweredAt != nil {
		answered = in.AnsweredAt.Time
	}
	mustShow := p.Creation || p.MustShow
	if !mustShow && !now.Before(answered.Add(p.Timing.ListingLag)) {
		return Verdict{Step: StepTrustAnswer}
	}
	if mustShow && !now.Before(answered.Add(p.Timing.Patience)) {
		return Verdict{Step: StepPark, At: now.Add(slowPoll)}
	}
	return Verdict{Step: StepWait, At: now.Add(pollDelay(now.Sub(answered), p.Timing))}
}

// judgeUnknown: no answer. The call may still be on its way until the in-flight time is
// over; an absence counts when it was seen after that, and again a lag later.
func judgeUnknown(in v1alpha1.Intent, now time.Time, p Promise) Verdict {
	claimed := in.ClaimedAt.Time
	if p.replays(in, now) && in.Refusal == "" {
		again := claimed.Add(retryDelay(in.Attempt))
		if now.Before(again) {
			return Verdict{Step: StepWait, At: again}
		}
		return Verdict{Step: StepSendAgain}
	}
	landed := claimed.Add(p.Timing.InFlight())
	if now.Before(landed) {
		return untilLanded(in, now, p.Timing)
	}
	if in.AbsentSince == nil || in.AbsentSince.Time.Before(landed) {
		return Verdict{Step: StepNoteAbsence, At: now.Add(p.Timing.Lag(p.Creation))}
	}
	believed := in.AbsentSince.Add(p.Timing.Lag(p.Creation))
	if now.Before(believed) {
		return Verdict{Step: StepWait, At: earlier(believed, now.Add(pollDelay(now.Sub(claimed), p.Timing)))}
	}
	if in.Refusal != "" {
		return Verdict{Step: StepRefuse}
	}
	return Verdict{Step: StepSendAgain}
}

// replays reports whether the issuer still knows the id of an intent. The last tenth of its
// memory is not relied upon: it counts by its own clock, from when it was done.
func (p Promise) replays(in v1alpha1.Intent, now time.Time) bool {
	if p.ReplayWindow == 0 {
		return p.Replays
	}
	return p.Replays && now.Before(firstClaim(in).Add(p.ReplayWindow-p.ReplayWindow/10))
}

func firstClaim(in v1alpha1.Intent) time.Time {
	if in.FirstClaimedAt != nil {
		return in.FirstClaimedAt.Time
	}
	return in.ClaimedAt.Time
}

const slowPoll = 5 * time.Minute

// UntilFinished is when to look again at what the issuer has not finished after so long: ever
// less often.
func UntilFinished(passed time.Duration, t Timing) time.Duration {
	return min(max(passed/4, t.Poll), slowPoll)
}

// pollDelay looks often at first, since a person may be waiting, and ever less often: half
// the time that has passed, at least a quarter of a poll, at most half a minute.
func pollDelay(passed time.Duration, t Timing) time.Duration {
	return min(max(passed/2, t.Poll/4), 30*time.Second)
}

// retryDelay spaces the attempts of a call that may be replayed: 2 s doubling to 2 min.
func retryDelay(attempt int64) time.Duration {
	delay := 2 * time.Second
	for i := int64(1); i < attempt && delay < 2*time.Minute; i++ {
		delay *= 2
	}
	return min(delay, 2*time.Minute)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
