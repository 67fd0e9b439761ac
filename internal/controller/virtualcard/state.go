package virtualcard

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
)

// observe takes down what the issuer says about the card.
func (rd *round) observe(ctx context.Context) {
	st := &rd.card.Status
	st.LastFour, st.BIN, st.Label, st.State = rd.remote.LastFour, rd.remote.BIN, rd.remote.Label, string(rd.remote.State)
	st.Network = rd.network(ctx)
	if !rd.remote.LimitsUntold {
		st.Limits = showLimits(rd.remote.Limits)
	}
	engine.OK(rd.card, v1alpha1.ConditionIssued, v1alpha1.ReasonIssued, "card "+rd.remote.ID+" ends in "+rd.remote.LastFour)
}

// observeBalance takes down what a prepaid card holds; a budget card holds nothing.
func (rd *round) observeBalance(ctx context.Context) {
	if rd.remote.Type == issuer.BudgetCard {
		rd.card.Status.Balance = nil
		return
	}
	balance, known := rd.account.Mirror.Balance(ctx, rd.remote, engine.Since(ctx, rd.Clock.Now(), rd.account.RoutineAge()))
	if known {
		rd.card.Status.Balance = engine.ShowBalance(balance)
	}
	rd.sayOverdrawn(known && balance.Available.IsNegative(), balance)
}

// sayOverdrawn says that the card owes the issuer money: a payment was settled for more than
// there was. The operator pays no debts.
func (rd *round) sayOverdrawn(is bool, balance issuer.Balance) {
	if !is {
		engine.Drop(rd.card, v1alpha1.ConditionOverdrawn)
		return
	}
	engine.OK(rd.card, v1alpha1.ConditionOverdrawn, v1alpha1.ReasonNegativeBalance,
		"the card's balance is "+balance.Available.String()+": raise spec.funding by that much, or ask the issuer")
}

func (rd *round) network(ctx context.Context) string {
	if rd.remote.Network != "" || !rd.account.Has(issuer.FeatureBINs) {
		return cmp.Or(rd.remote.Network, rd.card.Status.Network)
	}
	bins, err := rd.account.Mirror.BINs(ctx, rd.Clock.Now().Add(-rd.account.SyncInterval))
	if err != nil {
		return rd.card.Status.Network
	}
	network := rd.card.Status.Network
	for _, bin := range bins {
		if bin.BIN == rd.remote.BIN {
			return bin.Network
		}
		if sameBIN(bin.BIN, rd.remote.BIN) {
			network = bin.Network
		}
	}
	return network
}

// sameBIN compares BINs of 6 to 8 digits, of which a product may be told with fewer than its
// cards.
func sameBIN(a, b string) bool {
	return len(a) >= 6 && len(b) >= 6 && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a))
}

// StateStep is what to do about the state of a card.
type StateStep string

// Steps about the state.
const (
	StateKeep     StateStep = "Keep"
	StateFreeze   StateStep = "Freeze"
	StateUnfreeze StateStep = "Unfreeze"
)

// decideState is a pure function of what is wanted and what was observed. The issuer's
// own block is reported and never fought.
func decideState(wanted v1alpha1.CardState, seen issuer.State) (StateStep, error) {
	switch seen {
	case issuer.StateInactive:
		return StateKeep, engine.Stall(v1alpha1.ReasonClosed, "the card was closed at the issuer; nothing is ordered in its place. Delete this VirtualCard, and create it again if another card is wanted")
	case issuer.StateControl:
		return StateKeep, engine.Stall(v1alpha1.ReasonControlled, "the issuer has blocked the card (state Control); ask the issuer why")
	case issuer.StatePending:
		return StateKeep, engine.Wait(v1alpha1.ReasonPending, "the issuer has not activated the card yet")
	case issuer.StateActive:
		if wanted == v1alpha1.CardFrozen {
			return StateFreeze, nil
		}
	case issuer.StateFrozen:
		if wanted != v1alpha1.CardFrozen {
			return StateUnfreeze, nil
		}
	case issuer.StateOther:
		return StateKeep, engine.Stall(v1alpha1.ReasonConflict, "the issuer reports a state that its document does not name; ask the issuer about card state")
	}
	return StateKeep, nil
}

// setState freezes or unfreezes. Both are repeatable and need no claim.
func (rd *round) setState(ctx context.Context) error {
	if err := rd.heedOwnChange(ctx); err != nil {
		return err
	}
	step, problem := decideState(rd.card.Spec.State, rd.remote.State)
	if problem != nil {
		if rd.remote.Status != "" {
			problem = engine.Stall(v1alpha1.ReasonConflict, "the issuer reports the state %q, which its document does not name; ask the issuer about card %s", rd.remote.Status, rd.remote.ID)
		}
		if rd.remote.State == issuer.StateInactive {
			rd.dropSecret(ctx)
		}
		return engine.Every(rd.untilNewState(), problem)
	}
	if step == StateKeep {
		return nil
	}
	if rd.suspended {
		rd.card.Status.Plan = append(rd.card.Status.Plan, "would set the card's state to "+string(rd.card.Spec.State))
		return nil
	}
	rd.reportDrift(step)
	return rd.changeState(ctx, step)
}

