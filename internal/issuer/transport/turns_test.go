package transport

import (
	"slices"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
)

// A turn that arrives at the moment its taker gives up must not be lost.
func TestTurnThatArrivesTooLateIsPassedOn(t *testing.T) {
	var line turns
	if line.join(Routine) != nil {
		t.Fatal("the first must not wait")
	}
	ready := line.join(Routine)
	line.give()
	line.leave(Routine, ready)
	if line.join(Urgent) != nil {
		t.Error("the turn is lost")
	}
}

// A call of somebody who is in a hurry goes before routine ones, and never after what it was.
func TestHurryRaisesThePriority(t *testing.T) {
	ctx := t.Context()
	for given, hurried := range map[Priority]Priority{Routine: Urgent, Urgent: Urgent, Sending: Sending, Stopping: Stopping} {
		if p := priorityOf(ctx, given); p != given {
			t.Errorf("%d without hurry: %d", given, p)
		}
		if p := priorityOf(issuer.Hurry(ctx), given); p != hurried {
			t.Errorf("%d in a hurry: %d", given, p)
		}
	}
	late := false
	ctx = issuer.WithHurry(ctx, func() bool { return late })
	if priorityOf(ctx, Routine) != Routine {
		t.Error("nobody waits yet")
	}
	if late = true; priorityOf(ctx, Routine) != Urgent {
		t.Error("somebody has come to wait")
	}
}

// What is sent goes first, then what somebody waits for; and yet no sweep waits for ever.
func TestTheOrderOfTurns(t *testing.T) {
	var line turns
	line.join(Routine)
	waiting := map[Priority][]chan struct{}{}
	for _, p := range []Priority{Routine, Routine, Urgent, Sending} {
		for range map[Priority]int{Routine: 1, Urgent: 10, Sending: 5}[p] {
			waiting[p] = append(waiting[p], line.join(p))
		}
	}
	var order []Priority
	for range 17 {
		line.give()
		order = append(order, served(waiting))
	}
	s, u, r := Sending, Urgent, Routine
	want := []Priority{s, s, s, s, s, u, u, u, r, u, u, u, u, u, u, u, r}
	if !slices.Equal(order, want) {
		t.Errorf("got %v, want %v", order, want)
	}
}

// served takes out whoever has just got the turn.
func served(waiting map[Priority][]chan struct{}) Priority {
	for p, line := range waiting {
		for i, ready := range line {
			select {
			case <-ready:
				waiting[p] = slices.Delete(line, i, i+1)
				return p
			default:
			}
		}
	}
	return -1
}

// A stop goes first, and yet endless stops keep nobody waiting for ever.
func TestStopsGoFirst(t *testing.T) {
	var line turns
	line.join(Routine)
	waiting := map[Priority][]chan struct{}{}
	for p, n := range map[Priority]int{Routine: 2, Urgent: 1, Sending: 2, Stopping: 20} {
		for range n {
			waiting[p] = append(waiting[p], line.join(p))
		}
	}
	var order []Priority
	for range 25 {
		line.give()
		order = append(order, served(waiting))
	}
	x, s, u, r := Stopping, Sending, Urgent, Routine
	want := []Priority{x, x, x, x, s, x, x, x, r, s, x, x, x, x, u, x, x, r, x, x, x, x, x, x, x}
	if !slices.Equal(order, want) {
		t.Errorf("got %v, want %v", order, want)
	}
}
