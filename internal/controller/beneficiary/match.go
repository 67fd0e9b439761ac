package beneficiary

import (
	"regexp"
	"strings"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Likeness says whether a row of the issuer's list is the payee of an order.
type Likeness int

// Likenesses.
const (
	// Other: something that the row shows contradicts the order.
	Other Likeness = iota
	// Unclear: nothing contradicts it, but not all that tells bank accounts apart is shown.
	Unclear
	// Same: all that the order says of the account is shown, and agrees.
	Same
)

// Compare compares a row with an order: names, currency, account number and the bank's
// codes. What only the row has decides nothing.
func Compare(row issuer.Receiver, order issuer.ReceiverOrder) Likeness {
	if !sameText(row.FirstName, order.FirstName) || !sameText(row.LastName, order.LastName) {
		return Other
	}
	return compareAccounts(row, order)
}

// compareAccounts leaves the names out, which an issuer may write otherwise.
func compareAccounts(row issuer.Receiver, order issuer.ReceiverOrder) Likeness {
	if !strings.EqualFold(row.Currency, order.Currency) {
		return Other
	}
	return min(
		compareColumn(row.AccountNumber.Reveal(), order.AccountNumber.Reveal()),
		compareColumn(row.IBAN.Reveal(), order.IBAN.Reveal()),
		compareColumn(bank(row.BIC), bank(order.BIC)),
		compareColumn(row.RoutingNumber, order.RoutingNumber),
	)
}

// compareColumn compares without spaces and dashes. An issuer may mask a number
// ("***7890"): what it shows must agree, and tells only so much.
func compareColumn(shown, ours string) Likeness {
	shown, ours = strings.ToUpper(plain(shown)), strings.ToUpper(plain(ours))
	switch {
	case ours == "" || shown == ours:
		return Same
	case shown == "":
		return Unclear
	}
	masked := mask.FindStringSubmatch(shown)
	if masked == nil {
		return Other
	}
	head, tail := masked[1], masked[2]
	if len(ours) > len(head)+len(tail) && strings.HasPrefix(ours, head) && strings.HasSuffix(ours, tail) {
		return Unclear
	}
	return Other
}

// mask matches a number that is hidden in part.
var mask = regexp.MustCompile(`^([0-9A-Z]*?)(?:[*•X]{2,}|[*•])([0-9A-Z]*)$`)

// bank leaves out the branch of a BIC where it says head office.
func bank(bic string) string {
	if bic = plain(bic); len(bic) == 11 {
		return strings.TrimSuffix(strings.ToUpper(bic), "XXX")
	}
	return bic
}

func sameText(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

func plain(s string) string { return strings.NewReplacer(" ", "", "-", "").Replace(s) }

// Choice is what the issuer's list says about the payee of an order.
type Choice struct {
	// Likeness is Same when Row is the payee; Unclear when a person has to say it; Other
	// when the list does not have it.
	Likeness Likeness
	Row      issuer.Receiver
	// Doubtful are the ids of the rows that may be the payee, for Unclear.
	Doubtful []string
}

// Choose picks the issuer's payee that an order stands for. A known one is it, unless its
// bank account contradicts the order (Changed). Of the others, what is certain comes before
// what is not, and of those that are certain, the one that is furthest.
func Choose(rows []issuer.Receiver, order issuer.ReceiverOrder, knownID string, said Word) Choice {
	var choice Choice
	for _, row := range rows {
		if knownID != "" {
			if row.ID == knownID {
				return Choice{Likeness: Same, Row: row}
			}
			continue
		}
		switch likeness := said.about(row.ID, Compare(row, order)); {
		case likeness == Same && (choice.Likeness != Same || rank[row.State] > rank[choice.Row.State]):
			choice = Choice{Likeness: Same, Row: row}
		case likeness == Unclear && choice.Likeness != Same:
			choice.Likeness, choice.Doubtful = Unclear, append(choice.Doubtful, row.ID)
		}
	}
	return choice
}

// Changed reports whether a known payee is another bank account than the order's.
func Changed(row issuer.Receiver, order issuer.ReceiverOrder) bool {
	return compareAccounts(row, order) == Other
}

var rank = map[issuer.ReceiverState]int{
	issuer.ReceiverPassed: 5, issuer.ReceiverRequest: 4, issuer.ReceiverPending: 3, issuer.ReceiverCanceled: 2, issuer.ReceiverInactive: 1,
}

// Word is what a person said about rows that could not be told, with AnnotationSettle:
// "<id>[,<id>…]=happened" or "…=never".
type Word struct {
	ids     []string
	itIsOne bool
}

// wordIn reads it.
func wordIn(annotations map[string]string) Word {
	ids, verdict, found := strings.Cut(annotations[v1alpha1.AnnotationSettle], "=")
	if !found || (verdict != "happened" && verdict != "never") {
		return Word{}
	}
	return Word{ids: strings.Split(ids, ","), itIsOne: verdict == "happened"}
}

// about applies the word to a row that is Unclear; what is shown outweighs it.
func (w Word) about(rowID string, seen Likeness) Likeness {
	if seen != Unclear {
		return seen
	}
	for _, id := range w.ids {
		if id == rowID && w.itIsOne {
			return Same
		}
		if id == rowID {
			return Other
		}
	}
	return seen
}

// orderOf is the order that a spec stands for.
func orderOf(spec v1alpha1.BeneficiarySpec, number issuer.Sensitive) issuer.ReceiverOrder {
	return issuer.ReceiverOrder{
		FirstName: spec.FirstName, LastName: spec.LastName, AccountType: spec.AccountType, Currency: spec.Currency,
		AccountNumber: number, Relationship: spec.Relationship, Address: account.Address(spec.Address),
		BankName: spec.BankName, BankAddress: account.Address(spec.BankAddress), BankBranchName: spec.BankBranchName,
		BIC: spec.BIC, IBAN: issuer.NewSensitive(spec.IBAN), RoutingType: spec.RoutingType, RoutingNumber: spec.RoutingNumber,
		IndividualNo: issuer.NewSensitive(spec.IndividualNo), BusinessNo: issuer.NewSensitive(spec.BusinessNo),
	}
}
