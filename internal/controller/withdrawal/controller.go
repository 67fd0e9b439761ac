// Package withdrawal reconciles Withdrawals: each pays once, whatever happens to the
// object, and reports what became of it.
package withdrawal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

// States of a withdrawal, as status.state shows them.
const (
	StatePending = "Pending"
	StateClosed  = "Closed"
	StateFail    = "Fail"
)

// Reconciler reconciles Withdrawals.
type Reconciler struct {
	*engine.Engine
	Accounts account.Finder
}

// round is one synchronisation of one withdrawal.
type round struct {
	*Reconciler
	wd        *v1alpha1.Withdrawal
	account   *account.Account
	suspended bool
	paymentID string
	// parties are the card and the payee, as far as they are known.
	parties parties
	// row is what the ledger shows under the payment id.
	row issuer.Movement
	// refunded is what it lists as refunded under the same id.
	refunded money.Amount
}

// Sync brings a withdrawal as far as it can be brought now. One that has ended is never
// touched again.
func (r *Reconciler) Sync(ctx context.Context, wd *v1alpha1.Withdrawal) (time.Duration, error) {
	if wd.DeletionTimestamp != nil {
		return 0, r.remove(ctx, wd)
	}
	if ended(wd) {
		return 0, r.ReleaseEnded(ctx, wd)
	}
	rd, err := r.open(ctx, wd)
	if err != nil {
		return 0, err
	}
	err = rd.pay(ctx)
	if rd.suspended { // a person will approve it, and wakes it by that
		err = engine.Every(rd.account.SyncInterval, err)
	}
	return 0, err
}

func ended(wd *v1alpha1.Withdrawal) bool {
	return wd.Status.State == StateClosed || wd.Status.State == StateFail
}

func (r *Reconciler) open(ctx context.Context, wd *v1alpha1.Withdrawal) (*round, error) {
	wd.Status.Plan = nil
	r.NoteLostStatus(wd)
	acct, err := r.Accounts.For(ctx, wd)
	if err != nil {
		return nil, err
	}
	if !acct.Has(issuer.FeatureWithdrawals) {
		return nil, engine.Stall(v1alpha1.ReasonUnsupported, "%s has no withdrawals", acct.Issuer.Capabilities().Name)
	}
	rd := &round{Reconciler: r, wd: wd, account: acct, suspended: wd.Spec.Suspend || acct.Suspended}
	rd.paymentID = wd.Spec.PaymentID
	if rd.paymentID == "" {
		rd.paymentID = id.Payment(acct.OwnerID, wd.Namespace, wd.Name)
	}
	wd.Status.PaymentID = rd.paymentID
	engine.ShowSuspended(wd, rd.suspended)
	return rd, nil
}

// pay looks for the payment first, then waits for its parties, then pays.
func (rd *round) pay(ctx context.Context) error {
	waiting, err := rd.meet(ctx, rd.Client)
	if err != nil {
		return err
	}
	if rd.wd.Status.Intent == nil {
		if seen, err := rd.look(ctx, rd.Clock.Now()); err != nil {
			return err
		} else if seen.Presence != engine.Absent {
			return rd.report(ctx)
		}
	}
	if waiting == nil && rd.wd.Status.Intent == nil && !rd.suspended {
		// The cache may still show who had these names before.
		if waiting, err = rd.meet(ctx, rd.Reader); err != nil {
			return err
		}
	}
	effect := rd.effect()
	effect.Blocked = cmp.Or(waiting, rd.otherParties())
	if effect.Blocked != nil && rd.wd.Status.Intent == nil {
		return effect.Blocked
	}
	return rd.pursue(ctx, effect)
}

// effect is the one payment of this object.
func (rd *round) effect() engine.Effect {
	promise := rd.account.Promise(issuer.CallWithdraw)
	promise.MustShow = true
	return engine.Effect{
		Intent: v1alpha1.Intent{
			ID: rd.paymentID, Action: v1alpha1.ActionWithdraw, Amount: string(rd.wd.Spec.Amount), Target: rd.parties.target(),
		},
		What:      fmt.Sprintf("withdraw %s from card %s to beneficiary %s", rd.wd.Spec.Amount, rd.wd.Spec.CardRef.Name, rd.wd.Spec.BeneficiaryRef.Name),
		Promise:   promise,
		Suspended: rd.suspended,
		Look:      rd.look,
		Send:      rd.send,
	}
}

// otherParties: what was claimed for one card and payee is sent to no other.
func (rd *round) otherParties() error {
	in := rd.wd.Status.Intent
	if in == nil || in.Target == "" || in.Target == rd.parties.target() {
		return nil
	}
	return engine.Stall(v1alpha1.ReasonConflict,
		"payment %s was claimed for another card or beneficiary than the references name now, and is not in the issuer's records; nothing is sent. Delete this Withdrawal and make another one", in.ID)
}

