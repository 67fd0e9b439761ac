package virtualcard

import (
	"testing"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

func TestAChoiceOfAProductStays(t *testing.T) {
	bins := []issuer.BIN{{BIN: "493193", ID: "p-1", Type: issuer.Prepaid}, {BIN: "441112", ID: "p-2", Type: issuer.Prepaid}}
	chosen := v1alpha1.CardProduct{BIN: "493193", ID: "p-1", Scenario: "TikTok"}
	for why, c := range map[string]struct {
		spec   v1alpha1.VirtualCardSpec
		chosen *v1alpha1.CardProduct
		bins   []issuer.BIN
		want   bool
	}{
		"the same scenario":     {v1alpha1.VirtualCardSpec{Scenario: "tiktok"}, &chosen, bins, true},
		"another scenario":      {v1alpha1.VirtualCardSpec{Scenario: "Search"}, &chosen, bins, false},
		"a BIN instead":         {v1alpha1.VirtualCardSpec{BIN: "493193"}, &chosen, bins, false},
		"the same BIN":          {v1alpha1.VirtualCardSpec{BIN: "493193"}, &v1alpha1.CardProduct{BIN: "493193", ID: "p-1"}, bins, true},
		"another BIN":           {v1alpha1.VirtualCardSpec{BIN: "441112"}, &v1alpha1.CardProduct{BIN: "493193", ID: "p-1"}, bins, false},
		"no longer on offer":    {v1alpha1.VirtualCardSpec{Scenario: "TikTok"}, &chosen, bins[1:], false},
		"nothing chosen so far": {v1alpha1.VirtualCardSpec{Scenario: "TikTok"}, nil, bins, false},
	} {
		if got := kept(c.bins, issuer.Prepaid, c.spec, c.chosen); got != c.want {
			t.Errorf("%s: %v", why, got)
		}
	}
}

func TestACardholderWhoMayHaveTheProductGoesFirst(t *testing.T) {
	ada := v1alpha1.Cardholder{FirstName: "Ada", LastName: "Love", Email: "a@b.c"}
	holder := func(id string, state issuer.HolderState, bins ...string) issuer.Holder {
		return issuer.Holder{ID: id, State: state, BINs: bins, FirstName: "ada", LastName: "LOVE", Email: "A@b.c"}
	}
	product := v1alpha1.CardProduct{BIN: "493193", ID: "p-1"}
	for want, holders := range map[string][]issuer.Holder{
		"by-id":      {holder("other", issuer.HolderActive, "441112"), holder("by-id", issuer.HolderPending, "p-1")},
		"by-bin":     {holder("other", issuer.HolderActive, "441112"), holder("by-bin", issuer.HolderActive, "493193")},
		"untold":     {holder("untold", issuer.HolderActive), holder("other", issuer.HolderActive, "441112")},
		"only-other": {holder("only-other", issuer.HolderActive, "441112")},
	} {
		if got, found := samePerson(holders, ada, product); !found || got.ID != want {
			t.Errorf("%s: %+v", want, got)
		}
	}
	if err := decideHolder(holder("h", issuer.HolderActive, "441112"), product); reasonOf(err) != v1alpha1.ReasonInactive {
		t.Errorf("another product's cardholder: %v", err)
	}
}
