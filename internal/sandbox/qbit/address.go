package qbit

import "github.com/card-operator/card-operator/internal/sandbox/ledger"

// address is an Address, in the spelling of every answer. The parameter-check sample
// alone sends address1 and address2, so both are read.
type address struct {
	Line1      string `json:"addressLine1"`
	Line2      string `json:"addressLine2"`
	State      string `json:"state"`
	PostalCode string `json:"postalCode"`
	City       string `json:"city"`
	Country    string `json:"country"`
}

// addressInput is an Address in either spelling.
type addressInput struct {
	address
	Address1 string `json:"address1"`
	Address2 string `json:"address2"`
}

func (a *addressInput) stored() *ledger.Address {
	if a == nil {
		return nil
	}
	return &ledger.Address{
		Line1: either(a.Line1, a.Address1), Line2: either(a.Line2, a.Address2),
		City: a.City, State: a.State, PostalCode: a.PostalCode, Country: a.Country,
	}
}

// value is the address, empty where none was sent.
func (a *addressInput) value() ledger.Address {
	if a == nil {
		return ledger.Address{}
	}
	return *a.stored()
}

func addressOf(a *ledger.Address) *address {
	if a == nil {
		return nil
	}
	return &address{
		Line1: a.Line1, Line2: a.Line2, City: a.City,
		State: a.State, PostalCode: a.PostalCode, Country: a.Country,
	}
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
