package campaign

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/test/simulation/apiserver"
	"github.com/card-operator/card-operator/test/simulation/history"
	"github.com/card-operator/card-operator/test/simulation/oracle"
	"github.com/card-operator/card-operator/test/simulation/world"
)

// digest is the end state without what may differ: ids, times, counters.
func digest(h history.History, w *world.World, people *history.People) string {
	var lines []string
	for key := range people.Wished {
		o, ok := w.API.Find(key).(v1alpha1.Object)
		if !ok {
			lines = append(lines, fmt.Sprintf("%s/%s missing", key.Kind, key.Name))
			continue
		}
		lines = append(lines, line(key, o))
	}
	books := w.Issuer.Ledger().Snapshot()
	lines = append(lines, openCards(books, !h.GivesUp)...)
	if !h.GivesUp {
		lines = append(lines, whereabouts(books)...)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// whereabouts of the money that is not on cards. An empty budget is the same as none.
func whereabouts(books ledger.Snapshot) []string {
	var lines []string
	for _, a := range books.Accounts {
		lines = append(lines, "wallet "+books.Balance(a.BalanceID).Available.String())
	}
	for _, b := range books.Budgets {
		if held := books.Balance(b.BalanceID).Available; !held.IsZero() {
			lines = append(lines, "budget "+held.String())
		}
	}
	return lines
}

// openCards with what they hold, unless people left them behind before their money had come.
func openCards(books ledger.Snapshot, money bool) []string {
	var lines []string
	for _, c := range books.Cards {
		if c.State == ledger.StateInactive {
			continue
		}
		line := "open card " + string(c.Type) + " " + string(c.State)
		if held := books.Balance(c.BalanceID); money {
			line += " " + held.Available.String() + "/" + held.Frozen.String()
		}
		lines = append(lines, line)
	}
	return lines
}

// seal puts everything that there is at the end into the trace: what the objects say, and
// where the money is. The credentials are left out, since signing keys are drawn.
func seal(w *world.World, end string) {
	w.Seal(end)
	for _, kind := range apiserver.Kinds {
		for _, o := range w.API.All(kind) {
			if kind == "Secret" && o.GetName() == history.CredentialsName {
				continue
			}
			text, _ := json.Marshal(o)
			w.Seal(string(kind) + string(text))
		}
	}
}

// otherEnd objects to an end that faults have changed.
func otherEnd(want, got string) oracle.Violation {
	return oracle.Violation{Oracle: oracle.SameEnd, What: "got\n" + got + "\nwithout faults it is\n" + want}
}

func line(key apiserver.Key, o v1alpha1.Object) string {
	text := fmt.Sprintf("%s/%s", key.Kind, key.Name)
	if root := engine.ConditionOf(o, o.RootCondition()); root != nil {
		text += fmt.Sprintf(" %s=%s %s", root.Type, root.Status, root.Reason)
	}
	switch o := o.(type) {
	case *v1alpha1.VirtualCard:
		text += fmt.Sprintf(" %s funded %s held %s secret %s", o.Status.State, o.Status.Funded, o.Status.Held, o.Status.SecretName)
		if o.Status.Balance != nil {
			text += " balance " + o.Status.Balance.Available + "/" + o.Status.Balance.Frozen
		}
	case *v1alpha1.Budget:
		text += " " + o.Status.State + " funded " + o.Status.Funded
		if o.Status.Balance != nil {
			text += " balance " + o.Status.Balance.Available
		}
	case *v1alpha1.Withdrawal:
		text += " " + o.Status.State + " fee " + o.Status.Fee
	case *v1alpha1.Beneficiary:
		text += " " + o.Status.State
	}
	return text
}
