package id_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/card-operator/card-operator/internal/id"
)

// Ids written to an issuer must be found again by every later release: these values are
// part of the format and must never change.
func TestIdsAreFrozen(t *testing.T) {
	for name, pair := range map[string][2]string{
		"token":    {id.Token("fleet", "VirtualCard", "ads", "search-1", 0), "dv7g5khgq4axm"},
		"reissue":  {id.Token("fleet", "VirtualCard", "ads", "search-1", 1), "wnu7ejkajz4tc"},
		"movement": {id.Movement("599a83b8-b1d8-4da9-b7e6-44e37b4dc25d", "fund", 1), "26c77204-45c0-5f28-9754-313dee5c25bf"},
		"creation": {id.Creation("abcdefghijklm"), "3f698c93-bd49-5921-bc2a-34c1911062e7"},
		"order":    {id.Order("3f698c93-bd49-5921-bc2a-34c1911062e7", "/cards/transfer-in", "50.00"), "1cc40209-db7c-5e80-9f53-c67371af9781"},
		"closing":  {id.Closing("599a83b8-b1d8-4da9-b7e6-44e37b4dc25d"), "ba996dec-4c02-5e18-a2d1-f4991d02162f"},
		"payment":  {id.Payment("fleet", "ads", "refund-1"), "426f6598-c4b6-58ff-ba9f-b535a031151a"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s id is %s, was %s", name, pair[0], pair[1])
		}
	}
}

func TestIdsDependOnEveryPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringMatching(`[a-z]{0,3}`)
		a := []string{part.Draw(t, "a1"), part.Draw(t, "a2"), part.Draw(t, "a3"), part.Draw(t, "a4")}
		b := []string{part.Draw(t, "b1"), part.Draw(t, "b2"), part.Draw(t, "b3"), part.Draw(t, "b4")}
		same := a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3]
		if (id.Token(a[0], a[1], a[2], a[3], 0) == id.Token(b[0], b[1], b[2], b[3], 0)) != same {
			t.Fatalf("tokens of %v and %v", a, b)
		}
	})
}

func TestTokenShape(t *testing.T) {
	got := id.Token("fleet", "Budget", "ads", "q4", 0)
	if len(got) != id.TokenLength {
		t.Fatalf("token %q has %d characters", got, len(got))
	}
}
