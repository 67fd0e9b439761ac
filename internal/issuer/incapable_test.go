package issuer

import (
	"context"
	"testing"
)

// What an adapter does not override is refused without a request, as Unsupported.
func TestWhatIsNotOverriddenIsUnsupported(t *testing.T) {
	ctx, none := context.Background(), Incapable{}
	for name, err := range map[string]error{
		"FindCards":        second(none.FindCards(ctx, CardTag{})),
		"ListBudgets":      second(none.ListBudgets(ctx)),
		"ListBalances":     second(none.ListBalances(ctx, nil)),
		"ListReceivers":    second(none.ListReceivers(ctx, "")),
		"CardMovements":    second(none.CardMovements(ctx, "")),
		"FindMovements":    second(none.FindMovements(ctx, "")),
		"ListMovements":    second(none.ListMovements(ctx)),
		"BudgetMovements":  second(none.BudgetMovements(ctx, "")),
		"MovementDetail":   second(none.MovementDetail(ctx, "")),
		"MoveCardFunds":    none.MoveCardFunds(ctx, Permit{}, Transfer{}),
		"HoldCardFunds":    none.HoldCardFunds(ctx, Permit{}, Transfer{}),
		"SetCardLimits":    none.SetCardLimits(ctx, "", nil),
		"CreateBudget":     second(none.CreateBudget(ctx, Permit{}, BudgetOrder{})),
		"RenameBudget":     none.RenameBudget(ctx, "", ""),
		"MoveBudgetFunds":  none.MoveBudgetFunds(ctx, Permit{}, Transfer{}),
		"CreateReceiver":   second(none.CreateReceiver(ctx, Permit{}, ReceiverOrder{})),
		"Withdraw":         none.Withdraw(ctx, Permit{}, Payout{}),
		"ListCardholders":  second(none.ListCardholders(ctx)),
		"CreateCardholder": second(none.CreateCardholder(ctx, Permit{}, HolderOrder{})),
		"ListScenarios":    second(none.ListScenarios(ctx)),
		"RecommendBINs":    second(none.RecommendBINs(ctx, "")),
		"CardFingerprint":  second(none.CardFingerprint(ctx, "")),
		"Verify":           second(none.Verify(Webhook{})),
	} {
		if !Is(err, Unsupported) || OutcomeOf(err) != Rejected {
			t.Errorf("%s: %v", name, err)
		}
	}
	if turn, err := none.Turn(ctx); err != nil || turn != ctx {
		t.Errorf("where there is no pace nobody waits: %v, %v", turn, err)
	}
	if problems, err := none.CheckCard(ctx, CardOrder{}); err != nil || len(problems) != 0 {
		t.Errorf("an issuer that cannot be asked objects to nothing: %v, %v", problems, err)
	}
}

func TestAnIssuerWithoutRulesObjectsToNobody(t *testing.T) {
	if problems := (Incapable{}).CheckCardholder(HolderOrder{}); len(problems) != 0 {
		t.Errorf("%v", problems)
	}
}

func second[T any](_ T, err error) error { return err }
