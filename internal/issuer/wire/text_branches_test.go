package wire

import (
	"errors"
	"strings"
	"testing"
)

// A decoder hands on whole values only; whoever else calls gets no half of one.
func TestATextThatIsNoneIsRefused(t *testing.T) {
	for _, raw := range []string{`"x`, `"\q"`, `{}`, `[1]`, `tru`} {
		got := Text("before")
		if err := got.UnmarshalJSON([]byte(raw)); !errors.Is(err, ErrShape) || got != "before" || strings.Contains(err.Error(), raw) {
			t.Errorf("%s: %q, %v", raw, got, err)
		}
	}
}
