package campaign

import (
	"fmt"
	"strings"
	"time"

	"github.com/card-operator/card-operator/test/simulation/history"
	"github.com/card-operator/card-operator/test/simulation/world"
)

// Matrix is the list of plans: every boundary of every scenario with every act that makes
// sense there, and pairs around the calls that move money. It is made by running each
// scenario once without faults, so a new call is covered the day it is written.
type Matrix struct {
	// Boundaries counts those of all scenarios.
	Boundaries int
	// Plans are histories with one fault or two.
	Plans []Plan

	// thin keeps every n-th plan of the dialects that share their controllers with the
	// first; seen counts those plans.
	thin, seen int
}

// Plan is a scenario with faults, and the end that it must come to.
type Plan struct {
	history.History
	// End is the digest of the scenario without faults.
	End string
}

// Enumerate makes the matrix. pairs says whether pairs are in it, thin that only every n-th
// plan is of the dialects other than Qbit v1: the engine and the controllers are the same.
func Enumerate(scenarios []history.History, pairs bool, thin int) (Matrix, error) {
	m := Matrix{thin: max(thin, 1)}
	for _, scenario := range scenarios {
		base, err := Play(scenario, true)
		if err != nil {
			return m, err
		}
		if len(base.Violations) > 0 {
			return m, fmt.Errorf("%s, without faults: %s", scenario.Name, base.Violations[0])
		}
		m.Boundaries += len(base.Calls)
		m.single(scenario, base)
		if pairs {
			m.double(scenario, base)
		}
	}
	return m, nil
}

func (m *Matrix) add(h history.History, end string, faults ...world.Fault) {
	if h.World.Speaks != world.Qbit {
		if m.seen++; m.seen%m.thin != 0 {
			return
		}
	}
	h.World.Faults = faults
	m.Plans = append(m.Plans, Plan{h, end})
}

func (m *Matrix) single(scenario history.History, base Result) {
	for n, call := range base.Calls {
		for _, act := range call.Acts() {
			if act == world.Twice && !safeTwice(scenario) && !(scenario.Scarce && strings.Contains(call.Object, "withdraw")) {
				continue
			}
			for _, d := range durations(act, scenario) {
				m.add(scenario, base.End, world.Fault{At: n, Do: act, For: d})
			}
		}
	}
}

// double: an order whose answer is lost, and then something else at each of the calls
// that follow, while its outcome is being found out.
func (m *Matrix) double(scenario history.History, base Result) {
	firsts := []world.Act{world.Lose, world.FailAfter, world.Drop, world.KillAfter, world.Late}
	seconds := []world.Act{world.KillBefore, world.KillAfter, world.Lose, world.FailAfter, world.PauseBefore, world.ConflictAfter, world.Freeze, world.Garble}
	for n, call := range base.Calls {
		if call.To != world.Issuer || !call.Mutating {
			continue
		}
		for _, first := range firsts {
			for next := n + 1; next <= n+reach(scenario); next++ {
				for _, second := range seconds {
					m.add(scenario, base.End,
						world.Fault{At: n, Do: first, For: durations(first, scenario)[0]},
						world.Fault{At: next, Do: second, For: durations(second, scenario)[0]})
				}
			}
		}
	}
}

// reach is how many calls after a lost answer a second fault is tried. Every request to QI
// Tech is signed, which costs as much as the rest of a history.
func reach(scenario history.History) int {
	if scenario.World.Speaks == world.QITech {
		return 4
	}
	return 12
}

// durations are the lengths of an act that are worth trying.
func durations(act world.Act, h history.History) []time.Duration {
	switch act {
	case world.PauseBefore, world.PauseAfter:
		if h.Trust { // first past the life of a key
			return []time.Duration{2 * time.Hour, 30 * time.Second, 4 * time.Second}
		}
		return []time.Duration{30 * time.Second, 4 * time.Second, 2 * time.Hour}
	case world.Freeze:
		return []time.Duration{20 * time.Second, 5 * time.Minute}
	case world.Late, world.KillLate:
		return []time.Duration{latest(h), 20 * time.Second}
	case world.Jump:
		return []time.Duration{20 * time.Second, -20 * time.Second}
	case world.Garble:
		return []time.Duration{0, 1, 2, 3, 4}
	default:
		return []time.Duration{0}
	}
}
