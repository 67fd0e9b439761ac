package engine

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// Transition is a step in the life of an intent.
type Transition string

// Transitions. The first is Claimed; Happened, Failed, Dropped and Rejected are the last.
const (
	// Claimed: written down under the object's resourceVersion, about to be sent.
	Claimed Transition = "claimed"
	// AnsweredYes: the issuer accepted it.
	AnsweredYes Transition = "accepted"
	// AnsweredNo: the issuer definitely refused it, and nothing happened.
	AnsweredNo Transition = "rejected"
	// NotSent: it certainly had no effect, for reasons that are not its own.
	NotSent Transition = "deferred"
	// Unanswered: the answer was lost or cannot be read.
	Unanswered Transition = "unknown"
	// NotListed: a look after no call could be under way found nothing.
	NotListed Transition = "absent"
	// Parked: a person must say what became of it. Noted once for each question, when it is
	// first asked.
	Parked Transition = "parked"
	// Settled: a person said it.
	Settled Transition = "settled"
	// Confirmed: the issuer's records show it, or its accepted answer or a person's word stands.
	Confirmed Transition = "happened"
	// ShownFailed: the issuer's records show it as failed.
	ShownFailed Transition = "failed"
	// Dropped: it never happened and is no longer wanted, or it was none of the object's and a
	// person let go of it.
	Dropped Transition = "dropped"
)

// Record is the audit record of one transition. It holds no secret. A process that dies
// before it has written what it learned makes the next one record that again, so a
// record may come twice; ID, Attempt and Transition say which it is.
type Record struct {
	Transition Transition
	// Kind, Namespace, Name and UID are the object's.
	Kind, Namespace, Name string
	UID                   types.UID
	// ID, Action, Amount, Sequence and Attempt are the intent's.
	ID       string
	Action   v1alpha1.IntentAction
	Amount   string
	Sequence int64
	Attempt  int64
	// Reference is the issuer's own id of what it shows.
	Reference string
	// Detail is what was learned, in words: the issuer's refusal, what a person said.
	Detail string
}

// AuditLogger is the name of the logger of the audit records.
const AuditLogger = "audit"

// note leaves the audit record of one transition.
func (e *Engine) note(ctx context.Context, o v1alpha1.LedgerObject, in v1alpha1.Intent, t Transition, reference, detail string) {
	r := Record{
		Transition: t, Kind: resourceOf(o), Namespace: o.GetNamespace(), Name: o.GetName(), UID: o.GetUID(),
		ID: in.ID, Action: in.Action, Amount: in.Amount, Sequence: in.Sequence, Attempt: in.Attempt,
		Reference: reference, Detail: detail,
	}
	log.FromContext(ctx).WithName(AuditLogger).Info("intent "+string(t), r.pairs()...)
	if e.Observe != nil {
		e.Observe(r)
	}
}

// pairs are the record as a structured log line; what is empty is left out.
func (r Record) pairs() []any {
	pairs := []any{"intent", r.ID, "action", r.Action, "attempt", r.Attempt, "kind", r.Kind, "uid", r.UID}
	for _, field := range []struct{ key, value string }{
		{"amount", r.Amount}, {"reference", r.Reference}, {"detail", r.Detail},
	} {
		if field.value != "" {
			pairs = append(pairs, field.key, field.value)
		}
	}
	return pairs
}
