package inspect

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// WriteText prints the report for people.
func (r Report) WriteText(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	r.writeVerdict(w)
	r.writeBudgets(w)
	r.writeCards(w)
	r.writeMovements(w)
	r.writeCalls(w)
	r.writeFaults(w)
	return w.Flush()
}

func (r Report) writeVerdict(w io.Writer) {
	verdict := "holds"
	if !r.Conservation.Holds {
		verdict = "BROKEN: " + strings.Join(r.Conservation.Problems, "; ")
	}
	fmt.Fprintf(w, "Conservation\t%s\n", verdict)
	fmt.Fprintf(w, "Duplicates\t%d\n", len(r.Duplicates))
	for _, d := range r.Duplicates {
		fmt.Fprintf(w, "\t%s %q happened %d times: %s\n", d.What, d.Key, len(d.IDs), strings.Join(d.IDs, ", "))
	}
	section(w, "MONEY", "AMOUNT")
	for _, name := range slices.Sorted(maps.Keys(r.Conservation.Totals)) {
		fmt.Fprintf(w, "%s\t%s\n", name, r.Conservation.Totals[name])
	}
}

func (r Report) writeBudgets(w io.Writer) {
	if len(r.Budgets) == 0 {
		return
	}
	section(w, "BUDGET", "STATE", "AVAILABLE", "ID")
	for _, b := range r.Budgets {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", b.Name, b.State, b.Balances.Available, b.ID)
	}
}

func (r Report) writeCards(w io.Writer) {
	if len(r.Cards) == 0 {
		return
	}
	section(w, "CARD", "LABEL", "TYPE", "STATE", "AVAILABLE", "PENDING", "FROZEN", "ID")
	for _, c := range r.Cards {
		fmt.Fprintf(w, "…%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.LastFour, c.Label, c.Type, c.State,
			c.Balances.Available, c.Balances.Pending, c.Balances.Frozen, c.ID)
	}
}

func (r Report) writeMovements(w io.Writer) {
	section(w, "TIME", "KIND", "AMOUNT", "FEE", "STATUS", "FROM", "TO", "CLIENT ID")
	for _, m := range r.Movements {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.Time.UTC().Format("15:04:05.000"), m.Kind,
			m.Amount, m.Fee, m.Status, m.From, m.To, orDash(m.ClientID))
	}
}

func (r Report) writeCalls(w io.Writer) {
	if len(r.Calls) == 0 {
		return
	}
	section(w, "CALL", "ANSWERS")
	for _, endpoint := range slices.Sorted(maps.Keys(r.Calls)) {
		var told []string
		for _, status := range slices.Sorted(maps.Keys(r.Calls[endpoint])) {
			told = append(told, fmt.Sprintf("%s×%d", status, r.Calls[endpoint][status]))
		}
		fmt.Fprintf(w, "%s\t%s\n", endpoint, strings.Join(told, " "))
	}
}

func (r Report) writeFaults(w io.Writer) {
	if len(r.Faults) == 0 {
		return
	}
	section(w, "FAULT", "DOES", "PATH", "MATCHED", "HITS")
	for _, f := range r.Faults {
		fmt.Fprintf(w, "%s\t%s\t%s %s\t%d\t%d\n", f.ID, f.Do, f.Method, orDash(f.Path), f.Matched, f.Hits)
	}
}

func section(w io.Writer, columns ...string) {
	fmt.Fprintf(w, "\n%s\n", strings.Join(columns, "\t"))
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
