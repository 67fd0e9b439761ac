// Package guard refuses, before any request, what no issuer could be meant to do. Its
// errors are of class Invalid: nothing was sent.
package guard

import (
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// Invalid is a refusal of our own.
func Invalid(op, message string) error {
	return &issuer.Error{Class: issuer.Invalid, Op: op, Message: message}
}

// IDs refuses ids that could not have come from the issuer.
func IDs(op string, ids ...string) error {
	for _, id := range ids {
		if !wire.ValidID(id) {
			return Invalid(op, "an id is empty or has characters that ids do not have")
		}
	}
	return nil
}

// Transfer refuses a movement of nothing, without direction, or without ids.
func Transfer(op string, t issuer.Transfer) error {
	switch {
	case t.Direction != issuer.In && t.Direction != issuer.Out:
		return Invalid(op, "a movement goes In or Out")
	case !t.Amount.IsPositive():
		return Invalid(op, "a movement needs an amount above 0")
	}
	return IDs(op, t.ObjectID, t.ClientID)
}

// Label refuses a correlator that the issuer might cut short. limit is in bytes.
func Label(op, what, label string, limit int) error {
	if label == "" || len(label) > limit {
		return Invalid(op, what+" is empty or too long for this issuer")
	}
	return nil
}
