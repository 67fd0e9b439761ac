package withdrawal

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// parties are the issuer's ids of the card and the payee; empty while unknown.
type parties struct {
	cardID, receiverID string
}

// contradicts refuses a payment that was found under the same id but is another one.
// The issuer may show the amount with or without its fee, and need not show the payee.
func (p parties) contradicts(row issuer.Movement, amount money.Amount) error {
	switch {
	case !row.Amount.Equal(amount) && !row.Amount.Sub(row.Fee).Equal(amount):
		return conflict(row, "its amount is "+row.Amount.String())
	case p.cardID != "" && row.CardID != "" && row.CardID != p.cardID:
		return conflict(row, "it was paid from card "+row.CardID)
	case p.receiverID != "" && row.ReceiverID != "" && row.ReceiverID != p.receiverID:
		return conflict(row, "it was paid to another beneficiary")
	}
	return nil
}

func conflict(row issuer.Movement, how string) error {
	return engine.Stall(v1alpha1.ReasonConflict,
		"a payment of this name was made before and differs: %s (id %s). Nothing is sent; make another Withdrawal under another name", how, row.ClientID)
}

// meet resolves the references. waiting says which of them is not ready to be paid from
// or to; what is known of them is taken down nevertheless.
func (rd *round) meet(ctx context.Context) (waiting, err error) {
	waitCard, err := rd.meetCard(ctx)
	if err != nil {
		return nil, err
	}
	waitPayee, err := rd.meetBeneficiary(ctx)
	if err != nil {
		return nil, err
	}
	if waitCard != nil {
		return waitCard, nil
	}
	return waitPayee, nil
}

func (rd *round) meetCard(ctx context.Context) (waiting, err error) {
	name := rd.wd.Spec.CardRef.Name
	var card v1alpha1.VirtualCard
	err = rd.Client.Get(ctx, types.NamespacedName{Namespace: rd.wd.Namespace, Name: name}, &card)
	if apierrors.IsNotFound(err) {
		return engine.Wait(v1alpha1.ReasonWaitingForCard, "waiting for VirtualCard %q: create it", name), nil
	}
	if err != nil {
		return nil, err
	}
	rd.parties.cardID = card.Status.ID
	switch {
	case account.IssuerKey(&card) != account.IssuerKey(rd.wd):
		return engine.Stall(v1alpha1.ReasonInvalidSpec, "spec.cardRef: VirtualCard %q belongs to another CardIssuer than this withdrawal", name), nil
	case card.Status.ID == "":
		return engine.Wait(v1alpha1.ReasonWaitingForCard, "waiting for VirtualCard %q to be issued", name), nil
	case card.DeletionTimestamp != nil || card.Status.State == string(issuer.StateInactive):
		return engine.Stall(v1alpha1.ReasonWaitingForCard, "VirtualCard %q is closed; nothing can be paid from it", name), nil
	case !engine.IsTrue(&card, v1alpha1.ConditionReady):
		return engine.Wait(v1alpha1.ReasonWaitingForCard, "waiting for VirtualCard %q to be Ready", name), nil
	}
	return nil, nil
}

func (rd *round) meetBeneficiary(ctx context.Context) (waiting, err error) {
	name := rd.wd.Spec.BeneficiaryRef.Name
	var payee v1alpha1.Beneficiary
	err = rd.Client.Get(ctx, types.NamespacedName{Namespace: rd.wd.Namespace, Name: name}, &payee)
	if apierrors.IsNotFound(err) {
		return engine.Wait(v1alpha1.ReasonWaitingForBeneficiary, "waiting for Beneficiary %q: create it", name), nil
	}
	if err != nil {
		return nil, err
	}
	rd.parties.receiverID = payee.Status.ID
	switch {
	case account.IssuerKey(&payee) != account.IssuerKey(rd.wd):
		return engine.Stall(v1alpha1.ReasonInvalidSpec, "spec.beneficiaryRef: Beneficiary %q belongs to another CardIssuer than this withdrawal", name), nil
	case payee.Status.State != string(issuer.ReceiverPassed) || payee.DeletionTimestamp != nil:
		return engine.Wait(v1alpha1.ReasonWaitingForBeneficiary, "waiting until the issuer has Passed Beneficiary %q (now %q)", name, payee.Status.State), nil
	}
	return nil, nil
}
