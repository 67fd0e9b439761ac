package qbit

import (
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/money"
)

// phoneBINs are the products that need the cardholder's phone (§5.2).
var phoneBINs = map[string]bool{"414631": true, "493728": true}

// Capabilities implements issuer.Issuer.
func (c *Client) Capabilities() issuer.Capabilities { return c.can }

func capabilities(options Options) issuer.Capabilities {
	return issuer.Capabilities{
		Name: "Qbit v1",
		Features: map[issuer.Feature]bool{
			issuer.FeatureBINs:          true,
			issuer.FeatureAddress:       true,
			issuer.FeatureUsage:         true,
			issuer.FeatureBudgets:       true,
			issuer.FeatureBudgetRename:  true,
			issuer.FeatureBudgetCards:   true,
			issuer.FeaturePrepaidCards:  true,
			issuer.FeatureFunding:       true,
			issuer.FeatureHolds:         true,
			issuer.FeatureFreeze:        true,
			issuer.FeatureReveal:        true,
			issuer.FeatureFingerprint:   true,
			issuer.FeatureBeneficiaries: true,
			issuer.FeatureWithdrawals:   true,
			issuer.FeatureWebhooks:      true,
			issuer.FeatureLookup:        true,
		},
		// The document calls the client transaction id idempotent here alone (§5.3).
		Replays:       map[issuer.Call]bool{issuer.CallWithdraw: true},
		Assumed:       assumed(),
		PageRows:      options.PageSize,
		WholeLedger:   true,
		MaxLabel:      options.MaxLabel,
		OpeningAmount: quantum.OpeningAmount,
		OpeningBudget: money.Must(options.BudgetOpening),
	}
}

// assumed is what no document states (§14).
func assumed() []issuer.Assumption {
	return []issuer.Assumption{
		{What: "A withdrawal alone has its effect once per client transaction id; every other call may have it twice.", Option: "nothing: every other order is looked for before it is sent again"},
		{What: "A refusal with a code may hide an effect, since no table explains it; with 401, 403, 404 or 429 it means that nothing was done.", Option: "`spec.assumptions.listingLag` and `issuingLag`: it counts once nothing was listed for that long"},
		{What: "A refusal that speaks of an expired or invalid token is about the access token.", Option: "nothing: the operator logs in again"},
		{What: "An ordered card is listed within 2 minutes, with its label unchanged.", Option: "`spec.assumptions.issuingLag`"},
		{What: "The card list filtered by a label shows the card that was ordered with it.", Option: "`spec.assumptions.cardLookup: List`"},
		{What: "An accepted order shows within 30 minutes, or it was refused later.", Option: "`spec.assumptions.patience`"},
		{What: "A movement is listed within 45 seconds, with its client transaction id unchanged.", Option: "`spec.assumptions.listingLag`"},
		{What: "A withdrawal is listed among the card's transactions.", Option: "`card-operator.io/settle` on the Withdrawal"},
		{What: "A hold is not listed, and shows in the frozen balance.", Option: "nothing: one that is listed is recognised too"},
		{What: "A label or budget name of 64 bytes survives.", Option: "a short `spec.label` or `displayName`"},
		{What: "A budget can be opened with 0, and the token in its name tells it from others.", Option: "`spec.qbit.budgetOpening`"},
		{What: "The transactions of a budget are picked from those of all budgets.", Option: "`spec.qbit.budgetTransactions`; what the list's id filters is not documented"},
		{What: "A card that is Inactive is closed for good.", Option: "`spec.deletionPolicy`"},
		{What: "The access token travels in `x-qbit-access-token`.", Option: "`spec.qbit.accessTokenHeader`"},
		{What: "A list page may have 100 rows.", Option: "`spec.qbit.pageSize`"},
		{What: "Transfers and holds are POST, as the headings say; the samples have PUT.", Option: "`spec.qbit.transferMethod`"},
		{What: "Payees are at `/cards/receiver` and `/cards/receivers`, as the headings say, with the names of the table; the samples have `/benefiaries` and other names.", Option: "`spec.qbit.receiverPath`, `receiversPath`, `receiverNames`"},
		{What: "50 balances can be asked for in one call.", Option: "`spec.qbit.balanceChunk`"},
		{What: "The fields of a payee are passed through as they are.", Option: "the fields of the Beneficiary"},
		{What: "A webhook's numbers are signed as they stand in it, and nested keys are sorted at every depth.", Option: "no webhook registered: sweeps find everything"},
		{What: "5 requests a second are welcome.", Option: "`spec.rateLimit`"},
	}
}
