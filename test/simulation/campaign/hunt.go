package campaign

import (
	"fmt"
	"strings"

	"github.com/card-operator/card-operator/test/simulation/history"
)

// Kill is how a planted bug was found.
type Kill struct {
	Bug string
	// Plays is how many histories it took.
	Plays int
	// History is the smallest that still shows it, Oracle what it shows.
	History history.History
	What    string
}

// Hunt plays scenarios, plans and random histories until one goes wrong with the bug that
// goes well without it, and cuts it down. ok is false when none does within the budget: the
// harness is blind to the bug. activate switches a bug on, or off by "";
// where are words of the plans that are played first.
func Hunt(bug, where string, activate func(string), matrix Matrix, scenarios []history.History, budget int) (kill Kill, ok bool) {
	kill.Bug = bug
	guilty := func(h history.History, expect string) bool {
		activate("")
		r, err := Play(h, false)
		activate(bug)
		return err == nil && len(r.Violations) == 0 && (expect == "" || r.End == expect)
	}
	try := func(h history.History, expect string) bool {
		kill.Plays++
		r, err := Play(h, false)
		if err != nil || len(r.Violations) == 0 && (expect == "" || r.End == expect) || !guilty(h, expect) {
			return false
		}
		if len(r.Violations) > 0 {
			small, worst := Shrink(h)
			kill.History, kill.What = small, worst.Violations[0].String()
			return true
		}
		kill.History, kill.What = h, otherEnd(expect, r.End).String()
		return true
	}
	activate(bug)
	defer activate("")
	for _, h := range scenarios {
		if try(h, "") {
			return kill, true
		}
	}
	plans := likely(matrix.Plans, where)
	for i := 0; i < budget; i++ {
		plan := plans[(i*stride+stride/2)%len(plans)]
		if i > len(plans) {
			plan = matrix.Plans[(i*stride+stride/2)%len(matrix.Plans)]
		}
		if try(plan.History, plan.End) {
			return kill, true
		}
		if i%2 == 0 && try(Random(uint64(i)), "") {
			return kill, true
		}
	}
	return kill, false
}

// stride spreads the first plans that are tried over all scenarios.
const stride = 7919

// likely are the plans that have the words in them; all, where none has.
func likely(plans []Plan, where string) []Plan {
	var some []Plan
	for _, plan := range plans {
		if where != "" && strings.Contains(plan.Name+fmt.Sprint(plan.World.Faults), where) {
			some = append(some, plan)
		}
	}
	if len(some) == 0 {
		return plans
	}
	return some
}
