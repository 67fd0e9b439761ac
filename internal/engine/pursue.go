package engine

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Engine runs the money protocol against the API server.
type Engine struct {
	// Client writes. Its reads may come from a cache.
	Client client.Client
	// Reader reads from the API server itself.
	Reader client.Reader
	Clock  clock.Clock
	Events Events
	// Observe, when set, is told of every transition of an intent.
	Observe func(Record)

	// sent remembers, for the round under way, which claim of an object was sent.
	sent sync.Map
	// ahead has, for the round under way, what was claimed together with that.
	ahead sync.Map
	// begun has when this process put the finalizer on an object whose status it has not
	// written since.
	begun   sync.Map
	written written
}

// freshEnough is how old a picture may be that shows, before the first claim of an
// intent, that it is not there yet. Nobody can have sent it since without a claim, and
// the claim would conflict.
const freshEnough = 2 * time.Second

// End is how a pursuit came to its end.
type End string

// Ends. Only these clear the intent; everything else is an error of Pursue.
const (
	// EndHappened: the effect is in the issuer's records.
	EndHappened End = "Happened"
	// EndFailed: the issuer has the order in its records as failed.
	EndFailed End = "Failed"
	// EndDropped: it certainly never happened and is no longer wanted.
	EndDropped End = "Dropped"
)

// Pursuit is the result of a pursuit that came to its end. The intent is cleared in
// memory; the caller updates the rest of the status, which is written with it.
type Pursuit struct {
	End      End
	Sighting Sighting
	// Unlisted: the issuer accepted it and never listed it.
	Unlisted bool
}

// Pursue brings an effect to its certain end, or returns the Problem that says why that
// is not yet so. It acts on status.intent if there is one, which must then be the
// effect's own.
func (e *Engine) Pursue(ctx context.Context, o v1alpha1.LedgerObject, f Effect) (Pursuit, error) {
	if o.Ledger().Intent == nil {
		return e.begin(ctx, o, f)
	}
	return e.resolve(ctx, o, f)
}

// begin looks before the first send: a status can be lost, the issuer's ledger cannot.
func (e *Engine) begin(ctx context.Context, o v1alpha1.LedgerObject, f Effect) (Pursuit, error) {
	oldest := e.Clock.Now().Add(-freshEnough) // what is seen may be as old as this
	seen, err := f.Look(ctx, oldest)
	if err != nil {
		return Pursuit{}, err
	}
	switch seen.Presence {
	case Happened:
		return Pursuit{End: EndHappened, Sighting: seen}, nil
	case Failed:
		return Pursuit{End: EndFailed, Sighting: seen}, nil
	case Pending:
		return Pursuit{}, Poll(30*time.Second, v1alpha1.ReasonPending, "the issuer has not finished: %s (id %s)", f.What, f.Intent.ID)
	}
	if f.Unwanted {
		return Pursuit{End: EndDropped}, nil
	}
	if f.Blocked != nil {
		return Pursuit{}, f.Blocked
	}
	if f.Suspended {
		o.Ledger().Plan = append(o.Ledger().Plan, "would "+f.What)
		return Pursuit{}, Wait(v1alpha1.ReasonSuspended, "suspended: would %s", f.What)
	}
	if left := SettlingLeft(o, f.Promise, oldest); left > 0 {
		return Pursuit{}, Poll(left, v1alpha1.ReasonSettling,
			"this status was lost or is new to what the issuer has; waiting until its list can be believed before: %s", f.What)
	}
	if f.Doubt != nil {
		if baseline, doubted := f.Doubt(); doubted {
			return e.doubt(ctx, o, f, baseline)
		}
	}
	return e.claimAndSend(ctx, o, f, firstAttempt(o, f.Intent.ID))
}

// claimAndSend is the only place that sends an intent.
func (e *Engine) claimAndSend(ctx context.Context, o v1alpha1.LedgerObject, f Effect, attempt int64) (Pursuit, error) {
	turn, err := f.Promise.turn(ctx)
	if err != nil {
		return Pursuit{}, err
	}
	intent := f.Intent
	if before := o.Ledger().Intent; before != nil {
		intent.FirstClaimedAt = &metav1.MicroTime{Time: firstClaim(*before)}
	}
	intent.ClaimedAt = e.stamp()
	intent.Attempt = attempt
	intent.Outcome, intent.AnsweredAt, intent.AbsentSince = "", nil, nil
	intent.Refusal = ""
	o.Ledger().Intent = &intent
	o.Ledger().Plan, o.Ledger().SettlingSince = nil, nil
	if e.claimedAhead(o, &intent, f.Promise.Timing) {
		return e.send(ctx, turn, o, f, intent)
	}
	if err := e.claim(ctx, o); err != nil {
		return Pursuit{}, &writeError{err}
	}
	e.sent.Store(o.GetUID(), intent)
	return e.send(ctx, turn, o, f, intent)
}

