package mirror

import (
	"context"
	"errors"
	"testing"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

// shut is an issuer whose lists cannot be read.
type shut struct{ issuer.Issuer }

var errShut = &issuer.Error{Class: issuer.Unavailable}

func (shut) ListBINs(context.Context) ([]issuer.BIN, error)       { return nil, errShut }
func (shut) ListCards(context.Context) ([]issuer.Card, error)     { return nil, errShut }
func (shut) ListBudgets(context.Context) ([]issuer.Budget, error) { return nil, errShut }
func (shut) ListReceivers(context.Context, string) ([]issuer.Receiver, error) {
	return nil, errShut
}

// A list that could not be read is an error, never an empty list: absence would be
// concluded from it.
func TestAListThatCannotBeReadIsNotEmpty(t *testing.T) {
	m := New(shut{}, clock.NewFake(epoch))
	_, cards := m.Cards(ctx, epoch)
	_, budgets := m.Budgets(ctx, epoch)
	_, bins := m.BINs(ctx, epoch)
	_, payees := m.Receivers(ctx, "USD", epoch)
	for list, err := range map[string]error{"cards": cards, "budgets": budgets, "BINs": bins, "payees": payees} {
		if !errors.Is(err, errShut) {
			t.Errorf("%s: %v", list, err)
		}
	}
}

// What a card or a budget holds is nice to know: it is unknown where it cannot be read,
// not nothing, and stops nothing.
func TestABalanceThatCannotBeReadIsUnknown(t *testing.T) {
	for _, class := range []issuer.Class{issuer.Unavailable, issuer.Unsupported, issuer.Malformed, issuer.RateLimited} {
		d := &directory{budgets: []issuer.Budget{{ID: "b-1", BalanceID: "bal-1"}}, balanceErr: &issuer.Error{Class: class}}
		pic, err := New(d, clock.NewFake(epoch)).Budgets(ctx, epoch)
		if _, known := pic.Balance(d.budgets[0]); err != nil || known {
			t.Errorf("%s: known %v, %v", class, known, err)
		}
		if _, found := pic.Budget("b-1"); !found {
			t.Errorf("%s: the budget is listed all the same", class)
		}
	}
}
