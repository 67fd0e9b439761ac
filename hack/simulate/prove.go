package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/test/simulation/campaign"
	"github.com/card-operator/card-operator/test/simulation/history"
)

// errFound ends a run that has found something; it has been printed.
var errFound = errors.New("not every promise held; see above")

// prove plays everything and prints the table.
func prove(o options, matrix campaign.Matrix, c clock.Clock) error {
	began := c.Now()
	start := began
	fmt.Printf("%d boundaries, %d plans of %d; playing\n", matrix.Boundaries, len(matrix.Plans)/o.every, len(matrix.Plans))
	plans := (&campaign.Runner{Workers: o.workers, Clock: c}).Run(len(matrix.Plans)/o.every, func(i int) (history.History, string) {
		p := matrix.Plans[i*o.every]
		p.Name = "plan " + strconv.Itoa(i*o.every) + ": " + p.Name
		return p.History, p.End
	})
	report("plans", plans, c.Now().Sub(began))

	began = c.Now()
	runner := &campaign.Runner{Workers: o.workers, Clock: c}
	if o.time > 0 {
		runner.Until = began.Add(o.time)
	}
	histories := runner.Run(o.seeds, func(i int) (history.History, string) { return campaign.Random(uint64(o.from + i)), "" })
	report("histories", histories, c.Now().Sub(began))

	var hunt hunted
	if o.bugs && len(plans.Findings)+len(histories.Findings) == 0 {
		var err error
		if hunt, err = findPlanted(o, c); err != nil {
			return err
		}
	}
	table(o, matrix, plans, histories, hunt, c.Now().Sub(start))
	if len(plans.Findings)+len(histories.Findings)+len(plans.Unlike)+len(histories.Unlike) > 0 || hunt.killed != hunt.chosen {
		return errFound
	}
	return nil
}

// cutDown is how many findings are cut down to their smallest, which takes a while each.
const cutDown = 5

// report prints what went wrong, cut down to its smallest.
func report(what string, t campaign.Tally, took time.Duration) {
	fmt.Printf("%d %s in %s: %d went wrong\n", t.Plays, what, took.Round(time.Second), len(t.Findings))
	for i, f := range t.Findings {
		if i >= cutDown {
			fmt.Println("  ✗ too:", f.History.Name)
			continue
		}
		small, worst := campaign.Shrink(f.History)
		violations := worst.Violations
		if len(violations) == 0 {
			violations = f.Result.Violations
		}
		fmt.Printf("\n%s\n", small.Story())
		for _, v := range violations {
			fmt.Println("  ✗", v)
		}
	}
	for _, name := range t.Unlike {
		fmt.Println("  ✗ two plays of", name, "had different traces")
	}
}

// table sums up. A false alarm is a history that goes wrong under a planted bug and without
// it as well. Whether a violation is one is for a person to say.
func table(o options, m campaign.Matrix, plans, histories campaign.Tally, hunt hunted, took time.Duration) {
	bugs, alarms := "not looked for", "no bug was planted"
	if hunt.chosen > 0 {
		bugs = fmt.Sprintf("%d of %d", hunt.killed, hunt.chosen)
		alarms = fmt.Sprintf("%d in %d histories with a bug", hunt.falseAlarms, hunt.plays)
	}
	fmt.Printf(`
  boundaries enumerated      %d
  plans played               %d of %d
  random histories           %d (seeds %d to %d)
  calls that left a process  %d
  processes killed           %d
  simulated time             %.1f years
  real time                  %s
  same seed, same trace      %d of %d
  questions put to a person  %d
  violations                 %d
  false alarms               %s
  planted bugs found         %s

A seed's story: make simulate SEED=7. A plan's: make simulate PLAN=7.
`, m.Boundaries, plans.Plays, len(m.Plans), histories.Plays, o.from, o.from+histories.Plays-1,
		plans.Calls+histories.Calls, plans.Deaths+histories.Deaths,
		(plans.Simulated+histories.Simulated)/24/365, took.Round(time.Second),
		plans.Replayed+histories.Replayed-len(plans.Unlike)-len(histories.Unlike), plans.Replayed+histories.Replayed,
		plans.Parked+histories.Parked, len(plans.Findings)+len(histories.Findings), alarms, bugs)
}

// tell plays one history and tells its story.
func tell(h history.History, expect string) error {
	fmt.Println(h.Story())
	h.World.Tell = func(line string) { fmt.Println(line) }
	r, err := campaign.Play(h, false)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s\n\ntrace %016x, %d calls, %s simulated, %d questions\n", r.End, r.Hash, r.Boundaries, r.Simulated, r.Parked)
	for _, v := range r.Violations {
		fmt.Println("  ✗", v)
	}
	if expect != "" && r.End != expect {
		fmt.Printf("  ✗ without faults it ends as\n%s\n", expect)
		return errors.New("it does not end as without faults")
	}
	if n := len(r.Violations); n > 0 {
		return fmt.Errorf("%d violations", n)
	}
	return nil
}