func (rd *round) pursue(ctx context.Context, effect engine.Effect) error {
	if engine.SaidToHaveHappened(rd.wd) && rd.row.ID == "" {
		if _, err := rd.look(ctx, rd.Clock.Now()); err != nil && rd.row.ID != "" {
			rd.EndByWord(ctx, rd.wd, rd.row.ID)
			return rd.settledByHand()
		}
	}
	pursuit, err := rd.Pursue(ctx, rd.wd, effect)
	if rd.row.ID != "" && rd.row.Status == issuer.MovementPending {
		rd.wd.Status.State, rd.wd.Status.ID = StatePending, rd.row.ID
	}
	if err != nil {
		return rd.refused(err)
	}
	if rd.row.ID == "" && pursuit.End == engine.EndHappened {
		return rd.settledByHand()
	}
	return rd.report(ctx)
}

func (rd *round) send(ctx context.Context, permit issuer.Permit) error {
	return rd.account.Issuer.Withdraw(ctx, permit, issuer.Payout{
		CardID: rd.parties.cardID, ReceiverID: rd.parties.receiverID, Amount: money.Must(string(rd.wd.Spec.Amount)), ClientID: rd.paymentID,
	})
}

// refused ends the withdrawal when the issuer definitely said no: it runs once.
func (rd *round) refused(err error) error {
	var refusal *engine.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	if rd.wd.DeletionTimestamp != nil {
		return nil // refused for certain, and no longer wanted
	}
	rd.wd.Status.State = StateFail
	rd.complete()
	return engine.Stall(v1alpha1.ReasonRejected, "%s. Nothing was paid; make another Withdrawal under another name", err.Error())
}

// look finds the payment by its id on every card of the account: a Withdrawal of the
// same name may have been paid from another card.
func (rd *round) look(ctx context.Context, since time.Time) (engine.Sighting, error) {
	rows, err := rd.account.Mirror.Movements(ctx, rd.paymentID, since)
	if err != nil {
		return engine.Sighting{}, err
	}
	seen, row, err := engine.Sight(rows, rd.paymentID)
	if err != nil || seen.Presence == engine.Absent {
		return seen, err
	}
	rd.row = row
	if row.Fee.IsZero() {
		rd.row.Fee = engine.SumOf(rows, rd.paymentID, issuer.MovementFee)
	}
	rd.refunded = engine.SumOf(rows, rd.paymentID, issuer.MovementRefund)
	return seen, claimedFor(rd.wd, rd.parties).contradicts(row, rd.wd)
}

// report takes down what the ledger shows about the payment.
func (rd *round) report(ctx context.Context) error {
	st := &rd.wd.Status
	st.ID, st.Fee = rd.row.ID, rd.row.Fee.String()
	switch rd.row.Status {
	case issuer.MovementClosed:
		st.State = StateClosed
		rd.complete()
		rd.showBalance(ctx)
		engine.OK(rd.wd, v1alpha1.ConditionSucceeded, v1alpha1.ReasonPaid, fmt.Sprintf("paid %s, fee %s%s", rd.wd.Spec.Amount, st.Fee, rd.cameBack()))
		return nil
	case issuer.MovementFailed:
		st.State = StateFail
		rd.complete()
		return engine.Stall(v1alpha1.ReasonFailed, "the issuer failed the payment %s; make another Withdrawal under another name", rd.paymentID)
	default:
		st.State = StatePending
		return engine.Poll(rd.pendingPoll(), v1alpha1.ReasonPending, "the issuer is paying (id %s)", rd.paymentID)
	}
}

// cameBack says that the issuer lists a refund beside the payment. Whether the payee has the money
// is then for a person to find out; paying again is never advised.
func (rd *round) cameBack() string {
	if !rd.refunded.IsPositive() {
		return ""
	}
	return fmt.Sprintf("; the issuer also lists %s as refunded under its id: ask the issuer what came back", rd.refunded)
}

// pendingPoll looks often at first and then at the account's interval.
func (rd *round) pendingPoll() time.Duration {
	age := rd.Clock.Now().Sub(rd.wd.CreationTimestamp.Time)
	return min(max(age/4, rd.account.Timing.Poll), rd.account.SyncInterval)
}

func (rd *round) settledByHand() error {
	rd.wd.Status.State = StateClosed
	rd.complete()
	engine.OK(rd.wd, v1alpha1.ConditionSucceeded, v1alpha1.ReasonPaid, "settled by annotation: a person found that it was paid")
	return nil
}

func (rd *round) complete() {
	now := metav1.NewTime(rd.Clock.Now())
	rd.wd.Status.CompletedAt = &now
}

// showBalance takes down what the card holds afterwards; that it cannot be read does not
// undo the payment.
func (rd *round) showBalance(ctx context.Context) {
	card, found, err := rd.account.Mirror.Card(ctx, rd.row.CardID, rd.Clock.Now().Add(-rd.account.SyncInterval))
	if err != nil || !found {
		return
	}
	rd.account.Mirror.TouchBalance(card.BalanceID)
	if balance, known := rd.account.Mirror.Balance(ctx, card, rd.Clock.Now()); known {
		rd.wd.Status.Balance = engine.ShowBalance(balance)
	}
}
