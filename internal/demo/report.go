package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/card-operator/card-operator/internal/money"
)

// report is what the demo reads of the sandbox's own account of what happened.
type report struct {
	Conservation struct {
		Holds    bool                    `json:"holds"`
		Totals   map[string]money.Amount `json:"totals"`
		Problems []string                `json:"problems"`
	} `json:"conservation"`
	Duplicates []struct {
		What string   `json:"what"`
		Key  string   `json:"key"`
		IDs  []string `json:"ids"`
	} `json:"duplicates"`
	Movements []struct {
		Kind   string       `json:"kind"`
		Amount money.Amount `json:"amount"`
		Status string       `json:"status"`
	} `json:"movements"`
}

// showReport prints what the issuer says of what was moved, and fails where that is not
// as it must be.
func (s *show) showReport(ctx context.Context) error {
	text, err := get(ctx, s.sandbox.url("/sandbox/report?format=text"))
	if err != nil {
		return err
	}
	file := filepath.Join(workDir, "report.txt")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return fmt.Errorf("keeping the sandbox's report: %w", err)
	}
	answer, err := get(ctx, s.sandbox.url("/sandbox/report"))
	if err != nil {
		return err
	}
	found, err := parseReport(answer)
	if err != nil {
		return err
	}
	s.screen.heading("The issuer's own report (in full: %s)", file)
	s.screen.say("%s", found.render())
	return found.verdict()
}

// parseReport reads a report. One that does not say whether conservation holds, or lists
// no duplicates, not even an empty list, is no report.
func parseReport(text []byte) (report, error) {
	var parts struct {
		Conservation *struct {
			Holds *bool `json:"holds"`
		} `json:"conservation"`
		Duplicates *[]json.RawMessage `json:"duplicates"`
	}
	var r report
	if err := errors.Join(json.Unmarshal(text, &parts), json.Unmarshal(text, &r)); err != nil {
		return r, fmt.Errorf("reading the sandbox's report: %w", err)
	}
	if parts.Conservation == nil || parts.Conservation.Holds == nil || parts.Duplicates == nil {
		return r, errors.New("the sandbox's report does not say whether money was conserved and what happened twice")
	}
	return r, nil
}

// verdict is nil when nothing happened twice and all the money is accounted for.
func (r report) verdict() error {
	var errs []error
	if !r.Conservation.Holds {
		errs = append(errs, errors.New("the sandbox's ledger does not add up: "+strings.Join(r.Conservation.Problems, "; ")))
	}
	for _, d := range r.Duplicates {
		errs = append(errs, fmt.Errorf("%s %q happened %d times", d.What, d.Key, len(d.IDs)))
	}
	return errors.Join(errs...)
}

// render prints the verdict, the totals of the ledger and the movements by kind.
func (r report) render() string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 3, ' ', 0)
	printRow(w, []string{"Conservation", choose(r.Conservation.Holds, "holds", "BROKEN")})
	printRow(w, []string{"Duplicates", choose(len(r.Duplicates) == 0, "none", fmt.Sprint(len(r.Duplicates)))})
	for _, name := range slices.Sorted(maps.Keys(r.Conservation.Totals)) {
		printRow(w, []string{"Total " + name, r.Conservation.Totals[name].String()})
	}
	counts, sums := r.byKind()
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		printRow(w, []string{"Moved: " + kind, fmt.Sprintf("%s in %d", sums[kind], counts[kind])})
	}
	_ = w.Flush() // a strings.Builder takes everything
	return strings.TrimRight(trimLines(out.String()), "\n")
}

func (r report) byKind() (counts map[string]int, sums map[string]money.Amount) {
	counts, sums = map[string]int{}, map[string]money.Amount{}
	for _, m := range r.Movements {
		if m.Status != "Fail" {
			counts[m.Kind]++
			sums[m.Kind] = sums[m.Kind].Add(m.Amount)
		}
	}
	return counts, sums
}

func choose(yes bool, then, otherwise string) string {
	if yes {
		return then
	}
	return otherwise
}
