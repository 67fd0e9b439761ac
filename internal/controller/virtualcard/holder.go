package virtualcard

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

// settleHolder makes sure, where the issuer keeps cardholders, that the card is ordered for
// one who may have it: the one that the spec names, one with the same name and e-mail
// address, or a new one.
func (rd *round) settleHolder(ctx context.Context) error {
	if !rd.account.Has(issuer.FeatureCardholders) {
		return nil
	}
	holder, found, err := rd.holder(ctx, rd.Clock.Now().Add(-rd.account.Timing.Poll))
	if err == nil && (!found || registering(rd.card)) {
		holder, err = rd.registerHolder(ctx)
	}
	if err == nil {
		err = decideHolder(holder)
	}
	if err != nil {
		if !engine.IsWrite(err) {
			problem := engine.Explain(err)
			engine.Not(rd.card, v1alpha1.ConditionCardholder, problem.Reason, problem.Message)
		}
		return err
	}
	rd.card.Status.CardholderID = holder.ID
	rd.sayHolder(holder)
	return nil
}

// sayHolder says that the person may have cards, and where their address is another one than
// spec.billingAddress: the issuer takes one with a new cardholder, and here it has one.
func (rd *round) sayHolder(h issuer.Holder) {
	message := "the issuer knows the cardholder as " + h.ID
	fields := otherFields(account.Address(rd.card.Spec.BillingAddress), h.Address)
	if len(fields) == 0 {
		engine.OK(rd.card, v1alpha1.ConditionCardholder, v1alpha1.ReasonActive, message)
		return
	}
	engine.OK(rd.card, v1alpha1.ConditionCardholder, v1alpha1.ReasonOtherAddress, message+
		", with another address than spec.billingAddress ("+strings.Join(fields, ", ")+"): cards carry the cardholder's; change it at the issuer, or name another cardholder")
}

// otherFields names the fields in which two addresses differ that both have. It is a pure
// function.
func otherFields(wanted, has *issuer.Address) []string {
	if wanted == nil || has == nil {
		return nil
	}
	var names []string
	for _, field := range []struct{ name, wanted, has string }{
		{"line1", wanted.Line1, has.Line1}, {"line2", wanted.Line2, has.Line2}, {"city", wanted.City, has.City},
		{"state", wanted.State, has.State}, {"postalCode", wanted.PostalCode, has.PostalCode}, {"country", wanted.Country, has.Country},
	} {
		if field.wanted != "" && field.has != "" && !strings.EqualFold(strings.TrimSpace(field.wanted), strings.TrimSpace(field.has)) {
			names = append(names, field.name)
		}
	}
	return names
}

// holderLooks is how many sweeps of the account a picture of the cardholders serves cards that
// are issued: what becomes of a person changes nothing about them.
const holderLooks = 10

// observeHolder takes down what became of the cardholder. Ready does not depend on it: the card
// is there.
func (rd *round) observeHolder(ctx context.Context) {
	if rd.card.Status.CardholderID == "" || !rd.account.Has(issuer.FeatureCardholders) {
		return
	}
	holders, err := rd.account.Mirror.Cardholders(ctx, rd.Clock.Now().Add(-holderLooks*rd.account.SyncInterval))
	at := slices.IndexFunc(holders, func(h issuer.Holder) bool { return h.ID == rd.card.Status.CardholderID })
	if err != nil || at < 0 {
		return
	}
	if err := decideHolder(holders[at]); err != nil {
		problem := engine.Explain(err)
		engine.Not(rd.card, v1alpha1.ConditionCardholder, problem.Reason, problem.Message)
		return
	}
	rd.sayHolder(holders[at])
}

// holder finds the cardholder in a picture that was taken at or after since.
func (rd *round) holder(ctx context.Context, since time.Time) (issuer.Holder, bool, error) {
	spec := rd.card.Spec
	if spec.Cardholder == nil && spec.CardholderID == "" {
		return issuer.Holder{}, false, engine.Stall(v1alpha1.ReasonInvalidSpec,
			"spec.cardholder is needed: who the card is for; or spec.cardholderId, if the issuer knows them already")
	}
	holders, err := rd.account.Mirror.Cardholders(ctx, since)
	if err != nil {
		return issuer.Holder{}, false, err
	}
	if spec.CardholderID == "" {
		holder, found := samePerson(holders, *spec.Cardholder, rd.registeredAs(), rd.product())
		return holder, found, nil
	}
	for _, h := range holders {
		if h.ID == spec.CardholderID {
			return h, true, nil
		}
	}
	return issuer.Holder{}, false, engine.Stall(v1alpha1.ReasonMissing, "spec.cardholderId: the issuer lists no cardholder %s in this account", spec.CardholderID)
}

// samePerson finds the one whom the issuer has registered under an id, or somebody of the same
// name and e-mail address; of several the one who may soonest have the card. It is a pure
// function.
func samePerson(holders []issuer.Holder, wanted v1alpha1.Cardholder, registered string, product v1alpha1.CardProduct) (issuer.Holder, bool) {
	before := func(a, b issuer.Holder) bool {
		if x, y := holderRank(a, product), holderRank(b, product); x != y {
			return x > y
		}
		return a.ID == registered || b.ID != registered && a.ID < b.ID
	}
	var best issuer.Holder
	for _, h := range holders {
		if (h.ID == registered || isPerson(h, wanted)) && (best.ID == "" || before(h, best)) {
			best = h
		}
	}
	return best, best.ID != ""
}

func isPerson(h issuer.Holder, wanted v1alpha1.Cardholder) bool {
	return strings.EqualFold(h.FirstName, wanted.FirstName) && strings.EqualFold(h.LastName, wanted.LastName) && strings.EqualFold(h.Email, wanted.Email)
}

// holderRank says who goes first: one who may have cards and the product, one who may have
// cards of which nothing is told, one who may have the product soon, one who may have cards;
// then one who may yet, and one who may not. Which ids a list of products has is not
// documented, so it refuses nobody.
func holderRank(h issuer.Holder, product v1alpha1.CardProduct) int {
	named := slices.Contains(h.BINs, product.ID) || slices.Contains(h.BINs, product.BIN)
	switch {
	case h.State == issuer.HolderInactive:
		return 0
	case h.State == issuer.HolderPending && named:
		return 3
	case h.State == issuer.HolderPending:
		return 1
	case named:
		return 5
	case len(h.BINs) == 0:
		return 4
	}
	return 2
}

// decideHolder says what a cardholder's state means; it is a pure function.
func decideHolder(h issuer.Holder) error {
	switch h.State {
	case issuer.HolderActive:
		return nil
	case issuer.HolderPending:
		return engine.Wait(v1alpha1.ReasonPending, "the issuer is reviewing cardholder %s", h.ID)
	default:
		why := ""
		if h.RejectReason != "" {
			why = " (" + h.RejectReason + ")"
		}
		return engine.Stall(v1alpha1.ReasonInactive, "the issuer does not let cardholder %s have cards%s: ask the issuer, or name another in spec.cardholder or spec.cardholderId", h.ID, why)
	}
}