// send makes the call in its turn, under a claim that is stored.
func (e *Engine) send(ctx, turn context.Context, o v1alpha1.LedgerObject, f Effect, intent v1alpha1.Intent) (Pursuit, error) {
	e.note(ctx, o, intent, Claimed, "", "")
	permit := issuer.Permit{NotAfter: intent.ClaimedAt.Add(f.Promise.Timing.Window)}
	return e.answered(ctx, o, f, intent, f.Send(turn, permit))
}

// answered takes down what the answer to a send says. The runner writes it.
func (e *Engine) answered(ctx context.Context, o v1alpha1.LedgerObject, f Effect, intent v1alpha1.Intent, sendErr error) (Pursuit, error) {
	switch issuer.OutcomeOf(sendErr) {
	case issuer.Accepted:
		return e.accepted(ctx, o, f, intent)
	case issuer.Rejected:
		if doubtful(f, intent, sendErr) {
			return Pursuit{}, e.refusedAgain(ctx, o, f, intent, sendErr)
		}
		o.Ledger().Intent = nil
		e.note(ctx, o, intent, AnsweredNo, "", Explain(sendErr).Message)
		return Pursuit{}, &Refusal{sendErr}
	case issuer.Deferred:
		if intent.Attempt == 1 {
			o.Ledger().Intent = nil
		}
		e.note(ctx, o, intent, NotSent, "", Explain(sendErr).Message)
		return Pursuit{}, sendErr
	default:
		e.answer(o, v1alpha1.OutcomeUnknown)
		e.note(ctx, o, intent, Unanswered, "", Explain(sendErr).Message)
		return Pursuit{}, Poll(f.Promise.Timing.Poll, v1alpha1.ReasonOutcomeUnknown, "%s (id %s): %s", f.What, intent.ID, Explain(sendErr).Message)
	}
}

// Refusal says that the issuer definitely refused an effect and that nothing happened.
type Refusal struct{ err error }

func (r *Refusal) Error() string { return r.err.Error() }

// Unwrap returns the issuer's error.
func (r *Refusal) Unwrap() error { return r.err }

// doubtful reports whether a no may hide a yes: to an earlier attempt of the same id, or to
// a twin of this one that a proxy delivered first, or because nobody has written down what
// the issuer means by it. Where a no would end an effect for good (MustShow), it always may.
func doubtful(f Effect, in v1alpha1.Intent, no error) bool {
	if issuer.IsDoubtful(no) {
		return true
	}
	return f.Promise.MustShow || in.Attempt > 1
}

// refusedAgain keeps the intent: the refusal counts only once it is certain that nothing
// had its effect ("insufficient funds" may be because it had).
func (e *Engine) refusedAgain(ctx context.Context, o v1alpha1.LedgerObject, f Effect, intent v1alpha1.Intent, sendErr error) error {
	e.answer(o, v1alpha1.OutcomeUnknown)
	o.Ledger().Intent.Refusal = bound(sendErr.Error())
	e.note(ctx, o, intent, Unanswered, "", Explain(sendErr).Message)
	return Poll(f.Promise.Timing.Poll, v1alpha1.ReasonRejected, "%s (id %s): %s; making sure that nothing went through before this counts",
		f.What, intent.ID, Explain(sendErr).Message)
}

// accepted looks again, because only what the ledger shows as closed is counted. Most effects
// show within a second or two: waiting that long here saves a write of the status and a round.
func (e *Engine) accepted(ctx context.Context, o v1alpha1.LedgerObject, f Effect, intent v1alpha1.Intent) (Pursuit, error) {
	e.answer(o, v1alpha1.OutcomeAccepted)
	e.note(ctx, o, intent, AnsweredYes, "", "")
	began := e.Clock.Now()
	if f.Promise.Creation { // which takes the issuer a moment
		_ = e.Clock.Sleep(ctx, pollDelay(0, f.Promise.Timing))
	}
	for {
		seen, err := f.Look(ctx, e.Clock.Now())
		if err == nil && seen.Presence == Happened {
			return e.finish(ctx, o, intent, Pursuit{End: EndHappened, Sighting: seen})
		}
		waited := e.Clock.Now().Sub(began)
		if err != nil || waited >= f.Promise.Timing.Poll || e.Clock.Sleep(ctx, pollDelay(waited, f.Promise.Timing)) != nil {
			break
		}
	}
	return Pursuit{}, Poll(pollDelay(e.Clock.Now().Sub(began), f.Promise.Timing), reasonUnderWay(f), "the issuer accepted: %s (id %s); waiting until it shows", f.What, intent.ID)
}

