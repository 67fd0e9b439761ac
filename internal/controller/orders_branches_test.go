package controller_test

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

func TestWhatAnOrdersAnswerMeans(t *testing.T) {
	for name, c := range map[string]struct {
		answer error
		reason string
		holds  rule
	}{
		"a refusal ends it":           {refusal(), v1alpha1.ReasonRejected, idle},
		"a busy issuer puts it off":   {down(), v1alpha1.ReasonIssuerUnavailable, idle},
		"a lost answer leaves it":     {lost(), v1alpha1.ReasonOutcomeUnknown, underWay},
		"a yes waits until it shows":  {nil, v1alpha1.ReasonCreating, underWay},
		"another error is no answer":  {errAway, v1alpha1.ReasonOutcomeUnknown, underWay},
		"a conflict is a refusal too": {&issuer.Error{Class: issuer.Conflict}, v1alpha1.ReasonConflict, idle},
	} {
		issued := outcome{reason: c.reason, step: v1alpha1.ConditionIssued, sent: []string{"CreateCard"}}
		rounds{
			name + ": of a card":   {newCard(), fails("CreateCard", 0, c.answer), issued},
			name + ": of a budget": {newBudget(), fails("CreateBudget", 0, c.answer), outcome{reason: c.reason, sent: []string{"CreateBudget"}}},
			name + ": of a payee":  {newPayee(), fails("CreateReceiver", 0, c.answer), outcome{reason: c.reason, sent: []string{"CreateReceiver"}}},
		}.run(t, unlisted, c.holds)
	}
}

// unlisted is a world where what is ordered does not show.
func unlisted(w *world) { w.bank.unlisted = true }

// What shows within a second is known in the round that ordered it: nothing is written between.
func TestAnOrderThatShowsAtOnceIsKnownAtOnce(t *testing.T) {
	rounds{
		"a card":                       {newCard(), nil, outcome{reason: v1alpha1.ReasonReady, sent: []string{"CreateCard"}}},
		"a budget":                     {newBudget(), nil, outcome{reason: v1alpha1.ReasonReady, sent: []string{"CreateBudget"}}},
		"one that takes half a second": {newCard(), func(w *world) { w.bank.lag = 500 * time.Millisecond }, outcome{reason: v1alpha1.ReasonReady, sent: []string{"CreateCard"}}},
	}.run(t, nil, nil)
}

func TestAnOrderUnderWayThatDoesNotShowStaysUnderWay(t *testing.T) {
	card, budget, payee := ordered(), newBudget(budgetOrdered), newPayee(registering)
	unavailable := outcome{reason: v1alpha1.ReasonIssuerUnavailable}
	unknown := outcome{reason: v1alpha1.ReasonOutcomeUnknown}
	rounds{
		"the cards cannot be read": {card, fails("ListCards", 0, down()),
			outcome{reason: v1alpha1.ReasonIssuerUnavailable, step: v1alpha1.ConditionIssued}},
		"the budgets cannot be read": {budget, fails("ListBudgets", 0, down()), unavailable},
		"the payees cannot be read":  {payee, fails("ListReceivers", 0, down()), unavailable},
		"no card":                    {card, nil, unknown},
		"no budget":                  {budget, nil, unknown},
		"no payee":                   {payee, nil, unknown},
		"two cards":                  {card, cards(remoteCard(), secondCard()), outcome{reason: v1alpha1.ReasonConflict, says: "2 open cards"}},
		"two budgets":                {budget, budgets(remoteBudget(), secondBudget()), outcome{reason: v1alpha1.ReasonConflict, says: "2 budgets"}},
	}.run(t, nil, underWay)
}

func TestAnOrderUnderWayThatShowsIsKnown(t *testing.T) {
	card, budget, payee := ordered(), newBudget(budgetOrdered), newPayee(registering)
	rounds{
		"a card":              {card, cards(remoteCard()), outcome{reason: v1alpha1.ReasonReady}},
		"a card, closed":      {card, cards(remoteCard(closedCard)), outcome{reason: v1alpha1.ReasonClosed, step: v1alpha1.ConditionSynced}},
		"a budget":            {budget, budgets(remoteBudget()), outcome{reason: v1alpha1.ReasonReady}},
		"a payee, in review":  {payee, payees(remotePayee(issuer.ReceiverPending)), outcome{reason: v1alpha1.ReasonPending}},
		"a payee, questioned": {payee, payees(remotePayee(issuer.ReceiverRequest)), outcome{reason: v1alpha1.ReasonFailed}},
		"a payee, refused":    {payee, payees(remotePayee(issuer.ReceiverCanceled)), outcome{reason: v1alpha1.ReasonFailed}},
		"a payee, passed":     {payee, payees(remotePayee(issuer.ReceiverPassed)), outcome{reason: v1alpha1.ReasonPassed}},
	}.run(t, nil, shown)
}

// What was ordered and seen once is never forgotten, or it would be ordered again: not when
// the list that comes next lacks it, and not when that cannot be read.
func TestWhatWasSeenOnceIsNotForgotten(t *testing.T) {
	unavailable, gone := outcome{reason: v1alpha1.ReasonIssuerUnavailable}, outcome{reason: v1alpha1.ReasonMissing}
	noBudgets := outdatesAndFails("ListBudgets")
	rounds{
		"an ordered card that is gone":          {ordered(), outdates("ListCards", cards()), outcome{reason: v1alpha1.ReasonReady}},
		"an ordered card that cannot be read":   {ordered(), outdatesAndFails("ListCards"), outcome{reason: v1alpha1.ReasonReady}},
		"an ordered budget that is gone":        {newBudget(budgetOrdered), outdates("ListBudgets", budgets()), gone},
		"an ordered budget that cannot be read": {newBudget(budgetOrdered), noBudgets, unavailable},
		"a budget with one that cannot be read": {openBudget(asking("50")), noBudgets, unavailable},
	}.run(t, func(w *world) { w.prepare(cards(remoteCard()), budgets(remoteBudget())) }, shown)
}
