// Package interlace speaks the Interlace v3 dialect over the sandbox's ledger: the login,
// budgets, cards, cardholders, consumption scenarios and the transactions of all of them,
// under /open-api/v3. The ledger may be the one that the Qbit v1 dialect speaks of: the
// issuer is the same.
//
// The resources document fixes the objects; it has no list of endpoints. Their paths and
// bodies follow the vendor's public pages where those were seen, and are the sandbox's
// choice elsewhere, which is then written at the code that makes it or is an option.
//
// Quirks that are kept: the client's secret is never sent and is the AES key of the card
// numbers; one name has three spellings of its enumerations; a rejected cardholder is
// INACTIVE; GET /cards/{id} is not the card but its number; Idempotency-Key is ignored
// without a word where the body has no accountId.
package interlace
