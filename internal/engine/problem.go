package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Severity says who has to act on a problem.
type Severity int

// Severities.
const (
	// Waiting: something else must happen first; it will wake the object.
	Waiting Severity = iota
	// Transient: the outside world fails; the operator tries again, ever less often.
	Transient
	// Refused: the issuer said no for reasons that may pass (money, permissions); the
	// operator asks again slowly.
	Refused
	// Stalled: nothing changes until a person changes something.
	Stalled
)

// Problem is why an object is not as its spec asks.
type Problem struct {
	Severity Severity
	// Reason is one of the documented condition reasons.
	Reason string
	// Message says what to do next.
	Message string
	// After is when to try again; 0 leaves it to the severity.
	After time.Duration
	// Latest is when to try again at the latest, because something else is due; 0 is never.
	Latest time.Duration
	// Question is what a person is asked; nil asks nothing. The message has all of it.
	Question *Question
}

// Error implements error.
func (p *Problem) Error() string { return p.Message }

// Wait returns a Problem of severity Waiting.
func Wait(reason, format string, args ...any) *Problem {
	return &Problem{Severity: Waiting, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// Stall returns a Problem of severity Stalled.
func Stall(reason, format string, args ...any) *Problem {
	return &Problem{Severity: Stalled, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// Poll returns a Problem of severity Waiting that is looked at again after d.
func Poll(d time.Duration, reason, format string, args ...any) *Problem {
	return &Problem{Severity: Waiting, Reason: reason, Message: fmt.Sprintf(format, args...), After: d}
}

// Every makes a problem that shows at the issuer be looked at again after d, as often as
// the object is looked at when all is well.
func Every(d time.Duration, err error) error {
	var p *Problem
	if !errors.As(err, &p) || p.After > 0 {
		return err
	}
	again := *p
	again.After = d
	return &again
}

// NoLater makes an object be looked at after d at the latest, whatever its problem says: what
// is due then has nothing to do with that. It keeps nil and writes, and a zero d.
func NoLater(d time.Duration, err error) error {
	if err == nil || IsWrite(err) || d == 0 {
		return err
	}
	sooner := *Explain(err)
	sooner.Latest = max(d, time.Second)
	var step *stepError
	if errors.As(err, &step) {
		return In(step.condition, &sooner)
	}
	return &sooner
}

// Repeatable puts a lost answer to a call that sets a state into words of its own: no intent
// stands for it and nothing is looked for, it is sent again. Everything else stays as it is.
func Repeatable(err error) error {
	var e *issuer.Error
	if !errors.As(err, &e) || e.Class != issuer.Ambiguous {
		return err
	}
	problem := *Explain(e)
	problem.Message = e.Error() + "; it does no harm twice, so it is sent again"
	return &problem
}

// Explain turns any error into a Problem. It is the one place where an error's class
// becomes a reason, a severity and a delay.
func Explain(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var e *issuer.Error
	if errors.As(err, &e) {
		rule, known := byClass[e.Class]
		if !known {
			rule = byClass[issuer.Ambiguous]
		}
		advice := rule.advice
		if e.Advice != "" {
			advice = "; " + e.Advice
		}
		return &Problem{Severity: rule.severity, Reason: rule.reason, Message: e.Error() + advice, After: e.RetryAfter}
	}
	return &Problem{Severity: Transient, Reason: v1alpha1.ReasonReconcileError, Message: issuer.Clean(err.Error())}
}

var byClass = map[issuer.Class]struct {
	severity Severity
	reason   string
	advice   string
}{
	issuer.Invalid:      {Refused, v1alpha1.ReasonRejected, ""},
	issuer.Unauthorized: {Refused, v1alpha1.ReasonCredentialsRefused, "; check the credentials Secret of the CardIssuer"},
	issuer.Forbidden:    {Refused, v1alpha1.ReasonForbidden, "; ask the issuer to permit this to the account"},
	issuer.NotFound:     {Refused, v1alpha1.ReasonMissing, ""},
	issuer.RateLimited:  {Transient, v1alpha1.ReasonRateLimited, ""},
	issuer.Unavailable:  {Transient, v1alpha1.ReasonIssuerUnavailable, ""},
	issuer.Malformed:    {Transient, v1alpha1.ReasonIssuerUnreadable, "; if this stays, check that the CardIssuer's baseURL is the issuer's API, or ask the issuer about its answer"},
	issuer.TooLong:      {Stalled, v1alpha1.ReasonListTooLong, ""},
	issuer.Unsupported:  {Stalled, v1alpha1.ReasonUnsupported, ""},
	issuer.Expired:      {Transient, v1alpha1.ReasonRateLimited, "; if this comes again, spec.rateLimit of the CardIssuer is too low for its objects, or the API server is slow"},
	issuer.Ambiguous:    {Transient, v1alpha1.ReasonOutcomeUnknown, "; looking for it before anything else is sent"},
	issuer.Conflict:     {Stalled, v1alpha1.ReasonConflict, ""},
}

// stepError ties a problem to the condition of the step that met it.
type stepError struct {
	condition string
	err       error
}

func (s *stepError) Error() string { return s.err.Error() }
func (s *stepError) Unwrap() error { return s.err }

// In says which condition an error belongs to. It keeps nil.
func In(condition string, err error) error {
	if err == nil {
		return nil
	}
	return &stepError{condition: condition, err: err}
}
