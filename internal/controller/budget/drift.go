package budget

import (
	"context"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// noteOutsideMoves reports what others have moved since the balance was last seen. Cards
// spending is no such move. What was there when the budget was first seen is the start.
func (rd *round) noteOutsideMoves(ctx context.Context) error {
	rows, err := rd.account.Issuer.BudgetMovements(ctx, rd.remote.ID)
	if err != nil {
		return err
	}
	st := &rd.budget.Status
	sum := outside(rows, rd.remote.ID, st.Movements)
	before := st.Outside
	st.Outside = sum.String()
	if before == "" || money.Must(before).Equal(sum) {
		return nil
	}
	rd.Warn(rd.budget, v1alpha1.EventDrift, "Observe",
		"somebody else moved money: net %s so far (was %s); reported, not undone", st.Outside, before)
	return nil
}

// outside sums up the transfers that carry none of this object's ids. The next
// ids count as its own: their movements may be under way, or made before a restored
// backup. It is a pure function.
func outside(rows []issuer.Movement, budgetID string, count int64) money.Amount {
	own := map[string]bool{}
	for n := int64(1); n <= count+32; n++ {
		own[id.Movement(budgetID, engine.PurposeFund, n)] = true
	}
	sum := money.Zero
	for _, row := range rows {
		switch {
		case row.BudgetID == "" || own[row.ClientID] || row.Status != issuer.MovementClosed:
		case row.Kind == issuer.MovementIn:
			sum = sum.Add(row.Amount)
		case row.Kind == issuer.MovementOut:
			sum = sum.Sub(row.Amount)
		}
	}
	return sum
}
