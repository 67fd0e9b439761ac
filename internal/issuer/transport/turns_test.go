package transport

import (
	"context"
	"testing"
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

func TestPriorityOfTheContextWins(t *testing.T) {
	if p := priorityOf(context.Background(), Urgent); p != Urgent {
		t.Errorf("default: %d", p)
	}
	if p := priorityOf(WithPriority(context.Background(), Routine), Urgent); p != Routine {
		t.Errorf("overridden: %d", p)
	}
}
