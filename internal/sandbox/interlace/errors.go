package interlace

import (
	"errors"
	"net/http"

	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/oauth"
	"github.com/card-operator/card-operator/internal/sandbox/replay"
)

// The error codes of the sandbox. No page lists the issuer's, so but for CodeUnknownAccount,
// which was seen in the field, these are its own, and stable: the first three digits are
// the HTTP status.
const (
	CodeUnreadable         = "400000" // the body or a parameter cannot be read
	CodeParameter          = "400001" // a parameter is missing or not acceptable; the message names it
	CodeAmount             = "400002" // the amount is not positive, or has more than two decimals
	CodeInsufficientFunds  = "400010"
	CodeUnknownAccount     = "010021" // account balance does not exist
	CodeUnknownBudget      = "400021"
	CodeUnknownCard        = "400022"
	CodeUnknownCardholder  = "400023"
	CodeUnknownBIN         = "400024" // the id is unknown, or not for this type of card
	CodeUnknownScenario    = "400025"
	CodeUnknownTransaction = "400026"
	CodeCardInactive       = "400030"
	CodeCardControl        = "400031"
	CodeCardType           = "400032" // transfers with a budget card
	CodeBudgetInactive     = "400033"
	CodeCardholderInactive = "400034"
	CodeCardPending        = "400035"
	CodeHolderRefused      = "400036"
	CodeChangedKey         = "400040" // the Idempotency-Key was used with another body
	CodeToken              = "401000" // no access token, or one that is unknown or expired
	CodeClient             = "401001"
	CodeGrant              = "401002" // unknown, used or expired code or refresh token
	CodeNoEndpoint         = "404000"
	CodeInProgress         = "409001" // the first request of the Idempotency-Key is not done yet
	CodeReferenceTaken     = "409002" // the referenceId was used by an earlier order
	CodeNameTaken          = "409003" // another budget has the name
	CodeTooLarge           = "413000"
)

var codes = httpjson.Codes[string]{
	ledger.ErrInsufficientFunds:   CodeInsufficientFunds,
	ledger.ErrInvalidAmount:       CodeAmount,
	ledger.ErrUnknownAccount:      CodeUnknownAccount,
	ledger.ErrUnknownBudget:       CodeUnknownBudget,
	ledger.ErrUnknownCard:         CodeUnknownCard,
	ledger.ErrUnknownCardholder:   CodeUnknownCardholder,
	ledger.ErrUnknownMovement:     CodeUnknownTransaction,
	ledger.ErrUnknownBIN:          CodeUnknownBIN,
	ledger.ErrUnknownScenario:     CodeUnknownScenario,
	ledger.ErrCardInactive:        CodeCardInactive,
	ledger.ErrCardControl:         CodeCardControl,
	ledger.ErrCardPending:         CodeCardPending,
	ledger.ErrCardType:            CodeCardType,
	ledger.ErrBudgetInactive:      CodeBudgetInactive,
	ledger.ErrCardholderNotActive: CodeCardholderInactive,
	ledger.ErrIssuingRefused:      CodeHolderRefused,
	ledger.ErrReferenceTaken:      CodeReferenceTaken,
	ledger.ErrNameTaken:           CodeNameTaken,
	replay.ErrChanged:             CodeChangedKey,
	replay.ErrInProgress:          CodeInProgress,
	oauth.ErrClient:               CodeClient,
	oauth.ErrState:                CodeParameter,
	oauth.ErrGrant:                CodeGrant,
}

// failure is an error as the wire shows it.
type failure struct {
	Code    string
	Message string
}

func (f failure) Error() string { return f.Message }

var statuses = map[string]int{
	"401": http.StatusUnauthorized, "404": http.StatusNotFound,
	"409": http.StatusConflict, "413": http.StatusRequestEntityTooLarge,
}

func (f failure) status() int {
	if status, ok := statuses[f.Code[:3]]; ok {
		return status
	}
	return http.StatusBadRequest
}

// failureOf never quotes what it does not know: a decoder's error can hold a body.
func failureOf(err error) failure {
	var f failure
	code, reason := codes.Find(err)
	switch {
	case errors.As(err, &f):
		return f
	case reason != nil:
		return failure{code, reason.Error()}
	case httpjson.TooLarge(err):
		return failure{CodeTooLarge, "request body is too large"}
	}
	return failure{CodeUnreadable, "request cannot be read"}
}

func parameter(message string) failure { return failure{CodeParameter, message} }
