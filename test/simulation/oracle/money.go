package oracle

import (
	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// money: nothing twice, nothing gained or lost.
func (j *judge) money() {
	for _, d := range j.report.Duplicates {
		if d.What == "cardholder" && j.people.Wiped {
			continue // a claim that was lost with its status is unknown to the cards of the same person
		}
		j.object(ExactlyOnce, "%s %s took effect %d times", d.What, d.Key, len(d.IDs))
	}
	tokens := map[string]int{}
	for _, c := range j.books.Cards {
		if token, _, ok := id.TokenIn(c.Label); ok {
			tokens[token]++
		}
	}
	for token, n := range tokens {
		if n > 1 {
			j.object(ExactlyOnce, "%d cards were ordered for token %s", n, token)
		}
	}
	if !j.report.Conservation.Holds {
		j.object(Conservation, "%v", j.report.Conservation.Problems)
	}
}

// withdrawals: what is paid says so, what says so is paid.
func (j *judge) withdrawals() {
	paid := map[string]ledger.Movement{}
	for _, m := range j.books.Movements {
		if m.Kind == ledger.KindWithdrawal && m.Status == ledger.StatusClosed {
			paid[m.ClientID] = m
		}
	}
	for _, o := range j.w.API.All("Withdrawal") {
		wd, ok := o.(*v1alpha1.Withdrawal)
		if !ok {
			continue
		}
		row, isPaid := paid[paymentOf(wd)]
		if wrong := j.falsehood(wd, row, isPaid); wrong != "" {
			j.object(Acknowledged, "Withdrawal %s %s", wd.Name, wrong)
		}
	}
}

// falsehood is what a Withdrawal says that the books do not.
func (j *judge) falsehood(wd *v1alpha1.Withdrawal, row ledger.Movement, isPaid bool) string {
	closed := wd.Status.State == "Closed"
	switch {
	case closed && !isPaid:
		return "says Closed, the books have no such payment"
	case closed && !j.past.asksFor(wd, row):
		return "of " + string(wd.Spec.Amount) + " paid " + row.Amount.String() + ", or from another card, or to another payee"
	case wd.Status.State == "Fail" && isPaid:
		return "says Fail, the books have its payment"
	case isPaid && !closed && wd.DeletionTimestamp == nil && !j.conflictOfPeople(wd):
		return "is paid and says " + wd.Status.State
	}
	return ""
}

// conflictOfPeople: people made its card or payee anew, or let an object of this name be
// paid another sum before.
func (j *judge) conflictOfPeople(wd *v1alpha1.Withdrawal) bool {
	root := conditionOf(wd, wd.RootCondition())
	if root == nil || root.Reason != v1alpha1.ReasonConflict {
		return false
	}
	card, payee := keyOf("VirtualCard", wd.Spec.CardRef.Name), keyOf("Beneficiary", wd.Spec.BeneficiaryRef.Name)
	if j.people.Remade[card] && len(j.past.ids[card]) > 1 || j.people.Remade[payee] && len(j.past.ids[payee]) > 1 {
		return true
	}
	for _, m := range j.books.Movements {
		if m.ClientID == paymentOf(wd) && m.Time.Before(wd.CreationTimestamp.Time) && !m.Amount.Equal(money.Must(string(wd.Spec.Amount))) {
			return true
		}
	}
	return false
}

func paymentOf(wd *v1alpha1.Withdrawal) string {
	if wd.Spec.PaymentID != "" {
		return wd.Spec.PaymentID
	}
	return id.Payment(fleet, wd.Namespace, wd.Name)
}

// cards: each open card has its object, or was left on purpose.
func (j *judge) cards() {
	owners := map[string]int{}
	for _, o := range j.w.API.All("VirtualCard") {
		if card, ok := o.(*v1alpha1.VirtualCard); ok && card.Status.ID != "" {
			owners[card.Status.ID]++
		}
	}
	left := j.leftTokens("VirtualCard")
	for _, c := range j.books.Cards {
		token, _, _ := id.TokenIn(c.Label)
		switch {
		case owners[c.ID] > 1:
			j.object(NoOrphan, "card %s has %d objects", c.ID, owners[c.ID])
		case c.State != ledger.StateInactive && owners[c.ID] == 0 && !left[token]:
			j.object(NoOrphan, "card %q is open and has no object", c.Label)
		}
	}
}

// leftTokens are the tokens, of the first incarnations, of cards or budgets that people left.
func (j *judge) leftTokens(kind string) map[string]bool {
	left := map[string]bool{}
	for name := range j.people.Left {
		for incarnation := range int64(16) {
			left[id.Token(fleet, kind, namespace, name, incarnation)] = true
		}
	}
	return left
}

// budgets: what objects say they have put in is in the books.
func (j *judge) budgets() {
	for _, o := range j.w.API.All("Budget") {
		if b, ok := o.(*v1alpha1.Budget); ok {
			j.sum(b, b.Status.ID, b.Status.Funded, ledger.KindBudgetIn, ledger.KindBudgetOut)
		}
	}
	for _, o := range j.w.API.All("VirtualCard") {
		if c, ok := o.(*v1alpha1.VirtualCard); ok {
			j.sum(c, c.Status.ID, c.Status.Funded, ledger.KindCardIn, ledger.KindCardOut)
		}
	}
}

func (j *judge) sum(o v1alpha1.LedgerObject, remote, said string, in, out ledger.Kind) {
	if said == "" || o.GetDeletionTimestamp() != nil || !settled(o) || j.people.Wiped && !workable(o) {
		return
	}
	if is := j.putIn(remote, in, out, "fund"); !is.Equal(money.Must(said)) {
		j.object(Acknowledged, "%s says %s put in, the books %s", o.GetName(), said, is)
	}
}

// workable reports whether money can be moved on what an object stands for. The sum of one that
// cannot is not made up again from the ledger after people have put back an old status.
func workable(o v1alpha1.LedgerObject) bool {
	root := engine.ConditionOf(o, o.RootCondition())
	return root == nil || root.Reason != v1alpha1.ReasonClosed && root.Reason != v1alpha1.ReasonControlled
}

func settled(o v1alpha1.LedgerObject) bool {
	return o.Ledger().Intent == nil && o.Ledger().SettlingSince == nil
}

// putIn is what the operator has moved onto a card or budget, less what it took back.
func (j *judge) putIn(remote string, in, out ledger.Kind, purpose string) money.Amount {
	own := map[string]bool{}
	for n := range int64(64) {
		own[id.Movement(remote, purpose, n)] = true
	}
	sum := money.Zero
	for _, m := range j.books.Movements {
		if m.Status == ledger.StatusFail || !own[m.ClientID] {
			continue
		}
		switch m.Kind {
		case in:
			sum = sum.Add(m.Amount)
		case out:
			sum = sum.Sub(m.Amount)
		}
	}
	return sum
}

const (
	fleet     = "fleet"
	namespace = "shop"
)
