package qbit

import (
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// freeBIN is the prepaid product that may be opened with nothing on it; every other
// prepaid card opens with at least minimumOpening (§5.2).
const freeBIN = "493193"

var minimumOpening = money.Must("1")

// phoneBINs are the products that need the cardholder's phone (§5.2).
var phoneBINs = map[string]bool{"414631": true, "493728": true}

// Capabilities implements issuer.Issuer.
func (c *Client) Capabilities() issuer.Capabilities {
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
		},
		// The document calls the client transaction id idempotent here alone (§5.3).
		Replays:       map[issuer.Call]bool{issuer.CallWithdraw: true},
		MaxLabel:      c.options.MaxLabel,
		OpeningAmount: openingAmount,
		OpeningBudget: money.Must(c.options.BudgetOpening),
	}
}

func openingAmount(t issuer.CardType, bin string) money.Amount {
	if t == issuer.Prepaid && bin != freeBIN {
		return minimumOpening
	}
	return money.Zero
}
