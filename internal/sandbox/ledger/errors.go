package ledger

import "errors"

// The reasons for which the issuer refuses. Dialects translate them to their codes.
var (
	ErrInsufficientFunds  = errors.New("insufficient funds")
	ErrInvalidAmount      = errors.New("amount must be positive with at most two decimals")
	ErrUnknownAccount     = errors.New("account does not exist")
	ErrUnknownBudget      = errors.New("budget does not exist")
	ErrUnknownCard        = errors.New("card does not exist")
	ErrUnknownReceiver    = errors.New("receiver does not exist")
	ErrUnknownMovement    = errors.New("transaction does not exist")
	ErrUnknownBIN         = errors.New("card bin is not available for this card type")
	ErrCardInactive       = errors.New("card is inactive")
	ErrCardControl        = errors.New("card is under control of the issuer")
	ErrCardHolds          = errors.New("card has money set aside")
	ErrCardType           = errors.New("operation is not available for this card type")
	ErrBudgetInactive     = errors.New("budget is not active")
	ErrReceiverNotPassed  = errors.New("receiver has not passed review")
	ErrInvalidState       = errors.New("state is not one of Active, Frozen, Control, Inactive")
	ErrInvalidOutsideMove = errors.New("outside move is not of a known kind")
)
