package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
)

// report is everything that was measured.
type report struct {
	Settings string
	Rounds   []round
	Fair     *fair
}

// fair is how long one card of one tenant took beside many of another, and how many of those
// were Ready before it.
type fair struct {
	Cards, Before int
	Took          float64
}

func describe(s settings) string {
	return fmt.Sprintf("issuer: %s a call, %v calls/s (429 above), cards issued %s after the order; one account, syncInterval 1m, %d rows a page", s.latency, s.rate, issuingDelay, s.pageSize)
}

// begin is an empty report, or the one that is added to.
func begin(s settings) (report, error) {
	r := report{Settings: describe(s)}
	if !s.more {
		return r, nil
	}
	text, err := os.ReadFile(filepath.Join(s.out, "benchmarks.json"))
	if err != nil {
		return r, err
	}
	var before report
	if err := json.Unmarshal(text, &before); err != nil {
		return r, err
	}
	if before.Settings != r.Settings {
		return r, fmt.Errorf("-more: what is there was measured with other settings: %s", before.Settings)
	}
	return before, nil
}

// columns of the table, in the order in which they are shown.
var columns = []struct {
	head string
	cell func(round) string
}{
	{"controller", func(r round) string { return r.Who }},
	{"cards", func(r round) string { return fmt.Sprint(r.Cards) }},
	{"all Ready s", func(r round) string { return stuckOr(r, "%.1f", r.AllReady) }},
	{"calls/card", func(r round) string { return fmt.Sprintf("%.2f", r.Calls) }},
	{"bound s", func(r round) string { return fmt.Sprintf("%.1f", r.Bound) }},
	{"× bound", func(r round) string { return stuckOr(r, "%.2f", r.AllReady/max(r.Bound, 0.001)) }},
	{"refused", func(r round) string { return fmt.Sprint(r.Refused) }},
	{"new card p50 / max s", func(r round) string { return stuckOr(r, "%.2f / %.2f", r.NewP50, r.NewMost) }},
	{"writes/card", func(r round) string { return fmt.Sprintf("%.2f", r.Writes["virtualcards"]) }},
	{"Secret writes/card", func(r round) string { return fmt.Sprintf("%.2f", r.Writes["secrets"]) }},
	{"Events/card", func(r round) string { return fmt.Sprintf("%.2f", r.Writes["events"]) }},
	{"standing calls/min", func(r round) string { return stuckOr(r, "%.0f", r.StandingCalls) }},
	{"standing writes/min", func(r round) string { return stuckOr(r, "%.1f", r.StandingWrites) }},
	{"standing CPU % of a core", func(r round) string { return stuckOr(r, "%.1f", 100*r.StandingCPU) }},
	{"CPU ms/card", func(r round) string { return fmt.Sprintf("%.1f", 1000*r.CPU/float64(r.Cards)) }},
	{"RSS MiB", func(r round) string { return stuckOr(r, "%.0f", r.RSS) }},
	{"peak MiB", func(r round) string { return stuckOr(r, "%.0f", r.PeakRSS) }},
	{"goroutines", func(r round) string { return stuckOr(r, "%d", r.Goroutines) }},
	{"files", func(r round) string { return stuckOr(r, "%d", r.Files) }},
}

func stuckOr(r round, format string, values ...any) string {
	if r.Stuck > 0 {
		return fmt.Sprintf("%d stuck", r.Stuck)
	}
	return fmt.Sprintf(format, values...)
}

// print shows the table turned by a quarter: a round is a column.
func (r report) print(to io.Writer) {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w)
	for _, c := range columns {
		_, _ = fmt.Fprint(w, c.head)
		for _, round := range r.Rounds {
			_, _ = fmt.Fprint(w, "\t", c.cell(round))
		}
		_, _ = fmt.Fprintln(w)
	}
	_ = w.Flush()
	for _, round := range r.Rounds {
		_, _ = fmt.Fprintf(to, "\n%s, %d cards: calls until Ready %s\n  standing %s\n  writes per card %v\n", round.Who, round.Cards, list(round.By), list(round.StandingBy), round.Writes)
	}
	if r.Fair != nil {
		_, _ = fmt.Fprintf(to, "\nfairness: beside %d cards of another namespace, one took %.2f s; %d of the others were Ready then\n", r.Fair.Cards, r.Fair.Took, r.Fair.Before)
	}
}

func list(calls map[string]int) string {
	var parts []string
	for _, endpoint := range slices.Sorted(maps.Keys(calls)) {
		parts = append(parts, fmt.Sprintf("%s ×%d", strings.Replace(endpoint, "/open-api/v1", "", 1), calls[endpoint]))
	}
	return strings.Join(parts, ", ")
}

// write writes the figures, the page's table and the curves into a directory.
func (r report) write(dir string) error {
	if dir == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	for name, content := range map[string]string{
		"benchmarks.json": string(text) + "\n", "benchmarks.svg": curves(r), "benchmarks.md": r.page(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}
