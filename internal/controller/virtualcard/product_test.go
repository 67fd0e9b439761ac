package virtualcard

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/engine"
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

// Which of several products of one BIN is for this type of card the issuer may not say: what is
// said about the order names the others.
func TestAChoiceAmongSeveralNamesTheOthers(t *testing.T) {
	bin := func(id string) issuer.BIN { return issuer.BIN{BIN: "493193", ID: id, Type: issuer.Prepaid} }
	for want, bins := range map[string][]issuer.BIN{
		"": {bin("p-1"), bin("p-1"), {BIN: "441112", ID: "p-0", Type: issuer.Prepaid}, {BIN: "493193", ID: "p-2", Type: issuer.BudgetCard}},
		" (BIN 493193 has several products, ordered as p-1, not p-2)":                {bin("p-2"), bin("p-1")},
		" (BIN 493193 has several products, ordered as p-1, not p-2, p-3, p-4, p-5)": {bin("p-2"), bin("p-1"), bin("p-3"), bin("p-6"), bin("p-4"), bin("p-5")},
	} {
		product, err := offered(bins, issuer.Prepaid, "493193")
		if err != nil || product.ID != "p-1" || doubt(*product) != want || !strings.HasPrefix(product.Reason, "spec.bin") {
			t.Errorf("%+v, %q, want %q: %v", product, doubt(*product), want, err)
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
		"active":     {holder("refused", issuer.HolderInactive, "p-1"), holder("active", issuer.HolderActive, "441112"), holder("soon", issuer.HolderPending)},
		"soon":       {holder("refused", issuer.HolderInactive), holder("soon", issuer.HolderPending, "441112")},
		"refused":    {holder("refused", issuer.HolderInactive), holder("zz", issuer.HolderInactive)},
		"registered": {holder("another", issuer.HolderActive), {ID: "registered", State: issuer.HolderActive, FirstName: "Adah"}, holder("zz", issuer.HolderActive)},
	} {
		if got, found := samePerson(holders, ada, "registered", product); !found || got.ID != want {
			t.Errorf("%s: %+v", want, got)
		}
	}
	if err := decideHolder(holder("h", issuer.HolderActive, "441112")); err != nil {
		t.Errorf("which products the issuer means is for the issuer to say: %v", err)
	}
}

func TestTheFieldsOfAnotherAddress(t *testing.T) {
	has := issuer.Address{Line1: "1 Main St", Line2: "Apt 4", City: "San Jose", State: "CA", PostalCode: "95131", Country: "US"}
	same, other := has, issuer.Address{Line1: "x", Line2: "x", City: "x", State: "x", PostalCode: "x", Country: "BR"}
	same.City, same.Country, same.State = "SAN JOSE ", "us", ""
	for name, c := range map[string]struct {
		wanted, has *issuer.Address
		want        string
	}{
		"the same": {&same, &has, ""}, "none asked for": {nil, &has, ""}, "not shown": {&has, nil, ""},
		"another": {&other, &has, "line1 line2 city state postalCode country"},
	} {
		if got := strings.Join(otherFields(c.wanted, c.has), " "); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestBINsOfSixToEightDigits(t *testing.T) {
	for pair, want := range map[[2]string]bool{
		{"493193", "493193"}: true, {"493193", "49319301"}: true, {"49319301", "493193"}: true,
		{"49319301", "49319302"}: false, {"", "493193"}: false, {"4931", "493193"}: false,
	} {
		if sameBIN(pair[0], pair[1]) != want {
			t.Errorf("%v", pair)
		}
	}
}

// One round registers a person; another card of theirs waits, and one of somebody else, or at
// another account, does not.
func TestOneRoundRegistersAPerson(t *testing.T) {
	card := &v1alpha1.VirtualCard{}
	card.Spec.Cardholder = &v1alpha1.Cardholder{FirstName: "Ada"}
	now := clock.NewFake(time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC))
	card.CreationTimestamp.Time = now.Now().Add(-40 * time.Second)
	rd := &round{Reconciler: &Reconciler{Engine: &engine.Engine{Clock: now}}, card: card, account: &account.Account{SyncInterval: time.Minute}}
	rd.account.Timing.Poll = time.Second
	if !rd.registrations.enter(rd.person()) || rd.registrations.enter(rd.person()) {
		t.Error("nobody registers the person, and then somebody does")
	}
	_, err := rd.registerHolder(t.Context())
	var p *engine.Problem
	if !errors.As(err, &p) || p.Reason != v1alpha1.ReasonPending || p.After != 10*time.Second {
		t.Errorf("%+v", p)
	}
	elsewhere := rd.person()
	elsewhere.issuer.Name = "other"
	if !rd.registrations.enter(elsewhere) {
		t.Error("another account's people are others")
	}
	rd.registrations.leave(rd.person())
	if !rd.registrations.enter(rd.person()) {
		t.Error("nobody registers the person any more")
	}
	for i := range maxRegistered + 1 {
		rd.registrations.note(person{id: fmt.Sprint(i)}, "h")
	}
	if len(rd.registrations.ids) > maxRegistered {
		t.Errorf("%d remembered", len(rd.registrations.ids))
	}
}
