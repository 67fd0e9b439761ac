package issuer_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func TestOutcomeOfEveryClass(t *testing.T) {
	for class, c := range map[issuer.Class]struct {
		why  string
		want issuer.Outcome
	}{
		issuer.Invalid:      {"a definite no", issuer.Rejected},
		issuer.Forbidden:    {"a definite no", issuer.Rejected},
		issuer.NotFound:     {"a definite no", issuer.Rejected},
		issuer.Unsupported:  {"no request was made", issuer.Rejected},
		issuer.Conflict:     {"a person decides", issuer.Rejected},
		issuer.RateLimited:  {"definitely without effect, ask again", issuer.Deferred},
		issuer.Unauthorized: {"definitely without effect, ask again", issuer.Deferred},
		issuer.Unavailable:  {"it never left", issuer.Deferred},
		issuer.Expired:      {"it never left", issuer.Deferred},
		issuer.Ambiguous:    {"whoever does not know must look", issuer.Unknown},
		issuer.Malformed:    {"an answer that cannot be understood may be a yes", issuer.Unknown},
		issuer.TooLong:      {"no call with an effect is a list", issuer.Unknown},
		"Tomorrow":          {"a class that nobody listed here must look", issuer.Unknown},
	} {
		for _, err := range []error{&issuer.Error{Class: class}, fmt.Errorf("wrapped: %w", &issuer.Error{Class: class})} {
			if got := issuer.OutcomeOf(err); got != c.want {
				t.Errorf("%s: %s: got %s, want %s", class, c.why, got, c.want)
			}
		}
	}
	if issuer.OutcomeOf(nil) != issuer.Accepted {
		t.Error("no error is a yes")
	}
	for _, err := range []error{errors.New("boom"), context.Canceled, context.DeadlineExceeded} {
		if issuer.OutcomeOf(err) != issuer.Unknown {
			t.Errorf("%v is of elsewhere: whoever cannot classify must look", err)
		}
	}
}

func TestErrorSaysWhatIsKnown(t *testing.T) {
	for want, err := range map[string]*issuer.Error{
		"create card: the issuer refused (HTTP 400, code 17): no such BIN": {Class: issuer.Invalid, Op: "create card", Status: 400, Code: "17", Message: "no such BIN"},
		"create card: the issuer refused (HTTP 400)":                       {Class: issuer.Invalid, Op: "create card", Status: 400},
		"create card: the issuer refused (code 17)":                        {Class: issuer.Invalid, Op: "create card", Code: "17"},
		"list cards: the issuer could not be reached":                      {Class: issuer.Unavailable, Op: "list cards"},
		"reveal card: the issuer cannot do this now (HTTP 400, code C12)":  {Class: issuer.Unavailable, Op: "reveal card", Status: 400, Code: "C12"},
		"move: the outcome is unknown: timed out":                          {Class: issuer.Ambiguous, Op: "move", Message: "timed out"},
	} {
		if err.Error() != want {
			t.Errorf("got %q, want %q", err.Error(), want)
		}
	}
}

func TestEveryClassHasWords(t *testing.T) {
	for _, class := range []issuer.Class{issuer.Invalid, issuer.Unauthorized, issuer.Forbidden, issuer.NotFound, issuer.RateLimited, issuer.Unavailable,
		issuer.Malformed, issuer.Unsupported, issuer.Expired, issuer.Ambiguous, issuer.Conflict, issuer.TooLong} {
		if got := (&issuer.Error{Class: class, Op: "x"}).Error(); got == "x: " {
			t.Errorf("class %s says nothing", class)
		}
	}
}

func TestClassOfAndNotOffered(t *testing.T) {
	err := fmt.Errorf("x: %w", &issuer.Error{Class: issuer.NotFound})
	if issuer.ClassOf(err) != issuer.NotFound || !issuer.Is(err, issuer.NotFound) || issuer.Is(nil, "") || issuer.ClassOf(errors.New("x")) != "" {
		t.Error("the class is found through wrapping, and only there")
	}
	for class, want := range map[issuer.Class]bool{
		issuer.NotFound: true, issuer.Unsupported: true, issuer.Malformed: true, issuer.Invalid: true, issuer.Forbidden: true,
		issuer.TooLong: false, issuer.Unavailable: false, issuer.RateLimited: false, issuer.Unauthorized: false, issuer.Ambiguous: false, issuer.Conflict: false,
	} {
		if got := issuer.NotOffered(&issuer.Error{Class: class}); got != want {
			t.Errorf("%s: asking again helps unless the issuer has no such call: got %v", class, got)
		}
	}
	if issuer.NotOffered(nil) || issuer.NotOffered(errors.New("x")) {
		t.Error("what is unknown is not concluded from")
	}
}

func TestCapabilitiesDefaultToNothing(t *testing.T) {
	var none issuer.Capabilities
	if none.Has(issuer.FeatureFunding) || none.Replays[issuer.CallWithdraw] || !none.Opening(issuer.Prepaid, "493193").IsZero() {
		t.Error("what an adapter does not say it can do, it cannot")
	}
	some := issuer.Capabilities{OpeningAmount: func(issuer.CardType, string) money.Amount { return money.Must("10") }}
	if !some.Opening(issuer.Prepaid, "x").Equal(money.Must("10")) {
		t.Error("an adapter's opening amount is asked for")
	}
}
