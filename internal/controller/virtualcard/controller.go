// Package virtualcard reconciles VirtualCards: it finds or orders the card, keeps its
// state, its money and its Secret as the spec asks, and closes it at the end.
package virtualcard

import (
	"context"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/cardsecret"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Reconciler reconciles VirtualCards.
type Reconciler struct {
	*engine.Engine
	Accounts account.Finder
	Secrets  *cardsecret.Keeper

	retirements   engine.Notes[retirement]
	changes       engine.Notes[change]
	checked       checked
	registrations registrations
}

// round is one synchronisation of one card.
type round struct {
	*Reconciler
	card      *v1alpha1.VirtualCard
	account   *account.Account
	suspended bool
	remote    issuer.Card
	// isNew: the card was ordered in this round. What it holds is read after its first money,
	// which its claim does not wait long for.
	isNew bool
}

// Sync brings a card as far as it can be brought now.
func (r *Reconciler) Sync(ctx context.Context, card *v1alpha1.VirtualCard) (time.Duration, error) {
	if card.DeletionTimestamp != nil {
		return 0, r.remove(ctx, card)
	}
	due := r.tidy(ctx, card)
	after, err := r.sync(ctx, card)
	if err != nil && !engine.IsWrite(err) {
		r.emptyIfExpired(ctx, card)
	}
	return r.noLaterThan(due, after, err)
}

// tidyAgain is how soon a Secret that could not be removed is tried again.
const tidyAgain = 10 * time.Second

// tidy removes the Secrets that are no longer asked for, and says when it is to be done again
// at the latest; zero is never. Nothing else waits for it.
func (r *Reconciler) tidy(ctx context.Context, card *v1alpha1.VirtualCard) time.Time {
	due, code := r.Secrets.TidyOTP(ctx, card, r.Clock.Now())
	if secrets := r.tidySecrets(ctx, card); code != nil || secrets != nil {
		again := r.Clock.Now().Add(tidyAgain)
		if due.IsZero() || again.Before(due) {
			due = again
		}
	}
	return due
}

// noLaterThan makes sure that a Secret is removed when it is time, whatever else is going on
// with the card.
func (r *Reconciler) noLaterThan(due time.Time, after time.Duration, err error) (time.Duration, error) {
	if due.IsZero() {
		return after, err
	}
	left := max(due.Sub(r.Clock.Now()), time.Second)
	return min(after, left), engine.NoLater(left, err)
}

func (r *Reconciler) sync(ctx context.Context, card *v1alpha1.VirtualCard) (time.Duration, error) {
	rd, err := r.open(ctx, card)
	if err != nil {
		return 0, engine.In(issuedOrReady(card), err)
	}
	return rd.advance(ctx)
}

// open connects the card to its account.
func (r *Reconciler) open(ctx context.Context, card *v1alpha1.VirtualCard) (*round, error) {
	card.Status.Plan = nil
	r.NoteLostStatus(card)
	acct, err := r.Accounts.For(ctx, card)
	if err != nil {
		return nil, err
	}
	rd := &round{Reconciler: r, card: card, account: acct, suspended: card.Spec.Suspend || acct.Suspended}
	engine.ShowSuspended(card, rd.suspended)
	return rd, nil
}

// advance takes the steps in the order in which they depend on each other. A freeze
// comes before money, and never waits for it.
func (rd *round) advance(ctx context.Context) (time.Duration, error) {
	if err := rd.find(ctx); err != nil {
		return 0, engine.In(issuedOrReady(rd.card), err)
	}
	rd.observe(ctx)
	err := rd.setState(ctx)
	if !rd.isNew {
		rd.observeBalance(ctx)
	}
	rd.observeHolder(ctx)
	if err != nil {
		return 0, engine.In(v1alpha1.ConditionSynced, rd.settleMoney(ctx, err))
	}
	if problem := unsupported(rd.card.Spec, rd.account.Issuer.Capabilities()); problem != nil {
		return 0, rd.settleMoney(ctx, problem)
	}
	if err := rd.setLimits(ctx); err != nil {
		return 0, engine.In(v1alpha1.ConditionSynced, rd.settleMoney(ctx, err))
	}
	rd.saySynced()
	if err := rd.moveMoney(ctx); err != nil {
		rd.writeSecretAnyway(ctx)
		return 0, engine.In(v1alpha1.ConditionFunded, err)
	}
	again, err := rd.keepSecret(ctx)
	if err != nil {
		return 0, engine.In(v1alpha1.ConditionSecretReady, err)
	}
	if problem := engine.Planned(rd.card); problem != nil {
		return 0, problem
	}
	rd.ready()
	return rd.nextLook(again), nil
}

// writeSecretAnyway keeps the Secret true while the money has to wait. The problem with
// the money is the one that is reported.
func (rd *round) writeSecretAnyway(ctx context.Context) {
	if _, err := rd.keepSecret(ctx); err != nil {
		problem := engine.Explain(err)
		engine.Not(rd.card, v1alpha1.ConditionSecretReady, problem.Reason, problem.Message)
	}
}

func (rd *round) ready() {
	message := "the card can pay"
	if rd.remote.State == issuer.StateFrozen {
		message = "the card is frozen, as asked"
	}
	engine.OK(rd.card, v1alpha1.ConditionReady, v1alpha1.ReasonReady, message)
}

// nextLook is a routine one, or sooner where the Secret or a lost status asks.
func (rd *round) nextLook(secret time.Time) time.Duration {
	after := engine.Routine(rd.account.SyncInterval, rd.card.UID)
	if !secret.IsZero() {
		after = min(after, max(secret.Sub(rd.Clock.Now()), time.Second))
	}
	return engine.AfterSettling(rd.card, rd.account.Timing, rd.Clock.Now(), after)
}

// issuedOrReady is the condition that a failed connection speaks of: a card that exists
// goes on existing.
func issuedOrReady(card *v1alpha1.VirtualCard) string {
	if card.Status.ID != "" {
		return v1alpha1.ConditionReady
	}
	return v1alpha1.ConditionIssued
}
