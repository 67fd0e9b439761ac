package interlace

import (
	"context"
	"net/http"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/money"
)

// noLimit is the type that takes all limits away [assumed].
const noLimit = "NA"

// SetCardLimits implements issuer.Cards: PUT /cards/{id}/velocity-control, once for each
// limit. The call sets one limit and leaves the others [assumed], so a limit that is no
// longer wanted is taken away by taking all away and setting the wanted ones again.
func (c *Client) SetCardLimits(ctx context.Context, cardID string, limits []issuer.Limit) error {
	const op = "set card limits"
	wanted, err := limitMap(op, limits)
	if err != nil {
		return err
	}
	card, err := c.GetCard(ctx, cardID)
	if err != nil {
		return err
	}
	for _, step := range limitSteps(card.Limits, wanted) {
		step.AccountID = c.accountID
		k := session.Mutate(op, http.MethodPut, cardPath(cardID)+"/velocity-control", issuer.Permit{}, step)
		if err := c.session.Do(ctx, k, confirmed(cardID)); err != nil {
			return err
		}
	}
	return nil
}

func limitMap(op string, limits []issuer.Limit) (map[issuer.Interval]money.Amount, error) {
	known := map[issuer.Interval]bool{}
	for _, i := range intervals {
		known[i.interval] = true
	}
	wanted := map[issuer.Interval]money.Amount{}
	for _, l := range limits {
		if _, twice := wanted[l.Interval]; twice || !known[l.Interval] || !l.Amount.IsPositive() {
			return nil, guard.Invalid(op, "a card can have one limit above 0 of each interval that this issuer has")
		}
		wanted[l.Interval] = l.Amount
	}
	return wanted, nil
}

// limitSteps are the calls that lead from what a card has to what is wanted. It is a pure
// function.
func limitSteps(has []issuer.Limit, wanted map[issuer.Interval]money.Amount) []wireVelocity {
	var steps []wireVelocity
	set := map[issuer.Interval]money.Amount{}
	for _, l := range has {
		set[l.Interval] = l.Amount
		if _, keep := wanted[l.Interval]; !keep && len(steps) == 0 {
			steps = append(steps, wireVelocity{Type: noLimit, Limit: "0"})
		}
	}
	cleared := len(steps) > 0
	for _, i := range intervals {
		amount, want := wanted[i.interval]
		if before, there := set[i.interval]; want && (cleared || !there || !before.Equal(amount)) {
			steps = append(steps, wireVelocity{Type: i.name, Limit: amountText(amount)})
		}
	}
	return steps
}
