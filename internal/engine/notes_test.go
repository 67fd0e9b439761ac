package engine_test

import (
	"testing"

	"github.com/card-operator/card-operator/internal/engine"
)

func TestNotesAreKeptByObjectUntilThereIsNothingToRemember(t *testing.T) {
	var n engine.Notes[int]
	if n.Forget("a"); n.Of("a") != 0 {
		t.Error("the zero value remembers nothing")
	}
	more := func(i int) int { return i + 1 }
	if n.Change("a", more) != 1 || n.Change("a", more) != 2 || n.Change("b", more) != 1 || n.Of("a") != 2 {
		t.Errorf("a %d, b %d", n.Of("a"), n.Of("b"))
	}
	if n.Change("b", func(int) int { return 0 }) != 0 || n.Of("b") != 0 {
		t.Error("nothing is left of b")
	}
	if n.Forget("a"); n.Of("a") != 0 {
		t.Error("a is forgotten")
	}
}
