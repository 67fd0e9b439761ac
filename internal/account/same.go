package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Named are the accounts that the issuer's rows name: its cards, or its budgets where there
// is no card.
func (a *Account) Named(ctx context.Context, since time.Time) ([]string, error) {
	cards, err := a.Mirror.Cards(ctx, since)
	if err != nil {
		return nil, err
	}
	if named := cards.Accounts(); len(named) > 0 || !a.Has(issuer.FeatureBudgets) {
		return named, nil
	}
	budgets, err := a.Mirror.Budgets(ctx, since)
	if issuer.NotOffered(err) {
		return nil, nil
	}
	return budgets.Accounts(), err
}

// toProve is the account that the issuer's rows must name; none when the spec says it: it
// goes with every order then, and the issuer refuses the credentials of another.
func toProve(ci *v1alpha1.CardIssuer) string {
	if ci.Spec.AccountID() != "" {
		return ""
	}
	return ci.Status.AccountID
}

// sameAccount refuses to work in another account than the one that a CardIssuer was found
// to be of. It is a pure function. Rows are never removed from an issuer's lists, so lists
// that name nobody are not those that the account was read off.
func sameAccount(ci *v1alpha1.CardIssuer, named []string) error {
	known := toProve(ci)
	if known == "" || slices.Contains(named, known) {
		return nil
	}
	others := "an account with neither cards nor budgets"
	if len(named) > 0 {
		others = "account " + strings.Join(named[:min(len(named), 3)], ", ")
	}
	problem := engine.Stall(v1alpha1.ReasonConflict,
		"the credentials in Secret %q are of %s, but this CardIssuer is of account %s: nothing is sent. Put the credentials of %s back; for another account make another CardIssuer",
		ci.Spec.CredentialsRef.Name, others, known, known)
	problem.After = credentialsPoll
	return problem
}
