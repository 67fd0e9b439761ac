package campaign

import (
	"fmt"
	"strings"

	"github.com/card-operator/card-operator/test/simulation/history"
)

// Kill is how a planted bug was found.
type Kill struct {
	Bug string
	// Plays is how many histories it took. FalseAlarms are those that went wrong and did so
	// without the bug as well: the harness accused it wrongly.
	Plays, FalseAlarms int
	// History is the smallest that still shows it, Oracle what it shows.
	History history.History
	What    string
}

// Hunter finds one planted bug.
type Hunter struct {
	// Bug is its name, Where words of the plans that are played first.
	Bug, Where string
	// Activate switches a bug on, or off by "".
	Activate func(string)

	kill Kill
}

// Hunt plays scenarios, plans and random histories until one goes wrong with the bug that
// goes well without it, and cuts it down. ok is false when none does within the budget: the
// harness is blind to the bug.
func (u *Hunter) Hunt(matrix Matrix, scenarios []history.History, budget int) (kill Kill, ok bool) {
	u.kill.Bug = u.Bug
	u.Activate(u.Bug)
	defer u.Activate("")
	for _, h := range scenarios {
		if u.try(h, "") {
			return u.kill, true
		}
	}
	plans := likely(matrix.Plans, u.Where)
	for i := range budget {
		if i == len(plans) {
			plans = matrix.Plans
		}
		plan := plans[(i*stride+stride/2)%len(plans)]
		if u.try(plan.History, plan.End) || i%2 == 0 && u.try(Random(uint64(i)), "") {
			return u.kill, true
		}
	}
	return u.kill, false
}

// try plays one history.
func (u *Hunter) try(h history.History, expect string) bool {
	u.kill.Plays++
	r, err := Play(h, false)
	if err != nil || goesWell(r, expect) {
		return false
	}
	if !u.innocentWithout(h, expect) {
		u.kill.FalseAlarms++
		return false
	}
	if len(r.Violations) == 0 {
		u.kill.History, u.kill.What = h, otherEnd(expect, r.End).String()
		return true
	}
	small, worst := Shrink(h)
	u.kill.History, u.kill.What = small, worst.Violations[0].String()
	return true
}

func goesWell(r Result, expect string) bool {
	return len(r.Violations) == 0 && (expect == "" || r.End == expect)
}

// innocentWithout: without the bug the same history goes well.
func (u *Hunter) innocentWithout(h history.History, expect string) bool {
	u.Activate("")
	defer u.Activate(u.Bug)
	r, err := Play(h, false)
	return err == nil && goesWell(r, expect)
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
