package engine

import (
	"context"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// park asks a person. The message does not change while nothing else does.
func (e *Engine) park(ctx context.Context, o v1alpha1.LedgerObject, f Effect, intent v1alpha1.Intent, seen Sighting, after time.Duration) error {
	problem := Stall(v1alpha1.ReasonNeedsDecision,
		"%s (id %s, claimed %s, attempt %d): %s. Ask the issuer what became of that id, then say: %s (or =never, which sends it again)",
		f.What, intent.ID, intent.ClaimedAt.UTC().Format(time.RFC3339), intent.Attempt, evidence(intent, seen), settleCommand(o, intent))
	problem.After = after
	if root := ConditionOf(o, o.RootCondition()); root == nil || root.Reason != v1alpha1.ReasonNeedsDecision {
		e.note(ctx, o, intent, Parked, "", evidence(intent, seen))
	}
	return problem
}

// evidence says what is known about an effect that nobody can see.
func evidence(intent v1alpha1.Intent, seen Sighting) string {
	answer := "the answer was lost"
	if intent.Outcome == v1alpha1.OutcomeAccepted && intent.AnsweredAt != nil {
		answer = "the issuer accepted it " + intent.AnsweredAt.UTC().Format(time.RFC3339)
	}
	if seen.Presence == Unclear {
		return answer + ", and its records cannot tell whether it happened" + seen.Detail
	}
	return answer + ", and its records have not shown it since"
}
