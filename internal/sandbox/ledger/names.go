package ledger

import (
	"errors"
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// The refusals of the dialects in which a name or a reference can be taken once.
var (
	ErrNameTaken      = errors.New("budget name is taken")
	ErrReferenceTaken = errors.New("reference id is taken")
)

// CreateNamedBudget is CreateBudget where names are unique within an account.
func (b Book) CreateNamedBudget(name string, funding money.Amount) (Budget, error) {
	return b.createBudget(name, funding, true)
}

// RenameBudgetUniquely is RenameBudget where names are unique within an account.
func (b Book) RenameBudgetUniquely(id, name string) error {
	return b.renameBudget(id, name, true)
}

// Budget is a budget of this account, without any listing lag.
func (b Book) Budget(id string) (Budget, error) {
	var found Budget
	err := b.l.do(func(time.Time) error {
		budget, err := b.budget(id)
		if err == nil {
			found = *budget
		}
		return err
	})
	return found, err
}

// free refuses a name that another budget of the account has.
func (b Book) free(name, except string) error {
	for _, budget := range b.l.budgets.order {
		if budget.Account == b.account && budget.Name == name && budget.ID != except {
			return ErrNameTaken
		}
	}
	return nil
}

// unclaimed refuses an order whose reference was used, where references are unique. Those
// of closed cards stay used.
func (b Book) unclaimed(order CardOrder) error {
	if order.UniqueReference && b.l.references[b.referenceKey(order)] {
		return ErrReferenceTaken
	}
	return nil
}

func (b Book) claim(order CardOrder) {
	if order.UniqueReference {
		b.l.references[b.referenceKey(order)] = true
	}
}

// disclaim frees the reference of an order that came to nothing.
func (b Book) disclaim(order CardOrder) {
	if order.UniqueReference {
		delete(b.l.references, b.referenceKey(order))
	}
}

func (b Book) referenceKey(order CardOrder) string { return b.account + "\x00" + order.Reference }

// Own refuses an account id that a request names and that is not of these books. A request
// that names none means the account of its token.
func (b Book) Own(account string) error {
	if account != "" && account != b.account {
		return ErrUnknownAccount
	}
	return nil
}

// Via returns the books with the name of the request that uses them, which the changes of
// cards' states remember.
func (b Book) Via(request string) Book {
	b.via = request
	return b
}

// signed says who has just changed a card's state.
func (b Book) signed(card *Card) {
	if n := len(card.History); n > 0 {
		card.History[n-1].Via = b.via
	}
}
