package engine

import (
	"fmt"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// park asks a person. The message does not change while nothing else does.
func park(o v1alpha1.LedgerObject, f Effect, intent v1alpha1.Intent, seen Sighting, after time.Duration) error {
	q := QuestionAbout(o, intent, evidence(intent, seen))
	problem := Ask(v1alpha1.ReasonNeedsDecision, q,
		"%s (id %s, claimed %s, attempt %d): %s. Ask the issuer what became of that id, then say: %s (or =never, which sends it again)",
		f.What, intent.ID, intent.ClaimedAt.UTC().Format(time.RFC3339), intent.Attempt, q.Detail, q.Command)
	if Doubted(intent) {
		problem.Message = fmt.Sprintf("%s (id %s) was not sent: %s. If what the issuer shows is this object's own, say: %s (which takes it over), or else =never, which sends it",
			f.What, intent.ID, q.Detail, q.Command)
	}
	problem.After = after
	return problem
}

// evidence says what is known about an effect that nobody can see.
func evidence(intent v1alpha1.Intent, seen Sighting) string {
	if Doubted(intent) {
		return "this status may be an old one" + seen.Detail
	}
	answer := "no answer told what happened"
	if intent.Outcome == v1alpha1.OutcomeAccepted && intent.AnsweredAt != nil {
		answer = "the issuer accepted it " + intent.AnsweredAt.UTC().Format(time.RFC3339)
	}
	if seen.Presence == Unclear {
		return answer + ", and its records cannot tell whether it happened" + seen.Detail
	}
	return answer + ", and its records have not shown it since"
}
