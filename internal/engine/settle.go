package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// foreign refuses to work past an intent that is none of this object's, as one copied
// from elsewhere, until a person lets it go.
func (e *Engine) foreign(ctx context.Context, o v1alpha1.LedgerObject, intent v1alpha1.Intent) error {
	if word := decision(o, intent); word != Undecided {
		o.Ledger().Intent = nil
		e.note(ctx, o, intent, Settled, "", string(word))
		e.note(ctx, o, intent, Dropped, "", "none of this object's; a person let go of it")
		return Poll(100*time.Millisecond, v1alpha1.ReasonPending, "let go of intent %s by annotation", intent.ID)
	}
	q := QuestionAbout(o, intent, "none of this object's")
	return Ask(v1alpha1.ReasonNeedsDecision, q, "status.intent (%s) has id %s, which is none of this object's. Find out what it was, then let go of it: %s",
		strings.TrimSpace(string(intent.Action)+" "+intent.Amount), intent.ID, q.Command)
}

// settleKey names one attempt of one intent.
func settleKey(in v1alpha1.Intent) string { return fmt.Sprintf("%s/%d", in.ID, in.Attempt) }

func settleCommand(o v1alpha1.LedgerObject, in v1alpha1.Intent) string {
	return fmt.Sprintf("kubectl -n %s annotate --overwrite %s %s %s=%s=happened",
		o.GetNamespace(), resourceOf(o), o.GetName(), v1alpha1.AnnotationSettle, settleKey(in))
}

// decision reads AnnotationSettle; it counts only for the attempt that it names, so that
// a word that was given once is not taken twice.
func decision(o v1alpha1.LedgerObject, in v1alpha1.Intent) Decision {
	named, verdict, found := strings.Cut(o.GetAnnotations()[v1alpha1.AnnotationSettle], "=")
	if !found || named != settleKey(in) && !(Doubted(in) && named == in.ID+"/") { // kubectl shows no 0
		return Undecided
	}
	switch Decision(verdict) {
	case DidHappen, DidNotOccur:
		return Decision(verdict)
	}
	return Undecided
}

// noteWord records that a person's word is acted on.
func (e *Engine) noteWord(ctx context.Context, o v1alpha1.LedgerObject, f Effect, seen Sighting, v Verdict) {
	in := *o.Ledger().Intent
	word := decision(o, in)
	shown := seen.Presence == Happened || seen.Presence == Failed
	kept := v.Step == StepWait || v.Step == StepSendAgain && !f.Unwanted && (f.Blocked != nil || f.Suspended)
	if word != Undecided && !shown && !kept {
		e.note(ctx, o, in, Settled, "", string(word))
	}
}

// firstAttempt numbers the first claim of an id. A word that people gave about an earlier
// one must not speak of it.
func firstAttempt(o v1alpha1.LedgerObject, intentID string) int64 {
	named, _, _ := strings.Cut(o.GetAnnotations()[v1alpha1.AnnotationSettle], "=")
	about, attempt, found := strings.Cut(named, "/")
	n, err := strconv.ParseInt(attempt, 10, 64)
	if !found || about != intentID || err != nil || n < 0 || n > maxAttempt {
		return 1
	}
	return n + 1
}

// maxAttempt bounds what an annotation can make of an attempt's number.
const maxAttempt = 1 << 30

// SaidToHaveHappened reports whether a person said so about the intent under way.
func SaidToHaveHappened(o v1alpha1.LedgerObject) bool {
	in := o.Ledger().Intent
	return in != nil && decision(o, *in) == DidHappen
}

// EndByWord ends the intent under way as one that happened, because a person said so although
// the issuer's records show it otherwise. reference is the issuer's own id of what they show.
func (e *Engine) EndByWord(ctx context.Context, o v1alpha1.LedgerObject, reference string) {
	in := o.Ledger().Intent
	if in == nil {
		return
	}
	o.Ledger().Intent = nil
	e.note(ctx, o, *in, Settled, reference, string(DidHappen))
	e.note(ctx, o, *in, Confirmed, reference, "by a person's word; the issuer lists it otherwise than it was ordered")
}

// QuestionAbout asks what became of an intent, with the command that says it.
func QuestionAbout(o v1alpha1.LedgerObject, in v1alpha1.Intent, detail string) Question {
	return Question{Intent: in, Command: settleCommand(o, in), Detail: detail}
}
