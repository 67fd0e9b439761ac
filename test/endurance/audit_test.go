package endurance

import (
	"fmt"
	"strings"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/inspect"
)

// audit holds the objects against the issuer's ledger. Of what the operator says of
// itself it believes nothing but which card it takes for its own.
func audit(b books) findings {
	f := findings{}
	f.auditReport(b)
	f.auditCards(b)
	f.auditBudgets(b)
	f.auditWithdrawals(b)
	f.auditSecrets(b)
	for _, o := range b.objects() {
		if lacks := unfinished(o); lacks != "" {
			f.add(stuck, fmt.Sprintf("%T %s: %s", o, o.GetName(), lacks))
		}
	}
	return f
}

// auditReport takes the issuer's word for what it did twice, and for every cent.
func (f findings) auditReport(b books) {
	for _, d := range b.report.Duplicates {
		f.add(duplicated, fmt.Sprintf("%s %s happened as %v", d.What, d.Key, d.IDs))
	}
	if !b.report.Conservation.Holds {
		f.add(lost, fmt.Sprint("the issuer's ledger does not add up: ", b.report.Conservation.Problems))
	}
	if n := len(b.report.Receivers); n > len(b.payees) {
		f.add(duplicated, fmt.Sprintf("%d payees are registered for %d objects", n, len(b.payees)))
	}
}

func (f findings) auditCards(b books) {
	remote := map[string]inspect.Card{}
	byToken := map[string][]string{}
	for _, card := range b.openCards() {
		token, _, _ := id.TokenIn(card.Label)
		remote[card.ID] = card
		byToken[token] = append(byToken[token], card.ID)
	}
	for i := range b.cards {
		card := &b.cards[i]
		own := ownedBy(byToken, "VirtualCard", b.ns, card.Name, card.Status.Incarnation)
		switch {
		case len(own) == 0:
			f.add(lost, card.Name+" has no open card at the issuer")
		case len(own) > 1:
			f.add(duplicated, fmt.Sprintf("%s has the open cards %v", card.Name, own))
		case own[0] != card.Status.ID:
			f.add(orphaned, fmt.Sprintf("%s has the card %s and takes %q for its own", card.Name, own[0], card.Status.ID))
		default:
			f.auditCard(b, card, remote[own[0]])
		}
		for _, owned := range own {
			delete(remote, owned)
		}
	}
	for _, card := range remote {
		f.add(orphaned, "the issuer has an open card that no object stands for: "+card.Label+" "+card.ID)
	}
}

// ownedBy finds what carries a token of an object, of this incarnation or a later one.
func ownedBy(byToken map[string][]string, kind, ns, name string, incarnation int64) []string {
	var own []string
	for i := range incarnation + 4 {
		own = append(own, byToken[id.Token(owner, kind, ns, name, i)]...)
	}
	return own
}

// auditCard holds a card's rows and balances against its spec.
func (f findings) auditCard(b books, card *v1alpha1.VirtualCard, remote inspect.Card) {
	in, held, paid := money.Zero, money.Zero, money.Zero
	for _, m := range b.report.Movements {
		if m.CardID != remote.ID || m.Status == "Fail" {
			continue
		}
		switch m.Kind {
		case "CardIn":
			in = in.Add(m.Amount)
		case "CardOut":
			in = in.Sub(m.Amount)
		case "Hold":
			held = held.Add(m.Amount)
		case "Release":
			held = held.Sub(m.Amount)
		case "Withdrawal":
			paid = paid.Add(m.Amount).Add(m.Fee)
		}
	}
	f.compare(card.Name+": put in", in, asked(card.Spec.Funding))
	f.compare(card.Name+": set aside", held, asked(card.Spec.Hold))
	f.compare(card.Name+": frozen", remote.Balances.Frozen, asked(card.Spec.Hold))
	f.compare(card.Name+": available", remote.Balances.Available, in.Sub(held).Sub(paid))
	wanted := string(card.Spec.State)
	if remote.State != wanted || string(card.Spec.Type) != remote.Type {
		f.add(stuck, fmt.Sprintf("%s is a %s card, %s; %s and %s were asked for", card.Name, remote.Type, remote.State, card.Spec.Type, wanted))
	}
}

func asked(a v1alpha1.Amount) money.Amount {
	if a == "" {
		return money.Zero
	}
	return money.Must(string(a))
}

// compare tells too much, which happened twice, from too little, which was lost.
func (f findings) compare(what string, got, want money.Amount) {
	switch {
	case got.GreaterThan(want):
		f.add(duplicated, fmt.Sprintf("%s %s, and %s was asked for", what, got, want))
	case got.LessThan(want):
		f.add(lost, fmt.Sprintf("%s %s, and %s was asked for", what, got, want))
	}
}

