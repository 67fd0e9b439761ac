package quantum_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

func TestStates(t *testing.T) {
	for text, want := range map[string]issuer.State{"ACTIVE": issuer.StateActive, "Frozen": issuer.StateFrozen, "control": issuer.StateControl, "Pending": issuer.StatePending, "INACTIVE": issuer.StateInactive, "Melting": issuer.StateOther} {
		if got, err := quantum.StateOf(text); err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	if _, err := quantum.StateOf(""); err == nil {
		t.Error("no state is a state")
	}
	for text, want := range map[string]issuer.MovementStatus{"CLOSED": issuer.MovementClosed, "fail": issuer.MovementFailed, "Failed": issuer.MovementFailed, "Pending": issuer.MovementPending, "": issuer.MovementPending, "Done": issuer.MovementPending} {
		if got := quantum.MovementStatusOf(text); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestTypesAndLimits(t *testing.T) {
	if kind, known := quantum.CardTypeOf("PREPAIDCARD"); !known || kind != issuer.Prepaid {
		t.Error(kind)
	}
	if kind, known := quantum.CardTypeOf("0"); known {
		t.Error(kind)
	}
	for text, want := range map[string]string{"/": "", "5000": "5000", "": ""} {
		if got := quantum.Unlimited(wire.Lenient[wire.Text]{Value: wire.Text(text)}); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	if quantum.AddressOf(nil) != nil || quantum.AddressOf(&issuer.Address{Line1: "1", Country: "US"}).Country != "US" {
		t.Error("addresses")
	}
}

func TestSecretsOfACard(t *testing.T) {
	s, err := quantum.Secrets("4111111111111111", "123", "2028", "09")
	if err != nil || s.PAN.Reveal() != "4111111111111111" || strings.Contains(fmt.Sprintf("%v %+v", s, s), "4111") {
		t.Error(err)
	}
	for _, bad := range [][4]string{
		{"41111111111", "123", "2028", "9"}, {"4111111111111x11", "123", "2028", "9"}, {"4111111111111111", "12", "2028", "9"},
		{"4111111111111111", "123", "028", "9"}, {"4111111111111111", "123", "2028", "00"}, {"4111111111111111", "123", "2028", "13"},
	} {
		if s, err := quantum.Secrets(bad[0], bad[1], bad[2], bad[3]); !errors.Is(err, quantum.ErrSecrets) || !s.PAN.IsZero() {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

// A row without an owner is kept; the rows that are given stay as they are.
func TestRowsOfOneOwner(t *testing.T) {
	rows := []issuer.Movement{{ID: "1", CardID: "a"}, {ID: "2", CardID: "b"}, {ID: "3"}}
	if got := quantum.OfOne(rows, "a", quantum.CardOf); len(got) != 2 || got[0].ID != "1" || got[1].ID != "3" {
		t.Errorf("%+v", got)
	}
	if rows[1].ID != "2" {
		t.Error("the rows were changed")
	}
	if got := quantum.OfOne(nil, "a", quantum.BudgetOf); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
