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
	row := issuer.Receiver{ID: "r-1", State: issuer.ReceiverPassed, FirstName: "Ada", LastName: "Lovelace", Currency: "USD", AccountNumber: issuer.NewSensitive("1234567890"),
		BIC: "BOFAUS3N", RoutingNumber: "026009593"}
	for _, c := range change {
		c(&row)
	}
	return row
}

func number(text string) func(*issuer.Receiver) {
	return func(r *issuer.Receiver) { r.AccountNumber = issuer.NewSensitive(text) }
}

func TestCompare(t *testing.T) {
	for name, c := range map[string]struct {
		why    string
		change func(*issuer.Receiver)
		want   Likeness
	}{
		"the same":                  {"it is the same", func(*issuer.Receiver) {}, Same},
		"in capitals":               {"banks shout", func(r *issuer.Receiver) { r.FirstName, r.LastName = "ADA ", " LOVELACE" }, Same},
		"another first name":        {"two people may share an account", func(r *issuer.Receiver) { r.FirstName = "Anna" }, Other},
		"another last name":         {"it is another person", func(r *issuer.Receiver) { r.LastName = "Byron" }, Other},
		"another currency":          {"it is another account", func(r *issuer.Receiver) { r.Currency = "EUR" }, Other},
		"the currency in small":     {"usd is USD", func(r *issuer.Receiver) { r.Currency = "usd" }, Same},
		"another number":            {"it is another account", number("1234567891"), Other},
		"the number with dashes":    {"dashes are for readers", number("1234-567-890"), Same},
		"the number with spaces":    {"spaces are for readers", number("1234 5678 90"), Same},
		"no number":                 {"what is not shown proves nothing, either way", number(""), Unclear},
		"masked, the same end":      {"others end so too", number("******7890"), Unclear},
		"masked with x":             {"others end so too", number("XXXXXX7890"), Unclear},
		"masked with dots":          {"others end so too", number("••••••7890"), Unclear},
		"masked, another beginning": {"what is shown must agree, at both ends", number("99****7890"), Other},
		"an X that is no mask":      {"a letter hides nothing", number("1X7890"), Other},
		"masked, another end":       {"what is shown differs", number("******7891"), Other},
		"masked, little shown":      {"three digits are anybody's", number("*******890"), Unclear},
		"masked, nothing shown":     {"nothing shown is nothing known", number("**********"), Unclear},
		"a part that is not masked": {"an end without a mask is another number", number("7890"), Other},
		"the BIC in small":          {"it is the same bank", func(r *issuer.Receiver) { r.BIC = "bofaus3n" }, Same},
		"the BIC of the head":       {"XXX says no branch", func(r *issuer.Receiver) { r.BIC = "BOFAUS3NXXX" }, Same},
		"the BIC of a branch":       {"it is another office", func(r *issuer.Receiver) { r.BIC = "BOFAUS3NSFO" }, Other},
		"another BIC":               {"the same number at another bank", func(r *issuer.Receiver) { r.BIC = "CHASUS33" }, Other},
		"no BIC":                    {"the same number at which bank?", func(r *issuer.Receiver) { r.BIC = "" }, Unclear},
		"another routing number":    {"the same number at another bank", func(r *issuer.Receiver) { r.RoutingNumber = "111000025" }, Other},
		"no routing number":         {"the same number at which bank?", func(r *issuer.Receiver) { r.RoutingNumber = "" }, Unclear},
		"one hidden, one different": {"what differs decides", func(r *issuer.Receiver) { r.BIC, r.RoutingNumber = "", "111000025" }, Other},
		"an IBAN we have not":       {"what only one side has decides nothing", func(r *issuer.Receiver) { r.IBAN = issuer.NewSensitive("DE89370400440532013000") }, Same},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Compare(shown(c.change), order); got != c.want {
				t.Errorf("%s: got %v, want %v", c.why, got, c.want)
			}
		})
	}
}

// A mask never makes a payee certain, and never hides that it ends otherwise.
func TestAMaskedNumberIsNeverCertain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ours := rapid.StringMatching(`[0-9]{8,20}`).Draw(t, "ours")
		mask := rapid.SampledFrom([]string{"*", "****", "xxxx", "XX**"}).Draw(t, "mask")
		other := rapid.StringMatching(`[0-9]{0,8}`).Draw(t, "other")
		want := Other
		if len(other) < len(ours) && ours[len(ours)-len(other):] == other {
			want = Unclear
		}
		if got := compareColumn(mask+other, ours); got != want {
			t.Fatalf("%s and %s: %v", mask+other, ours, got)
		}
	})
}

