package planted_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/card-operator/card-operator/test/simulation/planted"
)

// The list does not rot: every edit still finds its place.
func TestEveryBugFindsItsPlace(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := planted.Overlay(root, t.TempDir(), planted.Bugs())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(overlay); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, bug := range planted.Bugs() {
		if names[bug.Name] || bug.Like == "" {
			t.Errorf("%q is there twice or says nothing of where it was seen", bug.Name)
		}
		names[bug.Name] = true
	}
	if len(names) < 30 {
		t.Errorf("%d bugs; at least 30 are promised", len(names))
	}
}
