package endurance

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/inspect"
)

// An audit that finds nothing is worth what it would have found.
var _ = DescribeTable("The audit sees", func(wrong func(*books), what string) {
	b := soundBooks()
	Expect(audit(b)).To(BeEmpty())
	wrong(&b)
	Expect(audit(b)).To(HaveKey(what))
},
	Entry("a payment made twice", func(b *books) { again(b, "Withdrawal") }, duplicated),
	Entry("a payment never made", func(b *books) { without(b, "Withdrawal") }, lost),
	Entry("a payment of another amount", func(b *books) { row(b, "Withdrawal").Amount = money.Must("5.01") }, duplicated),
	Entry("a payment that nobody asked for", func(b *books) { again(b, "Withdrawal").ClientID = "another" }, orphaned),
	Entry("a payment that is not reported", func(b *books) { b.withdrawals[0].Status.State = "Pending" }, stuck),
	Entry("money put in twice", func(b *books) { again(b, "CardIn") }, duplicated),
	Entry("money not put in", func(b *books) { without(b, "CardIn") }, lost),
	Entry("money set aside twice", func(b *books) { again(b, "Hold") }, duplicated),
	Entry("a balance that the rows do not explain", func(b *books) { b.report.Cards[0].Balances.Available = money.Must("1") }, lost),
	Entry("a second card", func(b *books) { card(b).ID = "second" }, duplicated),
	Entry("a second card that was closed, by its order", func(b *books) {
		b.report.Duplicates = []inspect.Duplicate{{What: "order", Key: "k", IDs: []string{"card", "second"}}}
	}, duplicated),
	Entry("no card", func(b *books) { b.report.Cards[0].State = "Inactive" }, lost),
	Entry("a card of nobody", func(b *books) { second := card(b); second.ID, second.Label = "second", "of-nobody" }, orphaned),
	Entry("an object that takes another card for its own", func(b *books) { b.cards[0].Status.ID = "another" }, orphaned),
	Entry("a card in another state", func(b *books) { b.report.Cards[0].State = "Frozen" }, stuck),
	Entry("a second budget", func(b *books) { b.report.Budgets = append(b.report.Budgets, b.report.Budgets[0]) }, duplicated),
	Entry("a budget that holds too little", func(b *books) { b.report.Budgets[0].Balances.Available = money.Must("299.99") }, lost),
	Entry("a second payee", func(b *books) { b.report.Receivers = make([]inspect.Receiver, 2) }, duplicated),
	Entry("a Secret with another number", func(b *books) { b.numbers["card"] = "4111111111111111" }, lost),
	Entry("a Secret of nobody", func(b *books) { b.secrets["other"] = corev1.Secret{} }, orphaned),
	Entry("an object that does not come true", func(b *books) { b.cards[0].Status.Conditions = nil }, stuck),
	Entry("an object with an open intent", func(b *books) { b.cards[0].Status.Intent = &v1alpha1.Intent{ID: "i"} }, stuck),
	Entry("an issuer's ledger that does not add up", func(b *books) { b.report.Conservation.Holds = false }, lost),
)

// soundBooks are a card with money, a hold and a withdrawal, and a budget.
func soundBooks() books {
	const ns = "ns"
	vc, pot, payee, wd := newCard(ns, 0), newBudget(ns, 0), newPayee(ns, 0), newWithdrawal(ns, 0)
	vc.Spec.State = v1alpha1.CardActive
	vc.Spec.Type, vc.Spec.BudgetRef, vc.Spec.Funding, vc.Spec.Hold = v1alpha1.CardTypePrepaid, nil, "80", "10"
	vc.Status.ID, pot.Status.ID, wd.Status.ID, wd.Status.State = "card", "pot", "payout", "Closed"
	for _, o := range []v1alpha1.Object{vc, pot, payee, wd} {
		o.Common().Conditions = []metav1.Condition{{Type: o.RootCondition(), Status: metav1.ConditionTrue}}
	}
	label := func(kind, name string) string { return id.Tag(name, id.Token(owner, kind, ns, name, 0), 64) }
	return books{
		ns: ns, numbers: map[string]string{"card": "4931930000000000"},
		cards: []v1alpha1.VirtualCard{*vc}, budgets: []v1alpha1.Budget{*pot}, payees: []v1alpha1.Beneficiary{*payee},
		withdrawals: []v1alpha1.Withdrawal{*wd},
		secrets:     map[string]corev1.Secret{vc.Name: {Data: map[string][]byte{"pan": []byte("4931930000000000")}}},
		report: inspect.Report{
			Conservation: inspect.Conservation{Holds: true},
			Receivers:    make([]inspect.Receiver, 1),
			Budgets:      []inspect.Budget{{ID: "pot", Name: label("Budget", pot.Name), Balances: inspect.Balances{Available: money.Must("300")}}},
			Cards: []inspect.Card{{
				ID: "card", Label: label("VirtualCard", vc.Name), Type: "Prepaid", State: "Active",
				Balances: inspect.Balances{Available: money.Must("65"), Frozen: money.Must("10")},
			}},
			Movements: []inspect.Movement{
				{ID: "in", Kind: "CardIn", CardID: "card", Amount: money.Must("80"), Status: "Closed"},
				{ID: "hold", Kind: "Hold", CardID: "card", Amount: money.Must("10"), Status: "Closed"},
				{ID: "payout", Kind: "Withdrawal", CardID: "card", Amount: money.Must("5"), Status: "Closed", ClientID: id.Payment(owner, ns, wd.Name)},
			},
		},
	}
}

func row(b *books, kind string) *inspect.Movement {
	for i := range b.report.Movements {
		if b.report.Movements[i].Kind == kind {
			return &b.report.Movements[i]
		}
	}
	return nil
}

// again makes a movement a second time and returns the second.
func again(b *books, kind string) *inspect.Movement {
	b.report.Movements = append(b.report.Movements, *row(b, kind))
	return &b.report.Movements[len(b.report.Movements)-1]
}

func without(b *books, kind string) { row(b, kind).Kind = "none" }

// card adds a second open card to the issuer's and returns it.
func card(b *books) *inspect.Card {
	b.report.Cards = append(b.report.Cards, b.report.Cards[0])
	return &b.report.Cards[len(b.report.Cards)-1]
}
