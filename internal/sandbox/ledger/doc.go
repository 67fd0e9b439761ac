// Package ledger is the issuer's bank behind the sandbox: an in-memory double-entry
// ledger with the objects that money moves between (accounts, budgets, cards,
// receivers). It speaks no dialect and no HTTP; the dialects are thin translations of
// it, so that several of them can show the same money.
//
// Every movement is a set of entries that sums to zero by construction, and no wallet,
// budget or card can be overdrawn. Everything that the issuer does later (issuing a
// card, reviewing a receiver, closing a withdrawal) is an appointment on an agenda that
// is kept whenever somebody looks, so the ledger needs no goroutine and behaves the
// same under a real and a virtual clock.
//
// Some texts steer the issuer's own decisions, so that every path can be played:
//
//   - a receiver whose bank name contains REFUSE becomes Canceled, REQUEST becomes Request
//     (more information wanted), BOUNCE becomes Passed but each withdrawal to it fails
//     later and the money comes back;
//   - a card whose holder's last name contains REFUSE is accepted and then never issued.
package ledger