// resolve finds out about an intent of an earlier round, process or leader. Nothing is
// sent because of it but the same id, and only after Judge says so.
func (e *Engine) resolve(ctx context.Context, o v1alpha1.LedgerObject, f Effect) (Pursuit, error) {
	intent := *o.Ledger().Intent
	if intent.ID != f.Intent.ID {
		return Pursuit{}, e.foreign(ctx, o, intent)
	}
	now := e.Clock.Now()
	seen, err := f.Look(ctx, now)
	if err != nil {
		return Pursuit{}, err
	}
	verdict := Judge(intent, seen, decision(o, intent), now, f.promise())
	e.noteWord(ctx, o, f, seen, verdict)
	switch verdict.Step {
	case StepFinish:
		return e.finish(ctx, o, intent, Pursuit{End: EndHappened, Sighting: seen})
	case StepTrustAnswer:
		return e.finish(ctx, o, intent, Pursuit{End: EndHappened, Sighting: seen, Unlisted: true})
	case StepFail:
		return e.finish(ctx, o, intent, Pursuit{End: EndFailed, Sighting: seen})
	case StepSendAgain:
		return e.again(ctx, o, f, intent)
	case StepRefuse:
		o.Ledger().Intent = nil
		e.note(ctx, o, intent, AnsweredNo, "", intent.Refusal)
		return Pursuit{}, &Refusal{&issuer.Error{Class: issuer.Invalid, Op: f.What, Message: intent.Refusal}}
	case StepPark:
		return Pursuit{}, park(o, f, intent, seen, verdict.At.Sub(now))
	case StepNoteAbsence:
		stamp := e.stamp()
		o.Ledger().Intent.AbsentSince = &stamp
		e.note(ctx, o, intent, NotListed, "", "")
	}
	return Pursuit{}, e.unresolved(f, intent, seen, verdict.At.Sub(now))
}

// again sends the same id once more: the claimed amount, whatever the spec says now.
func (e *Engine) again(ctx context.Context, o v1alpha1.LedgerObject, f Effect, intent v1alpha1.Intent) (Pursuit, error) {
	if f.Unwanted {
		return e.finish(ctx, o, intent, Pursuit{End: EndDropped})
	}
	if f.Blocked != nil {
		return Pursuit{}, f.Blocked
	}
	if f.Suspended {
		o.Ledger().Plan = append(o.Ledger().Plan, "would "+f.What+" again")
		return Pursuit{}, Wait(v1alpha1.ReasonSuspended, "suspended: would %s again under the same id %s", f.What, intent.ID)
	}
	f.Intent.Amount, f.Intent.Sequence, f.Intent.Target = intent.Amount, intent.Sequence, intent.Target
	return e.claimAndSend(ctx, o, f, intent.Attempt+1)
}

func (e *Engine) finish(ctx context.Context, o v1alpha1.LedgerObject, intent v1alpha1.Intent, p Pursuit) (Pursuit, error) {
	o.Ledger().Intent = e.following(o, intent, p)
	e.note(ctx, o, intent, transitionOf[p.End], p.Sighting.Reference, "")
	return p, nil
}

var transitionOf = map[End]Transition{EndHappened: Confirmed, EndFailed: ShownFailed, EndDropped: Dropped}

func (e *Engine) unresolved(f Effect, intent v1alpha1.Intent, seen Sighting, after time.Duration) error {
	after = max(after, 100*time.Millisecond)
	if Doubted(intent) {
		return Poll(after, v1alpha1.ReasonOutcomeUnknown,
			"the issuer's records are not what this status says, so it may be an old one and this may have happened: %s (id %s); making sure before it is sent", f.What, intent.ID)
	}
	if seen.Presence == Pending || intent.Outcome == v1alpha1.OutcomeAccepted {
		return Poll(after, reasonUnderWay(f), "the issuer accepted and has not finished: %s (id %s)", f.What, intent.ID)
	}
	if intent.Refusal != "" {
		return Poll(after, v1alpha1.ReasonRejected, "%s (id %s): %s; making sure that nothing went through before this counts", f.What, intent.ID, intent.Refusal)
	}
	return Poll(after, v1alpha1.ReasonOutcomeUnknown,
		"no answer that tells what happened: %s (id %s, attempt %d); not in the issuer's records so far, looking again", f.What, intent.ID, intent.Attempt)
}

func reasonUnderWay(f Effect) string {
	if f.Promise.Creation {
		return v1alpha1.ReasonCreating
	}
	return v1alpha1.ReasonPending
}

// answer takes down what an answer said. This round has not sent what was claimed together
// with the effect, and now it will not.
func (e *Engine) answer(o v1alpha1.LedgerObject, outcome v1alpha1.IntentOutcome) {
	stamp := e.stamp()
	o.Ledger().Intent.Next = nil
	o.Ledger().Intent.Outcome = outcome
	o.Ledger().Intent.AnsweredAt = &stamp
}

// resourceOf is the kind's name as kubectl takes it.
func resourceOf(o v1alpha1.Object) string {
	kind := fmt.Sprintf("%T", o)
	return strings.ToLower(kind[strings.LastIndex(kind, ".")+1:])
}

// stamp is the time as the API server keeps it.
func (e *Engine) stamp() metav1.MicroTime {
	return metav1.NewMicroTime(e.Clock.Now().Truncate(time.Microsecond))
}
