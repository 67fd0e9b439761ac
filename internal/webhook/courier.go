package webhook

import (
	"cmp"
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/cardsecret"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Delivery is what became of a one-time code. It is a metric's label.
type Delivery string

// The deliveries.
const (
	Delivered Delivery = "delivered"
	// Unwanted: nobody has asked for the codes of that card, or it is no card of ours.
	Unwanted Delivery = "unwanted"
	// Expired: the code had ended before it came.
	Expired Delivery = "expired"
	// Contested: several VirtualCards claim the card, so nobody gets its code.
	Contested Delivery = "contested"
	// Taken: the Secret's name belongs to somebody else, or the code is none.
	Taken Delivery = "taken"
	// Undelivered: it could not be written; the issuer is asked to send it again.
	Undelivered Delivery = "undelivered"
)

// Courier brings one-time codes of 3-D Secure into Secrets. A code exists in its memory and
// in the Secret, nowhere else.
type Courier struct {
	Clock clock.Clock
	// Find returns the VirtualCards that stand for a card of a CardIssuer, by status.id,
	// and may use that CardIssuer.
	Find func(ctx context.Context, ci types.NamespacedName, cardID string) ([]v1alpha1.VirtualCard, error)
	// Write is cardsecret.Keeper.WriteOTP.
	Write func(ctx context.Context, card *v1alpha1.VirtualCard, otp cardsecret.OTP) error
	// Observe counts the deliveries; nil counts nothing. issuer is "namespace/name".
	Observe func(issuer, delivery string)
	// Complain tells the owner of a card why its code was not written; nil tells nobody.
	// The message holds no code.
	Complain func(card *v1alpha1.VirtualCard, message string)
}

// Deliver writes a notice's code for the card that it is for. An error asks for it again.
func (c *Courier) Deliver(ctx context.Context, ci types.NamespacedName, notice issuer.Notice) error {
	delivery, err := c.deliver(ctx, ci, notice)
	if c.Observe != nil {
		c.Observe(ci.String(), string(delivery))
	}
	return err
}

func (c *Courier) deliver(ctx context.Context, ci types.NamespacedName, notice issuer.Notice) (Delivery, error) {
	if notice.OTP == nil || notice.CardID == "" {
		return Unwanted, nil
	}
	found, err := c.Find(ctx, ci, notice.CardID)
	if err != nil {
		return Undelivered, err
	}
	cards := slices.DeleteFunc(slices.Clone(found), func(card v1alpha1.VirtualCard) bool {
		return !standsFor(&card, ci, notice.CardID)
	})
	if !slices.ContainsFunc(cards, func(card v1alpha1.VirtualCard) bool { return cardsecret.WantsOTP(&card) }) {
		return Unwanted, nil
	}
	if len(cards) > 1 {
		for i := range cards {
			c.complain(&cards[i], contested)
		}
		return Contested, nil
	}
	return c.write(ctx, &cards[0], notice)
}

const contested = "a one-time code came and was not written: several VirtualCards stand for this card. Remove all but one of them (spec.deletionPolicy: Retain keeps the card)"

func (c *Courier) complain(card *v1alpha1.VirtualCard, message string) {
	if c.Complain != nil {
		c.Complain(card, message)
	}
}

func (c *Courier) write(ctx context.Context, card *v1alpha1.VirtualCard, notice issuer.Notice) (Delivery, error) {
	ends, live := cardsecret.OTPExpiry(notice.OTP.Expires, c.Clock.Now())
	if !live {
		return Expired, nil
	}
	err := c.Write(ctx, card, cardsecret.OTP{Code: notice.OTP.Code, Expires: ends, NoticeID: cmp.Or(notice.OTP.Signed, notice.ID)})
	switch {
	case err == nil:
		return Delivered, nil
	case issuer.Is(err, issuer.Conflict), issuer.Is(err, issuer.Malformed):
		c.complain(card, err.Error())
		return Taken, nil
	default:
		return Undelivered, err
	}
}

// standsFor: the VirtualCard is the card's, is of this CardIssuer, and is to stay.
func standsFor(card *v1alpha1.VirtualCard, ci types.NamespacedName, cardID string) bool {
	home := card.Spec.IssuerRef.Namespace
	if home == "" {
		home = card.Namespace
	}
	return card.Status.ID == cardID && card.DeletionTimestamp == nil &&
		home == ci.Namespace && card.Spec.IssuerRef.Name == ci.Name &&
		card.Status.State != string(issuer.StateInactive)
}