// heedOwnChange keeps what the issuer shows too late from being taken for somebody else's doing.
// Where the list contradicts what this process has set, the card itself is read. While that does
// not show it either the change is waited for, or is what the next one starts from.
func (rd *round) heedOwnChange(ctx context.Context) error {
	own, now := rd.changes.Of(rd.card.UID), rd.Clock.Now()
	if !own.contradicted(rd.remote.State, now, rd.account.Timing) {
		rd.sawState(now)
		return nil
	}
	card, found, err := rd.account.Mirror.CardItself(ctx, rd.remote.ID)
	if err == nil && found {
		rd.remote, rd.card.Status.State = card, string(card.State)
		if own.shown || !own.contradicted(card.State, now, rd.account.Timing) {
			rd.sawState(now)
			return nil
		}
	}
	if step, _ := decideState(rd.card.Spec.State, own.state); step != StateKeep {
		rd.remote.State = own.state
		return nil
	}
	return engine.Poll(own.again(now, rd.account.Timing), v1alpha1.ReasonPending,
		"the issuer has accepted to set card %s to %s and still shows it as %s; waiting until it shows. Ask the issuer if this lasts", rd.remote.ID, own.state, rd.remote.State)
}

// sawState takes down that the issuer shows the state in hand.
func (rd *round) sawState(now time.Time) {
	rd.changes.Change(rd.card.UID, func(c change) change { return c.saw(rd.remote.State, now, rd.account.Timing) })
}

// untilNewState is how long to wait for another state. Somebody waits for a new card to
// become active: it is looked at often at first, and ever less often.
func (rd *round) untilNewState() time.Duration {
	if rd.remote.State != issuer.StatePending {
		return rd.account.SyncInterval
	}
	return rd.lessOften()
}

// lessOften is how long to wait for something that a new card needs: the longer the older it is.
func (rd *round) lessOften() time.Duration {
	age := rd.Clock.Now().Sub(rd.card.CreationTimestamp.Time)
	return min(max(age/4, rd.account.Timing.Poll), rd.account.SyncInterval)
}

func (rd *round) changeState(ctx context.Context, step StateStep) error {
	ctx, err := rd.Permit(ctx, rd.card, rd.account.Timing)
	if err != nil {
		return err
	}
	defer rd.account.Mirror.TouchCards(rd.remote.ID)
	set, result := rd.account.Issuer.FreezeCard, issuer.StateFrozen
	if step == StateUnfreeze {
		set, result = rd.account.Issuer.UnfreezeCard, issuer.StateActive
	}
	if err := set(ctx, rd.remote.ID); err != nil {
		return engine.Repeatable(err)
	}
	own := change{state: result, at: rd.Clock.Now()}
	rd.changes.Change(rd.card.UID, func(change) change { return own })
	rd.remote.State = result
	rd.card.Status.State = string(result)
	rd.Tell(rd.card, string(result), string(step), "card %s is now %s", rd.remote.ID, result)
	return nil
}

// reportDrift says when somebody else has changed the state: the spec is one that was
// in force before. Where the issuer never showed what this process set, nobody can tell who it was.
func (rd *round) reportDrift(step StateStep) {
	own := rd.changes.Of(rd.card.UID)
	switch {
	case rd.card.Status.ObservedGeneration != rd.card.Generation:
	case !own.at.IsZero() && !own.shown:
		rd.Warn(rd.card, v1alpha1.EventDrift, string(step), "the issuer accepted to set the card's state to %s and shows %s: somebody else set it, or it was never done; setting it to %s again as spec.state asks", own.state, rd.remote.State, rd.card.Spec.State)
	case engine.IsTrue(rd.card, v1alpha1.ConditionSynced):
		rd.Warn(rd.card, v1alpha1.EventDrift, string(step), "somebody else set the card's state to %s; setting it to %s as spec.state asks", rd.remote.State, rd.card.Spec.State)
	}
}

// saySynced says whether state and label are as asked. A label that cannot be brought to
// the issuer does no harm to Ready: the card works under its old one.
func (rd *round) saySynced() {
	can := rd.account.Issuer.Capabilities()
	if rd.labelDiffers(can) {
		engine.Not(rd.card, v1alpha1.ConditionSynced, v1alpha1.ReasonUnsupported,
			"spec.label: "+can.Name+" cannot change the label of a card; it stays "+rd.remote.Label)
		return
	}
	if len(rd.card.Status.Plan) == 0 {
		engine.OK(rd.card, v1alpha1.ConditionSynced, v1alpha1.ReasonSynced, "state and label are as asked")
	}
}

func (rd *round) labelDiffers(can issuer.Capabilities) bool {
	if rd.card.Spec.ExternalID != "" {
		return rd.card.Spec.Label != "" && rd.card.Spec.Label != rd.remote.Label && !can.Has(issuer.FeatureRelabel)
	}
	token, _, own := id.TokenIn(rd.remote.Label)
	if !own || token != rd.tokenOf(rd.card.Status.Incarnation) || can.Has(issuer.FeatureRelabel) {
		return false
	}
	return !id.SameLabel(id.Tag(humanLabel(rd.card), token, can.MaxLabel), rd.remote.Label)
}
