package campaign_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/card-operator/card-operator/test/simulation/campaign"
	"github.com/card-operator/card-operator/test/simulation/history"
)

func TestScenariosWithoutFaults(t *testing.T) {
	for _, h := range campaign.Scenarios() {
		t.Run(h.Name, func(t *testing.T) {
			if testing.Verbose() {
				h.World.Tell = func(line string) { fmt.Println(line) }
			}
			began := time.Now()
			r, err := campaign.Play(h, false)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("boundaries %d writes %d mutations %d parked %d simulated %s real %s\n%s", r.Boundaries, r.Writes, r.Mutations, r.Parked, r.Simulated, time.Since(began), r.End)
			for _, v := range r.Violations {
				t.Error(v)
			}
		})
	}
}

func TestMatrix(t *testing.T) {
	m, err := campaign.Enumerate(campaign.Scenarios(), os.Getenv("PAIRS") != "")
	if err != nil {
		t.Fatal(err)
	}
	began, bad, different := time.Now(), map[string]int{}, 0
	every, _ := strconv.Atoi(os.Getenv("EVERY"))
	for i, plan := range m.Plans {
		if every > 1 && i%every != 0 {
			continue
		}
		r, err := campaign.Play(plan.History, false)
		if err != nil {
			t.Fatal(err)
		}
		if r.End != plan.End {
			different++
			if different < 8 {
				t.Errorf("DIFFERENT %s %v\nGOT\n%s\nWANT\n%s", plan.Name, plan.World.Faults, r.End, plan.End)
			}
		}
		if len(r.Violations) > 0 {
			k := plan.Name + " | " + string(r.Violations[0].Oracle)
			bad[k]++
			if bad[k] <= 1 {
				t.Errorf("%s %v\n%.700s", plan.Name, plan.World.Faults, fmt.Sprint(r.Violations))
			}
		}
	}
	t.Logf("boundaries %d plans %d violations %v different %d in %s", m.Boundaries, len(m.Plans), bad, different, time.Since(began))
}

func TestRandom(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("SEEDS"))
	from, _ := strconv.ParseUint(os.Getenv("FROM"), 10, 64)
	began, bad, parked, boundaries := time.Now(), 0, 0, 0
	for seed := range uint64(max(n, 200)) {
		h := campaign.Random(from + seed)
		at := time.Now()
		if os.Getenv("TELL") != "" {
			fmt.Println(h.Story())
			h.World.Tell = func(line string) { fmt.Println(line) }
		}
		r, err := campaign.Play(h, false)
		if err != nil {
			t.Fatal(err)
		}
		if d := time.Since(at); d > time.Second || os.Getenv("SLOW") != "" {
			fmt.Println("slow", h.Name, d, r.Boundaries, r.Simulated, r.Violations)
		}
		parked += r.Parked
		boundaries += r.Boundaries
		if len(r.Violations) > 0 {
			bad++
			if bad <= 5 {
				small, worst := campaign.Shrink(h)
				t.Errorf("%s\n%s", small.Story(), worst.Violations)
			}
		}
	}
	t.Logf("bad %d parked %d calls %d in %s", bad, parked, boundaries, time.Since(began))
}

var _ = history.Fund
