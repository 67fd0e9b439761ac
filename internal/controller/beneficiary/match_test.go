package beneficiary

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

var order = issuer.ReceiverOrder{
	FirstName: "Ada", LastName: "Lovelace", Currency: "USD", AccountNumber: issuer.NewSensitive("1234567890"),
	BIC: "BOFAUS3N", RoutingNumber: "026009593",
}

func shown(change ...func(*issuer.Receiver)) issuer.Receiver {
	row := issuer.Receiver{ID: "r-1", State: issuer.ReceiverPassed, FirstName: "Ada", LastName: "Lovelace", Currency: "USD", AccountNumber: issuer.NewSensitive("1234567890")}
	for _, c := range change {
		c(&row)
	}
	return row
}

func number(text string) func(*issuer.Receiver) {
	return func(r *issuer.Receiver) { r.AccountNumber = issuer.NewSensitive(text) }
}

func TestSame(t *testing.T) {
	for name, c := range map[string]struct {
		why    string
		change func(*issuer.Receiver)
		want   bool
	}{
		"the same":                  {"it is the same", func(*issuer.Receiver) {}, true},
		"in capitals":               {"banks shout", func(r *issuer.Receiver) { r.FirstName, r.LastName = "ADA ", " LOVELACE" }, true},
		"another first name":        {"two people may share an account", func(r *issuer.Receiver) { r.FirstName = "Anna" }, false},
		"another last name":         {"it is another person", func(r *issuer.Receiver) { r.LastName = "Byron" }, false},
		"another currency":          {"it is another account", func(r *issuer.Receiver) { r.Currency = "EUR" }, false},
		"the currency in small":     {"usd is USD", func(r *issuer.Receiver) { r.Currency = "usd" }, true},
		"another number":            {"it is another account", number("1234567891"), false},
		"the number with dashes":    {"dashes are for readers", number("1234-567-890"), true},
		"the number with spaces":    {"spaces are for readers", number("1234 5678 90"), true},
		"no number":                 {"what is not shown does not agree", number(""), false},
		"masked, the same end":      {"what is shown agrees", number("******7890"), true},
		"masked with x":             {"what is shown agrees", number("XXXXXX7890"), true},
		"masked with dots":          {"what is shown agrees", number("••••••7890"), true},
		"masked, another beginning": {"what is shown must agree, at both ends", number("99****7890"), false},
		"an X that is no mask":      {"a letter hides nothing", number("1X7890"), false},
		"masked, another end":       {"what is shown differs", number("******7891"), false},
		"masked, too little shown":  {"three digits are anybody's", number("*******890"), false},
		"masked, nothing shown":     {"nothing shown is nothing known", number("**********"), false},
		"a part that is not masked": {"an end without a mask is another number", number("7890"), false},
		"the BIC agrees":            {"both have it", func(r *issuer.Receiver) { r.BIC = "bofaus3n" }, true},
		"another BIC":               {"the same number at another bank", func(r *issuer.Receiver) { r.BIC = "CHASUS33" }, false},
		"another routing number":    {"the same number at another bank", func(r *issuer.Receiver) { r.RoutingNumber = "111000025" }, false},
		"an IBAN we have not":       {"what only one side has decides nothing", func(r *issuer.Receiver) { r.IBAN = issuer.NewSensitive("DE89370400440532013000") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Same(shown(c.change), order); got != c.want {
				t.Errorf("%s: got %v", c.why, got)
			}
		})
	}
}

// Masking all but the last four or more never hides a payee from us, and never makes one
// out of another that ends otherwise.
func TestAMaskedNumberAgreesWithItsOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ours := rapid.StringMatching(`[0-9]{8,20}`).Draw(t, "ours")
		tail := rapid.IntRange(4, 7).Draw(t, "shown")
		mask := rapid.SampledFrom([]string{"*", "****", "xxxx", "XX**"}).Draw(t, "mask")
		if !sameNumber(mask+ours[len(ours)-tail:], ours) {
			t.Fatal("our own payee was not recognised: it would be registered twice")
		}
		other := rapid.StringMatching(`[0-9]{4,8}`).Draw(t, "other")
		if sameNumber(mask+other, ours) != (len(other) <= len(ours) && ours[len(ours)-len(other):] == other) {
			t.Fatalf("%s and %s", mask+other, ours)
		}
	})
}

func TestBest(t *testing.T) {
	row := func(id string, state issuer.ReceiverState) issuer.Receiver {
		return shown(func(r *issuer.Receiver) { r.ID, r.State = id, state })
	}
	stranger := shown(func(r *issuer.Receiver) { r.ID, r.LastName = "s", "Byron" })
	for name, c := range map[string]struct {
		why   string
		rows  []issuer.Receiver
		known string
		want  string
	}{
		"none":                   {"it has to be registered", nil, "", ""},
		"a stranger":             {"it has to be registered", []issuer.Receiver{stranger}, "", ""},
		"one":                    {"the same bank account is the same payee", []issuer.Receiver{stranger, row("a", issuer.ReceiverPending)}, "", "a"},
		"the furthest":           {"one that may be paid is better than one that may not", []issuer.Receiver{row("a", issuer.ReceiverCanceled), row("b", issuer.ReceiverPassed), row("c", issuer.ReceiverPending)}, "", "b"},
		"the first of equals":    {"the choice must not change from look to look", []issuer.Receiver{row("a", issuer.ReceiverPending), row("b", issuer.ReceiverPending)}, "", "a"},
		"a state of tomorrow":    {"it is there, whatever it means", []issuer.Receiver{row("a", "Strange")}, "", "a"},
		"the known one":          {"a known payee is kept although another is further", []issuer.Receiver{row("b", issuer.ReceiverPassed), row("a", issuer.ReceiverPending)}, "a", "a"},
		"the known one, renamed": {"the issuer may write a name otherwise", []issuer.Receiver{stranger}, "s", "s"},
		"the known one is gone":  {"another payee is not taken for it silently", []issuer.Receiver{row("b", issuer.ReceiverPassed)}, "a", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, found := Best(c.rows, order, c.known)
			if got.ID != c.want || found != (c.want != "") {
				t.Errorf("%s: got %q, %v", c.why, got.ID, found)
			}
		})
	}
}

func TestDecide(t *testing.T) {
	for state, c := range map[issuer.ReceiverState]struct {
		reason   string
		severity engine.Severity
		after    time.Duration
	}{
		issuer.ReceiverPending:  {v1alpha1.ReasonPending, engine.Waiting, 7 * time.Second},
		issuer.ReceiverRequest:  {v1alpha1.ReasonFailed, engine.Stalled, 0},
		issuer.ReceiverCanceled: {v1alpha1.ReasonFailed, engine.Stalled, 0},
		issuer.ReceiverInactive: {v1alpha1.ReasonFailed, engine.Stalled, 0},
		"Strange":               {v1alpha1.ReasonFailed, engine.Stalled, 0},
	} {
		err := decide(state, 7*time.Second)
		if err == nil {
			t.Errorf("%s: only Passed may be paid", state)
			continue
		}
		if p := engine.Explain(err); p.Reason != c.reason || p.Severity != c.severity || p.After != c.after {
			t.Errorf("%s: got %+v", state, p)
		}
	}
	if err := decide(issuer.ReceiverPassed, time.Second); err != nil {
		t.Errorf("Passed may be paid: %v", err)
	}
}
