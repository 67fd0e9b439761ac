package mirror

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Cards is a picture of all cards of an account. What they hold is read apart: it changes
// all the time.
type Cards struct {
	byID map[string]*issuer.Card
	// byToken has the same rows: ten thousand are not kept twice.
	byToken map[string][]*issuer.Card
	// began is when the sweep did.
	began time.Time
	// newer are cards that were read since, in place of what the sweep has shown of them.
	newer []issuer.Card
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
	for _, card := range c.newer {
		if card.ID == cardID {
			return card, true
		}
	}
	card, found := c.byID[cardID]
	if !found {
		return issuer.Card{}, false
	}
	return *card, true
}

// Tagged returns the cards whose label or reference carries a token.
func (c Cards) Tagged(token string) []issuer.Card {
	var cards []issuer.Card
	for _, card := range c.byToken[token] {
		if !slices.ContainsFunc(c.newer, func(newer issuer.Card) bool { return newer.ID == card.ID }) {
			cards = append(cards, *card)
		}
	}
	for _, card := range c.newer {
		if carries(card, []string{token}) {
			cards = append(cards, card)
		}
	}
	return cards
}

// with is the picture with these cards as they are now.
func (c Cards) with(newer []issuer.Card) Cards {
	c.newer = newer
	return c
}

// balanceIDs are those of the cards that are not closed.
func (c Cards) balanceIDs() []string {
	var ids []string
	for _, card := range c.byID {
		if card.BalanceID != "" && card.State != issuer.StateInactive {
			ids = append(ids, card.BalanceID)
		}
	}
	return ids
}

// holding are the ids of the cards that have these balances.
func (c Cards) holding(balances []string) []string {
	if len(balances) == 0 {
		return nil
	}
	var ids []string
	for _, card := range c.byID {
		if _, found := slices.BinarySearch(balances, card.BalanceID); found {
			ids = append(ids, card.ID)
		}
	}
	return ids
}

// Accounts are the accounts that the rows name, in order.
func (c Cards) Accounts() []string {
	return named(maps.Values(c.byID), func(card *issuer.Card) string { return card.AccountID })
}

// Accounts are the accounts that the rows name, in order.
func (b Budgets) Accounts() []string {
	return named(maps.Values(b.byID), func(budget issuer.Budget) string { return budget.AccountID })
}

func named[T any](rows iter.Seq[T], accountOf func(T) string) []string {
	seen := map[string]bool{}
	for row := range rows {
		if account := accountOf(row); account != "" {
			seen[account] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
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

func sweepCards(ctx context.Context, directory issuer.Directory, began time.Time) (Cards, error) {
	rows, err := directory.ListCards(ctx)
	if err != nil {
		return Cards{}, err
	}
	pic := Cards{byID: make(map[string]*issuer.Card, len(rows)), byToken: make(map[string][]*issuer.Card, len(rows)), began: began}
	same := map[string]string{}
	for i := range rows {
		row := &rows[i]
		for _, text := range []*string{&row.AccountID, &row.Currency, &row.BIN, &row.Network, &row.BudgetID} {
			share(same, text)
		}
		pic.byID[row.ID] = row
		for _, token := range TokensOf(*row) {
			pic.byToken[token] = append(pic.byToken[token], row)
		}
	}
	return pic, nil
}

// share keeps one copy of a text that many rows have.
func share(same map[string]string, text *string) {
	if known, ok := same[*text]; ok {
		*text = known
		return
	}
	same[*text] = *text
}

// TokensOf are the tokens that a card carries: in its label, and in its reference where the
// issuer keeps one.
func TokensOf(card issuer.Card) []string {
	var tokens []string
	for _, text := range []string{card.Label, card.Reference} {
		if token, _, tagged := id.TokenIn(text); tagged && !slices.Contains(tokens, token) {
			tokens = append(tokens, token)
		}
	}
	return tokens
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
	pic.balances = balancesOf(ctx, directory, balances)
	return pic, nil
}

// balancesOf reads what the ids hold. Whatever goes wrong leaves balances unknown, which
// stops nothing: no card waits to be frozen because its balance cannot be shown.
func balancesOf(ctx context.Context, directory issuer.Directory, ids []string) map[string]issuer.Balance {
	if len(ids) == 0 {
		return nil
	}
	balances, err := directory.ListBalances(ctx, ids)
	if err != nil {
		return nil
	}
	return balances
}
