package demo

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// row is what the watcher sees of one object.
type row struct {
	kind, name string
	// root is the object's root condition, Ready or Succeeded.
	root string
	// status is the condition's status, or nothing as long as there is none.
	status string
	// state is the state at the issuer.
	state string
	// reason and message say why.
	reason, message string
	// current says that the condition is about the spec as it is now.
	current bool
}

// rootCondition is the condition that says whether an object has come true.
func rootCondition(kind string) string {
	if kind == "Withdrawal" {
		return "Succeeded"
	}
	return "Ready"
}

// rowOf looks at an object.
func rowOf(object *unstructured.Unstructured) row {
	r := row{kind: object.GetKind(), name: object.GetName(), root: rootCondition(object.GetKind())}
	r.state, _, _ = unstructured.NestedString(object.Object, "status", "state")
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, each := range conditions {
		condition, ok := each.(map[string]any)
		if ok && condition["type"] == r.root {
			r.status, r.reason, r.message = text(condition["status"]), text(condition["reason"]), text(condition["message"])
			seen, _, _ := unstructured.NestedInt64(condition, "observedGeneration")
			r.current = seen == object.GetGeneration()
		}
	}
	return r
}

func text(value any) string {
	s, _ := value.(string)
	return s
}

// true says whether the object has come true.
func (r row) true() bool { return r.status == "True" && r.current }

// id names the object.
func (r row) id() string { return r.kind + "/" + r.name }

// why is the reason and the message in one line.
func (r row) why() string {
	switch {
	case r.status == "":
		return "waiting for the operator"
	case r.message == "":
		return r.reason
	}
	return r.reason + ": " + strings.ReplaceAll(r.message, "\n", " ")
}

// allTrue says whether every object has come true.
func allTrue(rows []row) bool {
	for _, r := range rows {
		if !r.true() {
			return false
		}
	}
	return len(rows) > 0
}

// changed are the rows that differ from what was seen before.
func changed(before, now []row) []row {
	seen := map[string]row{}
	for _, r := range before {
		seen[r.id()] = r
	}
	var fresh []row
	for _, r := range now {
		if old, known := seen[r.id()]; !known || old != r {
			fresh = append(fresh, r)
		}
	}
	return fresh
}

// changeLine tells one change, where there is no terminal.
func changeLine(r row, elapsed time.Duration) string {
	status := orDash(r.status)
	return fmt.Sprintf("  %6.1fs  %-28s %s=%-7s %-9s %s", elapsed.Seconds(), r.id(), r.root, status, orDash(r.state), r.why())
}

// liveTable is the block of lines that a terminal shows while the samples come true.
func liveTable(rows []row, elapsed time.Duration, s *screen) []string {
	width := len("OBJECT")
	for _, r := range rows {
		width = max(width, utf8.RuneCountInString(r.id()))
	}
	line := func(mark, id, status, state, why string) string {
		return fit(fmt.Sprintf("  %s %-*s  %-7s %-9s %s", mark, width, id, status, state, why), s.width())
	}
	lines := []string{s.dim(line(" ", "OBJECT", "TRUE", "STATE", fmt.Sprintf("%.0fs", elapsed.Seconds())))}
	for _, r := range rows {
		lines = append(lines, s.colour(r, line(r.mark(), r.id(), orDash(r.status), orDash(r.state), r.why())))
	}
	return lines
}

func (r row) mark() string {
	if r.true() {
		return "✓"
	}
	return "·"
}

func (s *screen) colour(r row, line string) string {
	switch {
	case r.true():
		return s.green(line)
	case r.status == "":
		return s.dim(line)
	}
	return line
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
