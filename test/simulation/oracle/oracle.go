package oracle

import (
	"fmt"

	"github.com/card-operator/card-operator/internal/sandbox"
	"github.com/card-operator/card-operator/internal/sandbox/inspect"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/test/simulation/history"
	"github.com/card-operator/card-operator/test/simulation/world"
)

// Name names an oracle.
type Name string

// Oracles.
const (
	ExactlyOnce  Name = "O1 exactly once"
	Conservation Name = "O2 conservation"
	Acknowledged Name = "O3 acknowledged = in the ledger"
	NoOrphan     Name = "O4 no orphan"
	Converges    Name = "O5 converges, then silence"
	AsDeclared   Name = "O6 declared = actual"
	SameEnd      Name = "O7 same end as without faults"
	NoLeak       Name = "O8 no secret outside Secrets"
	Final        Name = "O9 what has ended stays ended"
	NeverStuck   Name = "O10 never stuck without a named action"
	NoCrash      Name = "no panic"
)

// Violation is what an oracle objects to.
type Violation struct {
	Oracle Name
	What   string
}

// String is a violation in a report.
func (v Violation) String() string { return string(v.Oracle) + ": " + v.What }

// judge collects the violations of one world.
type judge struct {
	w      *world.World
	people *history.People
	books  ledger.Snapshot
	report inspect.Report
	// needles are the texts that must be nowhere.
	needles []string
	past    past
	found   []Violation
}

func (j *judge) object(oracle Name, format string, args ...any) {
	j.found = append(j.found, Violation{oracle, fmt.Sprintf(format, args...)})
}

// Check judges a world that has come to rest.
func Check(w *world.World, people *history.People) []Violation {
	j := &judge{w: w, people: people, books: w.Issuer.Ledger().Snapshot(), report: w.Issuer.Report()}
	j.past = pastOf(w.API)
	j.needles = append([]string{sandbox.DefaultClientSecret, sandbox.DefaultInterlaceSecret}, people.Secrets...)
	for _, c := range j.books.Cards {
		j.needles = append(j.needles, c.PAN.Reveal())
	}
	for _, problem := range w.Problems {
		j.object(NoCrash, "%s", problem)
	}
	j.money()
	j.whole()
	j.asked()
	j.withdrawals()
	j.cards()
	j.budgets()
	j.drained()
	j.wishes()
	j.history()
	j.secrets()
	return j.found
}
