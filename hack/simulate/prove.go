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

	killed, planted := 0, 0
	if o.bugs && len(plans.Findings)+len(histories.Findings) == 0 {
		var err error
		if killed, planted, err = findPlanted(o, c); err != nil {
			return err
		}
	}
	table(o, matrix, plans, histories, killed, planted)
	if len(plans.Findings)+len(histories.Findings)+len(plans.Unlike)+len(histories.Unlike) > 0 || killed != planted {
		return errFound
	}
	return nil
}

// report prints what went wrong, cut down to its smallest.
func report(what string, t campaign.Tally, took time.Duration) {
	fmt.Printf("%d %s in %s: %d went wrong\n", t.Plays, what, took.Round(time.Second), len(t.Findings))
	for i, f := range t.Findings {
		if i == 5 {
			fmt.Println("… and more")
			return
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

func table(o options, m campaign.Matrix, plans, histories campaign.Tally, killed, planted int) {
	bugs := "not looked for"
	if planted > 0 {
		bugs = fmt.Sprintf("%d of %d", killed, planted)
	}
	fmt.Printf(`
  boundaries enumerated      %d
  plans played               %d of %d
  random histories           %d (seeds %d to %d)
  calls that left a process  %d
  processes killed           %d
  simulated time             %.1f years
  same seed, same trace      %d of %d
  questions put to a person  %d
  violations                 %d
  planted bugs found         %s

A seed's story: make simulate SEED=7. A plan's: make simulate PLAN=7.
`, m.Boundaries, plans.Plays, len(m.Plans), histories.Plays, o.from, o.from+histories.Plays-1,
		plans.Calls+histories.Calls, plans.Deaths+histories.Deaths,
		(plans.Simulated+histories.Simulated).Hours()/24/365,
		plans.Replayed+histories.Replayed-len(plans.Unlike)-len(histories.Unlike), plans.Replayed+histories.Replayed,
		plans.Parked+histories.Parked, len(plans.Findings)+len(histories.Findings), bugs)
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
