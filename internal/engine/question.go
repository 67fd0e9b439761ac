package engine

import (
	"context"
	"strings"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Question is put to a person: what became of an effect that looking cannot resolve.
type Question struct {
	// Intent is what it is about. Of a payee that may be one of several the ID has theirs.
	Intent v1alpha1.Intent
	// Command answers it. The message has it, by which an old question is told from a new one.
	Command string
	// Detail is what is known, in words.
	Detail string
}

// Ask returns a Problem that lasts until a person answers q.
func Ask(reason string, q Question, format string, args ...any) *Problem {
	problem := Stall(reason, format, args...)
	problem.Question = &q
	return problem
}

// besideQuestion is how much of a problem's message is said before a question.
const besideQuestion = 400

// WhileSettling is a problem beside which an intent is being settled, with what that has come
// to: its question is asked as well, and the object looked at as soon as the intent wants. A
// write that failed comes before anything else.
func WhileSettling(problem, settling error) error {
	switch {
	case settling == nil || IsWrite(problem):
		return problem
	case IsWrite(settling):
		return settling
	}
	return NoLater(Explain(settling).After, Beside(problem, settling))
}

// Beside adds to a problem the question that other asks, if it asks one: both are said, and
// what has to happen about the problem stays as it is.
func Beside(problem, other error) error {
	if problem == nil || other == nil || Explain(other).Question == nil {
		return problem
	}
	both, asks := *Explain(problem), Explain(other)
	both.Message = issuer.Truncate(both.Message, besideQuestion) + "; besides: " + asks.Message
	both.Question = asks.Question
	return &both
}

// askedNow records a question that before was not asked, and reports it. It is the one place
// that does, after the status with the question in it was written: what is parked counts once.
func (e *Engine) askedNow(ctx context.Context, before, obj v1alpha1.Object, p *Problem) bool {
	o, keeps := obj.(v1alpha1.LedgerObject)
	if p == nil || p.Question == nil || !keeps || asks(before, p) {
		return false
	}
	e.note(ctx, o, p.Question.Intent, Parked, "", p.Question.Detail)
	return true
}

// asks reports whether a condition of an object asks a problem's question already.
func asks(o v1alpha1.Object, p *Problem) bool {
	said := bound(p.Message)
	for _, c := range o.Common().Conditions {
		if c.Message == said || strings.Contains(c.Message, p.Question.Command) {
			return true
		}
	}
	return false
}
