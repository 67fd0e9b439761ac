// Package quantum holds what is the same in every dialect of the Quantum Card, the product
// of one vendor under several names: states, addresses, opening amounts.
package quantum

import (
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/wire"
	"github.com/card-operator/card-operator/internal/money"
)

// freeBIN begins the BIN of the prepaid product that may be opened with nothing on it; every other
// prepaid card opens with at least minimumOpening (docs/issuers/qbit-v1.md, §5.2).
const freeBIN = "493193"

var minimumOpening = money.Must("1")

// OpeningAmount is the least that a new card opens with.
func OpeningAmount(t issuer.CardType, bin string) money.Amount {
	if t == issuer.Prepaid && !strings.HasPrefix(bin, freeBIN) {
		return minimumOpening
	}
	return money.Zero
}

var cardTypes = map[string]issuer.CardType{"prepaidcard": issuer.Prepaid, "budgetcard": issuer.BudgetCard}

// CardTypeOf maps PrepaidCard and BudgetCard, in any case.
func CardTypeOf(name string) (t issuer.CardType, known bool) {
	t, known = cardTypes[strings.ToLower(name)]
	return t, known
}

var states = map[string]issuer.State{
	"pending":  issuer.StatePending,
	"active":   issuer.StateActive,
	"frozen":   issuer.StateFrozen,
	"control":  issuer.StateControl,
	"inactive": issuer.StateInactive,
}

// StateOf maps a status, in any case; one that the document does not name is StateOther,
// and none is an error.
func StateOf(status string) (issuer.State, error) {
	if status == "" {
		return "", wire.BadField("status")
	}
	if s, ok := states[strings.ToLower(status)]; ok {
		return s, nil
	}
	return issuer.StateOther, nil
}

// MovementStatusOf maps a status, in any case. One that the document does not name is not
// final, so that nothing is concluded from it.
func MovementStatusOf(status string) issuer.MovementStatus {
	switch strings.ToLower(status) {
	case "closed":
		return issuer.MovementClosed
	case "fail", "failed":
		return issuer.MovementFailed
	}
	return issuer.MovementPending
}

// Verification is what a card product supports.
type Verification struct {
	AVS     wire.Lenient[bool] `json:"avs"`
	ThreeDS wire.Lenient[bool] `json:"threeDs"`
}

// PurchaseLimit is what a card product may spend.
type PurchaseLimit struct {
	Day      wire.Lenient[wire.Text] `json:"day"`
	Single   wire.Lenient[wire.Text] `json:"single"`
	Lifetime wire.Lenient[wire.Text] `json:"lifetime"`
}

// Unlimited maps "/", which stands for unlimited, to none.
func Unlimited(t wire.Lenient[wire.Text]) string {
	return strings.Trim(wire.Short(string(t.Value)), "/")
}

// Address is an address as it is sent.
type Address struct {
	Line1      string `json:"addressLine1"`
	Line2      string `json:"addressLine2"`
	City       string `json:"city"`
	State      string `json:"state"`
	Country    string `json:"country"`
	PostalCode string `json:"postalCode"`
}

// AddressOf writes an address; nil is none.
func AddressOf(a *issuer.Address) *Address {
	if a == nil {
		return nil
	}
	return &Address{Line1: a.Line1, Line2: a.Line2, City: a.City, State: a.State, Country: a.Country, PostalCode: a.PostalCode}
}

// Port is an address as it was read; nil where nothing of it is told.
func (a Address) Port() *issuer.Address {
	if a == (Address{}) {
		return nil
	}
	return &issuer.Address{Line1: a.Line1, Line2: a.Line2, City: a.City, State: a.State, Country: a.Country, PostalCode: a.PostalCode}
}

// OfOne picks the rows of one owner. A row that names none is kept: whoever looks for a
// client transaction id must see it, and ids are computed from their owners.
func OfOne(rows []issuer.Movement, id string, owner func(issuer.Movement) string) []issuer.Movement {
	if rows == nil {
		return nil
	}
	kept := []issuer.Movement{}
	for _, m := range rows {
		if owner(m) == id || owner(m) == "" {
			kept = append(kept, m)
		}
	}
	return kept
}

// CardOf is the owner of a card's movement, BudgetOf that of a budget's.
func CardOf(m issuer.Movement) string { return m.CardID }

// BudgetOf is the owner of a budget's movement.
func BudgetOf(m issuer.Movement) string { return m.BudgetID }

// HolderSecrets are the texts about a person that no message may repeat.
func HolderSecrets(h issuer.Cardholder) []string { return []string{h.Phone, h.Email} }
