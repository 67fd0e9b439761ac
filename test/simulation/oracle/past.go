package oracle

import (
	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/test/simulation/apiserver"
)

// past is what the API server's log tells of objects, also of those that are gone.
type past struct {
	// ids are what each name ever had at the issuer.
	ids map[apiserver.Key]map[string]bool
	// claims are the ids of all intents, and next the numbers that were claimed with one.
	claims map[string]bool
	next   map[int64]bool
	// withdrawals are all that there ever were, by their payment id.
	withdrawals map[string][]*v1alpha1.Withdrawal
}

func pastOf(api *apiserver.Server) past {
	p := past{ids: map[apiserver.Key]map[string]bool{}, claims: map[string]bool{}, next: map[int64]bool{}, withdrawals: map[string][]*v1alpha1.Withdrawal{}}
	for _, kind := range []apiserver.Kind{"VirtualCard", "Withdrawal", "Budget", "Beneficiary"} {
		for _, change := range api.Log(kind) {
			if o, ok := change.After.(v1alpha1.LedgerObject); ok {
				p.take(change.Key, o)
			}
		}
	}
	return p
}

func (p past) take(key apiserver.Key, o v1alpha1.LedgerObject) {
	if in := o.Ledger().Intent; in != nil {
		p.claims[in.ID] = true
		if in.Next != nil {
			p.next[in.Next.Sequence] = true
		}
	}
	switch o := o.(type) {
	case *v1alpha1.VirtualCard:
		p.note(key, o.Status.ID)
	case *v1alpha1.Beneficiary:
		p.note(key, o.Status.ID)
	case *v1alpha1.Withdrawal:
		known := p.withdrawals[paymentOf(o)]
		if len(known) == 0 || known[len(known)-1].UID != o.UID || known[len(known)-1].Generation != o.Generation {
			p.withdrawals[paymentOf(o)] = append(known, o)
		}
	}
}

func (p past) note(key apiserver.Key, remote string) {
	if remote == "" {
		return
	}
	if p.ids[key] == nil {
		p.ids[key] = map[string]bool{}
	}
	p.ids[key][remote] = true
}

// asksFor reports whether a payment is what a Withdrawal declares.
func (p past) asksFor(wd *v1alpha1.Withdrawal, row ledger.Movement) bool {
	return row.Amount.Equal(money.Must(string(wd.Spec.Amount))) &&
		p.ids[keyOf("VirtualCard", wd.Spec.CardRef.Name)][row.CardID] &&
		p.ids[keyOf("Beneficiary", wd.Spec.BeneficiaryRef.Name)][row.ReceiverID]
}

// claimed reports whether an object said, before or after, that it does what a row shows.
func (p past) claimed(row ledger.Movement) bool {
	if p.claims[row.ClientID] {
		return true
	}
	for number := range p.next {
		if row.CardID != "" && row.ClientID == id.Movement(row.CardID, "fund", number) {
			return true
		}
	}
	return false
}

func keyOf(kind apiserver.Kind, name string) apiserver.Key {
	return apiserver.Key{Kind: kind, Namespace: namespace, Name: name}
}
