package campaign_test

import (
	"testing"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/test/simulation/campaign"
	"github.com/card-operator/card-operator/test/simulation/history"
)

// The whole matrix, more seeds and the planted bugs are `make simulate`.
const (
	somePlans = 211 // every so manieth
	someSeeds = 60
)

func TestScenariosGoWellWithoutFaults(t *testing.T) {
	for _, h := range campaign.Scenarios() {
		t.Run(h.Name, func(t *testing.T) {
			r, err := campaign.Play(h, false)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range r.Violations {
				t.Error(v)
			}
		})
	}
}

func TestSomePlans(t *testing.T) {
	m, err := campaign.Enumerate(campaign.Scenarios(), true, 8)
	if err != nil {
		t.Fatal(err)
	}
	runner := campaign.Runner{Workers: 2, Clock: clock.Real{}}
	complain(t, runner.Run(len(m.Plans)/somePlans, func(i int) (history.History, string) {
		return m.Plans[i*somePlans].History, m.Plans[i*somePlans].End
	}))
}

func TestSomeSeeds(t *testing.T) {
	runner := campaign.Runner{Workers: 2, Clock: clock.Real{}}
	complain(t, runner.Run(someSeeds, func(i int) (history.History, string) { return campaign.Random(uint64(i)), "" }))
}

func complain(t *testing.T, tally campaign.Tally) {
	t.Helper()
	for _, f := range tally.Findings {
		t.Errorf("%s%s", f.History.Story(), f.Result.Violations)
	}
	for _, name := range tally.Unlike {
		t.Errorf("%s: two plays, two traces", name)
	}
}

// A history that goes wrong is cut down to what makes it go wrong: here an issuer that
// delivers twice, which no client can help.
func TestShrinkLeavesOutWhatDoesNotMatter(t *testing.T) {
	h := campaign.Scenarios()[0]
	base, err := campaign.Play(h, true)
	if err != nil {
		t.Fatal(err)
	}
	for n, call := range base.Calls {
		if call.Object == "/cards/transfer/in" {
			h.World.Faults = append(h.World.Faults, twice(n)...)
			break
		}
	}
	small, worst := campaign.Shrink(h)
	if len(worst.Violations) == 0 || len(small.World.Faults) != 1 || len(small.Actions) != 1 {
		t.Errorf("%v after\n%s", worst.Violations, small.Story())
	}
}
