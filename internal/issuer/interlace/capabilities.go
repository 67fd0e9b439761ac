package interlace

import (
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/money"
)

// replayWindow is how long an idempotency key is remembered (§7).
const replayWindow = 90 * 24 * time.Hour

// Capabilities implements issuer.Issuer.
func (c *Client) Capabilities() issuer.Capabilities { return c.can }

// capabilities: holds, payees and withdrawals have no call in v3 (§5.3).
func capabilities(options Options) issuer.Capabilities {
	return issuer.Capabilities{
		Name: "Interlace v3",
		Features: map[issuer.Feature]bool{
			issuer.FeatureBINs:          true,
			issuer.FeatureAddress:       true,
			issuer.FeatureUsage:         true,
			issuer.FeatureBudgets:       true,
			issuer.FeatureBudgetRename:  true,
			issuer.FeatureBudgetCards:   true,
			issuer.FeaturePrepaidCards:  true,
			issuer.FeatureFunding:       true,
			issuer.FeatureFreeze:        true,
			issuer.FeatureLimits:        true,
			issuer.FeatureScenarios:     true,
			issuer.FeatureCardholders:   true,
			issuer.FeatureCardholderIDs: true,
			issuer.FeatureReveal:        true,
			issuer.FeatureFingerprint:   true,
			issuer.FeatureOTP:           true,
			issuer.FeatureWebhooks:      true,
			issuer.FeatureLookup:        true,
		},
		// These carry an Idempotency-Key and the account in the body (§7).
		Replays: map[issuer.Call]bool{
			issuer.CallCreateCard:   true,
			issuer.CallCreateBudget: true,
			issuer.CallMoveCard:     true,
			issuer.CallMoveBudget:   true,
			issuer.CallCreateHolder: true,
		},
		ReplayWindow: replayWindow,
		Assumed:      assumed(),
		PageRows:     options.PageSize,
		// The number is checked against the BIN (§8).
		NumbersBeginWithBIN: true,
		MaxLabel:            options.MaxLabel,
		OpeningAmount:       quantum.OpeningAmount,
		OpeningBudget:       money.Zero,
	}
}

// assumed is what no document states (§11).
func assumed() []issuer.Assumption {
	return []issuer.Assumption{
		{What: "Idempotency keys are honoured by every call that carries one.", Option: "`spec.assumptions.replay`: by default nothing relies on it"},
		{What: "A refusal with a code may hide an effect, since no table explains it; with 401, 403, 404 or 429 it means that nothing was done.", Option: "`spec.assumptions.listingLag` and `issuingLag`: it counts once nothing was listed for that long"},
		{What: "A refusal that speaks of an expired or invalid token is about the access token.", Option: "nothing: the operator logs in again"},
		{What: "DELETE takes the account in its query or its body; both have it.", Option: "`spec.deletionPolicy: Freeze`"},
		{What: "An ordered card is listed with its `referenceId` and its label, at once or within 2 minutes.", Option: "`spec.assumptions.issuingLag`"},
		{What: "The card list filtered by a `referenceId` shows the card that was ordered with it.", Option: "`spec.assumptions.cardLookup: List`"},
		{What: "A movement is listed within 45 seconds, with its `clientTransactionId` unchanged, and the list can be filtered by it.", Option: "`spec.assumptions.listingLag`"},
		{What: "A label or budget name of 64 bytes survives.", Option: "a short `spec.label` or `displayName`"},
		{What: "A prepaid card opens with at least 1, and with nothing for BIN 493193, as in Qbit v1.", Option: "nothing: `spec.funding` must be at least 1.00 for every other BIN"},
		{What: "A BIN whose type is a bare number is offered for both types of card; an order for the wrong one is refused.", Option: "`spec.type`, as the issuer says"},
		{What: "A card with a `budgetId` is a budget card.", Option: "nothing: the type of a card does not change"},
		{What: "A budget can be opened with 0.", Option: "`spec.externalId`: adopt one that was opened at the issuer"},
		{What: "A budget is renamed by PUT.", Option: "`spec.interlace.renameMethod`"},
		{What: "A budget's transfers are answered with its transaction, as a card's are.", Option: "nothing: any other answer is looked up in the budget's transactions"},
		{What: "The balance of a card is the wallet with its `balanceId`, or without one its `card-summary` (25 cards for each reading); that of a budget is the one within it.", Option: "nothing: balances are shown, and only a drain relies on one"},
		{What: "A card can have one limit of each interval at a time, and type NA with limit 0 takes all away. Where the issuer keeps only one, the card says so.", Option: "a single entry in `spec.limits`"},
		{What: "A closed card's prepaid balance returns to the account by itself, and its card stays listed.", Option: "`spec.deletionPolicy: Freeze`"},
		{What: "What else a new cardholder needs depends on the account's business mode.", Option: "`spec.interlace.cardholderFields`"},
		{What: "A cardholder is known by the id that a registration answers while the operator runs, and by name and e-mail address after that.", Option: "`spec.cardholderId`"},
		{What: "A cardholder's `cardBinList` names products by id or BIN; one who is on no list is ordered for all the same, and the issuer decides.", Option: "`spec.cardholderId`, to choose among several of one name"},
		{What: "The billing address is that of the cardholder, given once, at registration.", Option: "another cardholder for another address"},
		{What: "Recommended BINs come best first, for `scenarioId`.", Option: "`spec.bin` in place of `spec.scenario`"},
		{What: "A list page may have 100 rows.", Option: "`spec.interlace.pageSize`"},
		{What: "A webhook is signed over its resource as it reads after the body is decoded; the life of a one-time code counts from the event.", Option: "no webhook registered: sweeps find all but the codes"},
		{What: "5 requests a second are welcome.", Option: "`spec.rateLimit`"},
	}
}
