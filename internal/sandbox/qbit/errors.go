package qbit

import (
	"errors"

	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/oauth"
	"github.com/card-operator/card-operator/internal/sandbox/replay"
)

// The error codes of the sandbox. The document prints none, so these are its own, and
// stable: the first three digits are the HTTP status.
//
//	40000  the body or a parameter cannot be read
//	40001  a parameter is missing or not acceptable; the message names it
//	40002  the amount is not positive, or has more than two decimals
//	40010  insufficient funds
//	40020  unknown account
//	40021  unknown budget
//	40022  unknown card
//	40023  unknown receiver
//	40024  BIN and type are not on offer
//	40030  the card is Inactive
//	40031  the card is under Control of the issuer
//	40032  not for this type of card (transfers and holds on a budget card)
//	40033  the budget is not Active
//	40034  the receiver is not Passed
//	40035  the card has money set aside, and is not closed
//	40040  the clientTransactionId was used with other parameters
//	40100  no access token, or one that is unknown or expired
//	40101  unknown client, or wrong secret
//	40102  unknown, used or expired code or refresh token
//	40400  no such endpoint
//	40401  unknown transaction
//	41300  the body is too large
const (
	CodeUnreadable        = 40000
	CodeParameter         = 40001
	CodeAmount            = 40002
	CodeInsufficientFunds = 40010
	CodeUnknownAccount    = 40020
	CodeUnknownBudget     = 40021
	CodeUnknownCard       = 40022
	CodeUnknownReceiver   = 40023
	CodeUnknownBIN        = 40024
	CodeCardInactive      = 40030
	CodeCardControl       = 40031
	CodeCardType          = 40032
	CodeBudgetInactive    = 40033
	CodeReceiverNotPassed = 40034
	CodeCardHolds         = 40035
	CodeDuplicate         = 40040
	CodeToken             = 40100
	CodeClient            = 40101
	CodeGrant             = 40102
	CodeNoEndpoint        = 40400
	CodeNoTransaction     = 40401
	CodeTooLarge          = 41300
)

var codes = httpjson.Codes[int]{
	ledger.ErrInsufficientFunds: CodeInsufficientFunds,
	ledger.ErrInvalidAmount:     CodeAmount,
	ledger.ErrUnknownAccount:    CodeUnknownAccount,
	ledger.ErrUnknownBudget:     CodeUnknownBudget,
	ledger.ErrUnknownCard:       CodeUnknownCard,
	ledger.ErrUnknownReceiver:   CodeUnknownReceiver,
	ledger.ErrUnknownMovement:   CodeNoTransaction,
	ledger.ErrUnknownBIN:        CodeUnknownBIN,
	ledger.ErrCardInactive:      CodeCardInactive,
	ledger.ErrCardControl:       CodeCardControl,
	ledger.ErrCardHolds:         CodeCardHolds,
	ledger.ErrCardType:          CodeCardType,
	ledger.ErrBudgetInactive:    CodeBudgetInactive,
	ledger.ErrReceiverNotPassed: CodeReceiverNotPassed,
	replay.ErrChanged:           CodeDuplicate,
	oauth.ErrClient:             CodeClient,
	oauth.ErrSecret:             CodeClient,
	oauth.ErrState:              CodeParameter,
	oauth.ErrGrant:              CodeGrant,
}

// failure is an error as the wire shows it.
type failure struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (f failure) Error() string { return f.Message }

func (f failure) status() int { return f.Code / 100 }

func failureOf(err error) failure {
	var f failure
	if errors.As(err, &f) {
		return f
	}
	if code, reason := codes.Find(err); reason != nil {
		return failure{code, reason.Error()}
	}
	if httpjson.TooLarge(err) {
		return failure{CodeTooLarge, "request body is too large"}
	}
	return failure{CodeUnreadable, "request cannot be read"}
}

func parameter(message string) failure { return failure{CodeParameter, message} }
