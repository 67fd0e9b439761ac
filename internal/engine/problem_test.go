package engine_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

func TestExplainKnowsEveryClass(t *testing.T) {
	for class, c := range map[issuer.Class]struct {
		severity engine.Severity
		reason   string
		advice   string
	}{
		issuer.Invalid:        {engine.Refused, v1alpha1.ReasonRejected, ""},
		issuer.Unauthorized:   {engine.Refused, v1alpha1.ReasonCredentialsRefused, "credentials Secret"},
		issuer.Forbidden:      {engine.Refused, v1alpha1.ReasonForbidden, "ask the issuer"},
		issuer.NotFound:       {engine.Refused, v1alpha1.ReasonMissing, ""},
		issuer.RateLimited:    {engine.Transient, v1alpha1.ReasonRateLimited, ""},
		issuer.Unavailable:    {engine.Transient, v1alpha1.ReasonIssuerUnavailable, ""},
		issuer.Malformed:      {engine.Transient, v1alpha1.ReasonIssuerUnreadable, "baseURL"},
		issuer.TooLong:        {engine.Stalled, v1alpha1.ReasonListTooLong, ""},
		issuer.Unsupported:    {engine.Stalled, v1alpha1.ReasonUnsupported, ""},
		issuer.Expired:        {engine.Transient, v1alpha1.ReasonRateLimited, "spec.rateLimit"},
		issuer.Ambiguous:      {engine.Transient, v1alpha1.ReasonOutcomeUnknown, "looking for it"},
		issuer.Conflict:       {engine.Stalled, v1alpha1.ReasonConflict, ""},
		"a class of tomorrow": {engine.Transient, v1alpha1.ReasonOutcomeUnknown, ""},
	} {
		t.Run(string(class), func(t *testing.T) {
			err := &issuer.Error{Class: class, Op: "list cards", Code: "7", Message: "words", RetryAfter: 9 * time.Second}
			got := engine.Explain(fmt.Errorf("wrapped: %w", err))
			if got.Severity != c.severity || got.Reason != c.reason || got.After != 9*time.Second {
				t.Errorf("got %+v", got)
			}
			if !strings.Contains(got.Message, c.advice) || !strings.Contains(got.Message, "list cards") || !strings.Contains(got.Message, "words") {
				t.Errorf("the message says what failed and what to do: %q", got.Message)
			}
		})
	}
}

// Who made the error may know better than its class what to do.
func TestExplainTakesAnErrorsOwnAdvice(t *testing.T) {
	got := engine.Explain(&issuer.Error{Class: issuer.Malformed, Op: "list cards", Message: "words", Advice: "ask the bank"})
	if !strings.HasSuffix(got.Message, "words; ask the bank") || got.Reason != v1alpha1.ReasonIssuerUnreadable {
		t.Errorf("got %+v", got)
	}
}

func TestExplainKeepsAProblemThroughWrapping(t *testing.T) {
	p := engine.Poll(7*time.Second, v1alpha1.ReasonPending, "the issuer is at it")
	if got := engine.Explain(engine.In("Funded", fmt.Errorf("x: %w", p))); got != p {
		t.Errorf("got %+v", got)
	}
	if engine.In("Funded", nil) != nil {
		t.Error("no error belongs to no condition")
	}
}

func TestExplainCleansWhatComesFromElsewhere(t *testing.T) {
	got := engine.Explain(errors.New("boom\x1b[31m 4111111111111111\nat line 2"))
	if got.Severity != engine.Transient || got.Reason != v1alpha1.ReasonReconcileError {
		t.Errorf("got %+v", got)
	}
	if strings.Contains(got.Message, "4111") || strings.ContainsAny(got.Message, "\x1b\n") {
		t.Errorf("an error may quote anything: %q", got.Message)
	}
}

func TestEveryOnlyFillsInWhatIsMissing(t *testing.T) {
	stall := engine.Stall(v1alpha1.ReasonFrozen, "frozen")
	if got := engine.Explain(engine.Every(time.Minute, stall)); got.After != time.Minute || got.Reason != v1alpha1.ReasonFrozen || got.Severity != engine.Stalled {
		t.Errorf("it is looked at again at the usual interval: %+v", got)
	}
	if stall.After != 0 {
		t.Error("the problem itself is not changed: others may hold it")
	}
	poll := engine.Poll(time.Second, v1alpha1.ReasonPending, "pending")
	if got := engine.Explain(engine.Every(time.Minute, poll)); got.After != time.Second {
		t.Errorf("one that knows when to look is left as it is: %+v", got)
	}
	if elsewhere := errors.New("boom"); !errors.Is(engine.Every(time.Minute, elsewhere), elsewhere) || engine.Every(time.Minute, nil) != nil {
		t.Error("what is no problem is left as it is")
	}
}

func TestIsWriteKnowsConflictsAndNothingElse(t *testing.T) {
	if !engine.IsWrite(fmt.Errorf("x: %w", conflict())) {
		t.Error("a conflict means that the object in hand is old")
	}
	for _, err := range []error{nil, errors.New("boom"), unavailable(), engine.Wait("X", "x")} {
		if engine.IsWrite(err) {
			t.Errorf("%v must show in conditions", err)
		}
	}
}
