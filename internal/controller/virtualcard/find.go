package virtualcard

import (
	"context"
	"slices"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/mirror"
)

// find makes sure that there is a card: the one that status names, the one to adopt,
// the one that carries this object's token, or a new one.
func (rd *round) find(ctx context.Context) error {
	if in := rd.card.Status.Intent; in != nil && in.Action == v1alpha1.ActionCreate || registering(rd.card) {
		return rd.order(ctx)
	}
	if rd.card.Status.ID != "" {
		return rd.known(ctx)
	}
	if problem := unsupported(rd.card.Spec, rd.account.Issuer.Capabilities()); problem != nil {
		return problem
	}
	switch {
	case rd.card.Spec.ExternalID != "":
		return rd.adopt(ctx)
	default:
		return rd.findOwn(ctx)
	}
}

// known reads the card that status names from the account's picture. That the picture lacks it is
// not enough to call it missing: the issuer is asked for the card itself.
func (rd *round) known(ctx context.Context) error {
	card, found, err := rd.look(ctx, rd.card.Status.ID, engine.Since(ctx, rd.Clock.Now(), rd.account.RoutineAge()))
	if err == nil && !found {
		card, found, err = rd.look(ctx, rd.card.Status.ID, rd.Clock.Now())
	}
	if err == nil && !found {
		card, found, err = rd.account.Mirror.CardItself(ctx, rd.card.Status.ID)
	}
	if err != nil {
		return err
	}
	if !found {
		return engine.Stall(v1alpha1.ReasonMissing,
			"the issuer no longer has card %s in this account; nothing is ordered in its place. Ask the issuer, or delete this VirtualCard with the annotation %s=true", rd.card.Status.ID, v1alpha1.AnnotationOrphan)
	}
	rd.remote = card
	return nil
}

func (rd *round) look(ctx context.Context, cardID string, since time.Time) (issuer.Card, bool, error) {
	return rd.account.Mirror.Card(ctx, cardID, since)
}

// findOwn looks for a card that carries this object's token before one is ordered.
func (rd *round) findOwn(ctx context.Context) error {
	oldest := rd.Clock.Now().Add(-pictureForOrders)
	picture, err := rd.picture(ctx, oldest)
	if err != nil {
		return err
	}
	incarnation, mine, problem := rd.ownCard(picture, rd.card.Status.SettlingSince == nil)
	if problem != nil {
		return problem
	}
	if err := rd.lastOfItsLine(mine, oldest); err != nil {
		return err
	}
	rd.card.Status.Incarnation = incarnation
	if mine == nil {
		return rd.order(ctx)
	}
	return rd.take(ctx, *mine, "found by its token")
}

// picture shows the cards that carry this object's tokens as they were at or after since. A new
// object, whose status was not lost and which has had no card, asks for its own alone.
func (rd *round) picture(ctx context.Context, since time.Time) (mirror.Cards, error) {
	if rd.card.Status.SettlingSince != nil || rd.card.Status.Incarnation != 0 {
		return rd.account.Mirror.Cards(ctx, since)
	}
	picture, err := rd.account.Mirror.CardsTagged(ctx, rd.tag(0), since)
	if err != nil || len(picture.Tagged(rd.tokenOf(0))) == 0 {
		return picture, err
	}
	return rd.account.Mirror.Cards(ctx, since)
}

// tag is by what the card of an incarnation is looked for.
func (rd *round) tag(incarnation int64) issuer.CardTag {
	token := rd.tokenOf(incarnation)
	return issuer.CardTag{Label: id.Tag(humanLabel(rd.card), token, rd.account.Issuer.Capabilities().MaxLabel), Reference: token}
}

// pictureForOrders is how old the picture may be that shows whether a card has been
// ordered; the engine looks again before it sends.
const pictureForOrders = 2 * time.Second

func (rd *round) tokenOf(incarnation int64) string {
	return id.Token(rd.account.OwnerID, "VirtualCard", rd.card.Namespace, rd.card.Name, incarnation)
}

// ownCard finds this object's card. A status that was lost and one that was never written
// look alike: an object that was created again may have been interrupted before its first
// claim. The card tells: one that is older than the object was an earlier object's.
func (rd *round) ownCard(picture mirror.Cards, recreated bool) (int64, *issuer.Card, error) {
	incarnation, mine, problem := ownCard(picture, rd.tokenOf, rd.card.Status.Incarnation, recreated)
	if problem != nil || recreated || mine == nil {
		return incarnation, mine, problem
	}
	if !ofEarlierObject(picture.Tagged(rd.tokenOf(incarnation)), rd.card.CreationTimestamp.Time) {
		return incarnation, mine, nil
	}
	return ownCard(picture, rd.tokenOf, incarnation, true)
}

