package interlace

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/money"
)

// noLimit is the type that takes all limits away [assumed].
const noLimit = "NA"

// SetCardLimits implements issuer.Cards: PUT /cards/{id}/velocity-control, once for each
// limit. The call sets one limit and leaves the others [assumed], so a limit that is no
// longer wanted is taken away by taking all away and setting the wanted ones again. What the
// issuer keeps in spite of that is its own: a Conflict, and not fought again.
func (c *Client) SetCardLimits(ctx context.Context, cardID string, limits []issuer.Limit) error {
	const op = "set card limits"
	wanted, err := limitMap(op, limits)
	if err != nil {
		return err
	}
	if err := guard.IDs(op, cardID); err != nil {
		return err
	}
	card, err := c.readLimits(ctx, op, cardID)
	if err != nil {
		return err
	}
	if tried, known := c.single.Load(cardID); known && tried == limitText(limits)+" of which "+limitText(card.Limits) {
		return oneLimit(op, card.Limits[0])
	}
	own := unwanted(card.Limits, wanted)
	kept := own != "" && c.keeps(cardID, own)
	steps := limitSteps(card.Limits, wanted, !kept)
	if err := c.takeSteps(ctx, op, cardID, steps); err != nil {
		return err
	}
	if own == "" && len(wanted) < 2 && card.told {
		return nil
	}
	return c.checkLimits(ctx, op, cardID, limits, wanted, steps)
}

// limitedCard is a card, and whether the list told its limits: the document calls them optional
// (§5.2), and one that never tells them would have them set again at each sweep.
type limitedCard struct {
	issuer.Card
	told bool
}

func (c *Client) readLimits(ctx context.Context, op, cardID string) (limitedCard, error) {
	l := cardList(op, url.Values{"cardId": {cardID}}, func(w wireCard) (limitedCard, error) {
		card, err := c.owned(w)
		return limitedCard{card, w.Limits.Value != nil}, err
	}, func(card limitedCard) string { return card.ID })
	l.Urgent = true
	return session.One(ctx, c.session, l, cardID)
}

// checkLimits reads what the steps have led to.
func (c *Client) checkLimits(ctx context.Context, op, cardID string, limits []issuer.Limit, wanted map[issuer.Interval]money.Amount, steps []wireVelocity) error {
	card, err := c.readLimits(ctx, op, cardID)
	if err != nil {
		return err
	}
	if !card.told {
		c.untold.Store(true)
		return nil
	}
	if onlyOne(card.Limits, wanted, lastSet(steps)) {
		c.single.Store(cardID, limitText(limits)+" of which "+limitText(card.Limits))
		return oneLimit(op, card.Limits[0])
	}
	own := unwanted(card.Limits, wanted)
	if own == "" {
		return nil
	}
	c.kept.Store(cardID, own)
	return keptLimits(op, own)
}

// onlyOne reports whether a card has just one of several wanted limits, that of one interval:
// the one that was set last, where it was set now. A list that is behind shows an earlier one.
// It is a pure function.
func onlyOne(has []issuer.Limit, wanted map[issuer.Interval]money.Amount, set issuer.Interval) bool {
	if len(has) != 1 || len(wanted) < 2 || has[0].Interval != set {
		return false
	}
	amount, want := wanted[set]
	return want && has[0].Amount.Equal(amount)
}

// lastSet is the interval that steps set last.
func lastSet(steps []wireVelocity) (last issuer.Interval) {
	for _, i := range intervals {
		if len(steps) > 0 && steps[len(steps)-1].Type == i.name {
			last = i.interval
		}
	}
	return last
}

func oneLimit(op string, has issuer.Limit) error {
	return &issuer.Error{Class: issuer.Conflict, Op: op,
		Message: "this issuer keeps one limit for a card, now " + has.Amount.String() + " per " + string(has.Interval) + ": give one entry in spec.limits"}
}

// limitText is what was asked for, to be compared with what is asked for later.
func limitText(limits []issuer.Limit) string {
	var words []string
	for _, l := range limits {
		words = append(words, l.Amount.String()+" per "+string(l.Interval))
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

// keeps reports whether the issuer kept these limits of its own when all were taken away.
func (c *Client) keeps(cardID, own string) bool {
	kept, known := c.kept.Load(cardID)
	return known && kept == own
}

func keptLimits(op, own string) error {
	return &issuer.Error{Class: issuer.Conflict, Op: op,
		Message: "the issuer keeps a limit of its own: " + own + ". Those of spec.limits are set; name that one there too, or ask the issuer to lift it"}
}

// unwanted names the limits of a card that nobody asked for.
func unwanted(has []issuer.Limit, wanted map[issuer.Interval]money.Amount) string {
	return limitText(slices.DeleteFunc(slices.Clone(has), func(l issuer.Limit) bool {
		_, keep := wanted[l.Interval]
		return keep
	}))
}

func (c *Client) takeSteps(ctx context.Context, op, cardID string, steps []wireVelocity) error {
	for i, step := range steps {
		permitted := ctx
		if i > 0 { // what has begun is ended: half of it may be no limit at all
			permitted = issuer.WithPermit(ctx, issuer.Permit{})
		}
		step.AccountID = c.accountID
		k := session.Repeat(op, http.MethodPut, cardPath(cardID)+"/velocity-control", step)
		if err := c.session.Do(permitted, k, confirmed(cardID)); err != nil {
			return err
		}
	}
	return nil
}

func limitMap(op string, limits []issuer.Limit) (map[issuer.Interval]money.Amount, error) {
	known := map[issuer.Interval]bool{}
	for _, i := range intervals {
		known[i.interval] = true
	}
	wanted := map[issuer.Interval]money.Amount{}
	for _, l := range limits {
		if _, twice := wanted[l.Interval]; twice || !known[l.Interval] || !l.Amount.IsPositive() {
			return nil, guard.Invalid(op, "a card can have one limit above 0 of each interval that this issuer has")
		}
		wanted[l.Interval] = l.Amount
	}
	return wanted, nil
}

// limitSteps are the calls that lead from what a card has to what is wanted. What is wanted is
// set first, so that the card is never without a limit for longer than it takes to set them
// again once all were taken away. It is a pure function.
func limitSteps(has []issuer.Limit, wanted map[issuer.Interval]money.Amount, lift bool) []wireVelocity {
	set := map[issuer.Interval]money.Amount{}
	for _, l := range has {
		set[l.Interval] = l.Amount
	}
	var all, steps []wireVelocity
	for _, i := range intervals {
		amount, want := wanted[i.interval]
		if !want {
			continue
		}
		step := wireVelocity{Type: i.name, Limit: amountText(amount)}
		all = append(all, step)
		if before, there := set[i.interval]; !there || !before.Equal(amount) {
			steps = append(steps, step)
		}
	}
	if !lift || unwanted(has, wanted) == "" {
		return steps
	}
	return append(append(steps, wireVelocity{Type: noLimit, Limit: "0"}), all...)
}
