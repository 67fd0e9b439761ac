package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"
)

//go:embed page.md
var pageText string

// page is docs/benchmarks.md.
func (r report) page() string {
	t := template.Must(template.New("page").Parse(pageText))
	var text strings.Builder
	err := t.Execute(&text, map[string]any{"Settings": r.Settings, "Table": r.markdown(), "Fair": r.Fair, "Calls": r.endpoints(), "Memory": r.memory()})
	if err != nil {
		return err.Error()
	}
	return text.String()
}

func (r report) markdown() string {
	var b strings.Builder
	for i, c := range columns {
		fmt.Fprintf(&b, "| %s |", c.head)
		for _, round := range r.Rounds {
			fmt.Fprintf(&b, " %s |", c.cell(round))
		}
		b.WriteByte('\n')
		if i == 0 {
			b.WriteString("|" + strings.Repeat("---|", len(r.Rounds)+1) + "\n")
		}
	}
	return b.String()
}

// endpoints are the calls per card of the operator's largest round.
func (r report) endpoints() string {
	last, found := r.largest()
	if !found {
		return ""
	}
	return list(last.By) + "; standing still: " + list(last.StandingBy)
}

// memory is what a thousand cards cost the operator, by its smallest and largest round.
func (r report) memory() string {
	last, found := r.largest()
	if !found {
		return ""
	}
	first := r.Rounds[0]
	text := fmt.Sprintf("%.0f MiB at %d cards", last.RSS, last.Cards)
	if last.Cards > first.Cards {
		text += fmt.Sprintf(", %.1f MiB for each 1,000 more", 1000*(last.RSS-first.RSS)/float64(last.Cards-first.Cards))
	}
	if last.Strangers > 0 {
		text += fmt.Sprintf("; %d Secrets of others changed it by %+.1f MiB", last.Strangers, last.StrangersRSS)
	}
	return text
}

func (r report) largest() (round, bool) {
	ours := r.of("card-operator")
	if len(ours) == 0 || ours[len(ours)-1].Stuck > 0 {
		return round{}, false
	}
	return ours[len(ours)-1], true
}

// of are the rounds of one controller, by size.
func (r report) of(who string) []round {
	var rounds []round
	for _, round := range r.Rounds {
		if round.Who == who {
			rounds = append(rounds, round)
		}
	}
	slices.SortFunc(rounds, func(a, b round) int { return a.Cards - b.Cards })
	return rounds
}