// lastOfItsLine waits, after a status was lost, before a closed card is taken for the
// object's own: it may have been an earlier object's, and the card that was ordered in its
// place need not be listed yet. It must be called with a look that began at began.
func (rd *round) lastOfItsLine(mine *issuer.Card, began time.Time) error {
	if rd.card.Status.SettlingSince == nil || mine == nil || mine.State != issuer.StateInactive {
		return nil
	}
	return engine.Unlisted(rd.card, rd.account.Creation(issuer.CallCreateCard), began)
}

// clockDoubt is by how much the issuer's clock and the cluster's may differ for a card to
// be told to be older than an object. In doubt the card is the object's own.
const clockDoubt = 5 * time.Second

// ofEarlierObject reports whether all cards are closed and were made before the object
// was. It is a pure function.
func ofEarlierObject(cards []issuer.Card, created time.Time) bool {
	for _, card := range cards {
		if card.State != issuer.StateInactive || card.CreatedAt.IsZero() || card.CreatedAt.Add(clockDoubt).After(created) {
			return false
		}
	}
	return true
}

// ownCard finds the card of the current incarnation. A closed one makes room for the
// next, but only for an object that was created again: one that merely lost its status
// keeps its closed card. It is a pure function.
func ownCard(picture mirror.Cards, token func(int64) string, from int64, recreated bool) (int64, *issuer.Card, error) {
	for incarnation := from; ; incarnation++ {
		tagged := picture.Tagged(token(incarnation))
		if len(tagged) == 0 {
			return incarnation, nil, nil
		}
		open := openCards(tagged)
		if len(open) > 1 {
			return incarnation, nil, twoCards(len(open), token(incarnation))
		}
		if len(open) == 1 {
			return incarnation, &open[0], nil
		}
		if !recreated && len(picture.Tagged(token(incarnation+1))) == 0 {
			return incarnation, &tagged[0], nil
		}
	}
}

func twoCards(n int, token string) error {
	return engine.Stall(v1alpha1.ReasonConflict, "%d open cards carry this object's token %s; close all but one at the issuer", n, token)
}

func openCards(cards []issuer.Card) []issuer.Card {
	var open []issuer.Card
	for _, card := range cards {
		if card.State != issuer.StateInactive {
			open = append(open, card)
		}
	}
	return open
}

// adopt takes over the card that spec.externalId names, unless it is somebody else's.
func (rd *round) adopt(ctx context.Context) error {
	picture, err := rd.account.Mirror.Cards(ctx, rd.Clock.Now().Add(-rd.account.Timing.Poll))
	if err != nil {
		return err
	}
	card, found := picture.Card(rd.card.Spec.ExternalID)
	if !found {
		return engine.Stall(v1alpha1.ReasonMissing, "spec.externalId: the issuer lists no card %s in this account", rd.card.Spec.ExternalID)
	}
	if err := rd.unclaimed(ctx, card); err != nil {
		return err
	}
	return rd.take(ctx, card, "adopted by spec.externalId")
}

// unclaimed refuses a card that another VirtualCard of this cluster stands for, or asks
// for with an older claim. It reads the API server itself: two objects that are created
// together must not both find the card free.
func (rd *round) unclaimed(ctx context.Context, card issuer.Card) error {
	taken, err := rd.claimedByAnother(ctx, card)
	if err == nil && taken {
		err = engine.Stall(v1alpha1.ReasonConflict, "spec.externalId: card %s belongs to another VirtualCard; a card has one", card.ID)
	}
	return err
}

func (rd *round) claimedByAnother(ctx context.Context, card issuer.Card) (bool, error) {
	var list v1alpha1.VirtualCardList
	if err := rd.Reader.List(ctx, &list); err != nil {
		return false, err
	}
	tokens := mirror.TokensOf(card)
	for i := range list.Items {
		other := &list.Items[i]
		if other.UID != rd.card.UID && rd.outranks(other, card.ID, tokens) {
			return true, nil
		}
	}
	return false, nil
}

// outranks reports whether another VirtualCard has the better claim to a card.
func (rd *round) outranks(other *v1alpha1.VirtualCard, cardID string, tokens []string) bool {
	if other.Status.ID == cardID {
		return true
	}
	if slices.Contains(tokens, id.Token(rd.account.OwnerID, "VirtualCard", other.Namespace, other.Name, other.Status.Incarnation)) {
		return true
	}
	return other.Spec.ExternalID == cardID && engine.Older(other, rd.card)
}

// take takes over a card that this status did not know. What was moved on it before is
// read from the ledger, once its lists can be believed.
func (rd *round) take(ctx context.Context, card issuer.Card, how string) error {
	if err := rd.Hold(ctx, rd.card); err != nil {
		return err
	}
	engine.StartSettling(rd.card, rd.Clock.Now())
	rd.card.Status.ID = card.ID
	rd.remote = card
	rd.Tell(rd.card, v1alpha1.EventAdopted, "Find", "card %s %s", card.ID, how)
	return nil
}
