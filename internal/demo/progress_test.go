package demo

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// observed is an object as the API server shows it.
func observed(kind, name string, generation, seen int64, condition, status string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"kind": kind, "metadata": map[string]any{"name": name, "generation": generation},
		"status": map[string]any{
			"state": "Active",
			"conditions": []any{
				map[string]any{"type": "Issued", "status": "True", "reason": "Issued", "observedGeneration": seen},
				map[string]any{"type": condition, "status": status, "reason": "Because", "message": "of\nthis", "observedGeneration": seen},
			},
		},
	}}
}

func TestWhatHasComeTrue(t *testing.T) {
	for name, test := range map[string]struct {
		object *unstructured.Unstructured
		want   bool
	}{
		"ready":                        {observed("VirtualCard", "c", 2, 2, "Ready", "True"), true},
		"not ready":                    {observed("VirtualCard", "c", 2, 2, "Ready", "False"), false},
		"unknown":                      {observed("VirtualCard", "c", 2, 2, "Ready", "Unknown"), false},
		"ready before the last edit":   {observed("VirtualCard", "c", 3, 2, "Ready", "True"), false},
		"a withdrawal that succeeded":  {observed("Withdrawal", "w", 1, 1, "Succeeded", "True"), true},
		"a withdrawal is never Ready":  {observed("Withdrawal", "w", 1, 1, "Ready", "True"), false},
		"a card does not Succeed":      {observed("VirtualCard", "c", 1, 1, "Succeeded", "True"), false},
		"not yet seen by the operator": {&unstructured.Unstructured{Object: map[string]any{"kind": "Budget"}}, false},
	} {
		if got := rowOf(test.object).true(); got != test.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

func TestAllOfThemMustComeTrue(t *testing.T) {
	yes, no := row{status: "True", current: true}, row{status: "False", current: true}
	if allTrue(nil) || allTrue([]row{yes, no}) || allTrue([]row{no, yes}) || !allTrue([]row{yes, yes}) {
		t.Error("some is not all, and nothing is not all")
	}
}

func TestOnlyChangesAreTold(t *testing.T) {
	a := row{kind: "Budget", name: "a", status: "False", reason: "Creating"}
	b := row{kind: "Budget", name: "b", status: "True"}
	moved := a
	moved.reason = "Funding"
	for name, test := range map[string]struct {
		before, now []row
		want        int
	}{
		"the first look tells all": {nil, []row{a, b}, 2},
		"nothing new":              {[]row{a, b}, []row{a, b}, 0},
		"one reason moved on":      {[]row{a, b}, []row{moved, b}, 1},
		"order does not matter":    {[]row{b, a}, []row{a, b}, 0},
	} {
		if got := changed(test.before, test.now); len(got) != test.want {
			t.Errorf("%s: told %v", name, got)
		}
	}
}

func TestAChangeIsOneLine(t *testing.T) {
	line := changeLine(rowOf(observed("VirtualCard", "search-ads", 1, 1, "Ready", "False")), 1500*time.Millisecond)
	for _, want := range []string{"1.5s", "VirtualCard/search-ads", "Ready=False", "Active", "Because: of this"} {
		if !strings.Contains(line, want) {
			t.Errorf("%q lacks %q", line, want)
		}
	}
	if strings.Contains(line, "\n") {
		t.Errorf("%q is more than one line", line)
	}
}

func TestTheLiveTableFitsTheTerminal(t *testing.T) {
	s := &screen{width: func() int { return 50 }}
	rows := []row{
		rowOf(observed("VirtualCard", "with-quite-a-long-name", 1, 1, "Ready", "True")),
		rowOf(observed("Budget", "b", 1, 1, "Ready", "False")),
	}
	lines := liveTable(rows, time.Second, s)
	if len(lines) != 3 {
		t.Fatalf("%d lines for a head and 2 objects", len(lines))
	}
	for _, line := range lines {
		if len([]rune(line)) > 50 {
			t.Errorf("%q is wider than 50", line)
		}
	}
	if !strings.Contains(lines[1], "✓") || strings.Contains(lines[2], "✓") {
		t.Errorf("the wrong one is ticked:\n%s", strings.Join(lines, "\n"))
	}
}

func TestTheScreenRedrawsInPlaceInATerminalOnly(t *testing.T) {
	var out bytes.Buffer
	s := &screen{out: &out, tty: true, width: func() int { return 80 }}
	s.live([]string{"one", "two"})
	s.say("news")
	if got, want := out.String(), "one\ntwo\n\x1b[2A\x1b[Jnews\none\ntwo\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	out.Reset()
	plain := &screen{out: &out, width: func() int { return 80 }}
	plain.live([]string{"one"})
	plain.step("act")
	if got := out.String(); got != "▸ act\n" {
		t.Errorf("without a terminal: %q", got)
	}
}

func TestConditionsOfWhatIsNotTrue(t *testing.T) {
	lines := conditionLines(observed("VirtualCard", "c", 1, 1, "Ready", "False"))
	if len(lines) != 2 || !strings.Contains(lines[1], "Ready=False  Because: of") {
		t.Errorf("got %q", lines)
	}
	if lines := conditionLines(&unstructured.Unstructured{Object: map[string]any{}}); len(lines) != 1 {
		t.Errorf("an object without conditions says %q", lines)
	}
}
