package withdrawal

import (
	"context"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

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

// target is what a payment is claimed for, "" while a party is unknown.
func (p parties) target() string {
	if p.cardID == "" || p.receiverID == "" {
		return ""
	}
	return p.cardID + targetJoint + p.receiverID
}

const targetJoint = " to "

// claimedFor is who this object's own payment was claimed for, whoever has the names now;
// without a claim, who has them.
func claimedFor(wd *v1alpha1.Withdrawal, now parties) parties {
	if in := wd.Status.Intent; in != nil {
		if card, receiver, known := strings.Cut(in.Target, targetJoint); known {
			return parties{cardID: card, receiverID: receiver}
		}
	}
	return now
}

// contradicts refuses a payment that was found under the same id but is another one.
// The issuer may show the amount with its fee, without it, or less it, and need not show
// the payee.
func (p parties) contradicts(row issuer.Movement, wd *v1alpha1.Withdrawal) error {
	amount := money.Must(string(wd.Spec.Amount))
	switch {
	case !row.Amount.Equal(amount) && !row.Amount.Sub(row.Fee).Equal(amount) && !row.Amount.Add(row.Fee).Equal(amount):
		return conflict(row, wd, "its amount is "+row.Amount.String())
	case p.cardID != "" && row.CardID != "" && row.CardID != p.cardID:
		return conflict(row, wd, "it was paid from card "+row.CardID)
	case p.receiverID != "" && row.ReceiverID != "" && row.ReceiverID != p.receiverID:
		return conflict(row, wd, "it was paid to another beneficiary")
	}
	return nil
}

// conflict tells apart a payment of this name that was made before from this object's own,
// which the issuer shows otherwise than it was ordered: another one is never advised there.
func conflict(row issuer.Movement, wd *v1alpha1.Withdrawal, how string) error {
	if in := wd.Status.Intent; in != nil {
		q := engine.QuestionAbout(wd, *in, "the issuer lists it differently: "+how)
		return engine.Ask(v1alpha1.ReasonConflict, q,
			"this payment of %s was sent and the issuer lists it differently: %s (id %s). Nothing more is sent. Ask the issuer, and do not pay it again; if it was made, say so: %s", in.Amount, how, row.ClientID, q.Command)
	}
	return engine.Stall(v1alpha1.ReasonConflict,
		"a payment of this name was made before and differs: %s (id %s). Nothing is sent; make another Withdrawal under another name", how, row.ClientID)
}

// meet resolves the references. waiting says which of them is not ready to be paid from
// or to; what is known of them is taken down nevertheless.
func (rd *round) meet(ctx context.Context, api client.Reader) (waiting, err error) {
	waitCard, err := rd.meetCard(ctx, api)
	if err != nil {
		return nil, err
	}
	waitPayee, err := rd.meetBeneficiary(ctx, api)
	if err != nil {
		return nil, err
	}
	if waitCard != nil {
		return waitCard, nil
	}
	return waitPayee, nil
}

func (rd *round) meetCard(ctx context.Context, api client.Reader) (waiting, err error) {
	name := rd.wd.Spec.CardRef.Name
	var card v1alpha1.VirtualCard
	err = api.Get(ctx, types.NamespacedName{Namespace: rd.wd.Namespace, Name: name}, &card)
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

func (rd *round) meetBeneficiary(ctx context.Context, api client.Reader) (waiting, err error) {
	name := rd.wd.Spec.BeneficiaryRef.Name
	var payee v1alpha1.Beneficiary
	err = api.Get(ctx, types.NamespacedName{Namespace: rd.wd.Namespace, Name: name}, &payee)
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
