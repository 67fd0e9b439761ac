package virtualcard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
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
		err = decideHolder(holder, rd.product())
	}
	if err != nil {
		if !engine.IsWrite(err) {
			problem := engine.Explain(err)
			engine.Not(rd.card, v1alpha1.ConditionCardholder, problem.Reason, problem.Message)
		}
		return err
	}
	rd.card.Status.CardholderID = holder.ID
	engine.OK(rd.card, v1alpha1.ConditionCardholder, v1alpha1.ReasonActive, "the issuer knows the cardholder as "+holder.ID)
	return nil
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
		holder, found := samePerson(holders, *spec.Cardholder, rd.product())
		return holder, found, nil
	}
	for _, h := range holders {
		if h.ID == spec.CardholderID {
			return h, true, nil
		}
	}
	return issuer.Holder{}, false, engine.Stall(v1alpha1.ReasonMissing, "spec.cardholderId: the issuer lists no cardholder %s in this account", spec.CardholderID)
}

// samePerson finds somebody of the same name and e-mail address. One who may have the
// product goes before others; then one who may have cards, one who may yet, and one who may
// not. It is a pure function.
func samePerson(holders []issuer.Holder, wanted v1alpha1.Cardholder, product v1alpha1.CardProduct) (issuer.Holder, bool) {
	states := map[issuer.HolderState]int{issuer.HolderActive: 2, issuer.HolderPending: 1}
	rank := func(h issuer.Holder) int {
		if mayHave(h, product) {
			return 3 + states[h.State]
		}
		return states[h.State]
	}
	var best issuer.Holder
	for _, h := range holders {
		same := strings.EqualFold(h.FirstName, wanted.FirstName) && strings.EqualFold(h.LastName, wanted.LastName) && strings.EqualFold(h.Email, wanted.Email)
		if same && (best.ID == "" || rank(h) > rank(best) || rank(h) == rank(best) && h.ID < best.ID) {
			best = h
		}
	}
	return best, best.ID != ""
}

// mayHave reports whether a cardholder may have a product, as far as the issuer tells.
func mayHave(h issuer.Holder, product v1alpha1.CardProduct) bool {
	return len(h.BINs) == 0 || slices.Contains(h.BINs, product.ID) || slices.Contains(h.BINs, product.BIN)
}

// decideHolder says what a cardholder's state means; it is a pure function.
func decideHolder(h issuer.Holder, product v1alpha1.CardProduct) error {
	switch h.State {
	case issuer.HolderActive:
		if !mayHave(h, product) {
			return engine.Stall(v1alpha1.ReasonInactive, "the issuer lets cardholder %s have cards of %s, not of BIN %s: ask the issuer, or name another in spec.cardholderId",
				h.ID, strings.Join(h.BINs, ", "), product.BIN)
		}
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

// registerHolder registers the person. Of several cards of one person that are created
// together one does, and the others wait for it.
func (rd *round) registerHolder(ctx context.Context) (issuer.Holder, error) {
	rd.registrations.Lock()
	defer rd.registrations.Unlock()
	var seen issuer.Holder
	effect := rd.registration(&seen)
	if !registering(rd.card) {
		if err := rd.registeredByAnother(ctx, effect.Intent.ID); err != nil {
			return issuer.Holder{}, err
		}
	}
	_, err := rd.Pursue(ctx, rd.card, effect)
	return seen, err
}

// registeredByAnother waits for another card that is registering the same person. It reads
// the API server itself: a claim is there before its call is made.
func (rd *round) registeredByAnother(ctx context.Context, id string) error {
	var list v1alpha1.VirtualCardList
	if err := rd.Reader.List(ctx, &list); err != nil {
		return err
	}
	for i := range list.Items {
		other := &list.Items[i]
		if in := other.Status.Intent; in != nil && in.ID == id && other.UID != rd.card.UID && account.IssuerKey(other) == account.IssuerKey(rd.card) {
			return engine.Poll(rd.account.Timing.Poll, v1alpha1.ReasonPending, "waiting until VirtualCard %s/%s has registered this cardholder", other.Namespace, other.Name)
		}
	}
	return nil
}

// resolveRegistration returns nil once it is certain whether the person was registered: an
// object of the same name could not tell.
func (rd *round) resolveRegistration(ctx context.Context) error {
	if !registering(rd.card) {
		return nil
	}
	_, err := rd.Pursue(ctx, rd.card, rd.registration(new(issuer.Holder)))
	var refusal *engine.Refusal
	if errors.As(err, &refusal) {
		return nil
	}
	return err
}

// registration is the effect of registering the person, who is told to seen.
func (rd *round) registration(seen *issuer.Holder) engine.Effect {
	person := rd.card.Spec.Cardholder
	if person == nil {
		person = &v1alpha1.Cardholder{}
	}
	order := issuer.HolderOrder{
		Cardholder: holderOf(person), Address: account.Address(rd.card.Spec.BillingAddress), ProductID: rd.product().ID,
		ClientID: id.Cardholder(rd.account.OwnerID, person.FirstName, person.LastName, person.Email),
	}
	return engine.Effect{
		Intent:    v1alpha1.Intent{ID: order.ClientID, Action: v1alpha1.ActionRegister},
		What:      fmt.Sprintf("register %s %s as a cardholder", person.FirstName, person.LastName),
		Promise:   rd.account.Creation(issuer.CallCreateHolder),
		Suspended: rd.suspended,
		Unwanted:  rd.card.DeletionTimestamp != nil,
		Look: func(ctx context.Context, since time.Time) (engine.Sighting, error) {
			holder, found, err := rd.holder(ctx, since)
			if err != nil || !found {
				return engine.Sighting{Presence: engine.Absent}, err
			}
			*seen = holder
			return engine.Sighting{Presence: engine.Happened, Reference: holder.ID}, nil
		},
		Send: func(ctx context.Context, permit issuer.Permit) error {
			_, err := rd.account.Issuer.CreateCardholder(ctx, permit, order)
			return err
		},
	}
}

// registering reports whether the claim under way is that of a cardholder.
func registering(card *v1alpha1.VirtualCard) bool {
	in := card.Status.Intent
	return in != nil && in.Action == v1alpha1.ActionRegister
}
