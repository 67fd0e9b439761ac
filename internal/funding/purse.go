// Package funding brings what an object has put onto a card or into a budget to what
// its spec asks for, one movement at a time. It is the same for cards, budgets and
// holds; they differ in whom they ask.
package funding

import (
	"context"
	"fmt"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// Purse is one sum of money that an object governs.
type Purse struct {
	// Object owns the intents.
	Object v1alpha1.LedgerObject
	// RemoteID is the card or the budget at the issuer.
	RemoteID string
	// Purpose is part of every movement's id: engine.PurposeFund or PurposeHold.
	Purpose string
	// Up and Down are the actions; UpWords and DownWords say them, with %s for the amount.
	Up, Down           v1alpha1.IntentAction
	UpWords, DownWords string
	// Opening is what was there before the first movement and counts as put in.
	Opening money.Amount

	// Sum is the status field with what has been put in, net; empty means unknown.
	Sum *string
	// Count is the status field with the number of the latest movement.
	Count *int64

	Promise   engine.Promise
	Suspended bool
	Unwanted  bool

	// Rows reads every movement on the remote object.
	Rows func(context.Context) ([]issuer.Movement, error)
	// Move sends one movement.
	Move func(context.Context, issuer.Permit, issuer.Transfer) error

	// Frozen reads the frozen balance, for movements that the issuer does not list; nil
	// where all are listed. It reports false when the issuer does not say.
	Frozen func(context.Context, time.Time) (money.Amount, bool, error)
}

// owns reports whether an intent is a movement of this purse.
func (p Purse) owns(in *v1alpha1.Intent) bool {
	return in != nil && (in.Action == p.Up || in.Action == p.Down)
}

// what describes a movement.
func (p Purse) what(in v1alpha1.Intent) string {
	words := p.UpWords
	if in.Action == p.Down {
		words = p.DownWords
	}
	return fmt.Sprintf(words, in.Amount)
}

// Next is the movement that brings what was put in closer to the target; ok is false
// when there is nothing to do. It is a pure function.
func (p Purse) Next(sum, target money.Amount, count int64) (in v1alpha1.Intent, ok bool) {
	diff := target.Sub(sum)
	if diff.IsZero() {
		return v1alpha1.Intent{}, false
	}
	action := p.Up
	if diff.IsNegative() {
		action = p.Down
	}
	return v1alpha1.Intent{
		ID:       id.Movement(p.RemoteID, p.Purpose, count+1),
		Action:   action,
		Amount:   diff.Abs().String(),
		Sequence: count + 1,
	}, true
}
