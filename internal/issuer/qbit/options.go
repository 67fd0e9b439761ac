package qbit

import (
	"errors"
	"net/http"
	"regexp"

	"github.com/card-operator/card-operator/internal/money"
)

// Options are the choices where the document is silent or contradicts itself. The zero
// value of each stands for its default.
type Options struct {
	// AccessTokenHeader carries the token. Default x-qbit-access-token; one page of the
	// document prints x-ipeakoin-access-token (§2, §13.12).
	AccessTokenHeader string
	// PageSize is the limit of a list request, 1 to 1000. Default 100 [assumed]; the
	// issuer's own default is 10 (§3).
	PageSize int
	// MaxPages bounds one listing. Default 2000 [assumed].
	MaxPages int
	// Ahead is how many pages of a list whose total is trusted are asked for at a time.
	// Default one after the other.
	Ahead int
	// TransferMethod is the HTTP method of transfer in and out, frozen and unfrozen:
	// POST, as the headings and the SDKs say, or PUT, as the samples do. Default POST
	// (§13.3).
	TransferMethod string
	// BudgetOpening is the cost that a new budget is created with, a decimal text in
	// USD. Default "0" [assumed] (§5.1).
	BudgetOpening string
	// BudgetTransactionsByID sends the budget's id with /budget/transactions. The
	// document does not say what that id filters, so by default the whole list is read
	// and filtered here (§5.1).
	BudgetTransactionsByID bool
	// FingerprintQuery repeats cardId in the query of GET /configuration, for servers
	// that drop the body of a GET. Default: body only, as documented (§13.4).
	FingerprintQuery bool
	// ReceiverPath and ReceiversPath create and list payees. Defaults /cards/receiver
	// and /cards/receivers; the samples print /benefiaries (§13.8).
	ReceiverPath, ReceiversPath string
	// ReceiverSampleNames sends accountType and certificateNo, as the sample does, in
	// place of the table's type, individualNo and businessNo (§8).
	ReceiverSampleNames bool
	// BalanceChunk is how many ids one GET /balances asks for. Default 50 [assumed]
	// (§7).
	BalanceChunk int
	// MaxLabel is the longest label or budget name in bytes. Default 64 [assumed]
	// (§14).
	MaxLabel int
}

var headerName = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// withDefaults fills in and checks the options.
func (o Options) withDefaults() (Options, error) {
	setText(&o.AccessTokenHeader, "x-qbit-access-token")
	setText(&o.TransferMethod, http.MethodPost)
	setText(&o.BudgetOpening, "0")
	setText(&o.ReceiverPath, "/cards/receiver")
	setText(&o.ReceiversPath, "/cards/receivers")
	setNumber(&o.PageSize, 100)
	setNumber(&o.MaxPages, 2000)
	setNumber(&o.BalanceChunk, 50)
	setNumber(&o.MaxLabel, 64)
	opening, err := money.Parse(o.BudgetOpening)
	switch {
	case err != nil || opening.IsNegative():
		return o, errors.New("qbit: BudgetOpening must be a decimal amount of 0 or more")
	case o.TransferMethod != http.MethodPost && o.TransferMethod != http.MethodPut:
		return o, errors.New("qbit: TransferMethod must be POST or PUT")
	case !headerName.MatchString(o.AccessTokenHeader):
		return o, errors.New("qbit: AccessTokenHeader must be the name of a header")
	case o.PageSize > 1000:
		return o, errors.New("qbit: PageSize must be 1000 or less")
	}
	return o, nil
}

func setText(s *string, value string) {
	if *s == "" {
		*s = value
	}
}

func setNumber(n *int, value int) {
	if *n <= 0 {
		*n = value
	}
}
