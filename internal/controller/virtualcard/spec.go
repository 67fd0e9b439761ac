package virtualcard

import (
	"fmt"
	"strings"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// unsupported names the first field that asks for what the issuer cannot do, before any
// call is made. It is a pure function.
func unsupported(spec v1alpha1.VirtualCardSpec, can issuer.Capabilities) error {
	for _, ask := range []struct {
		field   string
		asked   bool
		feature issuer.Feature
	}{
		{"spec.type: Prepaid", spec.Type == v1alpha1.CardTypePrepaid, issuer.FeaturePrepaidCards},
		{"spec.type: Budget", spec.Type == v1alpha1.CardTypeBudget, issuer.FeatureBudgetCards},
		{"spec.bin", spec.BIN != "", issuer.FeatureBINs},
		{"spec.billingAddress", spec.BillingAddress != nil, issuer.FeatureAddress},
		{"spec.usage", spec.Usage != "", issuer.FeatureUsage},
		{"spec.funding", spec.Funding != "", issuer.FeatureFunding},
		{"spec.hold", spec.Hold != "", issuer.FeatureHolds},
		{"spec.limits", len(spec.Limits) > 0, issuer.FeatureLimits},
		{"spec.scenario", spec.Scenario != "", issuer.FeatureScenarios},
		{"spec.cardholderId", spec.CardholderID != "", issuer.FeatureCardholderIDs},
		{"spec.cvvRotationInterval", spec.CVVRotationInterval != nil, issuer.FeatureCVVRotation},
		{"spec.state: Frozen", spec.State == v1alpha1.CardFrozen, issuer.FeatureFreeze},
		{"spec.secret.otp", spec.Secret != nil && spec.Secret.OTP, issuer.FeatureOTP},
		{"spec.secret.mode: Fingerprint", wantsMode(spec, v1alpha1.SecretModeFingerprint), issuer.FeatureFingerprint},
		{"spec.secret", wantsMode(spec, v1alpha1.SecretModeCard), issuer.FeatureReveal},
	} {
		if ask.asked && !can.Has(ask.feature) {
			return cannot(ask.field, can)
		}
	}
	if spec.Label != "" && can.MaxLabel < id.TokenLength+leastLabel {
		return cannot("spec.label", can)
	}
	return nil
}

// leastLabel is how much of a label, with the dash before the token, is worth asking for.
const leastLabel = 5

func cannot(field string, can issuer.Capabilities) error {
	return engine.Stall(v1alpha1.ReasonUnsupported, "%s: %s cannot do this; leave the field out or use another issuer", field, can.Name)
}

func wantsMode(spec v1alpha1.VirtualCardSpec, mode v1alpha1.SecretMode) bool {
	if spec.Secret == nil {
		return false
	}
	return spec.Secret.Mode == mode || (spec.Secret.Mode == "" && mode == v1alpha1.SecretModeCard)
}

// checkOpening makes sure that funding covers what a new card must be created with.
func checkOpening(spec v1alpha1.VirtualCardSpec, bin string, opening money.Amount) error {
	funding, err := money.ParseOptional(string(spec.Funding))
	if err != nil {
		return engine.Stall(v1alpha1.ReasonInvalidSpec, "spec.funding: %q is no amount", spec.Funding)
	}
	if funding.LessThan(opening) {
		return engine.Stall(v1alpha1.ReasonInvalidSpec, "spec.funding: the issuer creates cards with BIN %s with at least %s", bin, opening)
	}
	return nil
}

// objections turns the issuer's answer to create/check into a condition that names the
// spec's fields.
func objections(problems []issuer.FieldProblem) error {
	lines := make([]string, 0, len(problems))
	for _, p := range problems {
		lines = append(lines, fmt.Sprintf("%s: %s", p.Field, p.Reason))
	}
	return engine.Stall(v1alpha1.ReasonInvalidSpec, "%s", strings.Join(lines, "; "))
}

// orderOf is the order that the spec stands for, but for the budget's id.
func (rd *round) orderOf() issuer.CardOrder {
	spec := rd.card.Spec
	incarnation := rd.creation().Sequence
	can, product := rd.account.Issuer.Capabilities(), rd.product()
	order := issuer.CardOrder{
		Type:         issuer.CardType(spec.Type),
		BIN:          product.BIN,
		ProductID:    product.ID,
		Label:        rd.tag(incarnation).Label,
		Reference:    rd.tag(incarnation).Reference,
		Usage:        spec.Usage,
		Opening:      can.Opening(issuer.CardType(spec.Type), product.BIN),
		ClientID:     rd.creation().ID,
		Cardholder:   holderOf(spec.Cardholder),
		CardholderID: rd.card.Status.CardholderID,
		Address:      account.Address(spec.BillingAddress),
	}
	if interval := spec.CVVRotationInterval; interval != nil {
		order.CVVRotation = interval.Duration
	}
	return order
}

func humanLabel(card *v1alpha1.VirtualCard) string {
	if card.Spec.Label != "" {
		return card.Spec.Label
	}
	return card.Name
}

func holderOf(h *v1alpha1.Cardholder) issuer.Cardholder {
	if h == nil {
		return issuer.Cardholder{}
	}
	holder := issuer.Cardholder{FirstName: h.FirstName, LastName: h.LastName, Email: h.Email}
	if h.Phone != nil {
		holder.PhoneCountryCode, holder.Phone = h.Phone.CountryCode, h.Phone.Number
	}
	return holder
}
