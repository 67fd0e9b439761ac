package endurance

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

const (
	// leaseLasts is how long a leader that is not heard of stays the leader.
	leaseLasts = 15 * time.Second
	// absence is how long a leader is paused: the other one takes over meanwhile.
	absence = leaseLasts + 10*time.Second
)

var _ = Describe("Nothing is duplicated, lost, orphaned or stuck", Serial, Ordered, ContinueOnFailure, func() {
	It("when the manager is killed every few seconds", func(spec SpecContext) {
		t := newTrial(spec, "SIGKILL", 1)
		for t.storming() {
			t.sleep(t.aWhile())
			Expect(t.managers[0].ended()).To(BeFalse(), "the manager ended by itself")
			t.managers[0].kill()
			t.kills++
			t.countClaims()
			t.again(0)
		}
		t.conclude()
	})

	It("when the leader is paused past its lease and goes on, again and again", func(spec SpecContext) {
		t := newTrial(spec, "SIGSTOP", 2, "--leader-elect", "--leader-election-namespace="+systemNamespace)
		for t.storming() {
			t.pauseTheLeader()
		}
		t.conclude()
	})
})

// pauseTheLeader pauses it until the other manager has worked for some seconds. When it
// goes on it does not know that it was away, until it fails to renew the lease and ends.
func (t *trial) pauseTheLeader() {
	GinkgoHelper()
	leader := t.leader(nil)
	t.sleep(t.aWhile())
	old := t.managers[leader]
	old.pause()
	DeferCleanup(old.resume)
	t.stops++
	paused := time.Now()
	t.countClaims()
	t.leader(old)
	t.sleep(time.Until(paused.Add(absence)))
	old.resume()
	Eventually(t.spec, old.session).WithTimeout(time.Minute).Should(gexec.Exit(1), "the old leader goes on without its lease")
	t.again(leader)
}

// leader waits until a manager other than one leads.
func (t *trial) leader(other *process) int {
	GinkgoHelper()
	found := -1
	Eventually(t.spec, func() int {
		t.keepUp()
		for i, m := range t.managers {
			if m != other && m.leads() {
				found = i
			}
		}
		return found
	}).WithTimeout(2*time.Minute).WithPolling(200*time.Millisecond).Should(BeNumerically(">=", 0), "nobody leads")
	return found
}

func (t *trial) conclude() {
	GinkgoHelper()
	t.calm()
	if len(t.found) == 0 {
		t.close()
	}
	t.print()
	for _, what := range []string{duplicated, lost, orphaned, stuck} {
		Expect(t.found[what]).To(BeEmpty(), what)
	}
	_, sum := mutating(t.report)
	Expect(sum.lost).To(BeNumerically(">", 0), "no answer was lost: the storm was none")
	Expect(sum.failed).To(BeNumerically(">", 0), "no answer was an error: the storm was none")
}
