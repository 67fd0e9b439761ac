package beneficiary

import (
	"regexp"
	"strings"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Best picks the issuer's payee that an order stands for: the one that is already known,
// or else, of those with the same name and bank account, the one that is furthest.
func Best(rows []issuer.Receiver, order issuer.ReceiverOrder, knownID string) (issuer.Receiver, bool) {
	var best issuer.Receiver
	found := false
	for _, row := range rows {
		if knownID != "" && row.ID == knownID {
			return row, true
		}
		if !Same(row, order) {
			continue
		}
		if !found || rank[row.State] > rank[best.State] {
			best, found = row, true
		}
	}
	if knownID != "" {
		return issuer.Receiver{}, false
	}
	return best, found
}

var rank = map[issuer.ReceiverState]int{
	issuer.ReceiverPassed: 5, issuer.ReceiverRequest: 4, issuer.ReceiverPending: 3, issuer.ReceiverCanceled: 2, issuer.ReceiverInactive: 1,
}

// Same reports whether a row is the payee of an order: name, currency and account agree,
// and so do the bank's codes where both sides have them.
func Same(row issuer.Receiver, order issuer.ReceiverOrder) bool {
	return strings.EqualFold(row.Currency, order.Currency) &&
		sameText(row.FirstName, order.FirstName) && sameText(row.LastName, order.LastName) &&
		sameNumber(row.AccountNumber.Reveal(), order.AccountNumber.Reveal()) &&
		compatible(row.IBAN.Reveal(), order.IBAN.Reveal()) &&
		compatible(row.BIC, order.BIC) && compatible(row.RoutingNumber, order.RoutingNumber)
}

func compatible(shown, ours string) bool { return shown == "" || ours == "" || sameNumber(shown, ours) }

func sameText(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

// sameNumber compares without spaces and dashes. An issuer may mask a number ("***7890"):
// then what it shows must agree.
func sameNumber(shown, ours string) bool {
	shown, ours = strings.ToUpper(plain(shown)), strings.ToUpper(plain(ours))
	masked := mask.FindStringSubmatch(shown)
	if masked == nil {
		return shown == ours
	}
	head, tail := masked[1], masked[2]
	return len(ours) > len(head)+len(tail) && strings.HasPrefix(ours, head) && strings.HasSuffix(ours, tail)
}

// mask matches a number whose middle is hidden and whose last four are shown at least.
var mask = regexp.MustCompile(`^([0-9A-Z]*?)(?:[*•X]{2,}|[*•])([0-9A-Z]{4,})$`)

func plain(s string) string { return strings.NewReplacer(" ", "", "-", "").Replace(s) }

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
