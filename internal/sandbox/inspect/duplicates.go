package inspect

import (
	"fmt"
	"strings"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// Duplicate is one intent that took effect more than once.
type Duplicate struct {
	What      string   `json:"what"` // movement, order, label, reference, budget, receiver or cardholder
	AccountID string   `json:"accountId"`
	Key       string   `json:"key"`
	IDs       []string `json:"ids"`
}

// group is a set of objects that should have been one.
type group struct {
	Duplicate
	requests map[string]bool
}

// groups collects objects by key, in the order of their first.
type groups struct {
	what  string
	byKey map[string]*group
	order []*group
}

func groupsOf(what string) *groups { return &groups{what: what, byKey: map[string]*group{}} }

// add puts an object into its group. Objects of one request belong together, as the cards
// of a batch do; an empty key is no group.
func (g *groups) add(account, key, id, request string) {
	if key == "" {
		return
	}
	found := g.byKey[account+"\x00"+key]
	if found == nil {
		found = &group{Duplicate{g.what, account, key, nil}, map[string]bool{}}
		g.byKey[account+"\x00"+key] = found
		g.order = append(g.order, found)
	}
	found.IDs = append(found.IDs, id)
	found.requests[request] = true
}

func (g *groups) duplicates() (found []Duplicate) {
	for _, x := range g.order {
		if len(x.requests) > 1 {
			found = append(found, x.Duplicate)
		}
	}
	return found
}

func duplicates(s ledger.Snapshot) []Duplicate {
	found := []Duplicate{}
	for _, g := range []*groups{
		movementGroups(s), orderGroups(s), labelGroups(s), referenceGroups(s), budgetGroups(s), receiverGroups(s), cardholderGroups(s),
	} {
		found = append(found, g.duplicates()...)
	}
	return found
}

// movementGroups finds client ids that moved money more than once. What failed has moved
// nothing in the end.
func movementGroups(s ledger.Snapshot) *groups {
	g := groupsOf("movement")
	for _, m := range s.Movements {
		if m.Status != ledger.StatusFail {
			g.add(m.Account, m.ClientID, m.ID, m.ID)
		}
	}
	return g
}

// orderGroups finds client ids that ordered cards more than once.
func orderGroups(s ledger.Snapshot) *groups {
	g := groupsOf("order")
	for _, c := range s.Cards {
		g.add(c.Account, c.ClientID, c.ID, c.RequestID)
	}
	return g
}

// labelGroups finds live cards of different orders under one label. Where an order has a
// reference of its own, its label is a text for people.
func labelGroups(s ledger.Snapshot) *groups {
	g := groupsOf("label")
	for _, c := range s.Cards {
		if c.State != ledger.StateInactive && referenceOf(c) == "" {
			g.add(c.Account, c.Label, c.ID, c.RequestID)
		}
	}
	return g
}

// referenceGroups finds cards of different orders under one reference, closed ones too: a
// reference is for one order.
func referenceGroups(s ledger.Snapshot) *groups {
	g := groupsOf("reference")
	for _, c := range s.Cards {
		g.add(c.Account, referenceOf(c), c.ID, c.RequestID)
	}
	return g
}

// referenceOf is what tells a card's order from others. That of a wallet card is its
// program, which many share.
func referenceOf(c ledger.Card) string {
	if c.Type == ledger.WalletFunded {
		return ""
	}
	return c.Reference
}

// cardholderGroups finds people who were registered twice. Who was rejected may try again.
func cardholderGroups(s ledger.Snapshot) *groups {
	g := groupsOf("cardholder")
	for _, c := range s.Cardholders {
		if c.Status != ledger.CardholderInactive {
			g.add(c.Account, strings.ToLower(c.Holder.FirstName+" "+c.Holder.LastName+" <"+c.Holder.Email+">"), c.ID, c.ID)
		}
	}
	return g
}

func budgetGroups(s ledger.Snapshot) *groups {
	g := groupsOf("budget")
	for _, b := range s.Budgets {
		if !Tombstone(b.Name) {
			g.add(b.Account, b.Name, b.ID, b.ID)
		}
	}
	return g
}

// receiverGroups finds payees that were registered twice with the same details. The key
// shows a name, never the bank account.
func receiverGroups(s ledger.Snapshot) *groups {
	g := groupsOf("receiver")
	named := map[ledger.Payee]string{}
	for _, r := range s.Receivers {
		if named[r.Payee] == "" {
			named[r.Payee] = fmt.Sprintf("%s %s #%d", r.Payee.FirstName, r.Payee.LastName, len(named)+1)
		}
		g.add(r.Account, strings.TrimSpace(named[r.Payee]), r.ID, r.ID)
	}
	return g
}

// Tombstone reports whether a budget's name says that it was given up. The issuer cannot
// delete a budget, so whoever drains one renames it: to something that begins with
// closed, deleted or tombstone, in any case, after any punctuation.
func Tombstone(name string) bool {
	name = strings.ToLower(strings.TrimLeft(name, " ~-_[(#"))
	for _, mark := range []string{"closed", "deleted", "tombstone"} {
		if strings.HasPrefix(name, mark) {
			return true
		}
	}
	return false
}
