package cardissuer

import (
	"testing"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

func TestTheAccountIsReadOffTheRowsOnce(t *testing.T) {
	for _, c := range []struct {
		why, inSpec, before string
		named               []string
		want                string
	}{
		{"no row says it", "", "", nil, ""},
		{"the rows say it", "", "", []string{"a", "b"}, "a"},
		{"objects have effects there from then on", "", "b", []string{"a"}, "b"},
		{"no row says it any more", "", "b", nil, "b"},
		{"the spec says it", "c", "b", []string{"a"}, "c"},
	} {
		ci := &v1alpha1.CardIssuer{Spec: v1alpha1.CardIssuerSpec{Qbit: &v1alpha1.QbitIssuer{AccountID: c.inSpec}}}
		ci.Status.AccountID = c.before
		if got := accountOf(ci, c.named); got != c.want {
			t.Errorf("%s: got %q", c.why, got)
		}
	}
}
