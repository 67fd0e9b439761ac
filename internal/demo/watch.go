package demo

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// lookAgain is the pause between two looks at the objects.
const lookAgain = 300 * time.Millisecond

// watch shows the samples coming true.
func (s *show) watch(ctx context.Context) error {
	s.screen.step("Watching them come true")
	begin := s.Clock.Now()
	var before []row
	for {
		elapsed := s.Clock.Now().Sub(begin)
		objects, err := s.look(ctx)
		if err != nil {
			return err
		}
		rows := rowsOf(objects)
		s.showProgress(before, rows, elapsed)
		switch {
		case allTrue(rows):
			s.screen.settle()
			s.told("all %d came true after %.1fs", len(rows), elapsed.Seconds())
			return nil
		case elapsed > s.Deadline:
			s.screen.settle()
			return s.tooLate(objects)
		case s.sandbox.process.ended():
			return errSandboxGone
		}
		before = rows
		if err := s.Clock.Sleep(ctx, lookAgain); err != nil {
			return err
		}
	}
}

// look reads the samples as they are now.
func (s *show) look(ctx context.Context) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	for _, sample := range s.samples.ours() {
		object := empty(sample.GroupVersionKind())
		if err := s.cluster.client.Get(ctx, client.ObjectKeyFromObject(sample), object); err != nil {
			return nil, fmt.Errorf("looking at %s %s: %w", sample.GetKind(), sample.GetName(), err)
		}
		objects = append(objects, object)
	}
	return objects, nil
}

func rowsOf(objects []*unstructured.Unstructured) []row {
	rows := make([]row, 0, len(objects))
	for _, object := range objects {
		rows = append(rows, rowOf(object))
	}
	return rows
}

func (s *show) showProgress(before, now []row, elapsed time.Duration) {
	if s.screen.tty {
		s.screen.live(liveTable(now, elapsed, s.screen))
		return
	}
	for _, r := range changed(before, now) {
		s.screen.say("%s", changeLine(r, elapsed))
	}
}

// tooLate prints the conditions of what has not come true.
func (s *show) tooLate(objects []*unstructured.Unstructured) error {
	for _, object := range objects {
		if r := rowOf(object); !r.true() {
			s.screen.heading("%s", r.id())
			for _, line := range conditionLines(object) {
				s.screen.say("  %s", line)
			}
		}
	}
	return fmt.Errorf("not everything came true within %s: see the conditions above and %s/manager.log", s.Deadline, workDir)
}

// conditionLines are an object's conditions, one a line.
func conditionLines(object *unstructured.Unstructured) []string {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	var lines []string
	for _, each := range conditions {
		if c, ok := each.(map[string]any); ok {
			lines = append(lines, fmt.Sprintf("%s=%s  %s: %s", text(c["type"]), text(c["status"]), text(c["reason"]), text(c["message"])))
		}
	}
	if len(lines) == 0 {
		return []string{"no conditions: the operator has not looked at it"}
	}
	return lines
}
