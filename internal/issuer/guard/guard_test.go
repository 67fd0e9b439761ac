package guard_test

import (
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
)

func TestWhatIsNeverSent(t *testing.T) {
	for name, err := range map[string]error{
		"no direction": guard.Transfer("op", issuertest.Transfer("a", "", "1", "t")),
		"nothing":      guard.Transfer("op", issuertest.Transfer("a", issuer.In, "0", "t")),
		"negative":     guard.Transfer("op", issuertest.Transfer("a", issuer.Out, "-1", "t")),
		"no object":    guard.Transfer("op", issuertest.Transfer("", issuer.In, "1", "t")),
		"no client id": guard.Transfer("op", issuertest.Transfer("a", issuer.In, "1", "")),
		"no label":     guard.Label("op", "a label", "", 5),
		"long label":   guard.Label("op", "a label", "123456", 5),
		"id":           guard.IDs("op", "a", "b c"),
	} {
		if !issuer.Is(err, issuer.Invalid) || issuer.OutcomeOf(err) != issuer.Rejected || !strings.HasPrefix(err.Error(), "op: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if guard.Transfer("op", issuertest.Transfer("a", issuer.Out, "0.01", "t")) != nil || guard.Label("op", "a label", "12345", 5) != nil || guard.IDs("op") != nil {
		t.Error("what is fine is refused")
	}
}