func (f findings) auditBudgets(b books) {
	open := map[string]inspect.Budget{}
	byToken := map[string][]string{}
	for _, budget := range b.report.Budgets {
		if token, closed, _ := id.TokenIn(budget.Name); !closed {
			open[budget.ID] = budget
			byToken[token] = append(byToken[token], budget.ID)
		}
	}
	for i := range b.budgets {
		budget := &b.budgets[i]
		own := ownedBy(byToken, "Budget", b.ns, budget.Name, budget.Status.Incarnation)
		if len(own) != 1 || own[0] != budget.Status.ID {
			f.add(map[bool]string{true: duplicated, false: lost}[len(own) > 1],
				fmt.Sprintf("Budget %s has the budgets %v and takes %q for its own", budget.Name, own, budget.Status.ID))
		} else {
			f.compare(budget.Name+": balance", open[own[0]].Balances.Available, asked(budget.Spec.Funding))
		}
		for _, owned := range own {
			delete(open, owned)
		}
	}
	for _, budget := range open {
		f.add(orphaned, "the issuer has an open budget that no object stands for: "+budget.Name)
	}
}

// auditWithdrawals pairs the objects with the payouts in both directions.
func (f findings) auditWithdrawals(b books) {
	payouts := map[string][]inspect.Movement{}
	for _, m := range b.report.Movements {
		if m.Kind == "Withdrawal" {
			payouts[m.ClientID] = append(payouts[m.ClientID], m)
		}
	}
	cards := map[string]string{}
	for i := range b.cards {
		cards[b.cards[i].Name] = b.cards[i].Status.ID
	}
	for i := range b.withdrawals {
		wd := &b.withdrawals[i]
		payment := id.Payment(owner, b.ns, wd.Name)
		f.auditPayouts(wd, payouts[payment], cards[wd.Spec.CardRef.Name])
		delete(payouts, payment)
	}
	for payment := range payouts {
		f.add(orphaned, "the issuer paid out what no Withdrawal asked for: "+payment)
	}
}

func (f findings) auditPayouts(wd *v1alpha1.Withdrawal, paid []inspect.Movement, card string) {
	succeeded := wd.Status.State == "Closed"
	switch {
	case len(paid) > 1:
		f.add(duplicated, fmt.Sprintf("%s was paid %d times", wd.Name, len(paid)))
	case len(paid) == 0 && succeeded:
		f.add(lost, wd.Name+" says that it was paid, and was not")
	case len(paid) == 1 && !succeeded:
		f.add(stuck, wd.Name+" was paid and does not say so")
	case len(paid) == 1:
		m := paid[0]
		f.compare(wd.Name+": paid", m.Amount, asked(wd.Spec.Amount))
		if m.Status != "Closed" || m.CardID != card || m.ID != wd.Status.ID {
			f.add(lost, fmt.Sprintf("%s: the payout is %s, %s from card %s", wd.Name, m.ID, m.Status, m.CardID))
		}
	}
}

// auditSecrets compares what pods would mount with what the issuer has.
func (f findings) auditSecrets(b books) {
	wanted := map[string]bool{}
	for i := range b.cards {
		card := &b.cards[i]
		if card.Spec.Secret == nil {
			continue
		}
		wanted[card.Name] = true
		number := b.numbers[card.Status.ID]
		if secret, there := b.secrets[card.Name]; !there || number == "" || string(secret.Data["pan"]) != number {
			f.add(lost, fmt.Sprintf("the Secret of %s (there: %t) does not hold the number that the issuer has", card.Name, there))
		}
	}
	for name := range b.secrets {
		if !wanted[name] {
			f.add(orphaned, "no card asks for the Secret "+name)
		}
	}
}

// auditEnd is about an account whose objects are all gone: only what was paid out is.
func auditEnd(b books, before inspect.Report) findings {
	f := findings{}
	for _, o := range b.objects() {
		f.add(stuck, fmt.Sprintf("%T %s is not gone: %s", o, o.GetName(), strings.Join(o.GetFinalizers(), " ")))
	}
	for _, card := range b.openCards() {
		f.add(orphaned, "still open at the issuer: card "+card.Label)
	}
	for name := range b.secrets {
		f.add(orphaned, "still there: Secret "+name)
	}
	paid := money.Zero
	for _, m := range before.Movements {
		if m.Kind == "Withdrawal" {
			paid = paid.Add(m.Amount).Add(m.Fee)
		}
	}
	f.auditReport(books{report: b.report, payees: make([]v1alpha1.Beneficiary, payees)})
	f.compare("the account holds", b.report.Wallets[accountID], money.Must(opening).Sub(paid))
	return f
}
