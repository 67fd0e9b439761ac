package endurance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	. "github.com/onsi/ginkgo/v2"
)

// print shows the figures of a trial, whether or not it failed.
func (t *trial) print() {
	calls, sum := mutating(t.report)
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(name string, value any) { _, _ = fmt.Fprintf(w, "%s\t%v\n", name, value) }
	row("spec", t.name)
	row("world", t.world())
	row("storm, then until all came true", fmt.Sprintf("%s, %s", t.stormed.Round(time.Second), t.settled.Round(time.Second)))
	row("kills, stops, ends by itself", fmt.Sprintf("%d, %d, %d", t.kills, t.stops, t.exits))
	row("claims open at a kill or stop", t.claims)
	row("claims too old to be sent", t.expired())
	row("leader changes", t.leaders)
	row("cards, withdrawals, edits", fmt.Sprintf("%d, %d, %d", sizes.cards, sizes.withdrawals, t.user.edits))
	row("issuer cards, movements", fmt.Sprintf("%d, %d", len(t.report.Cards), len(t.report.Movements)))
	row("calls that change something", sum.made)
	row("answers lost", sum.lost)
	row("500 after the commit", sum.failed)
	for _, what := range []string{duplicated, lost, orphaned, stuck} {
		row(what, len(t.found[what]))
	}
	_, _ = fmt.Fprintf(w, "\ncall\tmade\tlost\t500\n")
	for _, c := range calls {
		_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", c.call, c.made, c.lost, c.failed)
	}
	_ = w.Flush()
	AddReportEntry("endurance: "+t.name, ReportEntryVisibilityAlways, "\n"+text.String())
}

// expired counts the claims that a manager did not send because it had been away.
func (t *trial) expired() int {
	logs, _ := filepath.Glob(filepath.Join(t.dir, "manager-*.log"))
	n := 0
	for _, name := range logs {
		text, _ := os.ReadFile(name)
		n += strings.Count(string(text), "too old to send")
	}
	return n
}

func (t *trial) world() string {
	dedup := "pays a withdrawal's id as often as it is sent"
	if sizes.dedup {
		dedup = "pays a withdrawal's id once"
	}
	replay := string(sizes.replay)
	if replay == "" {
		replay = "default"
	}
	return fmt.Sprintf("the issuer %s; replay: %s; seed %d", dedup, replay, GinkgoRandomSeed())
}
