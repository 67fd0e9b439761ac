package inspect

import "testing"

func TestTombstone(t *testing.T) {
	for name, want := range map[string]bool{
		"closed-team-a": true, "(Deleted) team": true, "~tombstone abc": true, "team closed": false, "enclosed": false, "": false,
	} {
		if Tombstone(name) != want {
			t.Errorf("Tombstone(%q) is not %t", name, want)
		}
	}
}
