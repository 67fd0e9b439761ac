package campaign

import (
	"sync"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/test/simulation/history"
)

// Finding is a history that went wrong.
type Finding struct {
	History history.History
	Result  Result
}

// Tally is what many histories came to.
type Tally struct {
	Plays, Calls, Parked, Deaths, Replayed int
	Simulated                              float64 // hours: a million histories are more than a Duration can hold
	Findings                               []Finding
	// Unlike are plays of the same history that had different traces.
	Unlike []string
}

// maxFindings ends a run early: more of the same does not help.
const maxFindings = 20

// replayEvery is how often a history is played a second time, to compare the traces.
const replayEvery = 50

// Runner plays histories on several cores.
type Runner struct {
	Workers int
	// Until ends the run; zero is never.
	Until time.Time
	Clock clock.Clock

	mu    sync.Mutex
	next  int
	tally Tally
}

// Run plays n histories; the i-th is made by of. expect, where it is not "", is the end
// that the history must come to.
func (r *Runner) Run(n int, of func(i int) (h history.History, expect string)) Tally {
	var workers sync.WaitGroup
	for range max(r.Workers, 1) {
		workers.Go(func() {
			for i := r.take(n); i >= 0; i = r.take(n) {
				h, expect := of(i)
				r.play(i, h, expect)
			}
		})
	}
	workers.Wait()
	return r.tally
}

// take is the number of the next history, -1 when there is none.
func (r *Runner) take(n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	late := !r.Until.IsZero() && r.Clock.Now().After(r.Until)
	if r.next >= n || late || len(r.tally.Findings) >= maxFindings {
		return -1
	}
	r.next++
	return r.next - 1
}

func (r *Runner) play(i int, h history.History, expect string) {
	result, err := Play(h, false)
	if err == nil && len(result.Violations) == 0 && expect != "" && result.End != expect {
		result.Violations = append(result.Violations, otherEnd(expect, result.End))
	}
	unlike := false
	if i%replayEvery == 0 {
		again, _ := Play(h, false)
		unlike = again.Hash != result.Hash
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t := &r.tally
	t.Plays++
	t.Calls += result.Boundaries
	t.Parked += result.Parked
	t.Deaths += result.Deaths
	t.Simulated += result.Simulated.Hours()
	if i%replayEvery == 0 {
		t.Replayed++
	}
	if unlike {
		t.Unlike = append(t.Unlike, h.Name)
	}
	if err != nil || len(result.Violations) > 0 {
		t.Findings = append(t.Findings, Finding{h, result})
	}
}
