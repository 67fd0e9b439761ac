package mirror

import (
	"context"

	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Cards is a picture of all cards of an account and what they hold.
type Cards struct {
	byID     map[string]issuer.Card
	byToken  map[string][]issuer.Card
	balances map[string]issuer.Balance
}

// Budgets is a picture of all budgets of an account and what they hold.
type Budgets struct {
	byID     map[string]issuer.Budget
	byToken  map[string][]TaggedBudget
	balances map[string]issuer.Balance
}

// TaggedBudget is a budget whose name carries a token.
type TaggedBudget struct {
	issuer.Budget
	// Closed: the name says that it was drained and given up.
	Closed bool
}

// Card returns the card with the issuer's id.
func (c Cards) Card(cardID string) (issuer.Card, bool) {
	card, found := c.byID[cardID]
	return card, found
}

// Tagged returns the cards whose label carries a token.
func (c Cards) Tagged(token string) []issuer.Card { return c.byToken[token] }

// Balance returns what a card holds, where the issuer says so.
func (c Cards) Balance(card issuer.Card) (issuer.Balance, bool) {
	balance, found := c.balances[card.BalanceID]
	return balance, found
}

// AccountID is the account that the rows name, the first in order where they name more
// than one, empty when there are none.
func (c Cards) AccountID() string {
	first := ""
	for _, card := range c.byID {
		if card.AccountID != "" && (first == "" || card.AccountID < first) {
			first = card.AccountID
		}
	}
	return first
}

// Budget returns the budget with the issuer's id.
func (b Budgets) Budget(budgetID string) (issuer.Budget, bool) {
	budget, found := b.byID[budgetID]
	return budget, found
}

// Tagged returns the budgets whose name carries a token.
func (b Budgets) Tagged(token string) []TaggedBudget { return b.byToken[token] }

// Balance returns what a budget holds, where the issuer says so.
func (b Budgets) Balance(budget issuer.Budget) (issuer.Balance, bool) {
	balance, found := b.balances[budget.BalanceID]
	return balance, found
}

func sweepCards(ctx context.Context, directory issuer.Directory) (Cards, error) {
	rows, err := directory.ListCards(ctx)
	if err != nil {
		return Cards{}, err
	}
	pic := Cards{byID: make(map[string]issuer.Card, len(rows)), byToken: map[string][]issuer.Card{}}
	var balances []string
	for _, row := range rows {
		pic.byID[row.ID] = row
		if token, _, tagged := id.TokenIn(row.Label); tagged {
			pic.byToken[token] = append(pic.byToken[token], row)
		}
		if row.BalanceID != "" && row.State != issuer.StateInactive {
			balances = append(balances, row.BalanceID)
		}
	}
	pic.balances, err = balancesOf(ctx, directory, balances)
	return pic, err
}

func sweepBudgets(ctx context.Context, directory issuer.Directory) (Budgets, error) {
	rows, err := directory.ListBudgets(ctx)
	if err != nil {
		return Budgets{}, err
	}
	pic := Budgets{byID: make(map[string]issuer.Budget, len(rows)), byToken: map[string][]TaggedBudget{}}
	var balances []string
	for _, row := range rows {
		pic.byID[row.ID] = row
		if token, closed, tagged := id.TokenIn(row.Name); tagged {
			pic.byToken[token] = append(pic.byToken[token], TaggedBudget{Budget: row, Closed: closed})
		}
		if row.BalanceID != "" {
			balances = append(balances, row.BalanceID)
		}
	}
	pic.balances, err = balancesOf(ctx, directory, balances)
	return pic, err
}

// balancesOf reads what the ids hold. An issuer without such a call, or with one that
// cannot be understood, leaves balances unknown, which stops nothing: no card waits to be
// frozen because its balance cannot be shown.
func balancesOf(ctx context.Context, directory issuer.Directory, ids []string) (map[string]issuer.Balance, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	balances, err := directory.ListBalances(ctx, ids)
	if issuer.NotOffered(err) {
		return nil, nil
	}
	return balances, err
}
