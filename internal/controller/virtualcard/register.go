package virtualcard

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

// registerHolder registers the person. Of several cards of one person that are created
// together one does, and the others wait for it.
func (rd *round) registerHolder(ctx context.Context) (issuer.Holder, error) {
	if !rd.registrations.enter(rd.person()) {
		return issuer.Holder{}, rd.waitForAnother("another VirtualCard")
	}
	defer rd.registrations.leave(rd.person())
	if problems := rd.account.Issuer.CheckCardholder(rd.holderOrder()); len(problems) > 0 && !registering(rd.card) {
		return issuer.Holder{}, objections(problems)
	}
	var seen issuer.Holder
	effect := rd.registration(&seen)
	if !registering(rd.card) && !rd.suspended {
		if err := rd.registeredByAnother(ctx, effect.Intent.ID); err != nil {
			return issuer.Holder{}, err
		}
	}
	_, err := rd.Pursue(ctx, rd.card, effect)
	return seen, err
}

// registeredByAnother waits for another card that is registering the same person. Where the
// cache shows none the API server itself is read, just before this card claims: a claim is
// there before its call is made.
func (rd *round) registeredByAnother(ctx context.Context, id string) error {
	for _, from := range []client.Reader{rd.Client, rd.Reader} {
		var list v1alpha1.VirtualCardList
		if err := from.List(ctx, &list); err != nil {
			return err
		}
		for i := range list.Items {
			other := &list.Items[i]
			if in := other.Status.Intent; in != nil && in.ID == id && other.UID != rd.card.UID && account.IssuerKey(other) == account.IssuerKey(rd.card) {
				return rd.waitForAnother("VirtualCard " + other.Namespace + "/" + other.Name)
			}
		}
	}
	return nil
}

// waitForAnother looks again soon at first, and ever less often: a review takes what it takes.
func (rd *round) waitForAnother(who string) error {
	return engine.Poll(rd.lessOften(), v1alpha1.ReasonPending, "waiting until %s has registered this cardholder", who)
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
	order := rd.holderOrder()
	return engine.Effect{
		Intent:    v1alpha1.Intent{ID: order.ClientID, Action: v1alpha1.ActionRegister},
		What:      fmt.Sprintf("register %s %s as a cardholder", order.Cardholder.FirstName, order.Cardholder.LastName),
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
			made, err := rd.account.Issuer.CreateCardholder(ctx, permit, order)
			if err == nil {
				rd.registrations.note(rd.person(), made.ID)
				rd.card.Status.CardholderID = made.ID
			}
			return err
		},
	}
}

// holderOrder is the order that registers the person of the spec.
func (rd *round) holderOrder() issuer.HolderOrder {
	return issuer.HolderOrder{
		Cardholder: holderOf(rd.card.Spec.Cardholder), Address: account.Address(rd.card.Spec.BillingAddress), ProductID: rd.product().ID,
		ClientID: rd.person().id,
	}
}

// registering reports whether the claim under way is that of a cardholder.
func registering(card *v1alpha1.VirtualCard) bool {
	in := card.Status.Intent
	return in != nil && in.Action == v1alpha1.ActionRegister
}
