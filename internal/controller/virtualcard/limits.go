package virtualcard

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// setLimits brings what the card may spend to what spec.limits asks. It is repeatable and
// needs no claim. Left out, the limits are left as they are.
func (rd *round) setLimits(ctx context.Context) error {
	wanted := limitsOf(rd.card.Spec.Limits)
	if len(wanted) == 0 || sameLimits(wanted, rd.remote.Limits) || rd.remote.LimitsUntold && slices.Equal(showLimits(wanted), rd.card.Status.Limits) {
		return nil
	}
	if rd.suspended {
		rd.card.Status.Plan = append(rd.card.Status.Plan, "would set the card's limits to "+limitWords(wanted))
		return nil
	}
	ctx, err := rd.Permit(ctx, rd.card, rd.account.Timing)
	if err != nil {
		return err
	}
	defer rd.account.Mirror.TouchCards(rd.remote.ID)
	if err := rd.account.Issuer.SetCardLimits(ctx, rd.remote.ID, wanted); err != nil {
		return engine.Repeatable(err)
	}
	rd.remote.Limits = wanted
	rd.card.Status.Limits = showLimits(wanted)
	rd.Tell(rd.card, v1alpha1.ReasonSynced, "Limit", "card %s may spend %s", rd.remote.ID, limitWords(wanted))
	return nil
}

func limitsOf(spec []v1alpha1.SpendingLimit) []issuer.Limit {
	var limits []issuer.Limit
	for _, l := range spec {
		limits = append(limits, issuer.Limit{Interval: issuer.Interval(l.Interval), Amount: money.Must(string(l.Amount))})
	}
	return limits
}

// sameLimits compares without order; amounts by value.
func sameLimits(a, b []issuer.Limit) bool {
	return slices.EqualFunc(byInterval(a), byInterval(b), func(x, y issuer.Limit) bool {
		return x.Interval == y.Interval && x.Amount.Equal(y.Amount)
	})
}

func byInterval(limits []issuer.Limit) []issuer.Limit {
	return slices.SortedFunc(slices.Values(limits), func(x, y issuer.Limit) int { return cmp.Compare(x.Interval, y.Interval) })
}

func showLimits(limits []issuer.Limit) []v1alpha1.LimitStatus {
	var shown []v1alpha1.LimitStatus
	for _, l := range byInterval(limits) {
		shown = append(shown, v1alpha1.LimitStatus{Interval: string(l.Interval), Amount: l.Amount.String()})
	}
	return shown
}

func limitWords(limits []issuer.Limit) string {
	var words []string
	for _, l := range byInterval(limits) {
		words = append(words, fmt.Sprintf("%s per %s", l.Amount, l.Interval))
	}
	return strings.Join(words, ", ")
}
