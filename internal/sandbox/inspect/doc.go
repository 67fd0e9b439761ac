// Package inspect shows what really happened at the sandbox issuer, and lets tests play
// the issuer's own staff. Nothing here is part of a dialect, no fault applies to it, and
// no card number, security code or bank account is ever in an answer.
//
//	GET  /sandbox/report               the Report as JSON; ?format=text for people
//	GET  /sandbox/movements            {"movements": [...]}, oldest first
//	POST /sandbox/cards/{id}/state     {"state": "Control"}: the issuer's block; "Inactive"
//	                                   is an expiry; "Active" and "Frozen" are possible
//	POST /sandbox/receivers/{id}/status {"status": "Passed"}: the result of a review
//	POST /sandbox/cardholders/{id}/status {"status": "Inactive"}: likewise
//	POST /sandbox/outside-moves        {"kind": "CardOut", "cardId": "…", "amount": "5.00"}:
//	                                   a move made by somebody else, without a client id.
//	                                   Kinds: BudgetIn and BudgetOut with a budgetId; CardIn,
//	                                   CardOut, Hold, Release and Credit (a refund) with a
//	                                   cardId. Answers the movement.
//
// Errors are {"message": …} with 400, or 404 for an unknown object.
package inspect
