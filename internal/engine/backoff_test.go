package engine

import (
	"errors"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

func TestDelayIsAsLongAsTheFailingWithinBounds(t *testing.T) {
	for name, c := range map[string]struct {
		why     string
		problem Problem
		failing time.Duration
		want    time.Duration
	}{
		"transient, new":             {"try again at once", Problem{Severity: Transient}, 0, time.Second},
		"transient, for a while":     {"ever less often", Problem{Severity: Transient}, 40 * time.Second, 40 * time.Second},
		"transient, for a day":       {"whoever mends it is waiting", Problem{Severity: Transient}, 24 * time.Hour, 2 * time.Minute},
		"the issuer asks for more":   {"what it asks for is the least", Problem{Severity: Transient, After: 3 * time.Minute}, 0, 3 * time.Minute},
		"the issuer asks for little": {"it fails for longer than that", Problem{Severity: Transient, After: 2 * time.Second}, time.Minute, time.Minute},
		"refused, new":               {"money may arrive", Problem{Severity: Refused}, 0, 10 * time.Second},
		"refused, for a day":         {"a person may take a while", Problem{Severity: Refused}, 24 * time.Hour, 5 * time.Minute},
		"stalled, new":               {"nothing changes by itself", Problem{Severity: Stalled}, 0, 2 * time.Minute},
		"waiting":                    {"something else wakes it", Problem{Severity: Waiting}, 24 * time.Hour, 5 * time.Minute},
		"a poll":                     {"it knows when to look", Problem{Severity: Waiting, After: time.Second}, 24 * time.Hour, time.Second},
		"a stall with a time":        {"it knows when to look", Problem{Severity: Stalled, After: 10 * time.Second}, time.Hour, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			if got := delay(&c.problem, c.failing); got != c.want {
				t.Errorf("%s: got %v, want %v", c.why, got, c.want)
			}
		})
	}
}

// However long something has failed: the delay never shrinks as it goes on failing, is
// never zero, and never beyond five minutes unless the issuer asks for more.
func TestDelayGrowsAndIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Problem{Severity: rapid.SampledFrom([]Severity{Waiting, Transient, Refused, Stalled}).Draw(t, "severity")}
		a := time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "a"))
		b := a + time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "more"))
		x, y := delay(&p, a), delay(&p, b)
		if x <= 0 || y < x || y > 5*time.Minute {
			t.Fatalf("after %v: %v, after %v: %v", a, x, b, y)
		}
	})
}

func TestFailuresCountFromTheFirstOfOneKind(t *testing.T) {
	var f failures
	key, start := types.NamespacedName{Name: "x"}, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	again := Problem{Severity: Waiting, Reason: v1alpha1.ReasonRejected}
	for _, step := range []struct {
		why        string
		problem    Problem
		generation int64
		at, want   time.Duration
	}{
		{"the first", Problem{Severity: Transient}, 1, 0, 0},
		{"still the same", Problem{Severity: Transient}, 1, time.Minute, time.Minute},
		{"another kind begins anew", Problem{Severity: Refused}, 1, 2 * time.Minute, 0},
		{"and goes on", Problem{Severity: Refused}, 1, 3 * time.Minute, time.Minute},
		{"also while a repeat is made sure of", again, 1, 4 * time.Minute, 2 * time.Minute},
		{"which is refused in the end", Problem{Severity: Refused}, 1, 5 * time.Minute, 3 * time.Minute},
		{"any other wait begins anew", Problem{Severity: Waiting}, 1, 6 * time.Minute, 0},
		{"a refusal after it too", again, 1, 7 * time.Minute, 0},
		{"a new spec begins anew", Problem{Severity: Refused}, 2, 8 * time.Minute, 0},
	} {
		if got := f.note(key, &step.problem, step.generation, start.Add(step.at)); got != step.want {
			t.Errorf("%s: %v, want %v", step.why, got, step.want)
		}
	}
	f.forget(key)
	if got := f.note(key, &Problem{Severity: Refused}, 2, start.Add(time.Hour)); got != 0 {
		t.Errorf("what was forgotten begins anew: %v", got)
	}
}

// Objects that started together drift apart, by a fifth at most, and each keeps its own
// interval.
func TestSpreadIsSmallAndStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		interval := time.Duration(rapid.Int64Range(-1, int64(24*time.Hour)).Draw(t, "interval"))
		uid := types.UID(rapid.String().Draw(t, "uid"))
		got := Spread(interval, uid)
		if interval <= 0 {
			if got != 0 {
				t.Fatalf("no interval is no requeue: %v", got)
			}
			return
		}
		if got < interval || got > interval+interval/5 || got != Spread(interval, uid) {
			t.Fatalf("%v became %v", interval, got)
		}
	})
	if Spread(time.Hour, types.UID("a")) == Spread(time.Hour, types.UID("b")) {
		t.Error("two objects have two intervals")
	}
}

func TestNoLaterBoundsTheDelayAndKeepsTheCondition(t *testing.T) {
	if NoLater(time.Second, nil) != nil || !IsWrite(NoLater(time.Second, &writeError{errors.New("x")})) {
		t.Error("nothing and writes are kept")
	}
	stalled := Stall("Reason", "words")
	if got := Explain(NoLater(0, stalled)); got != stalled {
		t.Error("nothing is due")
	}
	if got := Explain(NoLater(10*time.Second, stalled)); delay(got, time.Hour) != 10*time.Second || got.Reason != "Reason" {
		t.Errorf("%+v", got)
	}
	var step *stepError
	if bounded := NoLater(10*time.Second, In("Funded", stalled)); !errors.As(bounded, &step) || step.condition != "Funded" {
		t.Errorf("%v", bounded)
	}
}
