// Command simulate proves the money protocol by playing it: every boundary with every
// fault, random histories from seeds, and planted bugs that must be found. See
// docs/simulation.md.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/test/simulation/campaign"
	"github.com/card-operator/card-operator/test/simulation/history"
)

// options are the command line.
type options struct {
	seeds, from    int
	time           time.Duration
	every          int
	bug            string
	pairs          bool
	thin           int
	workers        int
	bugs           bool
	budget         int
	seed           int64
	plan           int
	only           string
	hunt, part, of int
}

func main() {
	var o options
	flag.IntVar(&o.seeds, "seeds", 100_000, "random histories")
	flag.IntVar(&o.from, "from", 0, "first seed")
	flag.DurationVar(&o.time, "time", 0, "stop the random histories after this long; 0 plays all")
	flag.StringVar(&o.bug, "bug", "", "plant only bugs with these words in their names")
	flag.IntVar(&o.every, "every", 1, "play every n-th plan of the matrix only")
	flag.BoolVar(&o.pairs, "pairs", true, "pairs of faults too")
	flag.IntVar(&o.thin, "thin", 8, "play every n-th plan only of the dialects other than Qbit's; 1 plays all")
	flag.IntVar(&o.workers, "workers", 2, "histories that are played at once")
	flag.BoolVar(&o.bugs, "bugs", true, "plant bugs and find them")
	flag.IntVar(&o.budget, "budget", 12000, "plans that may be played to find one bug")
	flag.Int64Var(&o.seed, "seed", -1, "play this seed alone and tell its story")
	flag.IntVar(&o.plan, "plan", -1, "play this plan alone and tell its story")
	flag.StringVar(&o.only, "only", "", "only scenarios with these words in their names")
	flag.IntVar(&o.hunt, "hunt", 0, "internal: find planted bugs in this build")
	flag.IntVar(&o.part, "part", 0, "internal")
	flag.IntVar(&o.of, "of", 1, "internal")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	scenarios := slices.DeleteFunc(campaign.Scenarios(), func(h history.History) bool { return !strings.Contains(h.Name, o.only) })
	if o.hunt > 0 {
		return hunt(o, scenarios)
	}
	if o.seed >= 0 {
		return tell(campaign.Random(uint64(o.seed)), "")
	}
	matrix, err := campaign.Enumerate(scenarios, o.pairs, o.thin)
	if err != nil {
		return err
	}
	if o.plan >= 0 && o.plan < len(matrix.Plans) {
		return tell(matrix.Plans[o.plan].History, matrix.Plans[o.plan].End)
	}
	return prove(o, matrix, clock.Real{})
}