func TestChoose(t *testing.T) {
	row := func(id string, state issuer.ReceiverState) issuer.Receiver {
		return shown(func(r *issuer.Receiver) { r.ID, r.State = id, state })
	}
	stranger := shown(func(r *issuer.Receiver) { r.ID, r.LastName = "s", "Byron" })
	dim := func(id string) issuer.Receiver {
		return shown(func(r *issuer.Receiver) { r.ID, r.RoutingNumber = id, "" })
	}
	it, not := wordIn(map[string]string{v1alpha1.AnnotationSettle: "d=happened"}), wordIn(map[string]string{v1alpha1.AnnotationSettle: "d,e=never"})
	for name, c := range map[string]struct {
		why   string
		rows  []issuer.Receiver
		known string
		said  Word
		want  string
		likes Likeness
	}{
		"none":                   {"it has to be registered", nil, "", Word{}, "", Other},
		"a stranger":             {"it has to be registered", []issuer.Receiver{stranger}, "", Word{}, "", Other},
		"one":                    {"the same bank account is the same payee", []issuer.Receiver{stranger, row("a", issuer.ReceiverPending)}, "", Word{}, "a", Same},
		"the furthest":           {"one that may be paid is better than one that may not", []issuer.Receiver{row("a", issuer.ReceiverCanceled), row("b", issuer.ReceiverPassed), row("c", issuer.ReceiverPending)}, "", Word{}, "b", Same},
		"the first of equals":    {"the choice must not change from look to look", []issuer.Receiver{row("a", issuer.ReceiverPending), row("b", issuer.ReceiverPending)}, "", Word{}, "a", Same},
		"a state of tomorrow":    {"it is there, whatever it means", []issuer.Receiver{row("a", "Strange")}, "", Word{}, "a", Same},
		"the known one":          {"a known payee is kept although another is further", []issuer.Receiver{row("b", issuer.ReceiverPassed), row("a", issuer.ReceiverPending)}, "a", Word{}, "a", Same},
		"the known one, renamed": {"the issuer may write a name otherwise", []issuer.Receiver{stranger}, "s", Word{}, "s", Same},
		"the known one, hidden":  {"its id tells it", []issuer.Receiver{dim("d")}, "d", Word{}, "d", Same},
		"the known one is gone":  {"another payee is not taken for it silently", []issuer.Receiver{row("b", issuer.ReceiverPassed)}, "a", Word{}, "", Other},
		"one that is hidden":     {"a person has to say", []issuer.Receiver{dim("d"), stranger}, "", Word{}, "", Unclear},
		"hidden and certain":     {"what is certain needs no person", []issuer.Receiver{dim("d"), row("a", issuer.ReceiverPending), dim("e")}, "", Word{}, "a", Same},
		"it is said to be it":    {"a person has said it", []issuer.Receiver{dim("c"), dim("d")}, "", it, "d", Same},
		"it is said not to be":   {"it has to be registered", []issuer.Receiver{dim("d"), dim("e")}, "", not, "", Other},
		"another one is hidden":  {"nobody spoke of that one", []issuer.Receiver{dim("d"), dim("f")}, "", not, "", Unclear},
		"a word against facts":   {"what is shown outweighs it", []issuer.Receiver{shown(number("99"), func(r *issuer.Receiver) { r.ID = "d" })}, "", it, "", Other},
	} {
		t.Run(name, func(t *testing.T) {
			got := Choose(c.rows, order, c.known, c.said)
			if got.Row.ID != c.want || got.Likeness != c.likes || (got.Likeness == Unclear) != (len(got.Doubtful) > 0) {
				t.Errorf("%s: got %+v", c.why, got)
			}
		})
	}
}

func TestAWordIsReadExactly(t *testing.T) {
	for text, speaks := range map[string]bool{"d=happened": true, "d=never": true, "c,d=never": true, "d": false, "": false, "d=maybe": false, "D=never": false, "=never": false} {
		word := wordIn(map[string]string{v1alpha1.AnnotationSettle: text})
		if got := word.about("d", Unclear) != Unclear; got != speaks {
			t.Errorf("%q: got %v", text, got)
		}
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
