package budget

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/mirror"
	"github.com/card-operator/card-operator/internal/money"
)

func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	return engine.Explain(err).Reason
}

func TestDecideState(t *testing.T) {
	for state, want := range map[issuer.State]string{
		issuer.StateActive:   "",
		issuer.StatePending:  "",
		issuer.StateFrozen:   v1alpha1.ReasonFrozen,
		issuer.StateInactive: v1alpha1.ReasonClosed,
	} {
		if got := reasonOf(decideState(state)); got != want {
			t.Errorf("%s: no call changes a budget's state, so it is only said: got %q, want %q", state, got, want)
		}
	}
}

// list is a directory with budgets and nothing else.
type list struct {
	mirror.Source
	budgets []issuer.Budget
}

func (l list) ListBudgets(context.Context) ([]issuer.Budget, error) { return l.budgets, nil }

func picture(t *testing.T, budgets ...issuer.Budget) mirror.Budgets {
	t.Helper()
	pic, err := mirror.New(list{budgets: budgets}, clock.NewFake(time.Unix(100, 0))).Budgets(context.Background(), time.Unix(100, 0))
	if err != nil {
		t.Fatal(err)
	}
	return pic
}

func token(incarnation int64) string { return id.Token("fleet", "Budget", "ads", "q4", incarnation) }

func TestOwnBudget(t *testing.T) {
	open := func(remote string, n int64) issuer.Budget {
		return issuer.Budget{ID: remote, State: issuer.StateActive, Name: id.Tag("q4", token(n), 64)}
	}
	drained := func(remote string, n int64) issuer.Budget {
		return issuer.Budget{ID: remote, State: issuer.StateActive, Name: id.TagClosed("q4", token(n), 64)}
	}
	inactive := open("i", 0)
	inactive.State = issuer.StateInactive
	for name, c := range map[string]struct {
		why     string
		budgets []issuer.Budget
		from    int64
		want    int64
		mine    string
		reason  string
	}{
		"none":                {"it has to be opened", nil, 0, 0, "", ""},
		"one":                 {"it is found again", []issuer.Budget{open("a", 0)}, 0, 0, "a", ""},
		"another's":           {"another name is another's", []issuer.Budget{{ID: "x", Name: "by hand"}}, 0, 0, "", ""},
		"a drained one":       {"it makes room for the next", []issuer.Budget{drained("a", 0)}, 0, 1, "", ""},
		"a closed one":        {"it makes room for the next", []issuer.Budget{inactive}, 0, 1, "", ""},
		"drained, then open":  {"the later one is the one", []issuer.Budget{drained("a", 0), open("b", 1)}, 0, 1, "b", ""},
		"drained and open":    {"the open one is the one", []issuer.Budget{drained("a", 0), open("b", 0)}, 0, 0, "b", ""},
		"from a later one":    {"earlier ones are history", []issuer.Budget{open("a", 0)}, 1, 1, "", ""},
		"two of them":         {"which of them is for a person", []issuer.Budget{open("a", 0), open("b", 0)}, 0, 0, "", v1alpha1.ReasonConflict},
		"two of a later time": {"which of them is for a person", []issuer.Budget{drained("x", 0), open("a", 1), open("b", 1)}, 0, 1, "", v1alpha1.ReasonConflict},
	} {
		t.Run(name, func(t *testing.T) {
			incarnation, mine, err := ownBudget(picture(t, c.budgets...), token, c.from)
			got := ""
			if mine != nil {
				got = mine.ID
			}
			if incarnation != c.want || got != c.mine || reasonOf(err) != c.reason {
				t.Errorf("%s: incarnation %d, budget %q, %v", c.why, incarnation, got, err)
			}
		})
	}
}

func move(clientID string, kind issuer.MovementKind, amount string, status issuer.MovementStatus) issuer.Movement {
	return issuer.Movement{ClientID: clientID, BudgetID: "b-1", Kind: kind, Amount: money.Must(amount), Status: status}
}

func own(n int64) string { return id.Movement("b-1", engine.PurposeFund, n) }

func TestOutsideCountsOnlyWhatOthersMoved(t *testing.T) {
	closed := issuer.MovementClosed
	for name, c := range map[string]struct {
		why   string
		row   issuer.Movement
		count int64
		want  string
	}{
		"theirs, in":         {"somebody put money in", move("theirs", issuer.MovementIn, "50", closed), 0, "50"},
		"theirs, out":        {"somebody took money out", move("theirs", issuer.MovementOut, "50", closed), 0, "-50"},
		"by hand":            {"a row without an id is not ours", move("", issuer.MovementIn, "50", closed), 0, "50"},
		"theirs, pending":    {"it has not happened", move("theirs", issuer.MovementIn, "50", issuer.MovementPending), 0, "0"},
		"theirs, failed":     {"it did not happen", move("theirs", issuer.MovementIn, "50", issuer.MovementFailed), 0, "0"},
		"a card spent":       {"that is what a budget is for", move("theirs", issuer.MovementSpend, "50", closed), 0, "0"},
		"a refund":           {"that is what a budget is for", move("theirs", issuer.MovementRefund, "50", closed), 0, "0"},
		"ours":               {"it is in the books", move(own(1), issuer.MovementIn, "50", closed), 1, "0"},
		"ours, under way":    {"it is about to be in the books", move(own(2), issuer.MovementIn, "50", closed), 1, "0"},
		"ours, lost status":  {"it was made before the status was lost", move(own(32), issuer.MovementIn, "50", closed), 0, "0"},
		"a row of no budget": {"it was no movement of a budget", issuer.Movement{Kind: issuer.MovementIn, Amount: money.Must("50"), Status: closed}, 0, "0"},
		"beyond all numbers": {"nobody could have used that number", move(own(33), issuer.MovementIn, "50", closed), 0, "50"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := outside([]issuer.Movement{c.row}, "b-1", c.count); !got.Equal(money.Must(c.want)) {
				t.Errorf("%s: got %v, want %s", c.why, got, c.want)
			}
		})
	}
}

// What this object moves changes nothing about what others have moved.
func TestOutsideIsBlindToOurOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []issuer.Movement
		for range rapid.IntRange(0, 5).Draw(t, "theirs") {
			rows = append(rows, move("theirs", rapid.SampledFrom([]issuer.MovementKind{issuer.MovementIn, issuer.MovementOut}).Draw(t, "kind"), "0.07", issuer.MovementClosed))
		}
		before := outside(rows, "b-1", 0)
		n := rapid.Int64Range(1, 20).Draw(t, "n")
		for i := range n {
			rows = append(rows, move(own(i+1), issuer.MovementIn, "1", issuer.MovementClosed))
		}
		if after := outside(rapid.Permutation(rows).Draw(t, "order"), "b-1", n); !after.Equal(before) {
			t.Fatalf("%v became %v", before, after)
		}
	})
}
