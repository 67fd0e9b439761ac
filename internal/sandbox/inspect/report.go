package inspect

import (
	"time"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/fault"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// Report is everything that happened, checked.
type Report struct {
	Time          time.Time                 `json:"time"`
	Conservation  Conservation              `json:"conservation"`
	Duplicates    []Duplicate               `json:"duplicates"`
	Counts        map[string]int            `json:"counts"`
	Movements     []Movement                `json:"movements"`
	Cards         []Card                    `json:"cards"`
	Budgets       []Budget                  `json:"budgets"`
	Receivers     []Receiver                `json:"receivers"`
	Cardholders   []Cardholder              `json:"cardholders"`
	RefusedOrders []RefusedOrder            `json:"refusedOrders"`
	Wallets       map[string]money.Amount   `json:"wallets"`
	Calls         map[string]map[string]int `json:"calls"`
	Faults        []fault.Hit               `json:"faults"`
}

// Conservation says whether all the money is accounted for.
type Conservation struct {
	Holds    bool                    `json:"holds"`
	Totals   map[string]money.Amount `json:"totals"`
	Problems []string                `json:"problems,omitempty"`
}

// Movement is a transaction.
type Movement struct {
	ID       string       `json:"id"`
	ClientID string       `json:"ctid"`
	Account  string       `json:"accountId"`
	Kind     string       `json:"kind"`
	From     string       `json:"from"`
	To       string       `json:"to"`
	Amount   money.Amount `json:"amount"`
	Fee      money.Amount `json:"fee"`
	Status   string       `json:"status"`
	Time     time.Time    `json:"time"`
	CardID   string       `json:"cardId,omitempty"`
	BudgetID string       `json:"budgetId,omitempty"`
	Receiver string       `json:"receiverId,omitempty"`
	Outside  bool         `json:"outside,omitempty"`
	Detail   string       `json:"detail,omitempty"`
}

// Balances is what a card or budget holds.
type Balances struct {
	Available money.Amount `json:"available"`
	Pending   money.Amount `json:"pending"`
	Frozen    money.Amount `json:"frozen"`
}

// Card is a card without its secrets.
type Card struct {
	ID        string   `json:"id"`
	AccountID string   `json:"accountId"`
	Label     string   `json:"label"`
	Reference string   `json:"reference,omitempty"`
	ClientID  string   `json:"ctid"`
	LastFour  string   `json:"lastFour"`
	Type      string   `json:"type"`
	BIN       string   `json:"bin"`
	State     string   `json:"state"`
	BudgetID  string   `json:"budgetId,omitempty"`
	Balances  Balances `json:"balances"`
}

// Budget is a budget with its balance.
type Budget struct {
	ID        string   `json:"id"`
	AccountID string   `json:"accountId"`
	Name      string   `json:"name"`
	State     string   `json:"state"`
	Balances  Balances `json:"balances"`
}

// Receiver is a payee without its bank account.
type Receiver struct {
	ID        string `json:"id"`
	AccountID string `json:"accountId"`
	Status    string `json:"status"`
	Currency  string `json:"currency"`
}

// Cardholder is a person whom the issuer has to approve.
type Cardholder struct {
	ID        string `json:"id"`
	AccountID string `json:"accountId"`
	Status    string `json:"status"`
	Name      string `json:"name"`
}

// RefusedOrder is a card order that was accepted and then came to nothing.
type RefusedOrder struct {
	AccountID string    `json:"accountId"`
	Label     string    `json:"label"`
	Reason    string    `json:"reason"`
	Time      time.Time `json:"time"`
}

// Build makes the report of a ledger.
func Build(l *ledger.Ledger, calls *Calls, plan *fault.Plan) Report {
	s := l.Snapshot()
	return Report{
		Time:          s.Time,
		Conservation:  Conservation{s.Audit.Holds, s.Audit.Totals, s.Audit.Problems},
		Duplicates:    duplicates(s),
		Counts:        counts(s),
		Movements:     each(s.Movements, movementOf),
		Cards:         each(s.Cards, func(c ledger.Card) Card { return cardOf(c, s.Balance(c.BalanceID)) }),
		Budgets:       each(s.Budgets, func(b ledger.Budget) Budget { return budgetOf(b, s.Balance(b.BalanceID)) }),
		Receivers:     each(s.Receivers, receiverOf),
		Cardholders:   each(s.Cardholders, cardholderOf),
		RefusedOrders: each(s.Refusals, refusedOf),
		Wallets:       wallets(s),
		Calls:         calls.Counts(),
		Faults:        plan.Hits(),
	}
}

func each[T, R any](from []T, row func(T) R) []R {
	rows := make([]R, 0, len(from))
	for _, x := range from {
		rows = append(rows, row(x))
	}
	return rows
}

func counts(s ledger.Snapshot) map[string]int {
	n := map[string]int{"Card": len(s.Cards), "Budget": len(s.Budgets), "Receiver": len(s.Receivers), "Cardholder": len(s.Cardholders)}
	for _, m := range s.Movements {
		n["Movement."+string(m.Kind)]++
	}
	return n
}

func wallets(s ledger.Snapshot) map[string]money.Amount {
	held := map[string]money.Amount{}
	for _, a := range s.Accounts {
		held[a.ID] = s.Balance(a.BalanceID).Available
	}
	return held
}

func movementOf(m ledger.Movement) Movement {
	return Movement{
		ID: m.ID, ClientID: m.ClientID, Account: m.Account, Kind: string(m.Kind),
		From: m.From.String(), To: m.To.String(), Amount: m.Amount, Fee: m.Fee,
		Status: string(m.Status), Time: m.Time, CardID: m.CardID, BudgetID: m.BudgetID,
		Receiver: m.ReceiverID, Outside: m.Outside, Detail: m.Detail,
	}
}

func cardOf(c ledger.Card, b ledger.Balance) Card {
	return Card{
		ID: c.ID, AccountID: c.Account, Label: c.Label, Reference: c.Reference, ClientID: c.ClientID, LastFour: c.LastFour,
		Type: string(c.Type), BIN: c.BIN, State: string(c.State), BudgetID: c.BudgetID, Balances: balancesOf(b),
	}
}

func budgetOf(b ledger.Budget, held ledger.Balance) Budget {
	return Budget{ID: b.ID, AccountID: b.Account, Name: b.Name, State: string(b.State), Balances: balancesOf(held)}
}

func balancesOf(b ledger.Balance) Balances { return Balances{b.Available, b.Pending, b.Frozen} }

func receiverOf(r ledger.Receiver) Receiver {
	return Receiver{ID: r.ID, AccountID: r.Account, Status: string(r.Status), Currency: r.Payee.Currency}
}

func cardholderOf(c ledger.Cardholder) Cardholder {
	return Cardholder{ID: c.ID, AccountID: c.Account, Status: string(c.Status), Name: c.Holder.FirstName + " " + c.Holder.LastName}
}

func refusedOf(r ledger.Refusal) RefusedOrder {
	return RefusedOrder{AccountID: r.Account, Label: r.Label, Reason: r.Reason, Time: r.Time}
}
